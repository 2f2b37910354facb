/// The preprocessing contract: decoded image to the float model's input, and so to the int8 one. Resized and cropped in the middle,
/// with a border round an image that is smaller, on what Pillow's `convert` gives, as torchvision, timm or transformers do it,
/// bit for bit.
public struct Preprocessing: Sendable, Equatable {
  /// The filter of a resize, by Pillow's names.
  public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// Triangle filter.
    case bilinear
    /// Cubic filter, a = -0.5.
    case bicubic
    /// Box filter.
    case box
    /// Sinc under a Hamming window, of one lobe.
    case hamming
    /// The pixel next to the sample position.
    case nearest
    /// Lanczos filter of three lobes.
    case lanczos
  }

  /// How large an image is made before the crop.
  public enum Resize: Sendable, Equatable, ExpressibleByIntegerLiteral {
    /// Its shorter side becomes this long, and it keeps its proportions: torchvision's `Resize` to a number.
    case shorterSide(Int)
    /// It becomes this large, whatever its proportions: they are squashed.
    case exactly(height: Int, width: Int)
    /// It keeps its proportions and just covers this: timm's `ResizeKeepRatio`.
    case covering(height: Int, width: Int)
    /// It keeps its proportions and just fits into this: timm's `ResizeKeepRatio` of the longest side.
    case within(height: Int, width: Int)

    /// The shorter side.
    public init(integerLiteral value: Int) { self = .shorterSide(value) }
  }

  /// Which of two middles the crop takes, where the pixels left over are odd in number, and where an image that is smaller
  /// than the crop lies in it.
  public enum Crop: String, Sendable, Codable {
    /// Half of what is left over, halves to even, and half of what is missing, rounded down: torchvision's `CenterCrop`.
    case halvesToEven
    /// Half of what is left over rounded down, and half of what is missing rounded up: transformers' `center_crop`.
    case halvesDown
  }

  /// How large an image is made before the centre crop.
  public var resize: Resize
  /// The centre crop: the model's input height and width.
  public var height: Int
  /// The model's input width.
  public var width: Int
  /// The resize filter.
  public var interpolation: Interpolation
  /// Per channel, of pixels scaled to 0...1; one entry for grey models, three (RGB order) for colour.
  public var mean: [Float]
  /// Per channel, as `mean`.
  public var std: [Float]
  /// Whether the model takes BGR.
  public var isBGR: Bool
  /// How the crop is centred.
  public var crop: Crop
  /// What lies round an image that is smaller than the crop: a byte a channel, red first; none for zeros.
  public var border: [UInt8]

  /// Creates a contract.
  public init(
    resize: Resize, height: Int, width: Int, interpolation: Interpolation, mean: [Float],
    std: [Float], isBGR: Bool = false, crop: Crop = .halvesToEven, border: [UInt8] = []
  ) {
    self.resize = resize
    self.height = height
    self.width = width
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
    self.isBGR = isBGR
    self.crop = crop
    self.border = border
  }
}

/// In a file `resize` is a number, the shorter side, where that, torchvision's crop and a border of zeros are all that there is
/// to say. Else it is an object, which a reader that knows the number only refuses.
extension Preprocessing: Codable {
  private enum CodingKeys: String, CodingKey {
    case resize, height, width, interpolation, mean, std, isBGR, crop, border
  }

  /// Reads a contract; what it does not say is torchvision's.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    resize = try fields.decode(Resize.self, forKey: .resize)
    height = try fields.decode(Int.self, forKey: .height)
    width = try fields.decode(Int.self, forKey: .width)
    interpolation = try fields.decode(Interpolation.self, forKey: .interpolation)
    mean = try fields.decode([Float].self, forKey: .mean)
    std = try fields.decode([Float].self, forKey: .std)
    isBGR = try fields.decode(Bool.self, forKey: .isBGR)
    crop = try fields.decodeIfPresent(Crop.self, forKey: .crop) ?? .halvesToEven
    border = try fields.decodeIfPresent([UInt8].self, forKey: .border) ?? []
  }

  /// Writes a contract.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    if case .shorterSide(let side) = resize, crop == .halvesToEven, border.isEmpty {
      try fields.encode(side, forKey: .resize)
    } else {
      try fields.encode(resize, forKey: .resize)
      try fields.encode(crop, forKey: .crop)
      try fields.encode(border, forKey: .border)
    }
    try fields.encode(height, forKey: .height)
    try fields.encode(width, forKey: .width)
    try fields.encode(interpolation, forKey: .interpolation)
    try fields.encode(mean, forKey: .mean)
    try fields.encode(std, forKey: .std)
    try fields.encode(isBGR, forKey: .isBGR)
  }
}

extension Preprocessing.Resize: Codable {
  private enum Rule: String, Codable { case shorterSide, exactly, covering, within }

  private enum CodingKeys: String, CodingKey { case rule, height, width }

  /// Reads a number, the shorter side, or an object of a rule and its size.
  public init(from decoder: any Decoder) throws {
    if let side = try? decoder.singleValueContainer().decode(Int.self) {
      self = .shorterSide(side)
      return
    }
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    let height = try fields.decode(Int.self, forKey: .height)
    let width = try fields.decode(Int.self, forKey: .width)
    switch try fields.decode(Rule.self, forKey: .rule) {
    case .shorterSide: self = .shorterSide(height)
    case .exactly: self = .exactly(height: height, width: width)
    case .covering: self = .covering(height: height, width: width)
    case .within: self = .within(height: height, width: width)
    }
  }

  /// Writes an object of a rule and its size.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(rule, forKey: .rule)
    try fields.encode(size.height, forKey: .height)
    try fields.encode(size.width, forKey: .width)
  }

  private var rule: Rule {
    switch self {
    case .shorterSide: .shorterSide
    case .exactly: .exactly
    case .covering: .covering
    case .within: .within
    }
  }
}

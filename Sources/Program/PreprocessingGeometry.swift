extension Preprocessing {
  /// The largest side of a resized image and of a crop.
  package static let sideLimit = 1 << 16

  /// 1 for grey, 3 for colour.
  public var channels: Int { mean.count }
  /// Elements of a pixel of a model's input: one for grey, four for colour.
  package var pixelElements: Int { channels == 1 ? 1 : 4 }
  /// Elements of a model's input.
  public var inputCount: Int { height * width * pixelElements }
  /// The shape of the float model's input without its batch, `[C, H, W]`.
  package var inputShape: [Int] { [channels, height, width] }
  /// How long a frame's shorter side should be at least, so that it need not be enlarged.
  public var shorterSide: Int { max(resize.size.height, resize.size.width) }

  /// What makes the contract one that nothing can be made by; nil where nothing does.
  package var problem: String? {
    let sides = [
      ("resize", resize.size.height), ("resize", resize.size.width), ("height", height),
      ("width", width),
    ]
    for (name, side) in sides where !(1...Self.sideLimit).contains(side) {
      return "preprocessing's \(name) is \(side), expected 1...\(Self.sideLimit)"
    }
    guard channels == 1 || channels == 3 else { return "\(channels) means, expected 1 or 3" }
    guard std.count == channels else {
      return "\(std.count) standard deviations for \(channels) means"
    }
    for mean in mean where !mean.isFinite { return "mean \(mean), expected finite" }
    for std in std where !(std.isFinite && std > 0) {
      return "standard deviation \(std), expected above 0"
    }
    guard border.isEmpty || border.count == channels else {
      return "a border of \(border.count) channels for \(channels) means"
    }
    return isBGR && channels == 1 ? "BGR with one channel" : nil
  }

  /// How an image is resized, and where the part of it that the crop keeps lies in the model's.
  package struct Placement: Equatable, Sendable {
    /// The resized image's.
    package var width, height: Int
    /// The part of the resized image that the crop keeps.
    package var columns, rows: Range<Int>
    /// Where it lies in the model's image: pixels before it, and rows above it.
    package var left = 0
    package var top = 0

    /// All of a resized image.
    package init(width: Int, height: Int) {
      (self.width, self.height) = (width, height)
      (columns, rows) = (0..<width, 0..<height)
    }
  }

  /// Where an image of a size lies.
  package func placement(ofWidth inputWidth: Int, height inputHeight: Int) -> Placement {
    let (resizedWidth, resizedHeight) = resize.size(ofWidth: inputWidth, height: inputHeight)
    var placement = Placement(width: resizedWidth, height: resizedHeight)
    let left = crop.start(resizedWidth, width)
    let top = crop.start(resizedHeight, height)
    placement.columns = placement.columns.clamped(to: left..<left + width)
    placement.rows = placement.rows.clamped(to: top..<top + height)
    (placement.left, placement.top) = (max(0, -left), max(0, -top))
    return placement
  }
}

extension Preprocessing.Resize {
  /// What images are resized to or by; the shorter side as both.
  package var size: (height: Int, width: Int) {
    switch self {
    case .shorterSide(let side): (side, side)
    case .exactly(let height, let width), .covering(let height, let width),
      .within(let height, let width):
      (height, width)
    }
  }

  /// The size that an image is resized to.
  fileprivate func size(ofWidth width: Int, height: Int) -> (width: Int, height: Int) {
    switch self {
    case .shorterSide(let side):
      let shorter = min(width, height)
      return (side * width / shorter, side * height / shorter)
    case .exactly: return (size.width, size.height)
    case .covering: return keptRatio(ofWidth: width, height: height, isWithin: false)
    case .within: return keptRatio(ofWidth: width, height: height, isWithin: true)
    }
  }

  /// The size by timm's formula, in its double precision, whose last digit decides at halves. It sees sizes, never pixels.
  @inline(never)
  private func keptRatio(
    ofWidth width: Int, height: Int, isWithin: Bool
  ) -> (width: Int, height: Int) {
    let ratios = (Double(width) / Double(size.width), Double(height) / Double(size.height))
    let ratio = isWithin ? max(ratios.0, ratios.1) : min(ratios.0, ratios.1)
    func side(_ side: Int) -> Int { Int((Double(side) / ratio).rounded(.toNearestOrEven)) }
    return (side(width), side(height))
  }
}

extension Preprocessing.Crop {
  /// Where the crop starts; below 0 for the number of pixels before the image.
  fileprivate func start(_ size: Int, _ crop: Int) -> Int {
    switch self {
    case .halvesDown: return (size - crop) >> 1
    case .halvesToEven:
      if crop > size { return -((crop - size) / 2) }
      let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
      return half + (odd == 1 && half % 2 == 1 ? 1 : 0)
    }
  }
}

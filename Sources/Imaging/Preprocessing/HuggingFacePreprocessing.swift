import SwiftletProgram

/// Hugging Face's `preprocessor_config.json`, read as transformers' image processors read it. What a key means, and what holds
/// where it is missing, depends on the processor.
struct HuggingFacePreprocessing {
  private let fields: JSONFields
  /// The processor's name without its ending: `ViT`, `ConvNext` ...; empty where the file names none.
  private let processor: String

  init(_ fields: JSONFields) throws {
    self.fields = fields
    let key = ["image_processor_type", "feature_extractor_type"].first(where: fields.has)
    var name = try key.map(fields.string) ?? ""
    for ending in ["Fast", "ImageProcessor", "FeatureExtractor"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    processor = name
  }

  func read() throws -> Preprocessing {
    try refuseUnknown()
    let (resize, height, width) = try geometry()
    let filters: [Preprocessing.Interpolation] = [
      .nearest, .lanczos, .bilinear, .bicubic, .box, .hamming,
    ]
    guard let filter = Int(exactly: try fields.number("resample")), filters.indices.contains(filter)
    else {
      throw fields.failure("resample", "0 to 5, one of Pillow's filters")
    }
    let (mean, std) = try normalisation()
    return Preprocessing(
      resize: resize, height: height, width: width, interpolation: filters[filter],
      mean: mean.map { Float($0) }, std: std.map { Float($0) },
      isBGR: try fields.flag("do_flip_channel_order", default: isMobileViT), crop: .halvesDown)
  }

  // MARK: Keys

  private static let readFlags: Set<String> = [
    "do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_flip_channel_order",
    "do_convert_rgb",
  ]
  /// Besides the flags.
  private static let readKeys: Set<String> = [
    "size", "crop_size", "crop_pct", "resample", "image_mean", "image_std", "rescale_factor",
    "rescale_offset", "include_top", "image_processor_type", "feature_extractor_type",
  ]
  /// Keys that say nothing about the pixels of an image.
  private static let idleKeys: Set<String> = [
    "processor_class", "auto_map", "_processor_class", "_valid_processor_keys", "_name_or_path",
    "return_tensors", "data_format", "input_data_format", "device", "default_to_square",
    "disable_grouping", "model_input_names", "num_channels", "num_frames", "num_labels",
    "patch_size",
    "image_seq_length", "transformers_version", "torch_dtype",
  ]

  /// A key that is not known may change pixels.
  private func refuseUnknown() throws {
    guard processor != "Perceiver" else {
      throw ImageError(
        "\(fields.source): the processor Perceiver crops before it resizes, which is not supported")
    }
    for name in fields.values.keys.sorted() where fields.has(name) {
      if name == "do_resize_and_center_crop", processor == "PoolFormer" { continue }
      let isKnown =
        Self.readFlags.contains(name) || Self.readKeys.contains(name)
        || Self.idleKeys.contains(name)
      if case .bool(false) = fields.values[name] { continue }
      guard isKnown else {
        throw fields.failure(
          name, "known: swiftlet cannot do what it asks for; remove it if it changes no pixels")
      }
    }
    guard try fields.flag("do_resize", default: true) else {
      throw fields.failure("do_resize", "supported: only true is")
    }
  }

  // MARK: Geometry

  /// Processors that crop unless told otherwise, and to what.
  private static let crops: [String: Int] = [
    "Beit": 224, "Bit": 224, "ChineseCLIP": 224, "CLIP": 224, "DeiT": 224, "EfficientFormer": 224,
    "Levit": 224, "MobileNetV1": 224, "MobileNetV2": 224, "MobileViT": 256, "PoolFormer": 224,
    "ViTHybrid": 224,
  ]
  /// Processors that do not crop unless told otherwise.
  private static let whole: Set<String> = ["EfficientNet", "Pvt", "Segformer", "ViT"]
  /// Processors to which a size of one number means a square.
  private static let squares: Set<String> = [
    "Beit", "DeiT", "EfficientFormer", "EfficientNet", "Pvt", "Segformer", "ViT",
  ]
  /// ConvNeXt's processor crops below so many pixels only.
  private static let convNextLimit = 384

  private var isMobileViT: Bool { processor == "MobileViT" }

  private enum Size {
    case shorterSide(Int)
    case exactly(height: Int, width: Int)
  }

  private func size(crops: Bool) throws -> Size {
    guard case .number = fields.values["size"] else {
      let size = try fields.object("size")
      for name in size.values.keys.sorted()
      where size.has(name) && !["height", "width", "shortest_edge"].contains(name) {
        throw size.failure(name, "supported: only 'shortest_edge', or 'height' and 'width' are")
      }
      return size.has("shortest_edge")
        ? .shorterSide(try size.extent("shortest_edge"))
        : .exactly(height: try size.extent("height"), width: try size.extent("width"))
    }
    let side = try fields.extent("size")
    if Self.squares.contains(processor) { return .exactly(height: side, width: side) }
    if Self.crops[processor] != nil || processor == "ConvNext" { return .shorterSide(side) }
    guard !crops, !fields.has("crop_pct") else {
      throw fields.failure(
        "size",
        "clear: write {\"shortest_edge\": \(side)} to keep proportions, {\"height\": \(side), \"width\": \(side)} to squash"
      )
    }
    return .exactly(height: side, width: side)
  }

  private func geometry() throws -> (resize: Preprocessing.Resize, height: Int, width: Int) {
    let crops = try fields.flag(
      "do_center_crop",
      default: Self.crops[processor] != nil
        || (fields.has("crop_size") && !Self.whole.contains(processor)))
    let size = try size(crops: crops)
    if processor == "ConvNext" || (processor.isEmpty && fields.has("crop_pct")) {
      return try convNext(size)
    }
    let resize = try resize(size)
    if crops {
      let (height, width) = try crop(size)
      return (resize, height, width)
    }
    guard case .exactly(let height, let width) = resize else {
      throw fields.failure(
        "size", "enough: without a centre crop, 'shortest_edge' gives images of no fixed size")
    }
    return (resize, height, width)
  }

  private func resize(_ size: Size) throws -> Preprocessing.Resize {
    if fields.has("crop_pct") || processor == "PoolFormer" {
      guard processor == "PoolFormer" else {
        throw fields.failure("crop_pct", "supported for the processor \(processor)")
      }
      let share = fields.has("crop_pct") ? try fields.share("crop_pct") : 0.9
      switch size {
      case .shorterSide(let side): return .shorterSide(try extent(Double(side) / share))
      case .exactly(let height, let width) where height == width:
        return .shorterSide(try extent(Double(height) / share))
      case .exactly(let height, let width):
        return .exactly(
          height: try extent(Double(height) / share), width: try extent(Double(width) / share))
      }
    }
    switch size {
    case .shorterSide(let side) where processor == "Levit":
      return .shorterSide(try extent(256.0 / 224 * Double(side)))
    case .shorterSide(let side): return .shorterSide(side)
    case .exactly(let height, let width): return .exactly(height: height, width: width)
    }
  }

  private func convNext(
    _ size: Size
  ) throws -> (resize: Preprocessing.Resize, height: Int, width: Int) {
    guard case .shorterSide(let side) = size else {
      throw fields.failure("size", "an object of 'shortest_edge', which ConvNext's processor takes")
    }
    guard side < Self.convNextLimit else {
      return (.exactly(height: side, width: side), side, side)
    }
    let share = fields.has("crop_pct") ? try fields.share("crop_pct") : 224.0 / 256
    return (.shorterSide(try extent(Double(side) / share)), side, side)
  }

  private func crop(_ size: Size) throws -> (height: Int, width: Int) {
    guard fields.has("crop_size") else {
      if let side = Self.crops[processor] { return (side, side) }
      guard case .exactly(let height, let width) = size else {
        throw fields.failure("crop_size", "the size that the model takes")
      }
      return (height, width)
    }
    if case .number = fields.values["crop_size"] {
      let side = try fields.extent("crop_size")
      return (side, side)
    }
    let crop = try fields.object("crop_size")
    return (try crop.extent("height"), try crop.extent("width"))
  }

  private func extent(_ side: Double) throws -> Int {
    guard JSONFields.extents.contains(Int(side)) else {
      throw fields.failure("size", "such that images are resized to \(JSONFields.extents)")
    }
    return Int(side)
  }

  // MARK: Values

  /// Of pixels of 0 to 1, whatever the file is written for.
  private func normalisation() throws -> (mean: [Double], std: [Double]) {
    var factor = 1.0
    if try fields.flag("do_rescale", default: true) {
      factor = fields.has("rescale_factor") ? try fields.number("rescale_factor") : 1.0 / 255
      guard (1e-6...1e6).contains(factor) else {
        throw fields.failure("rescale_factor", "1e-6 to 1e6")
      }
    }
    let unit = abs(factor * 255 - 1) < 1e-6 ? 1 : factor * 255
    let isEfficientNet = processor == "EfficientNet"
    var offset = 0.0
    if try fields.flag("rescale_offset", default: false) {
      guard isEfficientNet else {
        throw fields.failure("rescale_offset", "supported but for EfficientNet's processor")
      }
      offset = 1
    }
    let topIncluded = try fields.flag("include_top", default: isEfficientNet)
    guard !topIncluded || isEfficientNet else {
      throw fields.failure("include_top", "supported but for EfficientNet's processor")
    }

    var (mean, std) = ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    // MobileViT's takes no mean, whatever the flag says.
    let normalises =
      try fields.flag("do_normalize", default: !isMobileViT)
      && !(isMobileViT && !fields.has("image_mean"))
    if normalises || topIncluded {
      let channels = try fields.numbers("image_mean").count
      guard channels == 1 || channels == 3 else {
        throw fields.failure("image_mean", "an array of 1 or 3 numbers")
      }
      let own = try Normalisation(
        fields, mean: "image_mean", std: "image_std", channels: channels,
        pixels: -offset...unit - offset)
      mean = normalises ? own.mean : own.mean.map { _ in 0 }
      let divisions = (normalises ? 1 : 0) + (topIncluded ? 1 : 0)
      std = own.std.map { divisions == 2 ? $0 * $0 : $0 }
    }
    return (mean.map { ($0 + offset) / unit }, std.map { $0 / unit })
  }
}

import SwiftletProgram

/// How images are made ready, as the makers of models write it down: timm's `config.json`, Hugging Face's
/// `preprocessor_config.json`, or our own file, which has timm's keys.
struct PreprocessingFile {
  let preprocessing: Preprocessing
  /// What differs from the original, if anything does.
  var notes: [String] = []

  /// Reads a file.
  init(path: String) throws {
    try self.init(text: FileAccess.readText(path), source: path)
  }

  /// Reads JSON. `source` says where it is from.
  init(text: String, source: String) throws {
    let fields = JSONFields(
      values: try JSONValue.object(in: text, source: source), source: source)
    if fields.has("pretrained_cfg") {
      try self.init(timm: fields.object("pretrained_cfg"))
    } else if fields.has("input_size") || !fields.has("size") {
      try self.init(timm: fields)
    } else {
      try self.init(huggingFace: fields)
    }
  }

  /// The contract; says what differs from the original.
  func reportingNotes() -> Preprocessing {
    for note in notes { Console.report(note) }
    return preprocessing
  }

  private static func squashNote(_ fields: JSONFields, _ name: String) -> String {
    "\(fields.source): '\(name)' stretches images to a square; swiftlet keeps their proportions and crops the longer side"
  }

  // MARK: timm

  private init(timm fields: JSONFields) throws {
    let size = try fields.extents("input_size")
    guard size.count == 3, size[0] == 1 || size[0] == 3 else {
      throw fields.failure("input_size", "[channels, height, width] with 1 or 3 channels")
    }
    guard size[1] == size[2] else {
      throw fields.failure("input_size", "a square: other shapes are not supported")
    }
    let share = try fields.number("crop_pct")
    guard share >= 0.01, share <= 1 else { throw fields.failure("crop_pct", "0.01 to 1") }
    if fields.has("crop_mode") {
      switch try fields.string("crop_mode") {
      case "center": break
      case "squash": notes.append(Self.squashNote(fields, "crop_mode"))
      default: throw fields.failure("crop_mode", "'center' or 'squash'")
      }
    }
    let filter = try fields.string("interpolation")
    guard let interpolation = Preprocessing.Interpolation(rawValue: filter) else {
      throw fields.failure("interpolation", "bilinear, bicubic, box, nearest or lanczos")
    }
    let (mean, std) = try Self.normalisation(fields, "mean", "std", channels: size[0])
    preprocessing = Preprocessing(
      resize: Int((Double(size[1]) / share).rounded(.down)), height: size[1], width: size[2],
      interpolation: interpolation, mean: mean.map { Float($0) }, std: std.map { Float($0) })
  }

  // MARK: Hugging Face

  private static let knownFlags: Set<String> = [
    "do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_flip_channel_order",
    "do_convert_rgb",
  ]

  private init(huggingFace fields: JSONFields) throws {
    for name in fields.values.keys.sorted() where name.hasPrefix("do_") {
      let isKnown = Self.knownFlags.contains(name)
      if !isKnown, try fields.flag(name, default: false) {
        throw fields.failure(name, "supported: only false is")
      }
    }
    guard try fields.flag("do_resize", default: true) else {
      throw fields.failure("do_resize", "supported: only true is")
    }
    guard try !fields.flag("rescale_offset", default: false) else {
      throw fields.failure("rescale_offset", "supported: only false is")
    }

    let geometry = try Geometry(fields)
    if geometry.isSquash { notes.append(Self.squashNote(fields, "size")) }

    let filters: [Double: Preprocessing.Interpolation] = [
      0: .nearest, 1: .lanczos, 2: .bilinear, 3: .bicubic, 4: .box,
    ]
    guard let interpolation = filters[try fields.number("resample")] else {
      throw fields.failure("resample", "0, 1, 2, 3 or 4")
    }

    var (mean, std) = ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    if try fields.flag("do_normalize", default: true) {
      let channels = try fields.numbers("image_mean").count
      guard channels == 1 || channels == 3 else {
        throw fields.failure("image_mean", "an array of 1 or 3 numbers")
      }
      (mean, std) = try Self.normalisation(fields, "image_mean", "image_std", channels: channels)
    }
    // (x * factor - mean) / std, written for x / 255.
    var factor = 1.0
    if try fields.flag("do_rescale", default: true) {
      factor = fields.has("rescale_factor") ? try fields.number("rescale_factor") : 1.0 / 255
      guard (1e-6...1e6).contains(factor) else {
        throw fields.failure("rescale_factor", "1e-6 to 1e6")
      }
    }
    let unit = abs(factor * 255 - 1) < 1e-6 ? 1 : factor * 255
    preprocessing = Preprocessing(
      resize: geometry.resize, height: geometry.height, width: geometry.width,
      interpolation: interpolation, mean: mean.map { Float($0 / unit) },
      std: std.map { Float($0 / unit) },
      isBGR: try fields.flag("do_flip_channel_order", default: false))
  }

  /// Hugging Face's many ways to write a resize and a crop.
  private struct Geometry {
    var resize: Int
    var height: Int
    var width: Int
    /// Whether both sides are given to the resize.
    var isSquash = false

    init(_ fields: JSONFields) throws {
      let crops = try fields.flag("do_center_crop", default: fields.has("crop_size"))
      if case .number = fields.values["size"] {
        resize = try fields.extent("size")
        isSquash = !crops && !fields.has("crop_pct")
      } else {
        let size = try fields.object("size")
        if size.has("shortest_edge") {
          resize = try size.extent("shortest_edge")
        } else {
          resize = try size.extent("height")
          guard try size.extent("width") == resize else {
            throw size.failure("width", "equal to 'height': other shapes are not supported")
          }
          isSquash = true
        }
      }
      (height, width) = (resize, resize)
      if fields.has("image_processor_type"),
        try fields.string("image_processor_type").hasPrefix("Levit")
      {
        resize = resize * 256 / 224
        isSquash = false
      }
      if crops, fields.has("crop_size") {
        if case .number = fields.values["crop_size"] {
          height = try fields.extent("crop_size")
          width = height
        } else {
          let crop = try fields.object("crop_size")
          (height, width) = (try crop.extent("height"), try crop.extent("width"))
        }
      } else if fields.has("crop_pct") {
        let share = try fields.number("crop_pct")
        guard share >= 0.01, share <= 1 else { throw fields.failure("crop_pct", "0.01 to 1") }
        // ConvNeXt's processor crops below 384 pixels only.
        if resize < 384 {
          resize = Int((Double(resize) / share).rounded(.down))
        } else {
          isSquash = true
        }
      } else if !isSquash, !crops {
        throw fields.failure("crop_size", "without it the model's input has no fixed size")
      }
      guard height <= resize, width <= resize else {
        throw fields.failure("crop_size", "at most the size that images are resized to")
      }
    }
  }

  private static func normalisation(
    _ fields: JSONFields, _ meanName: String, _ stdName: String, channels: Int
  ) throws -> (mean: [Double], std: [Double]) {
    let (mean, std) = (try fields.numbers(meanName), try fields.numbers(stdName))
    guard mean.count == channels, mean.allSatisfy({ abs($0) <= 1e6 }) else {
      throw fields.failure(meanName, "one number a channel (\(channels)), at most 1e6")
    }
    guard std.count == channels, std.allSatisfy({ (1e-6...1e6).contains($0) }) else {
      throw fields.failure(stdName, "one number a channel (\(channels)), 1e-6 to 1e6")
    }
    return (mean, std)
  }
}

extension Preprocessing {
  /// The shape of the images that it makes, `[C, H, W]`.
  var inputShape: [Int] { [mean.count, height, width] }
}

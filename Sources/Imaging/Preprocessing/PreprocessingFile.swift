package import SwiftletProgram

/// How images are made ready, as the makers of models write it down: timm's `config.json`, Hugging Face's
/// `preprocessor_config.json`, or our own file, which has timm's keys.
package enum PreprocessingFile {
  /// Reads a file.
  package static func read(_ path: String) throws -> Preprocessing {
    try parse(FileAccess.readText(path), source: path)
  }

  /// Reads JSON. `source` says where it is from.
  package static func parse(_ text: String, source: String) throws -> Preprocessing {
    let fields = JSONFields(
      values: try JSONValue.object(in: text, source: source), source: source)
    if fields.has("pretrained_cfg") {
      return try TimmPreprocessing.read(fields.object("pretrained_cfg"))
    }
    if fields.has("image_processor") {
      return try HuggingFacePreprocessing(fields.object("image_processor")).read()
    }
    let isHuggingFace =
      ["image_processor_type", "feature_extractor_type"].contains(where: fields.has)
      || (fields.has("size") && !fields.has("input_size"))
    return isHuggingFace
      ? try HuggingFacePreprocessing(fields).read() : try TimmPreprocessing.read(fields)
  }
}

/// timm's keys.
enum TimmPreprocessing {
  /// What other libraries' files say of pixels, which would be passed over here.
  private static let foreign = [
    "channel_order", "color_space", "crop_size", "data_format", "do_center_crop", "do_normalize",
    "do_rescale", "do_resize", "image_mean", "image_std", "input_range", "input_space", "resample",
    "rescale_factor", "size",
  ]

  static func read(_ fields: JSONFields) throws -> Preprocessing {
    let size = try fields.extents("input_size")
    guard size.count == 3, size[0] == 1 || size[0] == 3 else {
      throw fields.failure("input_size", "[channels, height, width] with 1 or 3 channels")
    }
    guard !fields.has("crop_border_pixels") else {
      throw fields.failure("crop_border_pixels", "supported: only null is")
    }
    if let foreign = foreign.first(where: fields.has) {
      throw fields.failure(
        foreign,
        "left out: timm's keys are input_size, interpolation, crop_pct, crop_mode, mean and std")
    }
    let share = try fields.share("crop_pct")
    func scaled(_ side: Int) throws -> Int {
      let scaled = Int((Double(side) / share).rounded(.down))
      guard JSONFields.extents.contains(scaled) else {
        throw fields.failure("crop_pct", "such that \(side) over it is \(JSONFields.extents)")
      }
      return scaled
    }
    let (height, width) = (try scaled(size[1]), try scaled(size[2]))
    let filter = try fields.string("interpolation")
    guard let interpolation = Preprocessing.Interpolation(rawValue: filter) else {
      let names = Preprocessing.Interpolation.allCases.map(\.rawValue)
      throw fields.failure("interpolation", names.joined(separator: " or "))
    }
    let normalisation = try Normalisation(
      fields, mean: "mean", std: "std", channels: size[0], pixels: 0...1)

    let resize: Preprocessing.Resize
    var border: [UInt8] = []
    switch fields.has("crop_mode") ? try fields.string("crop_mode") : "center" {
    case "center" where height == width: resize = .shorterSide(height)
    case "center": resize = .covering(height: height, width: width)
    case "squash": resize = .exactly(height: height, width: width)
    case "border":
      resize = .within(height: height, width: width)
      border = normalisation.mean.map { UInt8((255 * $0).rounded(.toNearestOrEven)) }
    default: throw fields.failure("crop_mode", "'center', 'squash' or 'border'")
    }
    return Preprocessing(
      resize: resize, height: size[1], width: size[2], interpolation: interpolation,
      mean: normalisation.mean.map { Float($0) }, std: normalisation.std.map { Float($0) },
      border: border)
  }
}

/// Mean and standard deviation of pixels, a number a channel.
struct Normalisation {
  let mean: [Double]
  let std: [Double]

  /// `pixels` is the range of the values that are normalised: no mean lies outside, no deviation is wider.
  init(
    _ fields: JSONFields, mean meanName: String, std stdName: String, channels: Int,
    pixels: ClosedRange<Double>
  ) throws {
    /// Never the zero that has a sign.
    func tenths(_ value: Double) -> Double { (10 * value).rounded() / 10 + 0 }
    (mean, std) = (try fields.numbers(meanName), try fields.numbers(stdName))
    let slack = 1e-6 * (pixels.upperBound - pixels.lowerBound)
    let (low, high) = (pixels.lowerBound - slack, pixels.upperBound + slack)
    let range =
      "one number a channel (\(channels)), of pixels of \(tenths(pixels.lowerBound)) to \(tenths(pixels.upperBound))"
    guard mean.count == channels, mean.allSatisfy((low...high).contains) else {
      throw fields.failure(meanName, range)
    }
    guard std.count == channels, std.allSatisfy({ (1e-6...high - low).contains($0) }) else {
      throw fields.failure(stdName, "\(range), at least 1e-6")
    }
  }
}

extension JSONFields {
  /// The share of a resized image that the crop keeps; over 1 there is a border.
  func share(_ name: String) throws -> Double {
    let share = try number(name)
    guard (0.01...100).contains(share) else { throw failure(name, "0.01 to 100") }
    return share
  }
}

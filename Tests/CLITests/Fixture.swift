import Foundation

/// The trained model of the repository, made-up images, and one conversion that most tests share.
struct Fixture: Sendable {
  static let labels = [
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle-boot",
  ]
  static let side = 28

  /// `calibration/models/<name>` of the repository.
  static func modelFile(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("calibration/models/\(name)").path
  }

  static let onnx = modelFile("fashion-coatnet.onnx")
  static let dynamo = modelFile("fashion-coatnet-dynamo.onnx")
  static let contract = [
    "--preprocess", modelFile("fashion-coatnet.preprocess.json"),
    "--labels", modelFile("fashion-coatnet.labels.txt"),
  ]

  /// Two images of each label in `images/<label>/`, all different, and the model converted on them.
  static let shared = Result { try Fixture() }

  let folder: TemporaryFolder
  let images: String
  let int8: String
  let table: String

  private init() throws {
    folder = try TemporaryFolder()
    atexit {
      if case .success(let fixture) = Fixture.shared {
        try? FileManager.default.removeItem(atPath: fixture.folder.path)
      }
    }
    images = folder.path("images")
    int8 = folder.path("model.swiftlet")
    table = folder.path("table.json")
    for (index, label) in Self.labels.enumerated() {
      for number in 0..<2 {
        try folder.write(
          Self.image(2 * index + number), to: "images/\(label)/\(number).pgm")
      }
    }
    let conversion = try Command(
      ["convert", Self.onnx, "-o", int8, "--calibration", images, "--save-table", table]
        + Self.contract)
    guard conversion.status == 0 else { throw Unexpected("cannot convert: \(conversion.errors)") }
  }

  /// The paths of all images, by their bytes.
  var imagePaths: [String] {
    Self.labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .flatMap { label in (0..<2).map { "\(images)/\(label)/\($0).pgm" } }
  }

  /// A PGM file: stripes and a blob, other ones for each seed.
  static func image(_ seed: Int) -> [UInt8] {
    var bytes = Array("P5\n\(side) \(side)\n255\n".utf8)
    for y in 0..<side {
      for x in 0..<side {
        let stripes = (x * (seed % 5 + 1) + y * (seed % 7 + 2)) * 9 % 256
        let inside = abs(x - 14) + abs(y - 14) < 6 + seed % 8
        bytes.append(UInt8(inside ? stripes : stripes / 8))
      }
    }
    return bytes
  }

  /// A plain image as a JPEG file (with the standard Huffman tables left out, as cameras do), and its only value.
  static let plainJPEG: (file: [UInt8], value: UInt8) = (
    [0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0] + [UInt8](repeating: 8, count: 64)
      + [0xFF, 0xC0, 0, 11, 8, 0, UInt8(side), 0, UInt8(side), 1, 1, 0x11, 0]
      + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0x3F, 0]
      + [0xE3, 0x28, 0xA2, 0x8A, 0x28, 0xA2, 0x8A, 0x28, 0xA2, 0x8A, 0x28, 0xA2, 0x8A, 0xFF, 0xD9],
    77
  )

  /// The float input that an image of `image(_:)` becomes.
  static func floats(_ seed: Int) -> [Float] {
    image(seed).suffix(side * side).map { (Float($0) / 255 - 0.286) / 0.353 }
  }
}

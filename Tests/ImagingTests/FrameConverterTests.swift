import SwiftletImaging
import SwiftletKernels
import SwiftletProgram
import Testing

/// Frames of streams as a model's input.
struct FrameConverterTests {
  static let formats = FrameFormat.all.filter { !$0.isCompressed }

  private static let transforms = [
    Preprocessing(resize: 12, height: 10, width: 8, filter: .bilinear, channels: 3),
    Preprocessing(resize: 9, height: 9, width: 9, filter: .bicubic, channels: 1),
    Preprocessing(resize: 20, height: 24, width: 17, filter: .bicubic, channels: 3),
    Preprocessing(resize: 7, height: 7, width: 7, filter: .nearest, channels: 3),
    Preprocessing(resize: 31, height: 24, width: 24, filter: .bilinear, channels: 1),
    Preprocessing(
      resize: .exactly(height: 13, width: 11), height: 12, width: 8, filter: .bilinear, channels: 3,
      crop: .halvesDown),
    Preprocessing(
      resize: .within(height: 11, width: 14), height: 12, width: 15, filter: .bicubic, channels: 3,
      crop: .halvesDown, border: [124, 116, 104]),
    Preprocessing(
      resize: .covering(height: 9, width: 12), height: 9, width: 12, filter: .bilinear, channels: 1),
  ]

  private static func input(
    _ frame: FrameReference, _ transform: Preprocessing
  ) throws -> [Int8] {
    try input(frame, FrameConverter(transform))
  }

  private static func input(
    _ frame: FrameReference, _ converter: FrameConverter
  ) throws -> [Int8] {
    var input = [Int8](repeating: 1, count: converter.preprocessing.inputCount)
    try input.withUnsafeMutableBufferPointer { input in
      try frame.bytes.withUnsafeBytes { try converter.convert($0, frame.layout, into: input) }
    }
    return input
  }

  /// The elements without the fourth of each pixel, which must be a byte of 0.
  private static func bytes(_ input: [Int8], _ channels: Int) -> [Int] {
    input.enumerated().compactMap { index, element in
      guard channels == 3, index % 4 == 3 else { return Int(element) + 128 }
      #expect(element == -128)
      return nil
    }
  }

  @Test(arguments: formats) func equalsTheDefinition(format: FrameFormat) throws {
    let colours: [ColourEncoding?] =
      [nil]
      + ColourEncoding.Standard.allCases.map { .init(standard: $0, isFullRange: $0 == .bt601) }
    var (worst, sum, count) = (0.0, 0.0, 0)
    var seed: UInt64 = 1
    for (width, height) in [(16, 12), (33, 21), (7, 9), (64, 30), (2, 2), (1, 5)] {
      for (padding, colour) in zip([0, 0, 6, 64], colours) {
        let tight = try FrameLayout(format, width: width, height: height)
        let layout = try FrameLayout(
          format, width: width, height: height,
          bytesPerLine: padding == 0 ? 0 : (tight.bytesPerLine + padding + 1) & ~1, colour: colour)
        for var transform in Self.transforms {
          seed += 1
          let frame = FrameReference(layout, seed: seed)
          transform.isBGR = transform.channels == 3 && seed % 2 == 1
          let actual = Self.bytes(
            try Self.input(frame, transform), transform.channels)
          let expected = frame.expected(transform)
          try #require(actual.count == expected.count)
          for (a, b) in zip(actual, expected) {
            worst = max(worst, abs(Double(a) - b))
            sum += abs(Double(a) - b.rounded())
            count += 1
          }
        }
      }
    }
    #expect(worst < 1, "\(format.name): worst \(worst)")
    #expect(sum / Double(count) < 0.03, "\(format.name): mean \(sum / Double(count))")
  }

  /// Colour that rises evenly over the luma's pixels does so in the result, whatever of its last sample lies outside.
  @Test(arguments: [(64, 48), (64, 47), (63, 48), (63, 47), (7, 9)])
  func slopesStaySlopes(width: Int, height: Int) throws {
    let (across, down) = ((width + 1) / 2, (height + 1) / 2)
    func cb(_ x: Double, _ y: Double) -> Double { 60 + 90 * x / 64 + 60 * y / 64 }
    /// The mean of the pixels that a sample is for.
    func samples(_ rows: Int) -> [UInt8] {
      (0..<across * rows).map {
        let (x, y) = (Double($0 % across), Double($0 / across))
        return UInt8(cb(2 * x + 0.5, rows == height ? y : 2 * y + 0.5).rounded())
      }
    }
    func grey(_ count: Int) -> [UInt8] { Array(repeating: 128, count: count) }
    func pairs(_ rows: Int) -> [UInt8] { samples(rows).flatMap { [$0, 128] } }
    let frames: [(format: FrameFormat, bytes: [UInt8])] = [
      (.nv12, grey(width * height) + pairs(down)),
      (.nv16, grey(width * height) + pairs(height)),
      (.yu12, grey(width * height) + samples(down) + grey(across * down)),
      (.yuyv, samples(height).flatMap { [128, $0, 128, 128] }),
    ]
    let side = min(width, height)
    let transform = Preprocessing(
      resize: .shorterSide(side), height: height, width: width, filter: .bilinear, channels: 3)
    for (format, bytes) in frames {
      let layout = try FrameLayout(
        format, width: width, height: height,
        colour: ColourEncoding(standard: .bt601, isFullRange: true))
      var frame = FrameReference(layout, seed: 1)
      frame.bytes = bytes
      let result = Self.bytes(try Self.input(frame, transform), 3)
      for y in 1..<height - 1 {
        for x in 1..<width - 1 {
          let blue = 128 + 1.772 * (cb(Double(x), Double(y)) - 128)
          let actual = Double(result[3 * (y * width + x) + 2])
          try #require(abs(actual - max(0, blue)) < 2, "\(format.name): \(x), \(y)")
        }
      }
    }
  }

  /// The still path rounds rows, then columns; a stream's frame is rounded once. (Where a filter overshoots, the still path
  /// clamps after either step, so the pixels keep off the ends here.)
  @Test(arguments: [Preprocessing.Interpolation.bilinear, .bicubic, .lanczos, .box, .nearest])
  func isCloseToTheStillPath(filter: Preprocessing.Interpolation) throws {
    let layout = try FrameLayout(#require(.named("rgb24")), width: 160, height: 120)
    for channels in [1, 3] {
      let transform = Preprocessing(
        resize: 64, height: 56, width: 56, filter: filter, channels: channels)
      var frame = FrameReference(layout, seed: 7)
      frame.bytes = frame.bytes.map { 96 + $0 / 4 }
      let still = try transform.apply(to: frame.image).pixels.map { Int($0) }
      let live = Self.bytes(try Self.input(frame, transform), channels)
      let differences = zip(still, live).map { abs($0 - $1) }
      #expect((differences.max() ?? 9) <= 1)
      #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 0.5)
    }
  }

  @Test(arguments: formats) func everyKernelSetGivesTheSame(format: FrameFormat) throws {
    for (index, var transform) in Self.transforms.enumerated() {
      transform.isBGR = index == 2
      let layout = try FrameLayout(format, width: 97, height: 43)
      let frame = FrameReference(layout, seed: UInt64(index))
      let inputs = try KernelSet.available.map { kernels in
        try Self.input(
          frame, FrameConverter(transform, kernels: kernels.images))
      }
      #expect(inputs.allSatisfy { $0 == inputs[0] })
    }
  }

  /// What has the model's size already comes through unchanged.
  @Test func framesOfTheRightSize() throws {
    let transform = Preprocessing(
      resize: 24, height: 24, width: 24, filter: .bicubic, channels: 3)
    let rgb = FrameReference(
      try FrameLayout(#require(.named("RGB3")), width: 24, height: 24), seed: 3)
    #expect(Self.bytes(try Self.input(rgb, transform), 3) == rgb.bytes.map { Int($0) })
    let grey = FrameReference(try FrameLayout(.grey, width: 24, height: 24), seed: 3)
    var single = transform
    (single.mean, single.std) = ([0], [1])
    #expect(Self.bytes(try Self.input(grey, single), 1) == grey.bytes.map { Int($0) })
  }

  /// One converter, frames of changing layouts.
  @Test func layoutsMayChange() throws {
    let converter = try FrameConverter(Self.transforms[0])
    for round in 0..<2 {
      for (index, format) in Self.formats.enumerated() {
        let layout = try FrameLayout(format, width: 20 + index, height: 40 - index)
        let frame = FrameReference(layout, seed: UInt64(index + round))
        #expect(
          try Self.input(frame, converter) == Self.input(frame, converter.preprocessing),
          "\(format)")
      }
    }
  }

  @Test func whatCannotBeConverted() throws {
    let nv12 = try #require(FrameFormat.named("nv12"))
    #expect(throws: ImageError.self) { try FrameLayout(nv12, width: 0, height: 4) }
    #expect(throws: ImageError.self) { try FrameLayout(nv12, width: 4, height: 1 << 15) }
    #expect(throws: ImageError.self) { try FrameLayout(nv12, width: 8, height: 8, bytesPerLine: 7) }
    #expect(throws: ImageError.self) {
      try FrameLayout(nv12, width: 8, height: 8, bytesPerLine: .max)
    }
    var frame = FrameReference(try FrameLayout(nv12, width: 8, height: 8), seed: 1)
    frame.bytes.removeLast()
    #expect(throws: ImageError.self) { try Self.input(frame, Self.transforms[0]) }
    let narrow = FrameReference(try FrameLayout(nv12, width: 1, height: 1 << 14), seed: 1)
    let large = Preprocessing(resize: 5000, height: 8, width: 8, filter: .box, channels: 1)
    #expect(throws: ImageError.self) { try Self.input(narrow, large) }
    #expect(throws: ImageError.self) {
      try FrameConverter(
        Preprocessing(resize: 0, height: 1, width: 1, filter: .box, channels: 3))
    }
  }

  /// Of odd widths and odd bytes a row, the rows of chroma planes are half as long, rounded down, or as long as their samples.
  @Test(arguments: [
    ("yu12", 101, 51), ("yu12", 102, 51), ("yu12", 103, 51), ("yu12", 104, 52), ("yu12", 105, 52),
    ("yv12", 105, 52), ("nv12", 101, 102), ("nv12", 103, 103), ("nv12", 104, 104),
    ("nv16", 101, 102), ("nv16", 105, 105),
  ])
  func chromaRowsOfOddFrames(name: String, bytesPerLine: Int, chroma: Int) throws {
    let layout = try FrameLayout(
      #require(.named(name)), width: 101, height: 7, bytesPerLine: bytesPerLine)
    let rows = name == "nv16" ? 7 : name == "nv12" ? 4 : 8
    #expect(layout.paddedByteCount == 7 * bytesPerLine + rows * chroma)
  }

  @Test func formatsHaveTwoNames() {
    #expect(FrameFormat.named("yuyv") == FrameFormat.named("YUYV"))
    #expect(FrameFormat.named("MJPG") == .mjpeg && FrameFormat.named("mjpeg") == .mjpeg)
    #expect(FrameFormat.named("h264") == nil)
    #expect(Set(FrameFormat.all.map(\.name)).count == FrameFormat.all.count)
    #expect(Set(FrameFormat.all.map(\.code)).count == FrameFormat.all.count)
  }
}

import Swiftlet
import SwiftletImaging
import SwiftletProgram
import Testing

@Suite struct ImageClassifierTests {
  /// A model of `[12, 16]` images with random weights.
  private func model(channels: Int, isBGR: Bool = false, takesImages: Bool = true) throws -> Model {
    let (height, width, stored) = (12, 16, channels == 1 ? 1 : 4)
    var builder = ProgramBuilder(
      seed: 5, inputRows: height * width, inputChannels: stored, zeroPoint: -128)
    let features = builder.convolution(
      builder.operand(builder.input), outputs: 16,
      window: Window(
        inputHeight: height, inputWidth: width, outputHeight: 6, outputWidth: 8, kernelHeight: 3,
        kernelWidth: 3, strideY: 2, strideX: 2, dilationY: 1, dilationX: 1, padTop: 1, padLeft: 1),
      padded: true)
    var program = builder.finish(features)
    program.input = Input(
      tensor: builder.input, shape: [channels, height, width],
      preprocessing: takesImages
        ? Preprocessing(
          resize: 14, height: height, width: width, interpolation: .bicubic,
          mean: Array(repeating: 0.5, count: channels), std: Array(repeating: 0.2, count: channels),
          isBGR: isBGR) : nil)
    let labels = (0..<16).map { "class \($0)" }
    return try Model(
      bytes: ModelFileWriter.encode(program: program, data: builder.data, labels: labels))
  }

  private func image(width: Int, height: Int, channels: Int, seed: UInt64 = 1) -> PixelImage {
    var random = SeededGenerator(seed: seed)
    return PixelImage(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { _ in .random(in: 0...255, using: &random) })
  }

  @Test(arguments: [(1, false), (3, false), (3, true)])
  func isTheTransformAndTheSession(channels: Int, isBGR: Bool) throws {
    let model = try model(channels: channels, isBGR: isBGR)
    let classifier = try ImageClassifier(model: model, threads: 2)
    var session = try Session(model: model, threads: 1)
    let transform = try PreparedTransform(try #require(model.input.preprocessing))
    var seen: Set<[Int16]> = []
    for (seed, size) in [(40, 30), (40, 30), (17, 90), (9, 9)].enumerated() {
      for stored in [1, 3] {
        let image = image(width: size.0, height: size.1, channels: stored, seed: UInt64(seed))
        try session.withInput { try transform.write(image, to: $0) }
        session.run()
        let expected = Classification.top(7, of: session.floatLogits, labels: model.labels)
        #expect(try classifier.classify(image, top: 7) == expected)
        #expect(expected.count == 7 && expected[0].label == "class \(expected[0].index)")
        seen.insert(session.logits)
      }
    }
    #expect(seen.count == 8)
  }

  @Test func framesAreConvertedInOnePass() throws {
    let model = try model(channels: 3, isBGR: true)
    let classifier = try ImageClassifier(model: model, threads: 1)
    let image = image(width: 64, height: 48, channels: 3)
    let layout = try FrameLayout(try #require(.named("rgb24")), width: 64, height: 48)
    let converter = try FrameConverter(try #require(model.input.preprocessing))
    var session = try Session(model: model, threads: 1)
    try image.pixels.withUnsafeBytes { frame in
      try session.withInput { try converter.convert(frame, layout, into: $0) }
      session.run()
      #expect(
        try classifier.classify(frame: frame, layout: layout)
          == Classification.top(5, of: session.floatLogits, labels: model.labels))
    }
    #expect(throws: ImageError.self) {
      try image.pixels.dropLast().withUnsafeBytes {
        try classifier.classify(frame: $0, layout: layout)
      }
    }
    let jpeg = try FrameLayout(.mjpeg, width: 64, height: 48)
    #expect(throws: ImageError.self) {
      try image.pixels.withUnsafeBytes { try classifier.classify(frame: $0, layout: jpeg) }
    }
  }

  @Test func saysWhatIsMissing() throws {
    #expect {
      try ImageClassifier(model: try model(channels: 3, takesImages: false))
    } throws: { "\($0)".contains("does not say how images are made ready") }
    #expect(throws: SessionError.self) {
      try ImageClassifier(model: try model(channels: 3), kernels: "abacus")
    }
    let classifier = try ImageClassifier(model: try model(channels: 3), threads: 1)
    #expect {
      try classifier.classify(contentsOf: "/nowhere/cat.jpg")
    } throws: { "\($0)".contains("/nowhere/cat.jpg") }
  }
}

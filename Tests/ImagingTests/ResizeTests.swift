import CSwiftletTestSupport
import SwiftletImaging
import SwiftletKernels
import SwiftletProgram
import Testing

/// Every kernel set resizes as Pillow does: tools/oracle/resize-cases.py.
struct ResizeTests {
  /// Digests of every sample brought to every target size, by Pillow 13.0.
  private static let digests:
    [(channels: Int, filter: Preprocessing.Interpolation, digest: UInt64)] = [
      (1, .nearest, 0x51b4_a7b6_e414_c0fc),
      (1, .box, 0x6fcd_e034_e54c_d6c3),
      (1, .bilinear, 0xc926_0d43_0cd5_3512),
      (1, .bicubic, 0x8555_416e_0c08_38b7),
      (1, .lanczos, 0xa975_31d4_fe34_133f),
      (3, .nearest, 0x864d_117d_4b25_d3de),
      (3, .box, 0x58e4_6344_e93e_585a),
      (3, .bilinear, 0xfc35_9808_9fc2_fd6a),
      (3, .bicubic, 0xb418_1a11_cbca_aef6),
      (3, .lanczos, 0x0066_681f_5811_298d),
      (1, .hamming, 0x39cb_2ab2_e897_6050),
      (3, .hamming, 0xb06e_b8c9_f202_70d6),
    ]

  @Test("equals Pillow's resize", arguments: KernelSet.available)
  func golden(set: KernelSet) throws {
    for (channels, filter, expected) in Self.digests {
      var digest = Digest()
      for (width, height) in sampleSizes {
        for (newWidth, newHeight) in targetSizes {
          let image = try sample(width, height, channels)
            .resized(width: newWidth, height: newHeight, filter: filter, kernels: set.images)
          digest.update(image.pixels)
        }
      }
      #expect(digest.value == expected, "\(channels) channels, \(filter)")
    }
  }

  @Test func aSmallCubicExample() throws {
    let image = sample(4, 3, 1)
    #expect(image.pixels == [0, 37, 72, 107, 91, 121, 1, 45, 182, 157, 226, 247])
    #expect(
      try image.resized(width: 3, height: 5, filter: .bicubic).pixels == [
        0, 55, 106, 38, 51, 65, 105, 61, 27, 153, 145, 166, 177, 200, 255,
      ])
  }

  @Test(
    "equals Pillow's resize and torchvision's Resize and CenterCrop, live",
    .enabled(if: Pillow.isAvailable))
  func live() throws {
    var cases = try Pillow.records(of: "resize-cases.py")
    let filters: [Preprocessing.Interpolation] = [
      .nearest, .box, .bilinear, .bicubic, .lanczos, .hamming,
    ]
    var count = 0
    while !cases.isAtEnd {
      let (channels, filter) = (try cases.number(), filters[try cases.number()])
      let (width, height) = (try cases.number(), try cases.number())
      let isTransform = try cases.number() == 1
      let (newChannels, resize) =
        isTransform ? (try cases.number(), try cases.number()) : (channels, 0)
      let (newWidth, newHeight) = (try cases.number(), try cases.number())
      let image = PixelImage(
        width: width, height: height, channels: channels,
        pixels: try cases.bytes(width * height * channels))
      let expected = PixelImage(
        width: newWidth, height: newHeight, channels: newChannels,
        pixels: try cases.bytes(newWidth * newHeight * newChannels))
      for set in KernelSet.available {
        let result: PixelImage
        if isTransform {
          let transform = Preprocessing(
            resize: .shorterSide(resize), height: newHeight, width: newWidth, filter: filter,
            channels: newChannels)
          result = try PreparedTransform(transform, kernels: set.images).apply(to: image)
        } else {
          result = try image.resized(
            width: newWidth, height: newHeight, filter: filter, kernels: set.images)
        }
        let isEqual = result == expected
        #expect(
          isEqual,
          "\(set), \(filter): \(width) x \(height) x \(channels) by \(resize) to \(newWidth) x \(newHeight) x \(newChannels)"
        )
      }
      count += 1
    }
    #expect(count == 1000)
  }

  @Test func theSameSizeIsTheSameImage() throws {
    for filter in Preprocessing.Interpolation.allCases {
      for (width, height) in sampleSizes {
        let image = sample(width, height, 3)
        #expect(try image.resized(width: width, height: height, filter: filter) == image)
        // No step of the way there needs to know.
        let transform = Preprocessing(
          resize: .shorterSide(min(width, height)), height: height, width: width, filter: filter,
          channels: 3)
        #expect(try transform.apply(to: image) == image)
      }
    }
  }

  @Test func impossibleSizes() {
    let image = sample(7, 5, 3)
    for (width, height) in [(0, 1), (1, -1), (1 << 17, 1), (1, .max), (1 << 16, 1 << 16)] {
      #expect(throws: ImageError.self) {
        try image.resized(width: width, height: height, filter: .box)
      }
    }
  }
}

struct PreparedTransformTests {
  private static let crops = [(1, 1), (5, 8), (16, 16), (17, 16), (20, 9), (40, 30)]

  /// Every contract, prepared once, of every sample: the same image, and the same input of a model.
  @Test(
    "equals torchvision's Resize and CenterCrop on Pillow 13.0's convert",
    arguments: KernelSet.available)
  func golden(set: KernelSet) throws {
    var prepared: [String: [PreparedTransform]] = [:]
    var digest = Digest()
    for channels in [1, 3] {
      for newChannels in [1, 3] {
        for (width, height) in sampleSizes {
          for resize in [1, 6, 16, 21] {
            for (cropWidth, cropHeight) in Self.crops {
              let key = "\(newChannels) \(resize) \(cropWidth) \(cropHeight)"
              let transforms =
                try prepared[key]
                ?? [false, newChannels == 3].map { isBGR in
                  try PreparedTransform(
                    Preprocessing(
                      resize: .shorterSide(resize), height: cropHeight, width: cropWidth,
                      filter: .bicubic, channels: newChannels, isBGR: isBGR), kernels: set.images)
                }
              prepared[key] = transforms
              let image = sample(width, height, channels)
              let result = try transforms[0].apply(to: image)
              #expect(result.width == cropWidth && result.height == cropHeight)
              digest.update(result.pixels)
              for transform in transforms {
                #expect(
                  try input(of: image, transform)
                    == input(result, isBGR: transform.preprocessing.isBGR))
              }
            }
          }
        }
      }
    }
    #expect(digest.value == 0x52b0_097e_61ac_973b)
  }

  private func input(of image: PixelImage, _ transform: PreparedTransform) throws -> [Int8] {
    var input = [Int8](repeating: 1, count: transform.preprocessing.inputCount)
    try input.withUnsafeMutableBufferPointer { try transform.write(image, to: $0) }
    return input
  }

  /// By the definition: bytes minus 128, four a pixel of colour.
  private func input(_ image: PixelImage, isBGR: Bool) -> [Int8] {
    let elements = image.pixels.map { Int8(Int($0) - 128) }
    guard image.channels == 3 else { return elements }
    return stride(from: 0, to: elements.count, by: 3).flatMap { place in
      let pixel = elements[place..<place + 3]
      return (isBGR ? pixel.reversed() : Array(pixel)) + [-128]
    }
  }

  @Test(
    "images of one size allocate nothing and are computed in integers", arguments: [1, 3], [1, 3])
  func steadyState(channels: Int, newChannels: Int) throws {
    let images = [sample(100, 37, channels), sample(37, 100, channels), sample(5, 5, channels)]
    var input = [Int8](repeating: 0, count: 40 * 30 * (newChannels == 1 ? 1 : 4))
    for set in KernelSet.available {
      let transform = try PreparedTransform(
        Preprocessing(
          resize: 21, height: 40, width: 30, filter: .lanczos, channels: newChannels),
        kernels: set.images)
      for image in images {
        try input.withUnsafeMutableBufferPointer { input in
          try transform.write(image, to: input)
          swl_test_clear_float_flags()
          let start = swl_test_allocations()
          for _ in 0..<3 { try transform.write(image, to: input) }
          let end = swl_test_allocations()
          #expect(swl_test_float_flags() == 0)
          #expect(end == start, "\(set)")
        }
      }
    }
  }

  @Test func theInputOfAModel() throws {
    func inputs(
      _ image: PixelImage, channels: Int, isBGR: Bool = false
    ) throws -> (int8: [Int8], float: [Float]) {
      let transform = try PreparedTransform(
        Preprocessing(
          resize: 1, height: image.height, width: image.width, interpolation: .bilinear,
          mean: [0, 0.25, 0.5].suffix(channels), std: [1, 0.5, 0.25].suffix(channels), isBGR: isBGR)
      )
      return (try input(of: image, transform), try transform.floats(of: image))
    }
    let colour = PixelImage(width: 2, height: 1, channels: 3, pixels: [0, 51, 102, 153, 204, 255])
    let rgb = try inputs(colour, channels: 3)
    #expect(rgb.int8 == [-128, -77, -26, -128, 25, 76, 127, -128])
    let expected: [Float] = [
      0, 153.0 / 255, (51.0 / 255 - 0.25) / 0.5, (204.0 / 255 - 0.25) / 0.5,
      (102.0 / 255 - 0.5) / 0.25, (255.0 / 255 - 0.5) / 0.25,
    ]
    #expect(rgb.float == expected)
    let bgr = try inputs(colour, channels: 3, isBGR: true)
    #expect(bgr.int8 == [-26, -77, -128, -128, 127, 76, 25, -128])
    #expect(bgr.float == Array(expected[4...] + expected[2..<4] + expected[..<2]))
    let grey = PixelImage(width: 3, height: 1, channels: 1, pixels: [0, 128, 255])
    #expect(try inputs(grey, channels: 1).int8 == [-128, 0, 127])
    #expect(
      try inputs(grey, channels: 3).int8 == [
        -128, -128, -128, -128, 0, 0, 0, -128, 127, 127, 127, -128,
      ])
  }

  @Test func impossibleSizes() {
    let image = sample(7, 5, 3)
    let good = Preprocessing(resize: 4, height: 4, width: 4, filter: .box, channels: 3)
    for value in [0, -1, .min, .max, Preprocessing.sideLimit + 1] {
      for resize: Preprocessing.Resize in [
        .shorterSide(value), .exactly(height: value, width: 4), .covering(height: 4, width: value),
        .within(height: value, width: value),
      ] {
        var bad = good
        bad.resize = resize
        #expect(throws: ImageError.self) { try bad.apply(to: image) }
      }
      for path in [\Preprocessing.height, \Preprocessing.width] {
        var bad = good
        bad[keyPath: path] = value
        #expect(throws: ImageError.self) { try bad.apply(to: image) }
      }
    }
    for channels in [0, 2, 4] {
      let bad = Preprocessing(resize: 4, height: 4, width: 4, filter: .box, channels: channels)
      #expect(throws: ImageError.self) { try bad.apply(to: image) }
    }
    let long = PixelImage(
      width: 1, height: 1 << 16, channels: 1, pixels: [UInt8](repeating: 0, count: 1 << 16))
    let wide = Preprocessing(resize: 1024, height: 4, width: 4, filter: .box, channels: 1)
    #expect(throws: ImageError.self) { try wide.apply(to: long) }
    let within = Preprocessing(
      resize: .within(height: 4, width: 4), height: 4, width: 4, filter: .box, channels: 1)
    #expect(throws: ImageError.self) { try within.apply(to: long) }
  }
}

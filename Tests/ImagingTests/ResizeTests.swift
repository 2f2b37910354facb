import SwiftletImaging
import Testing

struct ResizeTests {
  /// Digests of every sample brought to every target size, by Pillow 13.0.
  static let digests: [(channels: Int, filter: ResizeFilter, digest: UInt64)] = [
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
  ]

  @Test("equals Pillow's resize", arguments: digests)
  func golden(channels: Int, filter: ResizeFilter, expected: UInt64) {
    var digest = Digest()
    for (width, height) in sampleSizes {
      for (newWidth, newHeight) in targetSizes {
        let image = sample(width, height, channels)
        digest.update(image.resized(width: newWidth, height: newHeight, filter: filter).pixels)
      }
    }
    #expect(digest.value == expected)
  }

  @Test func aSmallCubicExample() {
    let image = sample(4, 3, 1)
    #expect(image.pixels == [0, 37, 72, 107, 91, 121, 1, 45, 182, 157, 226, 247])
    #expect(
      image.resized(width: 3, height: 5, filter: .bicubic).pixels == [
        0, 55, 106, 38, 51, 65, 105, 61, 27, 153, 145, 166, 177, 200, 255,
      ])
  }

  @Test("equals Pillow's resize, live", .enabled(if: Pillow.isAvailable), arguments: digests)
  func live(channels: Int, filter: ResizeFilter, _: UInt64) throws {
    let script =
      Pillow.prelude + """
        f = getattr(Image.Resampling, sys.argv[2].upper())
        for (w, h) in sizes:
            for t in targets:
                sys.stdout.buffer.write(sample(w, h, int(sys.argv[1])).resize(t, f).tobytes())
        """
    let pixels = try Pillow.run(script, "\(channels)", filter.rawValue)
    var start = 0
    for (width, height) in sampleSizes {
      for (newWidth, newHeight) in targetSizes {
        let image = sample(width, height, channels)
        let resized = image.resized(width: newWidth, height: newHeight, filter: filter)
        let end = start + resized.pixels.count
        try #require(end <= pixels.count)
        #expect(
          resized.pixels == Array(pixels[start..<end]),
          "\(width) x \(height) to \(newWidth) x \(newHeight)")
        start = end
      }
    }
    #expect(start == pixels.count)
  }

  @Test func theSameSizeIsTheSameImage() {
    for filter in ResizeFilter.allCases {
      for (width, height) in sampleSizes {
        let image = sample(width, height, 3)
        #expect(image.resized(width: width, height: height, filter: filter) == image)
      }
    }
  }
}

struct ImageTransformTests {
  private static let crops = [(1, 1), (5, 8), (16, 16), (17, 16), (20, 9), (40, 30)]

  /// Every sample through every transform.
  private func forEach(_ body: ([UInt8]) throws -> Void) throws {
    for channels in [1, 3] {
      for newChannels in [1, 3] {
        for (width, height) in sampleSizes {
          for resize in [1, 6, 16, 21] {
            for (cropWidth, cropHeight) in Self.crops {
              let transform = ImageTransform(
                resize: resize, height: cropHeight, width: cropWidth, filter: .bicubic,
                channels: newChannels)
              let image = try transform.apply(to: sample(width, height, channels))
              #expect([image.width, image.height] == [cropWidth, cropHeight])
              try body(image.pixels)
            }
          }
        }
      }
    }
  }

  @Test("equals torchvision's Resize and CenterCrop on Pillow 13.0's convert")
  func golden() throws {
    var digest = Digest()
    try forEach { digest.update($0) }
    #expect(digest.value == 0x52b0_097e_61ac_973b)
  }

  @Test("equals Pillow, live", .enabled(if: Pillow.isAvailable))
  func live() throws {
    let script =
      Pillow.prelude + """
        for a in (1, 3):
            for c in (1, 3):
                for (w, h) in sizes:
                    for resize in (1, 6, 16, 21):
                        for (cw, ch) in \(Self.crops):
                            image = transform(sample(w, h, a), resize, ch, cw, Image.Resampling.BICUBIC, c)
                            sys.stdout.buffer.write(image.tobytes())
        """
    let pixels = try Pillow.run(script)
    var start = 0
    try forEach { image in
      let end = start + image.count
      try #require(end <= pixels.count)
      #expect(image == Array(pixels[start..<end]))
      start = end
    }
    #expect(start == pixels.count)
  }

  @Test func impossibleSizes() {
    let image = sample(7, 5, 3)
    let good = ImageTransform(resize: 4, height: 4, width: 4, filter: .box, channels: 3)
    for value in [0, -1, .min, .max, ImageTransform.sideLimit + 1] {
      for path in [
        \ImageTransform.resize, \ImageTransform.height, \ImageTransform.width,
        \ImageTransform.channels,
      ] {
        var bad = good
        bad[keyPath: path] = value
        #expect(throws: ImageError.self) { try bad.apply(to: image) }
      }
    }
    let long = PixelImage(
      width: 1, height: 1 << 16, channels: 1, pixels: [UInt8](repeating: 0, count: 1 << 16))
    let wide = ImageTransform(resize: 1 << 10, height: 4, width: 4, filter: .box, channels: 1)
    #expect(throws: ImageError.self) { try wide.apply(to: long) }
  }
}

extension PixelImage {
  /// Fills a model's input, `[H, W, C]` int8, with this image, which has the model's size: each byte minus 128. A grey
  /// image takes one element a pixel, a colour image four, the last of which is a byte of 0.
  ///
  /// - Parameters:
  ///   - input: the input of a session.
  ///   - isBGR: whether the model takes blue first.
  public func write(to input: UnsafeMutableBufferPointer<Int8>, isBGR: Bool = false) {
    let elements = channels == 1 ? 1 : 4
    precondition(input.count == width * height * elements, "the image has the model's size")
    pixels.withUnsafeBufferPointer {
      ModelInput.fill(input, elements: elements, from: $0, channels: channels, isBGR: isBGR)
    }
  }
}

enum ModelInput {
  /// Fills an input of one or four elements a pixel with pixels of one or three channels.
  static func fill(
    _ input: UnsafeMutableBufferPointer<Int8>, elements: Int,
    from pixels: UnsafeBufferPointer<UInt8>, channels: Int, isBGR: Bool
  ) {
    guard elements == 4 else {
      for index in input.indices { input[index] = element(pixels[index]) }
      return
    }
    let last = channels - 1
    let (first, second, third) = isBGR ? (last, last / 2, 0) : (0, last / 2, last)
    for pixel in 0..<input.count / 4 {
      input[4 * pixel] = element(pixels[channels * pixel + first])
      input[4 * pixel + 1] = element(pixels[channels * pixel + second])
      input[4 * pixel + 2] = element(pixels[channels * pixel + third])
      input[4 * pixel + 3] = element(0)
    }
  }

  @inline(__always)
  private static func element(_ byte: UInt8) -> Int8 { Int8(bitPattern: byte ^ 0x80) }
}

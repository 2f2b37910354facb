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
    pixels.withUnsafeBufferPointer { pixels in
      guard elements == 4 else {
        for index in input.indices { input[index] = Self.element(pixels[index]) }
        return
      }
      let (first, third) = isBGR ? (2, 0) : (0, 2)
      for pixel in 0..<width * height {
        input[4 * pixel] = Self.element(pixels[3 * pixel + first])
        input[4 * pixel + 1] = Self.element(pixels[3 * pixel + 1])
        input[4 * pixel + 2] = Self.element(pixels[3 * pixel + third])
        input[4 * pixel + 3] = Self.element(0)
      }
    }
  }

  @inline(__always)
  private static func element(_ byte: UInt8) -> Int8 { Int8(bitPattern: byte ^ 0x80) }
}

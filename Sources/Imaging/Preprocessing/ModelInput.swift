package import SwiftletProgram

extension Preprocessing {
  /// Checks what the contract asks for.
  func validate() throws(ImageError) {
    if let problem { throw ImageError(problem) }
    guard height * width <= PixelImage.byteLimit / channels else {
      throw ImageError(
        "preprocessing's crop to \(height) x \(width) x \(channels), expected at most \(PixelImage.byteLimit) bytes"
      )
    }
  }

  /// Where an image lies whose resized form can be held.
  func checkedPlacement(
    ofWidth inputWidth: Int, height inputHeight: Int
  ) throws(ImageError) -> Placement {
    let placement = placement(ofWidth: inputWidth, height: inputHeight)
    let size = placement.width * placement.height
    guard size > 0, size <= PixelImage.byteLimit / channels else {
      throw ImageError(
        "an image of \(inputWidth) x \(inputHeight) pixels, resized to \(placement.width) x \(placement.height), "
          + (size > 0
            ? "would take more than \(PixelImage.byteLimit) bytes" : "would have no pixels")
          + ": too long and narrow")
    }
    return placement
  }

  /// Fills a model's int8 input with pixels of its size, of one or three channels: each byte minus 128.
  func fill(
    _ input: UnsafeMutableBufferPointer<Int8>, from pixels: UnsafeBufferPointer<UInt8>,
    channels count: Int
  ) {
    func element(_ byte: UInt8) -> Int8 { Int8(bitPattern: byte ^ 0x80) }
    guard channels == 3 else {
      for index in input.indices { input[index] = element(pixels[index]) }
      return
    }
    let last = count - 1
    let (first, second, third) = isBGR ? (last, last / 2, 0) : (0, last / 2, last)
    for pixel in 0..<input.count / 4 {
      input[4 * pixel] = element(pixels[count * pixel + first])
      input[4 * pixel + 1] = element(pixels[count * pixel + second])
      input[4 * pixel + 2] = element(pixels[count * pixel + third])
      input[4 * pixel + 3] = element(0)
    }
  }

  /// The float model's input, `[C, H, W]`: (x / 255 - mean) / std of the bytes in the int8 one.
  package func floats(of input: UnsafeMutableBufferPointer<Int8>) -> [Float] {
    let step = pixelElements
    return (0..<channels).flatMap { channel -> [Float] in
      let source = isBGR ? channels - 1 - channel : channel
      let (mean, std) = (mean[source], std[source])
      let table = (0..<256).map { (Float($0) / 255 - mean) / std }
      return (0..<height * width).map { table[Int(input[$0 * step + channel]) + 128] }
    }
  }
}

extension PreparedTransform {
  /// The float model's input, `[C, H, W]`, of an image of any size.
  ///
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  package func floats(of image: PixelImage) throws(ImageError) -> [Float] {
    let input = UnsafeMutableBufferPointer<Int8>.allocate(capacity: preprocessing.inputCount)
    defer { input.deallocate() }
    input.initialize(repeating: 0)
    try write(image, to: input)
    return preprocessing.floats(of: input)
  }
}

import CSwiftletJPEG

/// The frames of a Motion JPEG stream, through libjpeg-turbo, which reduces them while it decodes them: so they are not the
/// pixels that a still image decodes to. Missing Huffman tables are the standard ones. One thread uses it; its memory is kept
/// from frame to frame.
public final class JPEGFrameDecoder {
  private let decoder: OpaquePointer
  private var pixels: [UInt8] = []
  /// Describes `pixels`.
  private var layout: FrameLayout?

  /// Makes a decoder.
  ///
  /// - Throws: `ImageError` if there is no memory for it.
  public init() throws(ImageError) {
    guard let decoder = swl_jpeg_create() else { throw ImageError("no memory for a JPEG decoder") }
    self.decoder = decoder
  }

  deinit { swl_jpeg_destroy(decoder) }

  /// Decodes a frame, reduced by 1, 2, 4 or 8 to a shorter side of at least `shorterSide` (if it has so much), into Y, Cb and
  /// Cr, or into Y alone where `isGrey`. What it returns describes `withPixels`' bytes.
  ///
  /// - Throws: `ImageError` if the frame is damaged, however little, or too large.
  public func decode(
    _ frame: UnsafeRawBufferPointer, shorterSide: Int, isGrey: Bool
  ) throws(ImageError) -> FrameLayout {
    var (full, shape) = (swl_jpeg_shape(), swl_jpeg_shape())
    var (isYCC, halvings) = (Int32(0), Int32(0))
    let bytes = frame.bindMemory(to: UInt8.self)
    guard swl_jpeg_open(decoder, bytes.baseAddress, bytes.count, &full) == 0,
      swl_jpeg_reduce(
        decoder, Int32(clamping: shorterSide), isGrey ? 1 : 0, &shape, &isYCC, &halvings) == 0
    else { throw failure() }
    let format: FrameFormat = shape.channels == 1 ? .grey : isYCC != 0 ? .ycc24 : .rgb24
    let new = try FrameLayout(
      format, width: Int(full.width), height: Int(full.height), halvings: Int(halvings),
      colour: ColourEncoding(standard: .bt601, isFullRange: true))
    if layout != new {
      pixels = Array(repeating: 0, count: new.byteCount)
      layout = new
    }
    let isRead = pixels.withUnsafeMutableBufferPointer { pixels in
      swl_jpeg_read(decoder, pixels.baseAddress) == 0
    }
    guard isRead, let layout else { throw failure() }
    guard swl_jpeg_is_damaged(decoder) == 0 else { throw ImageError("JPEG: damaged data") }
    return layout
  }

  /// The frame that was decoded last.
  public func withPixels<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Swift 6.0's withUnsafeBufferPointer does not say what it throws.
    let result = pixels.withUnsafeBufferPointer { pixels -> Swift.Result<Result, Failure> in
      do throws(Failure) {
        return .success(try body(UnsafeRawBufferPointer(pixels)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func failure() -> ImageError {
    ImageError("JPEG: \(String(cString: swl_jpeg_message(decoder)))")
  }
}

public import SwiftletImaging
import SwiftletKernels

/// Replays a file of frames, or takes them from the standard input: raw frames of one format and size, or JPEG files one
/// after the other.
public final class StreamSource: FrameSource {
  /// The largest frame.
  package static let byteLimit = 1 << 26
  /// As many frames are passed over in a row for newer ones, and no more: so that a fast writer is not waited for.
  private static let staleLimit = 16
  /// The longest text before the first JPEG file of a network stream.
  private static let headerLimit = 1 << 14

  private let stream: ByteStream
  private let layout: FrameLayout
  private let keepsEveryFrame: Bool
  private let name: String
  private let kind: SourceInformation.Kind
  private let stop: StopRequest
  private let onNote: Note
  private var cutter: FrameCutter
  private var sequence = 0
  private var isAtEnd = false
  /// What became of its frames so far.
  public private(set) var counts = FrameCounts()

  /// Opens a file of frames.
  ///
  /// - Parameters:
  ///   - path: where it is; nil is the standard input.
  ///   - format: of its frames; nil where the stream must begin with a JPEG file.
  ///   - size: of raw frames.
  ///   - bytesPerLine: from row to row of raw frames; 0 where nothing lies between them.
  ///   - keepsEveryFrame: else frames that were overtaken while nobody read them are passed over, and counted as stale.
  ///   - stop: what ends the stream.
  ///   - onNote: is told what is wrong with each frame that cannot be used.
  /// - Throws: `CaptureError` if there is no such file, or it cannot hold such frames.
  public init(
    path: String?, format: FrameFormat? = nil, size: (width: Int, height: Int)? = nil,
    bytesPerLine: Int = 0, keepsEveryFrame: Bool, stop: StopRequest,
    onNote: @escaping Note = { _ in }
  ) throws(CaptureError) {
    name = path ?? "standard input"
    kind = path == nil ? .standardInput : .file
    (self.keepsEveryFrame, self.stop, self.onNote) = (keepsEveryFrame, stop, onNote)
    do {
      stream = try ByteStream(path: path, limit: Self.byteLimit, stop: stop)
      let format = format ?? .mjpeg
      layout = try FrameLayout(
        format, width: size?.width ?? 1, height: size?.height ?? 1, bytesPerLine: bytesPerLine)
      guard layout.paddedByteCount <= Self.byteLimit else {
        throw ImageError(
          "frames of \(layout.paddedByteCount) bytes, expected at most \(Self.byteLimit)")
      }
      cutter =
        format.isCompressed ? .jpeg(JPEGScanner()) : .raw(size: layout.paddedByteCount, position: 0)
      try layout.checkWhole(stream.fileSize)
    } catch {
      throw CaptureError(description: "\(name): \(error)")
    }
    if format == nil { try checkBeginning() }
  }

  /// What it is.
  public var information: SourceInformation {
    var it = SourceInformation(kind: kind, name: name, format: layout.format.name, clock: .arrival)
    if !layout.format.isCompressed { (it.width, it.height) = (layout.width, layout.height) }
    return it
  }

  /// Shows the next frame, or the newest.
  public func next(
    _ use: (Frame) throws(ImageError) -> Void
  ) throws(CaptureError) -> Bool {
    while !stop.isRequested, let range = try nextRange() {
      let bytes = UnsafeRawBufferPointer(rebasing: stream.bytes[range])
      let frame = Frame(
        .picture(Picture(bytes: bytes, layout: layout)), sequence: sequence,
        captureNanoseconds: monotonicNanoseconds())
      sequence += 1
      do throws(ImageError) {
        try use(frame)
        return true
      } catch {
        counts.skipped += 1
        onNote(
          "skipped: \(name): frame \(frame.sequence): \(error)\(isAtEnd ? atEnd : "")")
      }
    }
    return false
  }

  private var atEnd: String {
    layout.format.isCompressed
      ? " (at its end)"
      : " (at its end; if pictures are skewed, say how rows are padded: --bytes-per-line)"
  }

  /// The next complete frame, or the newest; nil at the end of the stream.
  private func nextRange() throws(CaptureError) -> Range<Int>? {
    discardUsed()
    guard var range = try completeFrame(waits: true) else { return nil }
    guard !keepsEveryFrame else { return range }
    for _ in 0..<Self.staleLimit {
      guard let newer = try completeFrame(waits: false) else { break }
      range = newer
      counts.stale += 1
      sequence += 1
    }
    return range
  }

  private func completeFrame(waits: Bool) throws(CaptureError) -> Range<Int>? {
    while true {
      if let range = cutter.cut(stream.bytes) { return range }
      // At the end whatever can be made of it, but not in place of a complete frame.
      guard !isAtEnd else { return waits ? cutter.rest(stream.bytes) : nil }
      // What was found already stays where it is while newer frames are looked for.
      if waits { discardUsed() }
      if stream.isFull {
        guard waits else { return nil }
        counts.skipped += 1
        onNote("skipped: \(name): a frame of more than \(Self.byteLimit) bytes")
        cutter = .jpeg(JPEGScanner())
        stream.discard(stream.bytes.count)
      }
      switch try progress(waits: waits) {
      case .more: continue
      case .nothing: if !waits { return nil }
      case .stopped: return nil
      case .end:
        isAtEnd = true
        if case .raw = cutter, sequence == 0, stream.bytes.isEmpty { throw empty }
      }
    }
  }

  private var empty: CaptureError { CaptureError(description: "\(name): is empty") }

  private func progress(waits: Bool) throws(CaptureError) -> ByteStream.Progress {
    do { return try stream.read(waits: waits) } catch {
      throw CaptureError(description: "\(name): cannot be read: \(error)", system: error)
    }
  }

  /// Throws away what no frame needs any more.
  private func discardUsed() {
    let used = min(cutter.needed, stream.bytes.count)
    stream.discard(used)
    cutter.move(by: used)
  }

  /// A stream of which nothing is known must begin with a JPEG file, or with the headers of one.
  private func checkBeginning() throws(CaptureError) {
    var (seen, isAtEnd) = (0, false)
    func isText(_ byte: UInt8) -> Bool { (0x20..<0x7F).contains(byte) || (9...13).contains(byte) }
    while !isAtEnd, seen < Self.headerLimit {
      seen += stream.bytes.dropFirst(seen).prefix { isText($0) }.count
      guard stream.bytes.count < seen + 3 else { break }
      switch try progress(waits: true) {
      case .more, .nothing: continue
      case .end: isAtEnd = true
      case .stopped: return
      }
    }
    guard !stream.bytes.isEmpty else { throw empty }
    guard stream.bytes.dropFirst(seen).starts(with: [0xFF, 0xD8, 0xFF]) else {
      let image = PixelImage.formatName(of: Array(stream.bytes)).map {
        "begins with an image file (\($0)): 'classify' takes one, and --source a folder of them; else"
      }
      throw CaptureError(
        description:
          "\(name): \(image ?? "does not begin with a JPEG file;") say what its frames are: --size WIDTHxHEIGHT --format \(FrameFormat.namesOfRaw)"
      )
    }
  }
}

extension FrameLayout {
  /// Raw frames say nothing of themselves: what lies between their rows would show as a skewed picture. A file that is no
  /// whole frames, but whole frames of longer rows or more of them, holds those; any other is cut off.
  fileprivate func checkWhole(_ fileSize: Int?) throws(ImageError) {
    guard let fileSize, !format.isCompressed, fileSize % paddedByteCount != 0 else { return }
    func fits(_ height: Int, _ bytes: Int) -> Bool {
      let other = try? FrameLayout(format, width: width, height: height, bytesPerLine: bytes)
      return other.map { fileSize % $0.paddedByteCount == 0 } ?? false
    }
    let aligned = [8, 16, 32, 64, 128, 256, 512].map { (bytesPerLine + $0 - 1) / $0 * $0 }
    let remedy: String
    if let bytes = (aligned + Array(bytesPerLine...2 * bytesPerLine + 512)).first(where: {
      fits(height, $0)
    }) {
      remedy = "--bytes-per-line \(bytes), if its rows are padded to \(bytes) bytes"
    } else if let rows = [8, 16, 32, 64].map({ (height + $0 - 1) / $0 * $0 }).first(where: {
      fits($0, bytesPerLine)
    }) {
      remedy = "--size \(width)x\(rows), if its frames are padded to \(rows) rows"
    } else {
      return
    }
    throw ImageError(
      "\(fileSize) bytes are no whole frames of \(paddedByteCount) bytes (\(width)x\(height) in \(format.name), \(bytesPerLine) a row); check --size and --format, or give \(remedy)"
    )
  }
}

extension FrameFormat {
  /// The names of formats that need a size.
  package static var namesOfRaw: String {
    all.filter { !$0.isCompressed }.map(\.name).joined(separator: ", ")
  }
}

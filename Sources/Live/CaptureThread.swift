package import SwiftletCamera
import SwiftletImaging
import SwiftletKernels

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Runs a source on a thread of its own: capture, decoding and preparing beside the model.
///
/// Unchecked: the source, the preparer and the error belong to the thread until `end` has joined it.
package final class CaptureThread: @unchecked Sendable {
  private let source: any FrameSource
  private let preparer: FramePreparer
  private let exchange: FrameExchange
  private let stop: StopRequest
  private let limit: Int
  private var handle = pthread_t()
  private var error: CaptureError?

  /// Starts the thread. It ends by itself after `limit` frames.
  package init(
    source: any FrameSource, preparer: FramePreparer, exchange: FrameExchange, stop: StopRequest,
    limit: Int = .max
  ) throws(CaptureError) {
    (self.source, self.preparer, self.exchange) = (source, preparer, exchange)
    (self.stop, self.limit) = (stop, limit)
    let context = Unmanaged.passRetained(self)
    let result = startThread(&handle, context.toOpaque(), Self.main)
    guard result == 0 else {
      context.release()
      throw CaptureError(
        description: "cannot start the thread that captures: \(String(cString: strerror(result)))")
    }
  }

  /// Ends the stream and waits for the thread.
  ///
  /// - Throws: why the stream ended before, if something was wrong.
  package func end() throws(CaptureError) {
    exchange.cancel()
    stop.request()
    pthread_join(handle, nil)
    if let error { throw error }
  }

  private func run() {
    defer { exchange.finish() }
    guard var frame = exchange.first() else { return }
    do throws(CaptureError) {
      for _ in 0..<limit {
        let isLast = try !source.next { (shown) throws(ImageError) in
          try preparer.prepare(shown, into: frame)
        }
        guard !isLast else { return }
        frame.counts = source.counts
        guard let other = exchange.publish(frame) else { return }
        frame = other
      }
    } catch {
      self.error = error
    }
  }

  private static let main: ThreadMain = { argument in
    guard let argument else { return nil }
    Unmanaged<CaptureThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
}

import CSwiftletVideo

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A video device as the kernel shows it: something that answers requests about structures of `linux/videodev2.h`.
package protocol VideoNode: AnyObject {
  /// Makes a request, and has the kernel read or fill its argument. Returns 0, or the errno.
  func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32
}

/// A failed system call.
package struct SystemCallError: Error, Equatable, CustomStringConvertible {
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package var description: String { String(cString: strerror(code)) }
}

/// An open `/dev/video*`.
package final class OpenVideoNode: VideoNode {
  let descriptor: Int32

  /// Opens a device for reading and writing.
  package init(path: String) throws(SystemCallError) {
    descriptor = swl_video_open(path)
    guard descriptor >= 0 else { throw SystemCallError(code: -descriptor) }
  }

  deinit { close(descriptor) }

  package func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
    swl_video_control(descriptor, request, argument)
  }
}

extension VideoNode {
  /// Makes a request about a structure, in place.
  func control<Argument>(
    _ request: UInt, _ argument: inout Argument
  ) throws(SystemCallError) {
    let code = withUnsafeMutableBytes(of: &argument) { bytes in
      bytes.baseAddress.map { control(request, $0) } ?? EFAULT
    }
    guard code == 0 else { throw SystemCallError(code: code) }
  }

  /// The elements of one of the kernel's lists: `element` makes the request for index 0, 1 ... until the answer is EINVAL.
  func list<Element>(
    _ element: (UInt32) throws(SystemCallError) -> Element
  ) throws(SystemCallError) -> [Element] {
    var elements: [Element] = []
    // A driver that never ends its list is broken.
    for index in 0..<UInt32(4096) {
      do {
        elements.append(try element(index))
      } catch {
        guard error.code == EINVAL else { throw error }
        break
      }
    }
    return elements
  }
}

extension SystemCallError {
  /// What a user can do something about.
  package enum Kind {
    /// This user may not.
    case denied
    /// Somebody else uses it.
    case busy
    /// There is none of this name.
    case missing
    /// It is no longer there.
    case gone
    case other
  }

  package var kind: Kind {
    switch code {
    case EACCES, EPERM: .denied
    case EBUSY: .busy
    case ENODEV, ENXIO: .gone
    case ENOENT: .missing
    default: .other
    }
  }
}

import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The operands of one call of a kernel, each with its last byte before a page that may not be touched.
final class GuardedMemory {
  private struct Output {
    let base: UnsafeMutableRawPointer
    let rows: Int
    let stride: Int
    let width: Int
  }

  private static let untouched: UInt8 = 0xA5
  private var mappings: [(base: UnsafeMutableRawPointer, size: Int)] = []
  private var outputs: [Output] = []

  deinit {
    for mapping in mappings { munmap(mapping.base, mapping.size) }
  }

  /// A copy of the values.
  func input<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
    let bytes = values.count * MemoryLayout<Element>.stride
    let memory = reserve(bytes)
    values.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: bytes)
    }
    return UnsafePointer(memory.bindMemory(to: Element.self, capacity: values.count))
  }

  /// Rows of `width` elements, `stride` apart; the last one ends the buffer.
  func output<Element: BitwiseCopyable>(
    of type: Element.Type = Element.self, rows: Int, stride: Int, width: Int
  ) -> UnsafeMutablePointer<Element> {
    let size = MemoryLayout<Element>.stride
    let bytes = ((rows - 1) * stride + width) * size
    let base = reserve(bytes)
    base.initializeMemory(as: UInt8.self, repeating: Self.untouched, count: bytes)
    outputs.append(Output(base: base, rows: rows, stride: stride * size, width: width * size))
    return base.bindMemory(to: type, capacity: bytes / size)
  }

  /// Memory that a kernel works in, of any content.
  func scratch(_ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = reserve(bytes)
    memory.initializeMemory(as: UInt8.self, repeating: .random(in: 0...255), count: bytes)
    return memory
  }

  /// What was written, one output after the other; the bytes between rows must be untouched.
  func written() -> [UInt8] {
    var bytes: [UInt8] = []
    for output in outputs {
      for row in 0..<output.rows {
        let start = output.base + row * output.stride
        bytes += UnsafeRawBufferPointer(start: start, count: output.width)
        guard row + 1 < output.rows else { continue }
        let gap = UnsafeRawBufferPointer(
          start: start + output.width, count: output.stride - output.width)
        #expect(gap.allSatisfy { $0 == Self.untouched }, "bytes between rows were written")
      }
    }
    return bytes
  }

  private func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
    let page = Int(getpagesize())
    let size = bytes.roundedUp(to: page) + page
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, size, PROT_NONE, flags, -1, 0), base != MAP_FAILED,
      mprotect(base, size - page, PROT_READ | PROT_WRITE) == 0
    else { fatalError("no memory for a test's guard pages") }
    mappings.append((base, size))
    return base + size - page - bytes
  }
}

import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a buffer lies between its two guard pages.
enum Placement: CaseIterable {
  /// Its last byte is the last before a guard page.
  case end
  /// Its first byte is the first behind a guard page.
  case start
}

/// The operands of one call of a kernel, each between two pages that may not be touched; reused for call after call.
final class GuardedMemory {
  private struct Output {
    let base: UnsafeMutableRawPointer
    let rows: Int
    let stride: Int
    let width: Int
  }

  private static let untouched: UInt8 = 0xA5
  private var placement: Placement
  private var mappings: [(base: UnsafeMutableRawPointer, size: Int)] = []
  private var inUse = 0
  private var outputs: [Output] = []

  init(_ placement: Placement = .end) {
    self.placement = placement
  }

  /// Makes the memory ready for the operands of another call.
  func reset(_ placement: Placement) {
    self.placement = placement
    inUse = 0
    outputs = []
  }

  deinit {
    for mapping in mappings { munmap(mapping.base, mapping.size) }
  }

  /// A copy of the values. The `slack` bytes behind it, which a kernel may read, differ from run to run.
  func input<Element: BitwiseCopyable>(_ values: [Element], slack: Int = 0) -> UnsafePointer<
    Element
  > {
    let bytes = values.count * MemoryLayout<Element>.stride
    let memory = reserve(bytes + slack)
    values.withUnsafeBytes {
      memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: bytes)
    }
    (memory + bytes).initializeMemory(as: UInt8.self, repeating: .random(in: 0...255), count: slack)
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

  /// Values that a kernel changes in place.
  func accumulators<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafeMutablePointer<Element>
  {
    let target = output(of: Element.self, rows: 1, stride: values.count, width: values.count)
    target.update(from: values, count: values.count)
    return target
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
    if inUse == mappings.count { mappings.append(Self.map(max(bytes, 1 << 16))) }
    if mappings[inUse].size < bytes + 2 * page {
      munmap(mappings[inUse].base, mappings[inUse].size)
      mappings[inUse] = Self.map(bytes)
    }
    let (base, size) = mappings[inUse]
    inUse += 1
    return placement == .end ? base + size - page - bytes : base + page
  }

  /// At least so many bytes between two guard pages.
  private static func map(_ bytes: Int) -> (base: UnsafeMutableRawPointer, size: Int) {
    let page = Int(getpagesize())
    let size = bytes.roundedUp(to: page) + 2 * page
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let base = mmap(nil, size, PROT_NONE, flags, -1, 0), base != MAP_FAILED,
      mprotect(base + page, size - 2 * page, PROT_READ | PROT_WRITE) == 0
    else { fatalError("no memory for a test's guard pages") }
    return (base, size)
  }
}

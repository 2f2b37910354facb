internal import CSwiftletFloat

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// A set of float kernels; all sets yield the same bits.
package struct FloatKernels: @unchecked Sendable {
  // A constant table in C: immutable, hence sendable.
  private let table: UnsafePointer<swiftlet_float_kernels>

  /// The sets this machine runs, best first.
  package static let available: [FloatKernels] = {
    var sets: [UnsafePointer<swiftlet_float_kernels>?] = [nil, nil, nil]
    let count = swiftlet_float_available(&sets)
    return sets.prefix(count).compactMap { $0.map(FloatKernels.init(table:)) }
  }()

  /// The set that the environment's `SWIFTLET_FLOAT_KERNELS` names; without it, the best that this machine runs.
  package static let selected: FloatKernels = {
    guard let name = getenv("SWIFTLET_FLOAT_KERNELS").map({ String(cString: $0) }), !name.isEmpty
    else { return available[0] }
    guard let set = available.first(where: { $0.name == name }) else {
      let names = available.map(\.name).joined(separator: ", ")
      fatalError("SWIFTLET_FLOAT_KERNELS is '\(name)'; this machine runs \(names)")
    }
    return set
  }()

  var functions: swiftlet_float_kernels { table.pointee }
  package var name: String { String(cString: functions.name) }
}

internal import CSwiftletFloat

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

  var functions: swiftlet_float_kernels { table.pointee }
  package var name: String { String(cString: functions.name) }
}

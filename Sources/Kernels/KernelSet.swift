package import CSwiftletKernels

/// The integer kernels of one instruction set. All sets compute the same bits.
///
/// Unchecked: the pointer is to an immutable table of functions that lives as long as the process.
package struct KernelSet: @unchecked Sendable, CustomStringConvertible {
  /// The table of functions.
  package let functions: UnsafePointer<swl_kernels>

  private init(functions: UnsafePointer<swl_kernels>) { self.functions = functions }

  /// What `SWIFTLET_KERNELS` and `named(_:)` call the set.
  package var name: String { String(cString: functions.pointee.name) }

  package var description: String { name }

  /// The CPU features that the set needs and this CPU lacks, by name.
  package var missingFeatures: [String] {
    let missing = functions.pointee.features & ~swl_cpu_features()
    return (0..<UInt64.bitWidth).map { 1 << UInt64($0) }.filter { missing & $0 != 0 }
      .map { String(cString: swl_feature_name($0)) }
  }

  /// Every set of this binary, best first.
  package static let all: [KernelSet] = {
    var sets: [KernelSet] = []
    var next = swl_kernel_sets()
    while let functions = next?.pointee {
      sets.append(KernelSet(functions: functions))
      next = next?.successor()
    }
    return sets
  }()

  /// The sets that this CPU can run, best first; the last is the scalar specification.
  package static let available = all.filter { $0.missingFeatures.isEmpty }

  /// The sets that this CPU cannot run, with the features that it lacks.
  package static let missing = all.filter { !$0.missingFeatures.isEmpty }
    .map { (name: $0.name, features: $0.missingFeatures) }

  /// The set of that name.
  package static func named(_ name: String) throws(KernelError) -> KernelSet {
    try KernelSet(swl_select_kernels(name, swl_cpu_features()))
  }

  /// The set that the environment's `SWIFTLET_KERNELS` names; without it, the best that this CPU runs.
  package static func selected() throws(KernelError) -> KernelSet {
    try KernelSet(swl_select_kernels(nil, swl_cpu_features()))
  }

  package init(_ selection: swl_selection) throws(KernelError) {
    guard let set = selection.set else {
      throw KernelError(description: String(cString: selection.problem))
    }
    functions = set
  }

  /// Runs the set's int8 multiply-accumulate instructions on registers, and returns the number of products: timed by
  /// the caller, the most that this core can do with this set.
  package func runPeak(iterations: Int) -> Int {
    Int(functions.pointee.peak(Int64(iterations)))
  }
}

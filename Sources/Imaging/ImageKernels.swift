import CSwiftletImageKernels
package import CSwiftletKernels

/// The image kernels of an instruction set. All sets compute the same bits.
///
/// Unchecked: the pointer is to an immutable table of functions that lives as long as the process.
package struct ImageKernels: @unchecked Sendable {
  let functions: UnsafePointer<swl_image_kernels>

  /// Those of a set.
  package init(of set: UnsafePointer<swl_kernels>) { functions = swl_image_kernels_of(set) }

  /// Those of the set that the environment's `SWIFTLET_KERNELS` names; without it, of the best that this CPU runs.
  static func selected() throws(ImageError) -> ImageKernels {
    let selection = swl_select_kernels(nil, swl_cpu_features())
    guard let set = selection.set else { throw ImageError(String(cString: selection.problem)) }
    return ImageKernels(of: set)
  }
}

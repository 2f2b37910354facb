import CSwiftletImageKernels
import CSwiftletKernels
import SwiftletKernels

extension KernelSet {
  /// The set's table of image kernels.
  var imageFunctions: UnsafePointer<swl_image_kernels> {
    swl_image_kernels_of(functions)
  }
}

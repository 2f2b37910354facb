/// Why a kernel set cannot be used, on one line.
package struct KernelError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}

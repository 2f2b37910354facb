/// Why a kernel set cannot be used.
package enum KernelError: Error, Equatable, CustomStringConvertible {
  /// This binary holds no set of that name.
  case unknown(name: String, available: [String])
  /// The set needs what this CPU lacks.
  case unsupported(name: String, missing: [String], available: [String])

  package var description: String {
    switch self {
    case .unknown(let name, let available):
      "this build has no kernel set '\(name)'; this machine runs: \(available.joined(separator: ", "))"
    case .unsupported(let name, let missing, let available):
      """
      kernel set '\(name)' needs \(missing.joined(separator: ", ")), which this CPU lacks; \
      this machine runs: \(available.joined(separator: ", "))
      """
    }
  }
}

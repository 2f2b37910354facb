#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a result could not be written.
package struct OutputError: Error, CustomStringConvertible {
  package let description: String
}

/// What is said besides the result.
package enum Console {
  /// Says something in one line on the standard error stream; names in it may hold anything.
  package static func report(_ problem: String) {
    write("swiftlet: \(problem.escapingControls)\n")
  }

  /// Whether a stream is a terminal on which text can be drawn over.
  package static func isDrawable(_ descriptor: Int32) -> Bool {
    guard isatty(descriptor) == 1, let name = getenv("TERM") else { return false }
    return !["", "dumb"].contains(String(cString: name))
  }

  /// Writes text at once, to the standard error stream if not told.
  package static func write(_ text: String, to descriptor: Int32 = 2) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Finds out whether all of the result could be written.
  package static func checkOutput() throws {
    guard fflush(nil) == 0 else {
      throw OutputError(
        description:
          "the result could not be written to standard output: \(String(cString: strerror(errno)))")
    }
  }

  /// Prints a line of the result, at once even into a pipe.
  package static func printNow(_ line: String) throws {
    print(line)
    try checkOutput()
  }
}

extension String {
  /// With characters that move or hide text on a terminal in a form that shows them.
  package var escapingControls: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isControl: text += "\\u{\(String(scalar.value, radix: 16))}"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }

  /// A label may hold anything; a terminal would obey it.
  package var withoutControls: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.filter { $0.properties.generalCategory != .control }))
  }
}

extension Unicode.Scalar {
  /// Controls, separators of lines, and what turns the direction of text.
  fileprivate var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    case .format: [0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069].contains { $0 ~= value }
    default: false
    }
  }
}

/// The system call, which `Console.write` hides.
private func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

/// Why a model could not be converted: every problem, one a line.
package struct ConversionError: Error, CustomStringConvertible {
  package var problems: [String]

  package init(_ problems: [String]) { self.problems = problems }
  package init(_ problem: String) { self.problems = [problem] }

  package var description: String { problems.joined(separator: "\n") }
}

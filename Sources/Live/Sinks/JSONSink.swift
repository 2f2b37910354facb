/// Answers and summary as JSON, an object a line, on the standard output; notes on the standard error stream.
package final class JSONSink: Sink {
  package init() {}

  package func answer(_ answer: LiveAnswer) throws { try JSONOutput.print(answer) }
  package func note(_ text: String) { Console.report(text) }
  package func end(_ summary: LiveSummary) throws { try JSONOutput.print(["summary": summary]) }
}

/// Elements moved by an index map: run u of the output (of `run` elements, row-major over the whole output) is copied from
/// element `offsets[u]` of source `sources[u]` (of the first where there is only one).
///
/// Sources and output share one type, scale and zero point.
package struct Gather: Sendable, Equatable, Codable {
  /// The name of the node it came from.
  package var name: String
  /// Whole tensors.
  package var inputs: [TensorID]
  /// Of any shape.
  package var output: TensorID
  /// Elements that move together.
  package var run: Int
  /// int32, one entry a run.
  package var offsets: DataName
  /// int32, one entry a run; nil with one input.
  package var sources: DataName?

  /// Creates a gather.
  package init(
    name: String, inputs: [TensorID], output: TensorID, run: Int, offsets: DataName,
    sources: DataName?
  ) {
    self.name = name
    self.inputs = inputs
    self.output = output
    self.run = run
    self.offsets = offsets
    self.sources = sources
  }
}

extension Gather: InstructionBody {
  package var kind: String { "gather" }
  package var operands: [Operand] { [] }
  package var data: [DataName] { [offsets] + [sources].compactMap { $0 } }
  package var details: [String] {
    ["runs of \(run) from \(inputs.map { "%\($0)" }.joined(separator: ", "))"]
  }

  package func validate(in validator: inout ProgramValidator) throws(ModelFileError) {
    let written = try validator.tensor(output, "output")
    try validator.check(
      inputs.count, in: 1...ProgramValidator.countLimit, "the number of inputs")
    var counts: [Int] = []
    var low = 127
    for id in inputs {
      let input = try validator.written(id, "input")
      try validator.checkAlike(id, output)
      counts.append(input.elementCount)
      low = min(low, validator.lowest[id] ?? -128)
    }
    let count = written.elementCount
    try validator.check(run, in: 1...count, "the run")
    try validator.check(count % run == 0, "runs of \(run) do not cover \(count) elements")
    let runs = count / run
    try validator.check(
      (sources == nil) == (inputs.count == 1),
      "\(inputs.count) inputs: sources are needed from two on")
    let offsets = try validator.elements(self.offsets, Int32.self, .int32, runs, "offsets")
    let sources = try self.sources.map { (name) throws(ModelFileError) in
      try validator.elements(name, Int32.self, .int32, runs, "sources")
    }
    for index in 0..<runs {
      let source = sources.map { Int($0[index]) } ?? 0
      try validator.check(source, in: 0...counts.count - 1, "source \(index)")
      let offset = Int(offsets[index])
      try validator.check(
        0 <= offset && offset <= counts[source] - run,
        "offset \(index) is \(offset): a run of \(run) ends outside the \(counts[source]) elements of its source"
      )
    }
    try validator.write(
      output, rows: written.rows, channels: written.channels, .int8, .int16, low: low)
  }
}

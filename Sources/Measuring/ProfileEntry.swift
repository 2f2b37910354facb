package import SwiftletProgram

/// What one instruction of a program takes, or all of one kind.
package struct ProfileEntry: Encodable {
  /// What an instruction writes.
  package struct Output: Encodable {
    package var name: String
    package var type: ActivationType
    /// Rows and channels.
    package var shape: [Int]
  }

  package var kind: String
  /// Of one instruction: its place in the program, its name, its output.
  package var index: Int?
  package var name: String?
  package var output: Output?
  /// Of a kind: how many there are.
  package var instructions: Int?
  /// The median of an instruction, the sum of a kind's.
  package var ms: Double
  package var macs: Int
  package var gops: Double
  /// Of the time of all instructions.
  package var timeShare: Double
  /// Of the peak of the kernel set and threads in use.
  package var peakShare: Double

  private enum CodingKeys: String, CodingKey {
    case kind, index, name, output, instructions, ms, macs, gops
    case timeShare = "time_share"
    case peakShare = "peak_share"
  }

  private init(kind: String, milliseconds: Double, macs: Int, total: Double, peakGOPS: Double) {
    self.kind = kind
    self.macs = macs
    ms = milliseconds
    gops = Throughput.gops(macs: macs, milliseconds: milliseconds)
    timeShare = total > 0 ? milliseconds / total : 0
    peakShare = peakGOPS > 0 ? gops / peakGOPS : 0
  }

  /// One entry an instruction, in their order.
  package static func list(
    of program: Program, milliseconds: [Double], peakGOPS: Double
  ) -> [ProfileEntry] {
    let total = milliseconds.reduce(0, +)
    return zip(program.instructions, milliseconds).enumerated().map { index, pair in
      let (body, time) = (pair.0.body, pair.1)
      let output = program.tensors[body.output]
      var entry = ProfileEntry(
        kind: body.kind, milliseconds: time, macs: body.macs(in: program), total: total,
        peakGOPS: peakGOPS)
      entry.index = index
      entry.name = body.name
      entry.output = Output(
        name: output.name, type: output.type, shape: [output.rows, output.channels])
      return entry
    }
  }

  /// One entry a kind of instruction, the one that takes longest first.
  package static func sums(of entries: [ProfileEntry], peakGOPS: Double) -> [ProfileEntry] {
    let total = entries.reduce(0) { $0 + $1.ms }
    let sums = Dictionary(grouping: entries, by: \.kind).map { kind, own in
      var sum = ProfileEntry(
        kind: kind, milliseconds: own.reduce(0) { $0 + $1.ms },
        macs: own.reduce(0) { $0 + $1.macs }, total: total, peakGOPS: peakGOPS)
      sum.instructions = own.count
      return sum
    }
    return sums.sorted { ($1.ms, $0.kind) < ($0.ms, $1.kind) }
  }
}

/// Work done in a time.
package enum Throughput {
  /// Billions of operations a second, two a multiply-add; 0 where no time was measured.
  package static func gops(macs: Int, milliseconds: Double) -> Double {
    milliseconds > 0 ? 2 * Double(macs) / milliseconds / 1e6 : 0
  }
}

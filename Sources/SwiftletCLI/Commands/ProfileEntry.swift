import Swiftlet
import SwiftletLive
import SwiftletMeasuring
import SwiftletProgram

/// What one instruction of a program takes, or all of one kind.
struct ProfileEntry: Encodable {
  /// What an instruction writes.
  struct Output: Encodable {
    var name: String
    var type: ActivationType
    /// Rows and channels.
    var shape: [Int]
  }

  var kind: String
  /// Of one instruction: its place in the program, its name, its output.
  var index: Int?
  var name: String?
  var output: Output?
  /// Of a kind: how many there are.
  var instructions: Int?
  /// The median of an instruction, the sum of a kind's.
  var ms: Double
  var macs: Int
  var gops: Double
  /// Of the time of all instructions.
  var timeShare: Double
  /// Of the peak of the kernel set and threads in use.
  var peakShare: Double

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
  static func list(
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
  static func sums(of entries: [ProfileEntry], peakGOPS: Double) -> [ProfileEntry] {
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

  /// Entries as people read them: those of instructions, or those of kinds.
  static func table(_ entries: [ProfileEntry]) -> TextTable {
    let figures = ["us", "time", "MMAC", "GOPS", "of peak"]
    guard entries.first?.instructions == nil else {
      var table = TextTable(["kind", "number"] + figures)
      for entry in entries {
        table.add([entry.kind, "\(entry.instructions ?? 0)"] + entry.figures)
      }
      return table
    }
    var table = TextTable(
      ["#", "kind", "output"] + figures + ["instruction"], leftColumns: [1, 2, 8],
      overflow: .losesBeginning)
    for entry in entries {
      let shape = entry.output.map { "\($0.shape[0]) x \($0.shape[1])" } ?? ""
      table.add(
        ["\(entry.index ?? 0)", entry.kind, shape] + entry.figures + [entry.name ?? ""])
    }
    return table
  }

  private var figures: [String] {
    [NumberText.fixed(1000 * ms, 1), NumberText.percent(timeShare, places: 1)]
      + (macs > 0
        ? [
          NumberText.fixed(Double(macs) / 1e6, 2), NumberText.fixed(gops, 1),
          NumberText.percent(peakShare, places: 1),
        ] : ["", "", ""])
  }
}

/// Work done in a time.
enum Throughput {
  /// Billions of operations a second, two a multiply-add; 0 where no time was measured.
  static func gops(macs: Int, milliseconds: Double) -> Double {
    milliseconds > 0 ? 2 * Double(macs) / milliseconds / 1e6 : 0
  }
}

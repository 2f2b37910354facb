import SwiftletLive
import SwiftletMeasuring

extension ProfileEntry {
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

import SwiftletLive
import SwiftletMeasuring

extension GEMMResult {
  var text: String {
    var table = TextTable(leftColumns: [0, 1])
    table.add("kernels", "\(kernels), \(threads) thread\(threads == 1 ? "" : "s")")
    table.add("peak", "\(NumberText.fixed(peakGOPS, 1)) GOPS")
    for problem in problems { table.add("problem", problem) }
    var layers = TextTable(
      ["layer", "epilogue", "M", "N", "K", "us", "GOPS", "of peak"], leftColumns: [0, 1])
    for it in gemm {
      layers.add(
        it.kind, it.epilogue, "\(it.rows)", "\(it.columns)", "\(it.depth)",
        NumberText.fixed(1000 * it.ms, 1), NumberText.fixed(it.gops, 1),
        NumberText.percent(it.peakShare, places: 1))
    }
    return "\(table)\n\n\(layers)"
  }
}

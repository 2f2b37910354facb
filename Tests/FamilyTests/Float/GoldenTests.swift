import Foundation
import SwiftletGraph
import Testing

/// The nets in the shape of every family: how each converts, its accuracy and its bits, or its whole error.
///
/// `SWIFTLET_REWRITE_GOLDEN=1` (`tools/families/golden`) writes the texts anew; `SWIFTLET_WRITE_PROGRAMS` names a folder
/// for the programs.
@Suite struct GoldenTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let rewrites = environment["SWIFTLET_REWRITE_GOLDEN"] != nil
  private static let programs = environment["SWIFTLET_WRITE_PROGRAMS"].map {
    URL(fileURLWithPath: $0)
  }

  @Test(arguments: Net.all) func convertsAsBefore(_ net: Net) throws {
    let found = try net.golden(writingTo: Self.programs)
    guard !Self.rewrites else {
      return try found.text.write(to: Golden.url(of: net.name), atomically: true, encoding: .utf8)
    }
    var golden = Golden.read(net.name)
    // The signal to noise is a floor.
    if case .converted(var wanted)? = golden?.outcome, case .converted(let it) = found.outcome {
      wanted.signalToNoise = max(wanted.signalToNoise, it.signalToNoise)
      golden?.outcome = .converted(wanted)
    }
    let advice = "after a look at the change, tools/families/golden writes the text anew"
    #expect(
      found == golden, "\(net.name) differs; \(advice):\n\(found.difference(from: golden))")
  }

  /// tools/test converts by the others too, in processes of their own.
  @Test func floatKernelsAreNamed() {
    let names = FloatKernels.available.map(\.name)
    print("float kernels: \(names.joined(separator: " "))")
    #expect(names.last == "portable")
    #if arch(x86_64)
      for missing in ["avx512", "avx2"] where !names.contains(missing) {
        print("cannot run here: float kernels \(missing)")
      }
    #endif
  }

  @Test func everyTextHasANet() throws {
    let texts = try FileManager.default.contentsOfDirectory(atPath: Golden.folder.path).sorted()
    #expect(texts == Net.all.map { "\($0.name).txt" }.sorted())
  }

  @Test func textsAreReadAsWritten() throws {
    for net in Net.all {
      let text = try String(contentsOf: Golden.url(of: net.name), encoding: .utf8)
      #expect(Golden(text: text)?.text == text, "\(net.name)")
    }
  }
}

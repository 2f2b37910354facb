import Dispatch
import FoundationEssentials
package import SwiftletGraph
import SwiftletProgram
import Synchronization

/// The ranges of a model's tensors by name: what calibration found, and all that quantization needs of it.
package struct CalibrationTable: Sendable, Equatable, Codable {
  /// One tensor's ranges.
  package struct Entry: Sendable, Equatable, Codable {
    /// Everything that was seen, zero included.
    package var seen: ValueRange
    /// The range of its int8 form.
    package var int8: ValueRange
    /// The largest magnitude of its symmetric int8 form, where attention reads it.
    package var symmetric: Float?
    /// By channel, where a layer reads it.
    package var channels: ChannelStatistics?
  }

  package var version = 1
  package var method: String
  /// SHA-256 over the calibration set, in hexadecimal.
  package var calibrationSHA256: String
  package var samples: Int
  package var tensors: [String: Entry]

  package init(
    plan: Plan, graph: Graph, observations: Observations, method: CalibrationMethod, samples: Int,
    calibrationSHA256: String
  ) throws {
    let histograms = observations.histograms
    self.method = method.rawValue
    self.samples = samples
    self.calibrationSHA256 = calibrationSHA256
    let names = histograms.keys.sorted().map { (value: $0, name: graph.values[$0].name) }
    let broken = names.filter { (histograms[$0.value]?.invalidCount ?? 0) > 0 }
    if let first = broken.first {
      throw ConversionError(
        "\(broken.count) tensors, \(first.name) first, hold values that are infinite, nearly so, or not a number on the calibration set; the model overflows in float, or its preprocessing is wrong"
      )
    }

    let search = RangeSearch(method: method)
    let (functions, symmetric) = (plan.tabledValues, plan.symmetricValues)
    let entries = Mutex<[String: Entry]>([:])
    DispatchQueue.concurrentPerform(iterations: names.count) { index in
      let (value, name) = names[index]
      guard let histogram = histograms[value] else { return }
      let entry = Entry(
        seen: search.seen(histogram),
        int8: functions[value].map { search.range(of: histogram, before: $0) }
          ?? search.range(of: histogram, isSymmetric: false),
        symmetric: symmetric.contains(value)
          ? search.range(of: histogram, isSymmetric: true).magnitude : nil,
        channels: observations.channels[value])
      entries.withLock { $0[name] = entry }
    }
    tensors = entries.withLock { $0 }
  }

  /// Reads a table that `json()` wrote.
  package init(json: [UInt8], path: String) throws {
    do { self = try JSONDecoder().decode(Self.self, from: Data(json)) } catch {
      throw ConversionError(
        "\(path): not a calibration table, as --save-table writes them: \(JSONProblem.describe(error, in: json))"
      )
    }
    guard version == 1 else {
      throw ConversionError("\(path): a calibration table of version \(version); expected 1")
    }
    let broken = tensors.filter {
      let range = [$0.value.seen.low, $0.value.seen.high, $0.value.int8.low, $0.value.int8.high]
      let symmetric = $0.value.symmetric ?? 1
      return !(range + [symmetric]).allSatisfy(\.isFinite) || range[0] > range[1]
        || range[2] >= range[3] || symmetric <= 0 || $0.value.channels?.isValid == false
    }
    if let first = broken.keys.min() {
      throw ConversionError(
        "\(path): the ranges of \(broken.count) tensors, \(first) first, are empty or not finite; calibrate again"
      )
    }
  }

  package func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// The magnitudes that tensors of trained networks have.
  private static let usual: ClosedRange<Float> = 1e-10...1e12
  /// What becomes of nothing but zeros.
  private static let silent = ValueRange(low: 0, high: RangeSearch.narrowest)

  /// Names the tensors whose largest value is far from that of any trained network.
  package var warnings: [String] {
    let strange = tensors.mapValues(\.seen).filter {
      $0.value != Self.silent && !Self.usual.contains($0.value.magnitude)
    }
    guard !strange.isEmpty else { return [] }
    let names = strange.keys.sorted().prefix(3).map { name in
      let magnitude = strange[name]?.magnitude ?? 0
      let size =
        magnitude < Self.usual.lowerBound ? "under \(Self.usual.lowerBound)" : "\(magnitude)"
      return "\(name) (\(size))"
    }
    return [
      "\(strange.count) tensors have a largest value that no trained network has: \(names.joined(separator: ", "))\(strange.count > names.count ? ", ..." : ""); look at the weights, the preprocessing and the calibration inputs"
    ]
  }

  /// Names of the plan's values that the table lacks.
  package func missingNames(for plan: Plan, graph: Graph) -> [String] {
    let symmetric = plan.symmetricValues
    return plan.observedValues.filter { value in
      guard let entry = tensors[graph.values[value].name] else { return true }
      return symmetric.contains(value) && entry.symmetric == nil
    }.map { graph.values[$0].name }.sorted()
  }
}

extension Plan {
  /// The graph values whose ranges quantization needs.
  package var observedValues: Set<Graph.ValueID> {
    var values = Set(([input] + operations.map(\.output)).compactMap { tensors[$0].value })
    for case .argument(let value, _) in constraints { values.insert(value) }
    return values.union(symmetricValues)
  }

  /// The values that weights read, and the tensors that hold them.
  var weightedValues: [Graph.ValueID: TensorID] {
    var values: [Graph.ValueID: TensorID] = [:]
    for case .weighted(let it, _) in constraints {
      if let value = tensors[it.operand.tensor].value { values[value] = it.operand.tensor }
    }
    return values
  }

  /// The values that are read as symmetric.
  package var symmetricValues: Set<Graph.ValueID> {
    var values: Set<Graph.ValueID> = []
    for case .symmetric(_, let value) in constraints { values.insert(value) }
    return values
  }

  /// The values that a table reads, with its function: their ranges are chosen by the error of the output.
  var tabledValues: [Graph.ValueID: Unary] {
    var functions: [Graph.ValueID: Unary] = [:]
    for case .argument(let value, let function) in constraints { functions[value] = function }
    return functions
  }
}

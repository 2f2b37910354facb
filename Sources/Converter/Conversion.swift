package import SwiftletGraph
package import SwiftletProgram

/// A model on its way from a float graph to an int8 program.
///
/// `Conversion(graph:)` rewrites and lowers the graph and reports everything that cannot be converted; `calibrate` finds
/// the ranges; `quantize` makes the program.
package struct Conversion: Sendable {
  /// The graph after all passes: what calibration executes.
  package let graph: Graph
  package let plan: Plan
  package let preprocessing: Preprocessing?
  /// Whether the model ends in a softmax, which the program leaves out.
  package let dropsSoftmax: Bool

  /// With a preprocessing contract the model takes images: one byte a grey pixel, four (RGB0) a colour pixel.
  package init(graph: Graph, preprocessing: Preprocessing?) throws {
    let shape = graph.inputs.first.map { graph.values[$0].shape } ?? []
    if let preprocessing {
      guard shape.count == 4, shape[1] == preprocessing.mean.count,
        shape[2] == preprocessing.height, shape[3] == preprocessing.width
      else {
        throw ConversionError(
          "the preprocessing makes \(preprocessing.mean.count) x \(preprocessing.height) x \(preprocessing.width) images, but the model takes \(shape); change the preprocessing's input_size, or pass --input-shape for a model with free dimensions"
        )
      }
    }
    self.preprocessing = preprocessing
    dropsSoftmax = PassPipeline.logits(of: graph).outputs != graph.outputs
    self.graph = try PassPipeline.run(on: graph)
    plan = FuseEpilogues.run(
      on: try Lowerer.lower(
        self.graph, inputChannels: preprocessing.map { $0.mean.count == 1 ? 1 : 4 }))
  }

  /// Runs the float model on the set; see `Calibrator`.
  package func calibrate(
    on set: CalibrationSet, method: CalibrationMethod, calibrationSHA256: String, threads: Int,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws -> CalibrationTable {
    let observations = try Calibrator.observe(
      graph, for: plan, over: set, threads: threads, progress: progress)
    return try CalibrationTable(
      plan: plan, graph: graph, observations: observations, method: method, samples: set.count,
      calibrationSHA256: calibrationSHA256)
  }

  package func quantize(
    with table: CalibrationTable, measures: QuantizationMeasures = .init(),
    promoting: Set<TensorID> = []
  ) throws -> QuantizedModel {
    try Quantizer.quantize(
      plan, graph: graph, table: table, preprocessing: preprocessing, measures: measures,
      promoting: promoting)
  }
}

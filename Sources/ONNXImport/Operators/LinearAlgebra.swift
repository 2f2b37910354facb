import Foundation
import SwiftletGraph

extension OperatorTable {
  static func conv(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let (x, weights) = (try context.required(0), try context.required(1))
    let kernel = Array(context.shape(weights).dropFirst(2))
    if let stated = try context.attributes.extents("kernel_shape"), stated != kernel {
      throw NodeFailure("kernel_shape is \(stated), but its weights' kernel is \(kernel)")
    }
    let groups = try context.attributes.int("group", default: 1)
    let window = try context.window(over: context.shape(x), kernel: kernel)
    return try context.results(
      .conv(Convolution(window: window.pooling, groups: groups)), onMap: try context.asMap(x),
      try context.asMap(weights), try context.optional(2))
  }

  static func gemm(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let gemm = Gemm(
      alpha: try context.attributes.float("alpha", default: 1),
      beta: try context.attributes.float("beta", default: 1),
      transposesA: try context.attributes.flag("transA"),
      transposesB: try context.attributes.flag("transB"))
    return try context.results(
      .gemm(gemm), try context.required(0), try context.required(1), try context.optional(2))
  }

  static func matMul(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    try context.results(.matMul, try context.required(0), try context.required(1))
  }

  static func einsum(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let operands = try context.allInputs()
    let text = try context.attributes.string("equation", default: "")
    guard
      let equation = explicitEquation(text, ranks: operands.map { context.shape($0).count })
    else {
      throw NodeFailure("the equation '\(text)' does not fit its \(operands.count) operands")
    }
    return try context.emitAll(.einsum(equation: equation), operands).map(Binding.value)
  }

  /// The equation with its output stated and a letter for every axis that an ellipsis stands for; nil where it is malformed.
  private static func explicitEquation(_ text: String, ranks: [Int]) -> String? {
    var sides = text.filter { $0 != " " }.components(separatedBy: "->")
    guard sides.count <= 2 else { return nil }
    var terms = sides[0].components(separatedBy: ",")
    guard terms.count == ranks.count else { return nil }
    let taken = Set(text)
    let free = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".filter { !taken.contains($0) }
    var ellipsis = ""
    for (index, term) in terms.enumerated() where term.contains("...") {
      let count = ranks[index] - (term.count - 3)
      guard count >= 0, count <= free.count else { return nil }
      if count > ellipsis.count { ellipsis = String(free.prefix(count)) }
    }
    for (index, term) in terms.enumerated() where term.contains("...") {
      let count = ranks[index] - (term.count - 3)
      terms[index] = term.replacingOccurrences(of: "...", with: ellipsis.suffix(count))
    }
    if sides.count == 1 {
      let letters = terms.joined().filter { !ellipsis.contains($0) }
      let once = Set(letters).filter { letter in letters.filter { $0 == letter }.count == 1 }
      sides.append(ellipsis + String(once.sorted()))
    }
    let output = sides[1].replacingOccurrences(of: "...", with: ellipsis)
    return terms.joined(separator: ",") + "->" + output
  }
}

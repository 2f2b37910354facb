import SwiftletGraph

/// A window as a node's attributes describe it, padding resolved.
struct Window {
  /// With what `ceil_mode` adds to the pads at the end.
  var pooling: Pooling
  /// What `ceil_mode` has added at the bottom and on the right.
  var overhang: [Int]
}

extension NodeContext {
  /// An operand `[N, C, L]` as a map of one row, `[N, C, 1, L]`; any other as it is.
  func asMap(_ value: Graph.ValueID) throws(NodeFailure) -> Graph.ValueID {
    let shape = shape(value)
    return shape.count == 3 ? try reshape(value, [shape[0], shape[1], 1, shape[2]]) : value
  }

  /// What an operator makes of a map and other operands, in the rank of the node's operand.
  func results(
    _ op: Operator, onMap x: Graph.ValueID, _ others: Graph.ValueID?...
  ) throws(NodeFailure) -> [Binding] {
    let map = try emitAll(op, [x] + others)[0]
    guard shape(try required(0)).count == 3 else { return [.value(map)] }
    let (count, channels) = (shape(map)[0], shape(map)[1])
    return [.value(try reshape(map, [count, channels, shape(map)[3]]))]
  }

  /// The window over an operand `[N, C, H, W]`, or over `[N, C, L]` as a map of one row.
  func window(over shape: [Int], kernel: [Int]) throws(NodeFailure) -> Window {
    let rank = shape.count - 2
    guard kernel.count == rank, rank == 1 || rank == 2 else {
      throw NodeFailure(
        "\(max(rank, kernel.count))-D windows are not supported (its operand has the "
          + "shape \(shape))", remedy: "use a form over [N, C, L] or [N, C, H, W]")
    }
    /// What an attribute says of the axes, with what holds of the row where there is only one.
    func axes(_ name: String, minimum: Int, sides: Int) throws(NodeFailure) -> [Int] {
      let values = try attributes.extents(name, minimum: minimum)
      if let values { try check(name, values, count: rank * sides) }
      let stated = values ?? Array(repeating: minimum, count: rank * sides)
      return rank == 2 ? stated : stated.flatMap { [minimum, $0] }
    }
    let strides = try axes("strides", minimum: 1, sides: 1)
    let dilations = try axes("dilations", minimum: 1, sides: 1)
    var pads = try axes("pads", minimum: 0, sides: 2)
    let (shape, kernel) = rank == 2 ? (shape, kernel) : ([0, 0, 1, shape[2]], [1, kernel[0]])
    for size in kernel where size < 1 || size > Limits.extent >> 8 {
      throw NodeFailure("kernel_shape \(kernel) is out of range")
    }
    let mode = try attributes.string("auto_pad", default: "NOTSET")
    let ceils = try attributes.flag("ceil_mode")

    var overhang = [0, 0]
    for axis in 0..<2 {
      let (stride, size) = (strides[axis], shape[axis + 2])
      let (span, overflow) = (kernel[axis] - 1).multipliedReportingOverflow(by: dilations[axis])
      guard !overflow, span < Limits.extent else { throw NodeFailure("its window is too large") }
      switch mode {
      case "NOTSET": break
      case "VALID": (pads[axis], pads[axis + 2]) = (0, 0)
      case "SAME_UPPER", "SAME_LOWER":
        let count = (size + stride - 1) / stride
        let total = max(0, (count - 1) * stride + span + 1 - size)
        let less = total / 2
        let first = mode == "SAME_UPPER" ? less : total - less
        (pads[axis], pads[axis + 2]) = (first, total - first)
      default:
        throw attributes.unsupported(
          "auto_pad", mode, expected: "NOTSET, VALID, SAME_UPPER, SAME_LOWER")
      }
      guard ceils else { continue }
      // Negative where the window is larger than the map: it is cut off then.
      let room = size + pads[axis] + pads[axis + 2] - span - 1
      guard room > -stride else { continue }
      var last = (room + stride - 1) / stride
      // A window must not start in the padding at the end.
      if last * stride >= size + pads[axis] { last -= 1 }
      overhang[axis] = max(0, last * stride - room)
      pads[axis + 2] += overhang[axis]
    }
    return Window(
      pooling: Pooling(kernel: kernel, strides: strides, dilations: dilations, pads: pads),
      overhang: overhang)
  }
}

extension OperatorTable {
  static func maxPool(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    context.attributes.ignore("storage_order")
    let x = try context.required(0)
    let window = try pooling(x, context)
    return try context.results(.maxPool(window.pooling), onMap: try context.asMap(x))
  }

  static func averagePool(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    let countsPadding = try context.attributes.flag("count_include_pad")
    let stated = try pooling(try context.required(0), context)
    var x = try context.asMap(try context.required(0))
    var (window, overhang) = (stated.pooling, stated.overhang)
    if isMean(of: context.shape(x), stated, countsPadding: countsPadding) {
      return try context.results(.reduce(.mean, axes: [2, 3], keepDimensions: true), onMap: x)
    }
    guard countsPadding, overhang != [0, 0] else {
      return try context.results(.averagePool(window, countsPadding: countsPadding), onMap: x)
    }
    // Stated padding counts, what ceil_mode adds does not: so the former becomes part of the map.
    let pads = window.pads
    let margins = [0, 0, pads[0], pads[1], 0, 0, pads[2] - overhang[0], pads[3] - overhang[1]]
    x = try context.emit(.pad(pads: margins, mode: .constant, value: 0), x)
    window.pads = [0, 0] + overhang
    return try context.results(.averagePool(window, countsPadding: false), onMap: x)
  }

  /// Whether there is one window, and it averages the whole map and nothing else.
  private static func isMean(of shape: [Int], _ window: Window, countsPadding: Bool) -> Bool {
    let (pooling, pads) = (window.pooling, window.pooling.pads)
    return (0..<2).allSatisfy { axis in
      let (size, kernel) = (shape[axis + 2], pooling.kernel[axis])
      let padded = size + pads[axis] + pads[axis + 2]
      return pooling.dilations[axis] == 1 && (0..<pooling.strides[axis]).contains(padded - kernel)
        && kernel >= size + pads[axis]
        && (!countsPadding || padded - window.overhang[axis] == size)
    }
  }

  private static func pooling(
    _ x: Graph.ValueID, _ context: NodeContext
  ) throws(NodeFailure) -> Window {
    guard let kernel = try context.attributes.extents("kernel_shape", minimum: 1) else {
      throw NodeFailure("attribute 'kernel_shape' is missing")
    }
    let window = try context.window(over: context.shape(x), kernel: kernel)
    let (pooling, overhang) = (window.pooling, [0, 0] + window.overhang)
    for side in 0..<4 {
      let span = (pooling.kernel[side % 2] - 1) * pooling.dilations[side % 2] + 1
      guard pooling.pads[side] - overhang[side] < span else {
        throw NodeFailure(
          "its padding \(pooling.pads) is as large as its window of \(kernel): some windows lie in it altogether",
          remedy: "give it padding that is smaller than the window")
      }
    }
    return window
  }

  static func globalPool(_ reduction: Reduction) -> Builder {
    { (context) throws(NodeFailure) in
      let x = try context.required(0)
      let rank = context.shape(x).count
      guard rank > 2 else {
        throw NodeFailure("its operand has rank \(rank); [N, C, ...] expected")
      }
      return try context.results(
        .reduce(reduction, axes: Array(2..<rank), keepDimensions: true), x)
    }
  }
}

import SwiftletGraph

/// A window as a node's attributes describe it, padding resolved.
struct Window {
  /// With what `ceil_mode` adds to the pads at the end.
  var pooling: Pooling
  /// What `ceil_mode` has added at the bottom and on the right.
  var overhang: [Int]
}

extension NodeContext {
  /// The window over an operand `[N, C, H, W]`.
  func window(over shape: [Int], kernel: [Int]) throws(NodeFailure) -> Window {
    guard shape.count == 4, kernel.count == 2 else {
      throw NodeFailure(
        "\(max(shape.count - 2, kernel.count))-D windows are not supported (its operand has the "
          + "shape \(shape))",
        remedy: "use the 2-D form over [N, C, H, W], with a height of 1 where there is none")
    }
    let strides = try attributes.extents("strides", minimum: 1) ?? [1, 1]
    let dilations = try attributes.extents("dilations", minimum: 1) ?? [1, 1]
    var pads = try attributes.extents("pads") ?? [0, 0, 0, 0]
    try check("kernel_shape", kernel, count: 2)
    try check("strides", strides, count: 2)
    try check("dilations", dilations, count: 2)
    try check("pads", pads, count: 4)
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
    return try context.results(.maxPool(window.pooling), x)
  }

  static func averagePool(_ context: NodeContext) throws(NodeFailure) -> [Binding] {
    var x = try context.required(0)
    let countsPadding = try context.attributes.flag("count_include_pad")
    let stated = try pooling(x, context)
    var (window, overhang) = (stated.pooling, stated.overhang)
    if isMean(of: context.shape(x), stated, countsPadding: countsPadding) {
      return try context.results(.reduce(.mean, axes: [2, 3], keepDimensions: true), x)
    }
    guard countsPadding, overhang != [0, 0] else {
      return try context.results(.averagePool(window, countsPadding: countsPadding), x)
    }
    // Stated padding counts, what ceil_mode adds does not: so the former becomes part of the map.
    let pads = window.pads
    let margins = [0, 0, pads[0], pads[1], 0, 0, pads[2] - overhang[0], pads[3] - overhang[1]]
    x = try context.emit(.pad(pads: margins, mode: .constant, value: 0), x)
    window.pads = [0, 0] + overhang
    return try context.results(.averagePool(window, countsPadding: false), x)
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
      let span = (kernel[side % 2] - 1) * pooling.dilations[side % 2] + 1
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

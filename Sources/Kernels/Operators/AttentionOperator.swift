import CSwiftletKernels
import SwiftletProgram

/// Softmax attention by strips of query rows: logits, softmax and the product with V of a strip stay in the cache, and
/// the matrix of all logits is never stored.
package struct AttentionOperator: KernelOperator {
  let it: Attention
  /// Channels of a head's queries and keys.
  let depth: Int
  /// Channels of a head's values.
  let channels: Int
  private let kernels: KernelSet
  private let query: BoundRows
  private let key: BoundRows
  private let value: BoundRows
  private let output: BoundRows
  /// By group and token; nil where group g's token t is row g * tokens + t.
  private let queryRows: UnsafePointer<Int32>?
  private let keyRows: UnsafePointer<Int32>?
  private let bias: UnsafePointer<Int16>?
  private let exponentTable: UnsafePointer<UInt16>
  /// Whether the threads share the packed keys and values. With many units, or a number that divides evenly, each thread
  /// packs for itself and they meet only once.
  let sharesPanels: Bool
  private let sharedPanels: UnsafeMutableRawPointer

  init(_ it: Attention, _ memory: Binding) throws(ModelFileError) {
    self.it = it
    depth = it.query.channels / it.heads
    channels = it.value.channels / it.heads
    kernels = memory.kernels
    query = try memory.rows(it.query)
    key = try memory.rows(it.key)
    value = try memory.rows(it.value)
    output = try memory.rows(it.output)
    queryRows = try memory.data(it.query.rows)
    keyRows = try memory.data(it.key.rows)
    bias = try memory.data(it.bias)
    exponentTable = try memory.data(it.exponentTable)
    let units = it.groups * it.heads
    sharesPanels = units % memory.threads != 0 && units < 4 * memory.threads
    sharedPanels = memory.shared
  }

  /// Whether queries are gathered from, and outputs scattered to, rows of a table.
  var isScattered: Bool { queryRows != nil }

  package var phases: Int { sharesPanels ? 2 : 1 }

  package func run(phase: Int, share: Share) {
    if !sharesPanels {
      for unit in share.range(of: units) {
        packKeys(of: unit, into: share.scratch)
        packValues(of: unit, into: share.scratch)
        for strip in 0..<strips {
          attend(unit, strip, panels: share.scratch, scratch: share.scratch)
        }
      }
    } else if phase == 0 {
      for index in share.range(of: 2 * units) {
        let (unit, half) = index.quotientAndRemainder(dividingBy: 2)
        let panels = sharedPanels + unit * panelBytes
        if half == 0 {
          packKeys(of: unit, into: panels)
        } else {
          packValues(of: unit, into: panels)
        }
      }
    } else {
      for index in share.range(of: units * strips) {
        let (unit, strip) = index.quotientAndRemainder(dividingBy: strips)
        let panels = sharedPanels + unit * panelBytes
        attend(unit, strip, panels: panels, scratch: share.scratch)
      }
    }
  }

  private func packKeys(of unit: Int, into panels: UnsafeMutableRawPointer) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: it.heads)
    let rows = rows(of: group, in: key, channel: head * depth)
    var call = swl_pack(
      rows: rows.base, stride: key.stride, index: rows.index,
      count: Int32(it.keyTokens), channels: Int32(depth),
      panels: panels.assumingMemoryBound(to: Int8.self))
    kernels.functions.pointee.pack_rows(&call)
  }

  private func packValues(of unit: Int, into panels: UnsafeMutableRawPointer) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: it.heads)
    let rows = rows(of: group, in: value, channel: head * channels)
    let target = panels + keyPanelBytes
    var call = swl_pack(
      rows: rows.base, stride: value.stride, index: rows.index,
      count: Int32(it.keyTokens), channels: Int32(channels),
      panels: target.assumingMemoryBound(to: Int8.self))
    kernels.functions.pointee.pack_columns(&call)
  }

  /// A group's rows of keys or values: by index, or from the first on.
  private func rows(
    of group: Int, in rows: BoundRows, channel: Int
  ) -> (base: UnsafePointer<Int8>, index: UnsafePointer<Int32>?) {
    let first = group * it.keyTokens
    if let keyRows {
      return (UnsafePointer(rows.int8(row: 0, channel: channel)), keyRows + first)
    }
    return (UnsafePointer(rows.int8(row: first, channel: channel)), nil)
  }

  /// softmax(Q KT + bias) V of one strip of one unit.
  private func attend(
    _ unit: Int, _ strip: Int, panels: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: it.heads)
    let first = strip * stripRows
    let rows = min(stripRows, it.queryTokens - first)
    let token = group * it.queryTokens + first
    score(group, head, first, rows, token, panels, scratch)
    exponentiate(rows, scratch)
    average(head, rows, token, panels, scratch)
    if let table = queryRows {
      let source = scratch + outputOffset
      for row in 0..<rows {
        copyExactly(
          to: output.address(
            row: Int(table[token + row]), channel: head * channels),
          from: source + row * channels, bytes: channels)
      }
    }
  }

  /// The logits of a strip.
  private func score(
    _ group: Int, _ head: Int, _ first: Int, _ rows: Int, _ token: Int,
    _ panels: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    let channel = head * depth
    var query = UnsafePointer(self.query.int8(row: 0, channel: channel))
    var stride = self.query.stride
    if let table = queryRows {
      let gathered = scratch + queryOffset
      for row in 0..<rows {
        copyRun(
          to: gathered + row * paddedDepth,
          from: query + Int(table[token + row]) * stride, bytes: depth)
      }
      query = UnsafePointer(gathered.assumingMemoryBound(to: Int8.self))
      stride = paddedDepth
    } else {
      query += token * stride
    }
    let rule = rowRule(
      scratch, zeroPoint: 0, low: Int(Int16.min), high: Int(Int16.max))
    rule.bias.update(repeating: Int32(it.logits.bias), count: rows)
    rule.multiplier.update(repeating: Int16(it.logits.multiplier), count: rows)
    rule.shift.update(repeating: Int8(it.logits.shift), count: rows)
    let bias = self.bias.map {
      let entry = group % it.biasGroups * it.heads + head
      return UnsafeRawPointer($0 + (entry * it.queryTokens + first) * it.keyTokens)
    }
    var gemm = swl_gemm(
      a: query, a_low: nil, a_stride: stride, rows: Int32(rows),
      depth: Int32(paddedDepth), b: panels.assumingMemoryBound(to: Int8.self),
      b_panel_stride: paddedDepth * 16, columns: Int32(it.keyTokens),
      prepared: nil, prepared_column: 0, rule_per_row: 1, rule: rule.kernelRule,
      epilogue: swl_epilogue(
        out: scratch + logitsOffset, out_stride: logitsStride, out_is_int16: 1,
        table: nil, residual: bias, residual_stride: it.keyTokens, residual_zero_point: 0,
        residual_multiplier: 0))
    kernels.functions.pointee.gemm(&gemm)
  }

  /// The planes of a strip's exponentials, and the rule of each row: the output's factor over the row's sum.
  private func exponentiate(_ rows: Int, _ scratch: UnsafeMutableRawPointer) {
    let sums = (scratch + sumsOffset).assumingMemoryBound(to: UInt32.self)
    var softmax = swl_softmax(
      logits: (scratch + logitsOffset).assumingMemoryBound(to: Int16.self),
      logits_stride: logitsStride, rows: Int32(rows), columns: Int32(it.keyTokens),
      padded_columns: Int32(paddedKeys), table: exponentTable,
      high: highPlane(scratch), low: lowPlane(scratch), plane_stride: planeStride,
      sums: sums)
    kernels.functions.pointee.softmax(&softmax)
    let rule = rowRule(scratch, zeroPoint: 0, low: 0, high: 0)
    for row in 0..<rows {
      let scale = swl_reciprocal(Int32(it.outputMantissa), Int32(it.outputExponent), sums[row])
      rule.bias[row] = scale.bias
      rule.multiplier[row] = scale.multiplier
      rule.shift[row] = scale.shift
    }
  }

  /// The product of a strip's planes with V, divided by the rows' sums.
  private func average(
    _ head: Int, _ rows: Int, _ token: Int, _ panels: UnsafeMutableRawPointer,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let target =
      isScattered
      ? scratch + outputOffset
      : output.address(row: token, channel: head * channels)
    let high = highPlane(scratch)
    let low = lowPlane(scratch)
    let rule = rowRule(scratch, zeroPoint: output.zeroPoint, low: it.low, high: it.high)
    var gemm = swl_gemm(
      a: high ?? low, a_low: high == nil ? nil : low, a_stride: planeStride,
      rows: Int32(rows), depth: Int32(paddedKeys),
      b: (panels + keyPanelBytes).assumingMemoryBound(to: Int8.self),
      b_panel_stride: paddedKeys * 16, columns: Int32(channels),
      prepared: nil, prepared_column: 0, rule_per_row: 1, rule: rule.kernelRule,
      epilogue: swl_epilogue(
        out: target, out_stride: isScattered ? channels : output.stride, out_is_int16: 0,
        table: nil, residual: nil, residual_stride: 0, residual_zero_point: 0,
        residual_multiplier: 0))
    kernels.functions.pointee.gemm(&gemm)
  }

  private func highPlane(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int8>? {
    hasTwoPlanes
      ? (scratch + highOffset).assumingMemoryBound(to: Int8.self) : nil
  }

  private func lowPlane(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int8> {
    (scratch + lowOffset).assumingMemoryBound(to: Int8.self)
  }

  /// The rule's arguments by row of a strip, in scratch memory.
  private struct RowRule {
    var bias: UnsafeMutablePointer<Int32>
    var multiplier: UnsafeMutablePointer<Int16>
    var shift: UnsafeMutablePointer<Int8>
    var kernelRule: swl_rule
  }

  private func rowRule(
    _ scratch: UnsafeMutableRawPointer, zeroPoint: Int, low: Int, high: Int
  ) -> RowRule {
    let bias = (scratch + biasOffset).assumingMemoryBound(to: Int32.self)
    let multiplier = (scratch + multiplierOffset).assumingMemoryBound(to: Int16.self)
    let shift = (scratch + shiftOffset).assumingMemoryBound(to: Int8.self)
    return RowRule(
      bias: bias, multiplier: multiplier, shift: shift,
      kernelRule: swl_rule(
        bias: bias, multiplier: multiplier, shift: shift, zero_point: Int32(zeroPoint),
        low: Int32(low), high: Int32(high)))
  }
}

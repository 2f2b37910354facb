import CSwiftletKernels

/// Softmax attention by strips of query rows: logits, softmax and the product with V of a strip stay in the cache, and
/// the matrix of all logits is never stored.
package struct AttentionOperator: KernelOperator {
  /// What an attention reads and writes.
  package struct Operands {
    package var query: BoundRows
    package var key: BoundRows
    package var value: BoundRows
    package var output: BoundRows
    /// By group and token; nil where group g's token t is row g * tokens + t.
    package var queryRows: UnsafePointer<Int32>?
    package var keyRows: UnsafePointer<Int32>?
    /// `[biasGroups][heads][queryTokens][keyTokens]`.
    package var bias: UnsafePointer<Int16>?
    package var biasGroups: Int
    package var exponentTable: UnsafePointer<UInt16>

    package init(
      query: BoundRows, key: BoundRows, value: BoundRows, output: BoundRows,
      queryRows: UnsafePointer<Int32>?, keyRows: UnsafePointer<Int32>?,
      bias: UnsafePointer<Int16>?, biasGroups: Int, exponentTable: UnsafePointer<UInt16>
    ) {
      self.query = query
      self.key = key
      self.value = value
      self.output = output
      self.queryRows = queryRows
      self.keyRows = keyRows
      self.bias = bias
      self.biasGroups = biasGroups
      self.exponentTable = exponentTable
    }
  }

  /// The rule of all logits, and the output's factor before it is divided by a row's sum.
  package struct Scales {
    package var bias: Int32
    package var multiplier: Int16
    package var shift: Int8
    package var outputMantissa: Int32
    package var outputExponent: Int32
    package var low: Int
    package var high: Int

    package init(
      bias: Int32, multiplier: Int16, shift: Int8, outputMantissa: Int32, outputExponent: Int32,
      low: Int, high: Int
    ) {
      self.bias = bias
      self.multiplier = multiplier
      self.shift = shift
      self.outputMantissa = outputMantissa
      self.outputExponent = outputExponent
      self.low = low
      self.high = high
    }
  }

  private let kernels: KernelSet
  private let operands: Operands
  private let scales: Scales
  private let geometry: AttentionGeometry
  private let sharedPanels: UnsafeMutableRawPointer

  /// `sharedPanels` has `sharedBytes` bytes.
  package init(
    kernels: KernelSet, operands: Operands, scales: Scales, geometry: AttentionGeometry,
    sharedPanels: UnsafeMutableRawPointer
  ) {
    self.kernels = kernels
    self.operands = operands
    self.scales = scales
    self.geometry = geometry
    self.sharedPanels = sharedPanels
  }

  package var phases: Int { geometry.sharesPanels ? 2 : 1 }
  package var scratchBytesPerThread: Int { geometry.scratchBytes }
  package var sharedBytes: Int { geometry.sharedBytes }

  package func run(phase: Int, share: Share) {
    if !geometry.sharesPanels {
      for unit in share.range(of: geometry.units) {
        packKeys(of: unit, into: share.scratch)
        packValues(of: unit, into: share.scratch)
        for strip in 0..<geometry.strips {
          attend(unit, strip, panels: share.scratch, scratch: share.scratch)
        }
      }
    } else if phase == 0 {
      for index in share.range(of: 2 * geometry.units) {
        let (unit, half) = index.quotientAndRemainder(dividingBy: 2)
        let panels = sharedPanels + unit * geometry.panelBytes
        if half == 0 {
          packKeys(of: unit, into: panels)
        } else {
          packValues(of: unit, into: panels)
        }
      }
    } else {
      for index in share.range(of: geometry.units * geometry.strips) {
        let (unit, strip) = index.quotientAndRemainder(dividingBy: geometry.strips)
        let panels = sharedPanels + unit * geometry.panelBytes
        attend(unit, strip, panels: panels, scratch: share.scratch)
      }
    }
  }

  private func packKeys(of unit: Int, into panels: UnsafeMutableRawPointer) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: geometry.heads)
    let rows = keyRows(of: group, operands.key, channel: head * geometry.depth)
    var call = swl_pack(
      rows: rows.base, stride: operands.key.stride, index: rows.index,
      count: Int32(geometry.keyTokens), channels: Int32(geometry.depth),
      panels: panels.assumingMemoryBound(to: Int8.self))
    kernels.functions.pointee.pack_rows(&call)
  }

  private func packValues(of unit: Int, into panels: UnsafeMutableRawPointer) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: geometry.heads)
    let rows = keyRows(of: group, operands.value, channel: head * geometry.channels)
    let target = panels + geometry.keyPanelBytes
    var call = swl_pack(
      rows: rows.base, stride: operands.value.stride, index: rows.index,
      count: Int32(geometry.keyTokens), channels: Int32(geometry.channels),
      panels: target.assumingMemoryBound(to: Int8.self))
    kernels.functions.pointee.pack_columns(&call)
  }

  /// A group's rows of keys or values: by index, or from the first on.
  private func keyRows(
    of group: Int, _ rows: BoundRows, channel: Int
  ) -> (base: UnsafePointer<Int8>, index: UnsafePointer<Int32>?) {
    let first = group * geometry.keyTokens
    if let table = operands.keyRows {
      return (UnsafePointer(rows.int8(row: 0, channel: channel)), table + first)
    }
    return (UnsafePointer(rows.int8(row: first, channel: channel)), nil)
  }

  /// softmax(Q KT + bias) V of one strip of one unit.
  private func attend(
    _ unit: Int, _ strip: Int, panels: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    let (group, head) = unit.quotientAndRemainder(dividingBy: geometry.heads)
    let first = strip * geometry.stripRows
    let rows = min(geometry.stripRows, geometry.queryTokens - first)
    let token = group * geometry.queryTokens + first
    score(group, head, first, rows, token, panels, scratch)
    exponentiate(rows, scratch)
    average(head, rows, token, panels, scratch)
    if let table = operands.queryRows {
      let source = scratch + geometry.outputOffset
      for row in 0..<rows {
        copyExactly(
          to: operands.output.address(
            row: Int(table[token + row]), channel: head * geometry.channels),
          from: source + row * geometry.channels, bytes: geometry.channels)
      }
    }
  }

  /// The logits of a strip.
  private func score(
    _ group: Int, _ head: Int, _ first: Int, _ rows: Int, _ token: Int,
    _ panels: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
  ) {
    let channel = head * geometry.depth
    var query = UnsafePointer(operands.query.int8(row: 0, channel: channel))
    var stride = operands.query.stride
    if let table = operands.queryRows {
      let gathered = scratch + geometry.queryOffset
      for row in 0..<rows {
        copyRun(
          to: gathered + row * geometry.paddedDepth,
          from: query + Int(table[token + row]) * stride, bytes: geometry.depth)
      }
      query = UnsafePointer(gathered.assumingMemoryBound(to: Int8.self))
      stride = geometry.paddedDepth
    } else {
      query += token * stride
    }
    let rule = rowRule(
      scratch, zeroPoint: 0, low: Int(Int16.min), high: Int(Int16.max))
    rule.bias.update(repeating: scales.bias, count: rows)
    rule.multiplier.update(repeating: scales.multiplier, count: rows)
    rule.shift.update(repeating: scales.shift, count: rows)
    let bias = operands.bias.map {
      let entry = group % operands.biasGroups * geometry.heads + head
      return UnsafeRawPointer($0 + (entry * geometry.queryTokens + first) * geometry.keyTokens)
    }
    var gemm = swl_gemm(
      a: query, a_low: nil, a_stride: stride, rows: Int32(rows),
      depth: Int32(geometry.paddedDepth), b: panels.assumingMemoryBound(to: Int8.self),
      b_panel_stride: geometry.paddedDepth * 16, columns: Int32(geometry.keyTokens),
      prepared: nil, prepared_column: 0, rule_per_row: 1, rule: rule.kernelRule,
      epilogue: swl_epilogue(
        out: scratch + geometry.logitsOffset, out_stride: geometry.logitsStride, out_is_int16: 1,
        table: nil, residual: bias, residual_stride: geometry.keyTokens, residual_zero_point: 0,
        residual_multiplier: 0))
    kernels.functions.pointee.gemm(&gemm)
  }

  /// The planes of a strip's exponentials, and the rule of each row: the output's factor over the row's sum.
  private func exponentiate(_ rows: Int, _ scratch: UnsafeMutableRawPointer) {
    let sums = (scratch + geometry.sumsOffset).assumingMemoryBound(to: UInt32.self)
    var softmax = swl_softmax(
      logits: (scratch + geometry.logitsOffset).assumingMemoryBound(to: Int16.self),
      logits_stride: geometry.logitsStride, rows: Int32(rows), columns: Int32(geometry.keyTokens),
      padded_columns: Int32(geometry.paddedKeys), table: operands.exponentTable,
      high: highPlane(scratch), low: lowPlane(scratch), plane_stride: geometry.planeStride,
      sums: sums)
    kernels.functions.pointee.softmax(&softmax)
    let rule = rowRule(scratch, zeroPoint: 0, low: 0, high: 0)
    for row in 0..<rows {
      let scale = swl_reciprocal(scales.outputMantissa, scales.outputExponent, sums[row])
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
    let output = operands.output
    let isScattered = operands.queryRows != nil
    let target =
      isScattered
      ? scratch + geometry.outputOffset
      : output.address(row: token, channel: head * geometry.channels)
    let high = highPlane(scratch)
    let low = lowPlane(scratch)
    let rule = rowRule(scratch, zeroPoint: output.zeroPoint, low: scales.low, high: scales.high)
    var gemm = swl_gemm(
      a: high ?? low, a_low: high == nil ? nil : low, a_stride: geometry.planeStride,
      rows: Int32(rows), depth: Int32(geometry.paddedKeys),
      b: (panels + geometry.keyPanelBytes).assumingMemoryBound(to: Int8.self),
      b_panel_stride: geometry.paddedKeys * 16, columns: Int32(geometry.channels),
      prepared: nil, prepared_column: 0, rule_per_row: 1, rule: rule.kernelRule,
      epilogue: swl_epilogue(
        out: target, out_stride: isScattered ? geometry.channels : output.stride, out_is_int16: 0,
        table: nil, residual: nil, residual_stride: 0, residual_zero_point: 0,
        residual_multiplier: 0))
    kernels.functions.pointee.gemm(&gemm)
  }

  private func highPlane(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int8>? {
    geometry.hasTwoPlanes
      ? (scratch + geometry.highOffset).assumingMemoryBound(to: Int8.self) : nil
  }

  private func lowPlane(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int8> {
    (scratch + geometry.lowOffset).assumingMemoryBound(to: Int8.self)
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
    let bias = (scratch + geometry.biasOffset).assumingMemoryBound(to: Int32.self)
    let multiplier = (scratch + geometry.multiplierOffset).assumingMemoryBound(to: Int16.self)
    let shift = (scratch + geometry.shiftOffset).assumingMemoryBound(to: Int8.self)
    return RowRule(
      bias: bias, multiplier: multiplier, shift: shift,
      kernelRule: swl_rule(
        bias: bias, multiplier: multiplier, shift: shift, zero_point: Int32(zeroPoint),
        low: Int32(low), high: Int32(high)))
  }
}

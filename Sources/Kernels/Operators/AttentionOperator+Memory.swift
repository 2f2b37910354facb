import SwiftletProgram

/// The sizes of an attention, and the memory that it works in.
extension AttentionOperator {
  /// The attentions of one head in one group.
  var units: Int { it.groups * it.heads }

  /// Whether the exponential takes two planes.
  var hasTwoPlanes: Bool { it.exponentBits > 7 }

  var paddedDepth: Int { depth.roundedUp(to: 4) }
  var paddedKeys: Int { it.keyTokens.roundedUp(to: 4) }

  /// Bytes of a unit's packed keys, and of its packed values.
  var keyPanelBytes: Int { (it.keyTokens.roundedUp(to: 16) * paddedDepth).roundedUp(to: 64) }
  var valuePanelBytes: Int { (channels.roundedUp(to: 16) * paddedKeys).roundedUp(to: 64) }
  var panelBytes: Int { keyPanelBytes + valuePanelBytes }

  /// Bytes of the panels that the threads share.
  package var sharedBytes: Int { sharesPanels ? units * panelBytes : 0 }

  /// Queries that are worked on at a time: logits and planes of a strip stay in the cache.
  var stripRows: Int {
    let fitting = 48 * 1024 / (4 * paddedKeys) / 16 * 16
    return min(it.queryTokens.roundedUp(to: 16), max(16, min(64, fitting)))
  }

  /// Strips of a unit.
  var strips: Int { (it.queryTokens + stripRows - 1) / stripRows }

  /// Elements between the rows of the logits and of a plane.
  var logitsStride: Int { it.keyTokens.roundedUp(to: 32) }
  var planeStride: Int { it.keyTokens.roundedUp(to: 64) }

  // Where the parts of a thread's scratch memory begin.
  var logitsOffset: Int { sharesPanels ? 0 : panelBytes }
  var highOffset: Int { logitsOffset + stripRows * logitsStride * 2 }
  var lowOffset: Int { highOffset + (hasTwoPlanes ? stripRows * planeStride + 64 : 0) }
  var sumsOffset: Int { lowOffset + stripRows * planeStride + 64 }
  var biasOffset: Int { sumsOffset + stripRows * 4 }
  var multiplierOffset: Int { biasOffset + stripRows * 4 }
  var shiftOffset: Int { multiplierOffset + stripRows * 2 }
  var queryOffset: Int { (shiftOffset + stripRows).roundedUp(to: 64) }
  var outputOffset: Int {
    queryOffset + (isScattered ? (stripRows * paddedDepth + 64).roundedUp(to: 64) : 0)
  }
  package var scratchBytesPerThread: Int {
    (outputOffset + (isScattered ? stripRows * channels : 0)).roundedUp(to: 64)
  }
}

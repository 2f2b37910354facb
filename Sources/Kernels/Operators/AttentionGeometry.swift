/// The sizes of an attention, and the memory that it works in.
package struct AttentionGeometry {
  package var heads: Int
  package var groups: Int
  package var queryTokens: Int
  package var keyTokens: Int
  /// Channels of a head's queries and keys.
  package var depth: Int
  /// Channels of a head's values.
  package var channels: Int
  /// Whether the exponential takes two planes.
  package var hasTwoPlanes: Bool
  /// Whether queries are gathered from, and outputs scattered to, rows of a table.
  package var hasQueryRows: Bool
  package var threads: Int

  package init(
    heads: Int, groups: Int, queryTokens: Int, keyTokens: Int, depth: Int, channels: Int,
    hasTwoPlanes: Bool, hasQueryRows: Bool, threads: Int
  ) {
    self.heads = heads
    self.groups = groups
    self.queryTokens = queryTokens
    self.keyTokens = keyTokens
    self.depth = depth
    self.channels = channels
    self.hasTwoPlanes = hasTwoPlanes
    self.hasQueryRows = hasQueryRows
    self.threads = threads
  }

  /// The attentions of one head in one group.
  var units: Int { groups * heads }

  /// Whether the threads share the packed keys and values. With many units, or a number that divides evenly, each thread
  /// packs for itself and they meet only once.
  var sharesPanels: Bool { units % threads != 0 && units < 4 * threads }

  var paddedDepth: Int { depth.roundedUp(to: 4) }
  var paddedKeys: Int { keyTokens.roundedUp(to: 4) }

  /// Bytes of a unit's packed keys, and of its packed values.
  var keyPanelBytes: Int { (keyTokens.roundedUp(to: 16) * paddedDepth).roundedUp(to: 64) }
  var valuePanelBytes: Int { (channels.roundedUp(to: 16) * paddedKeys).roundedUp(to: 64) }
  var panelBytes: Int { keyPanelBytes + valuePanelBytes }

  /// Bytes of the panels that the threads share.
  var sharedBytes: Int { sharesPanels ? units * panelBytes : 0 }

  /// Queries that are worked on at a time: logits and planes of a strip stay in the cache.
  var stripRows: Int {
    let fitting = 48 * 1024 / (4 * paddedKeys) / 16 * 16
    return min(queryTokens.roundedUp(to: 16), max(16, min(64, fitting)))
  }

  /// Strips of a unit.
  var strips: Int { (queryTokens + stripRows - 1) / stripRows }

  /// Elements between the rows of the logits and of a plane.
  var logitsStride: Int { keyTokens.roundedUp(to: 32) }
  var planeStride: Int { keyTokens.roundedUp(to: 64) }

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
    queryOffset + (hasQueryRows ? (stripRows * paddedDepth + 64).roundedUp(to: 64) : 0)
  }
  var scratchBytes: Int {
    (outputOffset + (hasQueryRows ? stripRows * channels : 0)).roundedUp(to: 64)
  }
}

import SwiftletKernels

/// Where each of some buffers lies in one block of memory, such that buffers that are in use at the same time do not
/// overlap: the largest first, each in the smallest gap that it fits.
package struct ArenaPlan {
  /// A buffer: its size, and the first and last step that use it.
  package struct Request {
    package var bytes: Int
    package var steps: ClosedRange<Int>

    package init(bytes: Int, steps: ClosedRange<Int>) {
      self.bytes = bytes
      self.steps = steps
    }
  }

  /// Every buffer starts at a multiple of this.
  package static let alignment = 64
  /// Bytes behind each buffer that belong to it: kernels may read 64 behind the end of a row that is padded to 4.
  package static let slack = 128

  /// The start of each buffer, in the order of the requests.
  package private(set) var offsets: [Int]
  /// Bytes of the whole block.
  package private(set) var bytes = 0

  /// Places the buffers.
  package init(_ requests: [Request]) {
    offsets = Array(repeating: 0, count: requests.count)
    let sizes = requests.map { ($0.bytes + Self.slack).roundedUp(to: Self.alignment) }
    let order = requests.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
    /// What is placed, by offset.
    var placed: [Int] = []
    for index in order {
      let steps = requests[index].steps
      var best: (offset: Int, gap: Int)?
      var end = 0
      for other in placed where requests[other].steps.overlaps(steps) {
        let gap = offsets[other] - end
        if gap >= sizes[index] && gap < best?.gap ?? .max { best = (end, gap) }
        end = max(end, offsets[other] + sizes[other])
      }
      let offset = best?.offset ?? end
      offsets[index] = offset
      bytes = max(bytes, offset + sizes[index])
      let position = placed.firstIndex { offsets[$0] > offset } ?? placed.endIndex
      placed.insert(index, at: position)
    }
  }
}

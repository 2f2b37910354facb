import Swiftlet
import Testing

@Suite struct ArenaPlanTests {
  @Test(arguments: 0..<60 as Range<UInt64>) func buffersInUseAtTheSameTimeAreApart(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let steps = Int.random(in: 1...40, using: &random)
    let requests = (0..<Int.random(in: 0...80, using: &random)).map { _ in
      let first = Int.random(in: 0..<steps, using: &random)
      let last = Int.random(in: first..<steps, using: &random)
      let bytes = Int.random(in: 0...(Bool.random(using: &random) ? 100 : 100_000), using: &random)
      return ArenaPlan.Request(bytes: bytes, steps: first...last)
    }
    let plan = ArenaPlan(requests)
    let places = requests.indices.map {
      plan.offsets[$0]..<plan.offsets[$0] + requests[$0].bytes + ArenaPlan.slack
    }
    for (index, place) in places.enumerated() {
      #expect(place.lowerBound >= 0 && place.upperBound <= plan.bytes)
      #expect(place.lowerBound % ArenaPlan.alignment == 0)
      for other in 0..<index where requests[other].steps.overlaps(requests[index].steps) {
        #expect(!places[other].overlaps(place), "\(other) and \(index)")
      }
    }
    let live = (0..<steps).map { step in
      requests.reduce(0) { $0 + ($1.steps.contains(step) ? $1.bytes + ArenaPlan.slack : 0) }
    }
    let sum = requests.reduce(0) { $0 + ($1.bytes + 2 * ArenaPlan.slack) }
    #expect(plan.bytes >= live.max() ?? 0 && plan.bytes <= sum)
  }

  @Test func memoryIsUsedAgain() {
    let requests = (0..<10).map { ArenaPlan.Request(bytes: 1000, steps: $0...$0 + 1) }
    #expect(ArenaPlan(requests).bytes == 2 * 1152)
  }
}

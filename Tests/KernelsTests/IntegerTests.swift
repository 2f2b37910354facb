import SwiftletKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// No kernel computes in floating point: the CPU's status flags, which nearly every such operation on these operands
/// would set, stay clear.
@Suite struct IntegerTests {
  /// FE_ALL_EXCEPT, a macro that Swift cannot see.
  #if arch(x86_64)
    private static let all: Int32 = 0x3D
  #else
    private static let all: Int32 = 0x1F
  #endif

  private func flags(_ work: () -> Void) -> Int32 {
    feclearexcept(Self.all)
    work()
    return fetestexcept(Self.all)
  }

  private func flags<Case: KernelCase>(_ set: KernelSet, _ type: Case.Type) -> Int32 {
    let memory = GuardedMemory()
    var random = Random(seed: 9)
    let examples = (0..<20).map { _ in Case(random: &random) }
    return flags {
      for example in examples {
        memory.reset(.end)
        _ = example.run(set.functions.pointee, in: memory)
      }
    }
  }

  @Test func inexactDivisionRaisesAFlag() {
    var random = Random(seed: 10)
    let divisor = Double(random.pick(3...3) as Int)
    var quotient = 0.0
    #expect(flags { quotient = 1 / divisor } != 0)
    #expect(quotient > 0)
  }

  @Test(arguments: KernelSet.available) func flagsStayClear(set: KernelSet) {
    let types: [any KernelCase.Type] = [
      GEMMCase.self, DepthwiseCase.self, SoftmaxCase.self, LayerNormCase.self, RequantizeCase.self,
      AddCase.self, MultiplyCase.self, LookupCase.self, SumRowsCase.self, RequantizeSumsCase.self,
      PackRowsCase.self, PackColumnsCase.self, ResampleCase.self,
    ]
    for type in types { #expect(flags(set, type) == 0, "\(type)") }
  }
}

import SwiftletKernels
import Testing

/// Every kernel of every set that this machine runs equals the scalar specification, and touches nothing else.
@Suite struct EqualityTests {
  @Test(arguments: KernelSet.available) func gemm(set: KernelSet) throws {
    try expectEqualToScalar(set, GEMMCase.self, cases: 6000)
  }

  @Test(arguments: KernelSet.available) func depthwise(set: KernelSet) throws {
    try expectEqualToScalar(set, DepthwiseCase.self, cases: 2000)
  }

  @Test(arguments: KernelSet.available) func softmax(set: KernelSet) throws {
    try expectEqualToScalar(set, SoftmaxCase.self, cases: 3000)
  }

  @Test(arguments: KernelSet.available) func layerNorm(set: KernelSet) throws {
    try expectEqualToScalar(set, LayerNormCase.self, cases: 3000)
  }

  @Test(arguments: KernelSet.available) func requantize(set: KernelSet) throws {
    try expectEqualToScalar(set, RequantizeCase.self, cases: 1000)
  }

  @Test(arguments: KernelSet.available) func add(set: KernelSet) throws {
    try expectEqualToScalar(set, AddCase.self, cases: 1500)
  }

  @Test(arguments: KernelSet.available) func multiply(set: KernelSet) throws {
    try expectEqualToScalar(set, MultiplyCase.self, cases: 1500)
  }

  @Test(arguments: KernelSet.available) func lookup(set: KernelSet) throws {
    try expectEqualToScalar(set, LookupCase.self, cases: 500)
  }

  @Test(arguments: KernelSet.available) func sumRows(set: KernelSet) throws {
    try expectEqualToScalar(set, SumRowsCase.self, cases: 500)
  }

  @Test(arguments: KernelSet.available) func requantizeSums(set: KernelSet) throws {
    try expectEqualToScalar(set, RequantizeSumsCase.self, cases: 1500)
  }

  @Test(arguments: KernelSet.available) func packRows(set: KernelSet) throws {
    try expectEqualToScalar(set, PackRowsCase.self, cases: 500)
  }

  @Test(arguments: KernelSet.available) func packColumns(set: KernelSet) throws {
    try expectEqualToScalar(set, PackColumnsCase.self, cases: 500)
  }

  @Test(arguments: KernelSet.available) func resample(set: KernelSet) throws {
    try expectEqualToScalar(set, ResampleCase.self, cases: 1000)
  }

  @Test(arguments: KernelSet.available) func frames(set: KernelSet) throws {
    try expectEqualToScalar(set, FrameRowsCase.self, cases: 1000)
    try expectEqualToScalar(set, FrameColumnsCase.self, cases: 1000)
    try expectEqualToScalar(set, FrameColoursCase.self, cases: 1000)
  }
}

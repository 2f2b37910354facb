import CSwiftletImageKernels
import CSwiftletKernels
import SwiftletKernels
import Testing

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite struct KernelSetTests {
  @Test func setsAreAvailableOrMissing() {
    for missing in KernelSet.missing {
      print(
        "cannot run here: kernel set \(missing.name), needs \(missing.features.joined(separator: ", "))"
      )
      #expect(!missing.features.isEmpty)
    }
    let names = KernelSet.available.map(\.name) + KernelSet.missing.map(\.name)
    #expect(names.sorted() == KernelSet.all.map(\.name).sorted())
    #expect(Set(names).count == names.count)
    #expect(KernelSet.all.last?.name == "scalar")
    #expect(KernelSet.available.last?.name == "scalar")
  }

  @Test(arguments: KernelSet.available) func nameFindsTheSet(set: KernelSet) throws {
    #expect(try KernelSet.named(set.name).functions == set.functions)
    #expect(set.missingFeatures.isEmpty)
  }

  /// The names of the rows of a table that hold no kernel.
  private func emptyRows(
    of table: UnsafeRawPointer, _ rows: UnsafePointer<swl_kernel_row>
  ) -> [String] {
    var names: [String] = []
    var row = rows
    while let name = row.pointee.name {
      if table.load(fromByteOffset: row.pointee.offset, as: UInt.self) == 0 {
        names.append(String(cString: name))
      }
      row += 1
    }
    return names
  }

  /// A row that a set leaves empty is its base's.
  @Test(arguments: KernelSet.all) func everyRowHasAKernel(set: KernelSet) throws {
    #expect(emptyRows(of: set.functions, try #require(swl_kernel_rows())) == [])
    let images = try #require(swl_image_kernels_of(set.functions))
    #expect((String(cString: images.pointee.name) == "scalar") == (set.name == "scalar"))
    #expect(emptyRows(of: images, try #require(swl_image_kernel_rows())) == [])
  }

  /// No other set is the scalar one under another name.
  @Test(arguments: KernelSet.available) func setHasItsOwnProducts(set: KernelSet) throws {
    let scalar = try KernelSet.named("scalar").functions.pointee
    func address(_ kernels: swl_kernels) -> UInt { unsafeBitCast(kernels.gemm, to: UInt.self) }
    #expect((set.name == "scalar") == (address(set.functions.pointee) == address(scalar)))
  }

  @Test(arguments: KernelSet.available) func peakCountsProducts(set: KernelSet) {
    #expect(set.runPeak(iterations: 1000) == 10 * set.runPeak(iterations: 100))
    #expect(set.runPeak(iterations: 100) >= 100)
  }

  @Test func unknownNameIsAnError() {
    let available = KernelSet.available.map(\.name).joined(separator: ", ")
    let expected = KernelError(
      description: "this build has no kernel set 'abacus'; this machine runs: \(available)")
    #expect(throws: expected) { try KernelSet.named("abacus") }
  }

  /// As on a processor that has no features.
  @Test func unsupportedSetNamesTheFeature() throws {
    let plain = KernelSet.all.filter { $0.functions.pointee.features == 0 }
    let names = plain.map(\.name).joined(separator: ", ")
    for set in KernelSet.all where set.functions.pointee.features != 0 {
      let features = (0..<64).map { 1 << UInt64($0) }
        .filter { set.functions.pointee.features & $0 != 0 }
        .map { String(cString: swl_feature_name($0)) }.joined(separator: ", ")
      let expected = KernelError(
        description:
          "kernel set '\(set.name)' needs \(features), which this CPU lacks; this machine runs: \(names)"
      )
      #expect(throws: expected) { try KernelSet(swl_select_kernels(set.name, 0)) }
    }
    if getenv("SWIFTLET_KERNELS") == nil {
      #expect(try KernelSet(swl_select_kernels(nil, 0)).name == plain.first?.name)
    }
  }

  @Test func theNamedSetOrTheBest() throws {
    for set in KernelSet.available { #expect(try KernelSet.named(set.name).name == set.name) }
    #expect(throws: KernelError.self) { try KernelSet.named("") }
    let chosen = getenv("SWIFTLET_KERNELS").map { String(cString: $0) } ?? ""
    let best = try #require(KernelSet.available.first)
    #expect(try KernelSet.selected().name == (chosen.isEmpty ? best.name : chosen))
  }
}

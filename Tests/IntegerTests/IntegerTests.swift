import Foundation
import Testing

/// From decoded pixels to logits no floating-point arithmetic, conversion or comparison: read from the machine code.
@Suite struct IntegerTests {
  /// The only functions that may compute with floats, by a part of their mangled name, each with its reason.
  static let allowed: [(module: String, name: String, reason: String)] = [
    ("Swiftlet", "8setInput6floats", "float tensors of `swiftlet run`"),
    ("Swiftlet", "11floatLogits", "logits in the float model's units, after the run"),
    ("Swiftlet", "14ClassificationV", "probabilities of a report, after the logits"),
    (
      "SwiftletImaging", "ResampleCoefficients",
      "filter weights of a resize, as Pillow computes them; not on the live path"
    ),
    ("SwiftletImaging", "6floats2of", "the float model's input"),
    ("SwiftletImaging", "TimmPreprocessing", "a file's mean and deviation; never pixels"),
    ("SwiftletImaging", "HuggingFacePreprocessing", "a file's mean and deviation; never pixels"),
    ("SwiftletImaging", "Normalisation", "a file's mean and deviation; never pixels"),
    ("SwiftletImaging", "JSONFields", "a file's numbers; never pixels"),
    (
      "SwiftletImaging", "FrameLayoutV4Side",
      "how much of a picture a component's samples cover; sees sizes, never pixels"
    ),
    (
      "SwiftletImaging", "FrameConverterC4Plan",
      "the extents of a resize, once a format; sees sizes, never pixels"
    ),
  ]

  @Test(
    .enabled(if: Disassembly.objdump != nil, "objdump (Debian package binutils) is not installed"),
    arguments: [
      "CSwiftletKernels", "CSwiftletImageKernels", "SwiftletKernels", "Swiftlet", "SwiftletImaging",
    ])
  func machineCodeHasNoFloatingPoint(module: String) throws {
    let objects = Disassembly.objects(of: module)
    try #require(
      !objects.isEmpty, "no object files of \(module) in \(Disassembly.buildFolder.path)")
    var count = 0
    var found: [String: [String]] = [:]
    for object in objects {
      for instruction in try Disassembly.instructions(of: object) {
        count += 1
        guard FloatingPoint.isArithmetic(instruction.mnemonic) else { continue }
        if Self.allowed.contains(where: {
          $0.module == module && instruction.function.contains($0.name)
        }) {
          continue
        }
        found[instruction.function, default: []].append(instruction.text)
      }
    }
    #expect(count > 100, "the disassembly of \(module) is empty")
    for (function, lines) in found.sorted(by: { $0.key < $1.key }) {
      Issue.record("\(module): \(function): \(lines.prefix(3).joined(separator: "; "))")
    }
  }

  private func floatingPointNames(in module: String) throws -> Set<String> {
    let instructions = try Disassembly.objects(of: module).flatMap {
      try Disassembly.instructions(of: $0)
    }
    return Set(instructions.map(\.mnemonic).filter(FloatingPoint.isArithmetic))
  }

  /// The check itself can fail: the test support has one addition.
  @Test(
    .enabled(if: Disassembly.objdump != nil, "objdump (Debian package binutils) is not installed"))
  func oneAdditionIsRecognised() throws {
    let names = try floatingPointNames(in: "CSwiftletTestSupport")
    #expect(!names.isEmpty && names.isSubset(of: ["addss", "vaddss", "fadd"]), "\(names.sorted())")
  }

  /// The float oracle's objects are full of what the check looks for.
  @Test(
    .enabled(if: Disassembly.objdump != nil, "objdump (Debian package binutils) is not installed"),
    .enabled(
      if: !Disassembly.objects(of: "CSwiftletFloat").isEmpty, "a device's build has no float oracle"
    ))
  func theFloatOracleIsRecognised() throws {
    let names = try floatingPointNames(in: "CSwiftletFloat")
    #expect(names.count >= 5, "found only \(names.sorted())")
  }

  @Test func movesAndShufflesAreNoArithmetic() {
    #if arch(x86_64)
      for mnemonic in [
        "movaps", "vmovups", "vshufps", "vblendps", "vinsertf128", "vxorps", "vandnps", "vpermilps",
        "vunpcklps", "vbroadcastss", "vpaddd", "vpmulhrsw", "vextractf128", "vpackssdw", "movq",
        "vpdpbusd", "vpermi2b", "vpermt2ps", "vshuff32x4", "vexpandps", "valignd", "vpmovb2m",
        "kmovq",
        "vpternlogd", "vblendmps", "vpminsb",
      ] {
        #expect(!FloatingPoint.isArithmetic(mnemonic), "\(mnemonic)")
      }
      for mnemonic in [
        "addsd", "vmulps", "vcvtdq2ps", "cvttss2si", "ucomisd", "vfmadd231ps", "fld", "vcmpeqps",
        "sqrtsd", "vminps", "cmpltsd", "vrndscaleps", "vcvtudq2ps", "vscalefps", "vgetmantsd",
        "vrangeps", "vfpclassps", "vfixupimmpd", "vrcp14ps", "vdpbf16ps", "vfcmulcph", "vaddph",
      ] {
        #expect(FloatingPoint.isArithmetic(mnemonic), "\(mnemonic)")
      }
    #elseif arch(arm64)
      for mnemonic in [
        "fmov", "movi", "mov", "dup", "ins", "umov", "smov", "ld1r", "zip1", "uzp2", "tbl", "tbx",
        "sqrdmulh", "sdot", "smmla", "sqxtn2", "saddw", "eor",
      ] {
        #expect(!FloatingPoint.isArithmetic(mnemonic), "\(mnemonic)")
      }
      for mnemonic in [
        "fadd", "fmul", "fmla", "fmadd", "fcvtzs", "fcvt", "scvtf", "ucvtf", "fcmp", "fcmge",
        "fsqrt", "fminnm", "faddp", "frintn", "frecpe",
      ] {
        #expect(FloatingPoint.isArithmetic(mnemonic), "\(mnemonic)")
      }
    #endif
  }
}

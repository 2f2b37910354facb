import Foundation

/// One instruction of an object file, and the function that it is in.
struct DisassembledInstruction {
  var function: String
  var mnemonic: String
  var text: String
}

/// The disassembly of the object files that SwiftPM made for a module.
enum Disassembly {
  /// The folder of the build that the running tests belong to.
  static let buildFolder: URL = {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let kernels = folder.appendingPathComponent("CSwiftletKernels.build").path
      if FileManager.default.fileExists(atPath: kernels) { return folder }
    }
    return folder
  }()

  static func objects(of module: String) -> [URL] {
    let folder = buildFolder.appendingPathComponent("\(module).build")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "o" }
      .sorted { $0.path < $1.path }
  }

  static let objdump: String? = ["/usr/bin/objdump", "/usr/bin/llvm-objdump"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func instructions(of object: URL) throws -> [DisassembledInstruction] {
    guard let objdump else { return [] }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: objdump)
    process.arguments = ["-d", "--no-show-raw-insn", object.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return parse(String(decoding: data, as: UTF8.self))
  }

  /// Reads lines `0000 <symbol>:` and `  12:\tmnemonic operands`.
  static func parse(_ text: String) -> [DisassembledInstruction] {
    var result: [DisassembledInstruction] = []
    var function = ""
    for line in text.split(separator: "\n") {
      if line.hasSuffix(">:"), let open = line.firstIndex(of: "<") {
        function = String(line[line.index(after: open)..<line.index(line.endIndex, offsetBy: -2)])
      } else if line.first == " ", let colon = line.firstIndex(of: ":") {
        let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
        let prefixes: Set<Substring> = ["lock", "rep", "repz", "repnz", "bnd", "notrack", "data16"]
        guard let mnemonic = words.first(where: { !prefixes.contains($0) }) else { continue }
        result.append(
          .init(function: function, mnemonic: String(mnemonic), text: String(line)))
      }
    }
    return result
  }
}

/// What counts as floating-point arithmetic, conversion or comparison. Moves, shuffles and bitwise logic do not.
enum FloatingPoint {
  private static let x86Operations = [
    "add", "sub", "mul", "div", "sqrt", "min", "max", "addsub", "hadd", "hsub", "dp", "rcp",
    "rcp14", "rcp28", "rsqrt", "rsqrt14", "rsqrt28", "round", "rndscale", "reduce", "range",
    "getexp", "getmant", "scalef", "ucomi", "comi", "exp2",
  ]

  static func isArithmetic(_ mnemonic: String) -> Bool {
    var name = Substring(mnemonic.lowercased())
    #if arch(x86_64)
      if name.first == "f", name != "fence" { return true }  // x87
      if name.first == "v" { name = name.dropFirst() }
      // All of AVX's and AVX-512's mnemonics that begin with vf: vfmadd, vfixupimm, vfpclass, vfcmul ...
      if name.first == "f" || name.hasPrefix("cvt") || name.hasPrefix("dpbf16") { return true }
      guard ["ss", "sd", "ps", "pd", "sh", "ph"].contains(where: name.hasSuffix) else {
        return false
      }
      let stem = name.dropLast(2)
      return x86Operations.contains(String(stem)) || stem.hasPrefix("cmp")
    #else
      let moves: Set<String> = ["fmov"]
      return (name.first == "f" || name.hasPrefix("scvtf") || name.hasPrefix("ucvtf"))
        && !moves.contains(String(name))
    #endif
  }
}

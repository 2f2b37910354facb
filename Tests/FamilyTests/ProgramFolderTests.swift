import Foundation
import Swiftlet
import SwiftletKernels
import SwiftletProgram
import Testing

/// The nets as another machine converted them, from the folder that SWIFTLET_PROGRAMS names: what a device can test.
@Suite struct ProgramFolderTests {
  private static let folder = ProcessInfo.processInfo.environment["SWIFTLET_PROGRAMS"]
  private static let nets: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: Golden.folder.path)) ?? []).sorted()
    .filter { $0.hasSuffix(".txt") }.map { String($0.dropLast(4)) }

  @Test(.enabled(if: folder != nil, "SWIFTLET_PROGRAMS names no folder"), arguments: nets)
  func logitsAreGolden(_ net: String) throws {
    let golden = try #require(Golden.read(net))
    guard case .converted(let program) = golden.outcome else { return }
    let path = "\(try #require(Self.folder))/\(net).swiftlet"
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(SHA256.hexDigest(of: bytes) == program.fileSHA256, "\(path): another conversion")
    #expect(try logitsSHA256(of: Model(bytes: bytes), named: net) == program.logitsSHA256)
  }
}

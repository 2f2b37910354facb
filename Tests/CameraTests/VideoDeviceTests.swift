import CSwiftletVideo
import Foundation
import SwiftletCamera
import Testing

/// What drivers say, read from the kernel's structures.
@Suite struct VideoDeviceTests {
  static var webcam: FakeNode {
    let node = FakeNode()
    node.formats = [
      .init(
        code: PixelFormat("YUYV"), name: "YUYV 4:2:2",
        sizes: .discrete([
          .init(width: 640, height: 480, intervals: [(1, 30), (1, 15)]),
          .init(width: 1280, height: 720, intervals: [(2, 25)]),
        ])),
      .init(
        code: PixelFormat("MJPG"), name: "Motion-JPEG", flags: V4L2_FMT_FLAG_COMPRESSED,
        sizes: .discrete([.init(width: 1920, height: 1080, intervals: [(1001, 30000)])])),
      .init(
        code: PixelFormat("BGR3"), name: "24-bit BGR", flags: V4L2_FMT_FLAG_EMULATED,
        sizes: .discrete([.init(width: 640, height: 480, intervals: [])])),
    ]
    return node
  }

  @Test func readsFormatsSizesAndRates() throws {
    let device = try VideoDevice(Self.webcam)
    #expect(device.driver == "fake" && device.card == "Fake camera")
    #expect(device.bus == "platform:fake")
    #expect(device.capabilities.names == ["capture", "streaming"])
    #expect(device.formats.map(\.pixelFormat.description) == ["YUYV", "MJPG", "BGR3"])
    #expect(device.formats.map(\.name) == ["YUYV 4:2:2", "Motion-JPEG", "24-bit BGR"])
    #expect(device.formats.map(\.isCompressed) == [false, true, false])
    #expect(device.formats.map(\.isEmulated) == [false, false, true])
    let rates: [FrameRate] = [.init(frames: 30, seconds: 1), .init(frames: 15, seconds: 1)]
    #expect(
      device.formats[0].sizes
        == .discrete([
          VideoSize(width: 640, height: 480, rates: .discrete(rates)),
          VideoSize(width: 1280, height: 720, rates: .discrete([.init(frames: 25, seconds: 2)])),
        ]))
    guard case .discrete(let sizes) = device.formats[1].sizes,
      case .discrete(let ntsc) = sizes[0].rates
    else { throw Failure() }
    #expect(abs(ntsc[0].framesPerSecond - 29.97) < 0.001)
    #expect(
      device.formats[2].sizes
        == .discrete([VideoSize(width: 640, height: 480, rates: .discrete([]))]))
  }

  struct Failure: Error {}

  @Test func readsRanges() throws {
    let node = FakeNode()
    node.hasStepwiseRates = true
    node.formats = [
      .init(
        code: PixelFormat("NV12"), name: "Y/UV 4:2:0",
        sizes: .stepwise(
          from: .init(width: 48, height: 32, intervals: [(1, 60), (1, 5)]),
          to: .init(width: 4096, height: 2160, intervals: [(1, 10), (2, 1)]), stepX: 16, stepY: 2))
    ]
    let device = try VideoDevice(node)
    func size(_ width: Int, _ height: Int, _ slow: FrameRate, _ fast: FrameRate) -> VideoSize {
      VideoSize(width: width, height: height, rates: .stepwise(from: slow, to: fast))
    }
    #expect(
      device.formats.map(\.sizes) == [
        .stepwise(
          from: size(48, 32, .init(frames: 5, seconds: 1), .init(frames: 60, seconds: 1)),
          to: size(4096, 2160, .init(frames: 1, seconds: 2), .init(frames: 10, seconds: 1)),
          stepX: 16, stepY: 2)
      ])
  }

  /// The hardware captures, this node of it does not: no format is asked for.
  @Test func believesTheNodeRatherThanTheHardware() throws {
    let node = FakeNode()
    node.formats = Self.webcam.formats
    node.nodeCapabilities = Int64(V4L2_CAP_META_CAPTURE) | Int64(V4L2_CAP_STREAMING)
    let device = try VideoDevice(node)
    #expect(device.capabilities.names == ["metadata capture", "streaming"])
    #expect(device.formats.isEmpty)
    #expect(node.requests == [UInt(swl_video_query_capability)])
  }

  @Test func asksForPlanesWhereThereAreSome() throws {
    let node = FakeNode()
    node.formats = Self.webcam.formats
    node.capabilities = Int64(V4L2_CAP_VIDEO_CAPTURE_MPLANE)
    #expect(try VideoDevice(node).formats.count == 3)
    node.capabilities = Int64(V4L2_CAP_VIDEO_M2M_MPLANE)
    #expect(try VideoDevice(node).formats.isEmpty)
  }

  @Test func drivesAreNotTrusted() throws {
    let node = FakeNode()
    node.card = String(repeating: "x", count: 100)
    node.formats = [
      .init(
        code: PixelFormat(code: 0xA036_3159), name: "16-bit grey, big-endian",
        sizes: .discrete([.init(width: 8, height: 8, intervals: [(0, 30), (1, 0), (1, 4)])])),
      .init(code: PixelFormat(code: 7), name: "", sizes: .discrete([])),
      .init(code: PixelFormat("Y8  "), name: "", sizes: .discrete([])),
    ]
    var device = try VideoDevice(node)
    #expect(device.card == String(repeating: "x", count: 32))
    #expect(device.formats.map(\.pixelFormat.description) == ["Y16-BE", "0x7", "Y8"])
    #expect(
      device.formats[0].sizes
        == .discrete([
          VideoSize(
            width: 8, height: 8, rates: .discrete([.init(frames: 4, seconds: 1)]))
        ]))
    node.isEndless = true
    device = try VideoDevice(node)
    #expect(device.formats.count == 4096)
  }

  @Test func listsThatAreNotOfferedAreEmpty() throws {
    let node = FakeNode()
    node.formats = Self.webcam.formats
    node.failures = [
      UInt(swl_video_enumerate_frame_sizes): ENOTTY,
      UInt(swl_video_enumerate_frame_intervals): ENOTTY,
    ]
    #expect(try VideoDevice(node).formats.map(\.sizes) == Array(repeating: .discrete([]), count: 3))
    node.failures = [UInt(swl_video_enumerate_formats): ENODEV]
    #expect(throws: SystemCallError(code: ENODEV)) { try VideoDevice(node) }
    node.failures = [UInt(swl_video_query_capability): ENOTTY]
    #expect(throws: SystemCallError(code: ENOTTY)) { try VideoDevice(node) }
  }

  @Test func devicesStandInOrderAndFailAlone() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftlet-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["video10", "video2", "video0", "videos", "video", "null", "v4l-subdev0"] {
      try Data().write(to: folder.appendingPathComponent(name))
    }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o660], ofItemAtPath: folder.appendingPathComponent("video2").path)
    let entries = try VideoDeviceList.entries(in: folder.path) {
      (path) throws(SystemCallError) in
      if path.hasSuffix("video2") { throw SystemCallError(code: EACCES) }
      return Self.webcam
    }
    #expect(entries.map { $0.path.suffix(7) } == ["/video0", "/video2", "video10"])
    #expect(entries.map { (try? $0.device.get())?.card } == ["Fake camera", nil, "Fake camera"])
    guard case .failure(let error) = entries[1].device else { throw Failure() }
    #expect(error.kind == .denied && "\(error)" == "Permission denied")
    #expect(entries[1].access == FileAccessRights(group: getegid(), admitsGroup: true))
    #expect(entries[0].access?.admitsGroup == false)
  }

  /// A real file that is no video device.
  @Test func realNodesAnswerWithTheKernelsErrors() throws {
    #expect(throws: SystemCallError(code: ENOENT)) { try OpenVideoNode(path: "/dev/video-none") }
    let null = try OpenVideoNode(path: "/dev/null")
    #expect(throws: SystemCallError(code: ENOTTY)) { try VideoDevice(null) }
  }
}

import CSwiftletVideo
import SwiftletCamera
import SwiftletImaging
import SwiftletProgram
import Testing

/// What a camera is asked for.
@Suite struct CaptureModeTests {
  typealias Size = FakeNode.Size

  static func target(_ resize: Int, channels: Int = 3) -> Preprocessing {
    Preprocessing(
      resize: .shorterSide(resize), height: resize, width: resize, interpolation: .bilinear,
      mean: Array(repeating: 0, count: channels), std: Array(repeating: 1, count: channels))
  }

  static func size(_ width: UInt32, _ height: UInt32, _ rate: UInt32 = 30) -> Size {
    Size(width: width, height: height, intervals: [(1, rate)])
  }

  static func node(_ formats: [(String, FakeNode.Sizes)]) -> FakeNode {
    let node = FakeNode()
    node.formats = formats.map { code, sizes in
      FakeNode.Format(
        code: PixelFormat(code: code.utf8.reversed().reduce(0) { $0 << 8 | UInt32($1) }),
        name: code, sizes: sizes)
    }
    return node
  }

  static func mode(
    _ node: FakeNode, _ target: Preprocessing, format: FrameFormat? = nil,
    size: (width: Int, height: Int)? = nil
  ) throws -> String {
    let mode = try CaptureMode.cheapest(
      of: VideoDevice(node), path: "/dev/video7", target: target, format: format, size: size)
    return "\(mode.format.name) \(mode.width)x\(mode.height)"
  }

  @Test func webcams() throws {
    let sizes = [Self.size(160, 120), Self.size(640, 480), Self.size(320, 240)]
    let node = Self.node([
      ("MJPG", .discrete(sizes + [Self.size(1920, 1080)])),
      ("YUYV", .discrete(sizes + [Self.size(1280, 720, 10), Self.size(1920, 1080, 5)])),
    ])
    #expect(try Self.mode(node, Self.target(224)) == "yuyv 320x240")
    #expect(try Self.mode(node, Self.target(256)) == "yuyv 640x480")
    #expect(try Self.mode(node, Self.target(96)) == "yuyv 160x120")
    // Too slow without compression.
    #expect(try Self.mode(node, Self.target(600)) == "mjpeg 1920x1080")
    // None is large enough: the largest.
    #expect(try Self.mode(node, Self.target(1200)) == "mjpeg 1920x1080")
    #expect(try Self.mode(node, Self.target(224), format: .mjpeg) == "mjpeg 320x240")
    #expect(try Self.mode(node, Self.target(224), size: (640, 480)) == "yuyv 640x480")
    #expect(
      try Self.mode(node, Self.target(224), format: .mjpeg, size: (800, 600)) == "mjpeg 800x600")
  }

  @Test func greyAndColour() throws {
    let size = FakeNode.Sizes.discrete([Self.size(640, 480)])
    let node = Self.node([
      ("RGB3", size), ("GREY", size), ("YUYV", size), ("NV12", size), ("H264", size),
    ])
    #expect(try Self.mode(node, Self.target(224)) == "nv12 640x480")
    #expect(try Self.mode(node, Self.target(224, channels: 1)) == "grey 640x480")
    #expect(try Self.mode(Self.node([("GREY", size)]), Self.target(224)) == "grey 640x480")
    let emulated = Self.node([("YUYV", size), ("BGR3", size)])
    emulated.formats[0].flags = V4L2_FMT_FLAG_EMULATED
    #expect(try Self.mode(emulated, Self.target(224)) == "bgr24 640x480")
  }

  @Test func ranges() throws {
    func node(_ small: (UInt32, UInt32), _ large: (UInt32, UInt32), _ steps: (UInt32, UInt32))
      -> FakeNode
    {
      Self.node([
        (
          "NV12",
          .stepwise(
            from: Self.size(small.0, small.1), to: Self.size(large.0, large.1), stepX: steps.0,
            stepY: steps.1)
        )
      ])
    }
    let scaler = node((48, 32), (1920, 1080), (16, 2))
    #expect(try Self.mode(scaler, Self.target(224)) == "nv12 400x224")
    #expect(try Self.mode(scaler, Self.target(2000)) == "nv12 1920x1080")
    #expect(try Self.mode(scaler, Self.target(8)) == "nv12 48x32")
    #expect(try Self.mode(node((1, 1), (4096, 4096), (0, 0)), Self.target(224)) == "nv12 224x224")
  }

  @Test func rates() throws {
    var rates: [(UInt32, UInt32)] = [(1, 60), (1, 25), (1, 50), (1001, 30000), (1, 5)]
    func rate(_ count: Int, isRange: Bool = false, width: Int? = nil) throws -> FrameRate? {
      let node = Self.node([
        ("YUYV", .discrete([Size(width: 320, height: 240, intervals: Array(rates.suffix(count)))]))
      ])
      node.hasStepwiseRates = isRange
      return try CaptureMode.cheapest(
        of: VideoDevice(node), path: "/dev/video7", target: Self.target(224),
        size: width.map { ($0, 240) }
      ).rate
    }
    #expect(try rate(5) == FrameRate(frames: 30000, seconds: 1001))
    #expect(try rate(5, width: 320) == FrameRate(frames: 30000, seconds: 1001))
    #expect(try rate(5, width: 300) == nil)
    #expect(try rate(1) == FrameRate(frames: 5, seconds: 1))
    #expect(try rate(0) == nil)
    // Of ranges.
    #expect(try rate(5, isRange: true) == FrameRate(frames: 30, seconds: 1))
    #expect(try rate(2, isRange: true) == FrameRate(frames: 30000, seconds: 1001))
    rates = [(1, 60), (1, 50), (1, 25)]
    #expect(try rate(3) == FrameRate(frames: 50, seconds: 1))
    #expect(try rate(1, isRange: true) == FrameRate(frames: 25, seconds: 1))
    rates = [(1, 60), (1, 50)]
    #expect(try rate(2, isRange: true) == FrameRate(frames: 50, seconds: 1))
  }

  @Test func planes() throws {
    let node = Self.node([
      ("NM12", .discrete([Self.size(320, 240)])), ("NV12", .discrete([Self.size(640, 480)])),
    ])
    for (capability, buffers) in [
      (V4L2_CAP_VIDEO_CAPTURE, V4L2_BUF_TYPE_VIDEO_CAPTURE),
      (V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE),
    ] {
      node.capabilities = Int64(capability) | Int64(V4L2_CAP_STREAMING)
      let mode = try CaptureMode.cheapest(
        of: VideoDevice(node), path: "/dev/video7", target: Self.target(224))
      #expect(mode.format.name == "nv12" && mode.buffers == buffers.rawValue)
    }
  }

  @Test func noSizes() throws {
    #expect(
      try Self.mode(Self.node([("YUYV", .discrete([]))]), Self.target(224)) == "yuyv 640x480")
  }

  @Test func devicesThatCannotBeUsed() throws {
    func message(_ node: FakeNode, format: FrameFormat? = nil) -> String {
      let error = thrownError(CaptureError.self) {
        try Self.mode(node, Self.target(224), format: format)
      }
      return error?.description ?? ""
    }
    let size = FakeNode.Sizes.discrete([Self.size(640, 480)])
    let node = Self.node([("BA81", size), ("H264", size)])
    #expect(message(node).contains("/dev/video7: offers BA81, H264, expected grey, nv12"))
    #expect(
      message(Self.node([("YUYV", size)]), format: .mjpeg).contains(
        "does not offer mjpeg; leave --format out, or choose of yuyv"))
    node.capabilities = Int64(V4L2_CAP_VIDEO_CAPTURE)
    #expect(message(node).contains("does not stream"))
    node.capabilities = Int64(V4L2_CAP_META_CAPTURE) | Int64(V4L2_CAP_STREAMING)
    #expect(message(node).contains("captures no video (it offers: metadata capture"))
  }
}

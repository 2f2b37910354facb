import Foundation
import SwiftletCamera
import SwiftletImaging
import SwiftletProgram
import Testing

/// Cameras of the kernel's driver `vivid` that show a still picture, and frames of it that another program captured:
/// `tools/vcam-test` sets the variables, in a virtual machine.
enum RealDriver {
  static let devices =
    ProcessInfo.processInfo.environment["SWIFTLET_VIVID"]?.split(separator: " ").map(String.init)
    ?? []
  static let frames = ProcessInfo.processInfo.environment["SWIFTLET_VIVID_FRAMES"]

  /// A control of a driver: its number and value.
  struct Control {
    var number: UInt32
    var value: Int32
  }

  static func set(_ number: UInt32, to value: Int, of node: OpenVideoNode) throws {
    // VIDIOC_S_CTRL.
    let request: UInt = 0xC008_561C
    var control = Control(number: number, value: Int32(value))
    let code = withUnsafeMutableBytes(of: &control) { bytes in
      bytes.baseAddress.map { node.control(request, $0) }
    }
    guard code == 0 else { throw SystemCallError(code: code ?? -1) }
  }

  /// Captures so many frames, one after the other.
  static func capture<Result>(
    _ format: FrameFormat, _ node: OpenVideoNode, _ size: (width: Int, height: Int), count: Int,
    body: (VideoStream.Filled, FrameLayout) throws -> Result
  ) throws -> [Result] {
    let buffers = try VideoDevice(node).capabilities.captureBuffers
    let mode = CaptureMode(
      format: format, width: size.width, height: size.height,
      rate: FrameRate(frames: 30, seconds: 1), buffers: try #require(buffers))
    let stream = try VideoStream(path: "vivid", node: node, mode: mode)
    let stop = try StopRequest()
    var results: [Result] = []
    while results.count < count {
      guard stream.wait(milliseconds: 300_000, stop: stop) == .ready else { break }
      guard let buffer = try stream.dequeue() else { continue }
      results.append(try body(buffer, stream.layout))
      try stream.queue(buffer.index)
    }
    return results
  }
}

/// Capture from a real driver.
@Suite(
  .serialized, .enabled(if: !RealDriver.devices.isEmpty, "SWIFTLET_VIVID names no camera of vivid"))
struct RealDriverTests {
  /// Each file `FORMAT-WIDTHxHEIGHT` holds frames that v4l2-ctl captured.
  @Test(arguments: RealDriver.devices)
  func framesAreTheBytesThatOtherProgramsCapture(device: String) throws {
    let node = try OpenVideoNode(path: device)
    let folder = try #require(RealDriver.frames)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(files.count >= 8)
    for file in files {
      let parts = file.split { $0 == "-" || $0 == "x" }
      let format = try #require(FrameFormat.named(String(parts[0])))
      let size = try (#require(Int(parts[1])), #require(Int(parts[2])))
      let expected = try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))
      var last: VideoStream.Filled?
      let equal = try RealDriver.capture(format, node, size, count: 3) { buffer, layout in
        #expect(layout.width == size.0 && layout.height == size.1)
        #expect(!buffer.isDamaged)
        // vivid repeats a number where its thread loses its core.
        if let last { #expect(buffer.sequence >= last.sequence) }
        #expect(buffer.nanoseconds ?? 0 > last?.nanoseconds ?? 0)
        last = buffer
        return buffer.bytes.count > 0 && expected.count % buffer.bytes.count == 0
          && expected.prefix(buffer.bytes.count) == Data(buffer.bytes)
      }
      #expect(equal == [true, true, true], "\(file)")
    }
  }

  static let size = (width: 320, height: 180)
  static let transform = Preprocessing(
    resize: .shorterSide(size.height), height: size.height, width: size.width,
    interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1])

  /// The picture as red, green, blue and nothing of each pixel.
  func picture(_ format: FrameFormat, _ node: OpenVideoNode) throws -> [Int] {
    let converter = try FrameConverter(Self.transform)
    let frames = try RealDriver.capture(format, node, Self.size, count: 1) { buffer, layout in
      let input = UnsafeMutableBufferPointer<Int8>.allocate(
        capacity: converter.preprocessing.inputCount)
      defer { input.deallocate() }
      try converter.convert(buffer.bytes, layout, into: input)
      return input.map { Int($0) + 128 }
    }
    return try #require(frames.first)
  }

  /// Whatever the driver says that its samples mean, its colours are those that it gives as red, green and blue in full range,
  /// but for the driver's rounding, which is downwards.
  @Test(arguments: RealDriver.devices) func coloursAreTheDrivers(device: String) throws {
    let node = try OpenVideoNode(path: device)
    let (pattern, colourSpace, encoding, range): (UInt32, UInt32, UInt32, UInt32) = (
      0xF0_F000, 0xF0_F019, 0xF0_F01B, 0xF0_F01C
    )
    defer {
      for control in [colourSpace, encoding, range] {
        try? RealDriver.set(control, to: control == colourSpace ? 2 : 0, of: node)
      }
      try? RealDriver.set(pattern, to: 4, of: node)
    }
    // Bars of 75 %: nothing is clamped.
    try RealDriver.set(pattern, to: 0, of: node)
    // SMPTE 170M, Rec. 709, sRGB, BT.2020, each with its own encoding; BT.601 and Rec. 709 as encodings of sRGB.
    for (space, coding) in [(0, 0), (1, 0), (2, 0), (4, 0), (2, 1), (2, 2)] {
      try RealDriver.set(colourSpace, to: space, of: node)
      try RealDriver.set(encoding, to: coding, of: node)
      try RealDriver.set(range, to: 1, of: node)
      let expected = try picture(#require(FrameFormat.named("rgb24")), node)
      for isLimited in [false, true] {
        try RealDriver.set(range, to: isLimited ? 2 : 1, of: node)
        for name in ["rgb24", "bgr24", "yuyv", "nv12"] {
          let actual = try picture(#require(FrameFormat.named(name)), node)
          let worst = Self.largestDifference(actual, expected)
          #expect(
            worst <= 4, "\(name), colour space \(space), encoding \(coding), limited \(isLimited)")
        }
      }
    }
  }

  /// Of pixels whose neighbours have the same colour.
  static func largestDifference(_ actual: [Int], _ expected: [Int]) -> Int {
    let pitch = 4 * size.width
    var worst = 0
    var count = 0
    for y in 2..<size.height - 2 {
      for x in 2..<size.width - 2 {
        let first = y * pitch + 4 * x
        let isEven = (0..<3).allSatisfy { channel in
          [-8, 8, -2 * pitch, 2 * pitch].allSatisfy {
            expected[first + channel] == expected[first + channel + $0]
          }
        }
        guard isEven else { continue }
        count += 1
        for channel in 0..<3 {
          worst = max(worst, abs(actual[first + channel] - expected[first + channel]))
        }
      }
    }
    #expect(count > size.width * size.height / 4)
    return worst
  }
}

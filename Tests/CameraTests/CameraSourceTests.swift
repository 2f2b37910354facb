import CSwiftletTestSupport
import CSwiftletVideo
import Foundation
import SwiftletCamera
import SwiftletImaging
import Synchronization
import Testing

/// Notes of a source.
final class Notes: Sendable {
  private let lines = Mutex<[String]>([])

  var note: Note { { line in self.lines.withLock { $0.append(line) } } }
  var all: [String] { lines.withLock { $0 } }
}

/// What streams of a scripted driver become.
@Suite struct CameraSourceTests {
  typealias Shot = FakeCamera.Shot

  static func camera(_ steps: [FakeCamera.Step]) -> FakeCamera {
    let camera = FakeCamera()
    camera.steps = steps
    camera.bufferLength = 64
    camera.changes = { $0.quantization = V4L2_QUANTIZATION_FULL_RANGE.rawValue }
    return camera
  }

  static func source(
    _ camera: FakeCamera, notes: Notes = Notes(), format: FrameFormat = .grey,
    keepsEveryFrame: Bool = false
  ) throws -> CameraSource {
    try CameraSource(
      path: "/dev/video7", node: camera, mode: CaptureMode(format: format, width: 8, height: 8),
      keepsEveryFrame: keepsEveryFrame, stop: StopRequest(),
      clock: { camera.clock }, onNote: notes.note)
  }

  @Test func theNewestFrameWins() throws {
    let camera = Self.camera([
      .shots([
        Shot(value: 10, sequence: 0), Shot(value: 20, sequence: 1), Shot(value: 30, sequence: 2),
      ]),
      .nothing, .shots([Shot(value: 40, sequence: 3)]),
    ])
    let source = try Self.source(camera)
    #expect(try source.frames() == [[2, 30], [3, 40]])
    #expect(source.counts == FrameCounts(skipped: 0, stale: 2, dropped: 0))
    #expect(camera.queued.sorted() == [0, 1, 2, 3] && camera.misuses == 0)
    #expect(
      source.information
        == SourceInformation(
          kind: .device, name: "/dev/video7", format: "grey", width: 8, height: 8, clock: .driver))
  }

  @Test func everyFrameIsKeptWhereAskedFor() throws {
    let camera = Self.camera([
      .shots((0..<3).map { Shot(value: UInt8($0), sequence: $0) }), .nothing, .nothing,
    ])
    let source = try Self.source(camera, keepsEveryFrame: true)
    #expect(try source.frames() == [[0, 0], [1, 1], [2, 2]])
    #expect(source.counts == FrameCounts())
  }

  @Test func framesThatTheDriverDroppedAreCounted() throws {
    let last = UInt32.max
    let camera = Self.camera(
      [last - 5, last - 3, last, 0, 3, 3, 1].map { .shots([Shot(sequence: $0)]) })
    let source = try Self.source(camera)
    _ = try source.frames()
    // 1, 2, none at the wrap, 2; a number that stays or goes back says nothing.
    #expect(source.counts == FrameCounts(skipped: 0, stale: 0, dropped: 5))
  }

  @Test func damagedFramesAreSkipped() throws {
    let error = V4L2_BUF_FLAG_ERROR | V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
    let camera = Self.camera([
      .shots([Shot(value: 1, sequence: 0), Shot(value: 2, sequence: 1, flags: error)]),
      .shots([Shot(value: 3, sequence: 2, flags: error)]),
      .shots([Shot(value: 4, sequence: 3, bytesUsed: 63)]),
      .shots([Shot(value: 5, sequence: 4, bytesUsed: 1000)]),
    ])
    let notes = Notes()
    let source = try Self.source(camera, notes: notes)
    #expect(try source.frames() == [[0, 1], [4, 5]])
    #expect(source.counts == FrameCounts(skipped: 3, stale: 0, dropped: 0))
    #expect(notes.all.count == 3 && notes.all.allSatisfy { $0.hasPrefix("skipped: /dev/video7: ") })
    #expect(camera.queued.count == 4 && camera.misuses == 0)
  }

  @Test func damagedJPEGsAreSkipped() throws {
    let whole = GreyJPEG.file(side: 8, value: 2)
    let camera = Self.camera([
      .shots([Shot(sequence: 0, content: whole)]),
      .shots([Shot(sequence: 1, content: Array(whole.dropLast(6)))]),
      .shots([Shot(sequence: 2, content: Array(repeating: 0, count: 20))]),
      .shots([Shot(sequence: 3, content: whole, bytesUsed: 0)]),
      .shots([Shot(sequence: 4, content: whole)]),
    ])
    camera.bufferLength = 1000
    let source = try Self.source(camera, format: .mjpeg)
    #expect(try source.frames() == [[0, GreyJPEG.value(2)], [4, GreyJPEG.value(2)]])
    #expect(source.counts.skipped == 3)
    #expect(source.information.format == "mjpeg")
  }

  @Test func ageCountsFromTheDriversTimestamp() throws {
    let camera = Self.camera([
      .shots([Shot(sequence: 0, stampDelay: -7_000_000)]),
      .shots([Shot(sequence: 1, stampDelay: 30_000_000)]),
    ])
    let notes = Notes()
    let source = try Self.source(camera, notes: notes)
    let frame = try Seen()
    #expect(try source.next(into: frame))
    #expect(camera.clock - frame.captureNanoseconds == 7_000_000)
    // A clock that is a little ahead.
    #expect(try source.next(into: frame))
    #expect(camera.clock == frame.captureNanoseconds)
    #expect(source.information.clock == .driver && notes.all.isEmpty)
  }

  /// A model that takes every frame, however long it takes.
  @Test func framesMayBeOld() throws {
    let camera = Self.camera([.shots([Shot(sequence: 0), Shot(sequence: 1)]), .nothing])
    let notes = Notes()
    let source = try Self.source(camera, notes: notes, keepsEveryFrame: true)
    let frame = try Seen()
    #expect(try source.next(into: frame))
    camera.clock += 60_000_000_000
    #expect(try source.next(into: frame))
    #expect(frame.sequence == 1)
    #expect(camera.clock - frame.captureNanoseconds > 60_000_000_000)
    #expect(source.information.clock == .driver && notes.all.isEmpty)
  }

  @Test(arguments: [
    Shot(sequence: 0, flags: V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN),
    Shot(sequence: 0, flags: V4L2_BUF_FLAG_TIMESTAMP_COPY),
    Shot(sequence: 0, stampDelay: -20_000_000_000), Shot(sequence: 0, stampDelay: 20_000_000_000),
    Shot(sequence: 0, stamp: timeval(tv_sec: -1, tv_usec: 5)),
    Shot(sequence: 0, stamp: timeval(tv_sec: .max, tv_usec: 0)),
    Shot(sequence: 0, stamp: timeval(tv_sec: 50, tv_usec: -1)),
    Shot(sequence: 0, stamp: timeval(tv_sec: 0, tv_usec: 0)),
  ])
  func otherClocksAreNotBelieved(shot: Shot) throws {
    let camera = Self.camera([.shots([shot]), .shots([shot])])
    let notes = Notes()
    let source = try Self.source(camera, notes: notes)
    let frame = try Seen()
    for _ in 0..<2 {
      #expect(try source.next(into: frame))
      #expect(frame.captureNanoseconds == camera.clock)
    }
    #expect(source.information.clock == .arrival)
    #expect(notes.all.count == 1 && notes.all[0].contains("monotonic"))
  }

  @Test func aSilentCameraIsAnError() throws {
    let camera = Self.camera([.nothing, .shots([Shot(sequence: 0)]), .nothing, .timeout])
    let source = try Self.source(camera)
    let error = thrownError(CaptureError.self) { try source.frames() }
    #expect(error?.isLost == false)
    #expect(error?.description.contains("/dev/video7: no frame for 5 s; check") == true)
    // What was waited before counts.
    #expect(camera.waits == [5000, 4990, 5000, 4990])
  }

  @Test(arguments: [ENODEV, EIO, EPIPE, EAGAIN])
  func aLostDeviceIsAnError(code: Int32) throws {
    let camera = Self.camera([.shots([Shot(sequence: 0)]), .failure(code)])
    let source = try Self.source(camera)
    let error = thrownError(CaptureError.self) { try source.frames() }
    #expect(error?.isLost == true)
    #expect(error?.description.hasPrefix("/dev/video7: the device is lost: ") == true)
  }

  @Test func aDeviceLostWhileABufferIsGivenBack() throws {
    let camera = Self.camera([.shots([Shot(sequence: 0)])])
    camera.failures[UInt(swl_video_queue_buffer)] = (after: 4, times: 9, code: ENODEV)
    let source = try Self.source(camera)
    #expect(throws: CaptureError.self) { try source.frames() }
    // A single refusal of another kind is outlived.
    let robust = Self.camera((0..<3).map { .shots([Shot(sequence: $0)]) })
    robust.failures[UInt(swl_video_queue_buffer)] = (after: 5, times: 1, code: EINVAL)
    #expect(try Self.source(robust).frames().count == 3)
    #expect(robust.queued.count == 4)
  }

  @Test func everythingIsGivenBackInTheEnd() throws {
    let camera = Self.camera([.stop])
    var source: CameraSource? = try Self.source(camera)
    #expect(camera.isStreaming && camera.mapped == 4)
    #expect(try source?.next(into: Seen()) == false)
    source = nil
    #expect(!camera.isStreaming && camera.mapped == 0 && !camera.hasBuffers)
    // The open device can be started again.
    source = try Self.source(camera)
    #expect(camera.isStreaming && camera.mapped == 4)
  }

  @Test func theRateIsAWish() throws {
    let rate = FrameRate(frames: 30000, seconds: 1001)
    for (wanted, isRefused) in [(nil, false), (rate, false), (rate, true)] {
      let camera = Self.camera([])
      if isRefused {
        camera.failures[UInt(swl_video_set_parameters)] = (after: 0, times: 1, code: ENOTTY)
      }
      let mode = CaptureMode(format: .grey, width: 8, height: 8, rate: wanted)
      _ = try VideoStream(path: "/dev/video7", node: camera, mode: mode)
      #expect(camera.askedRate == (isRefused ? nil : wanted) && camera.queued.count == 4)
    }
  }

  @Test(arguments: [
    (swl_video_set_format, 0, EBUSY, "cannot set grey, 8x8"),
    (swl_video_request_buffers, 0, EBUSY, "cannot get buffers"),
    (swl_video_query_buffer, 2, EINVAL, "cannot map its buffers"),
    (swl_video_queue_buffer, 1, EINVAL, "cannot queue a buffer"),
    (
      swl_video_stream_on, 0, ENOSPC,
      "cannot start the stream: No space left on device; the USB bus"
    ),
  ])
  func startsThatFail(request: UInt, after: Int, code: Int32, text: String) throws {
    let camera = Self.camera([])
    camera.failures[request] = (after: after, times: 99, code: code)
    let error = thrownError(CaptureError.self) { try Self.source(camera) }
    #expect(error?.system == SystemCallError(code: code) && error?.isLost == false)
    #expect(
      error?.description.hasPrefix("/dev/video7: \(text)") == true, "\(String(describing: error))")
    #expect(!camera.isStreaming && camera.mapped == 0)
  }

  @Test func driversAreNotTrusted() throws {
    let mistakes: [(String, (FakeCamera) -> Void)] = [
      ("1 buffers", { $0.bufferCount = 1 }), ("Cannot allocate", { $0.mapFailure = ENOMEM }),
      ("gives NV12", { $0.changes = { $0.pixelformat = PixelFormat("NV12").code } }),
      ("the driver says", { $0.changes = { $0.width = 0 } }),
      ("the driver says", { $0.changes = { $0.height = 4_000_000_000 } }),
      ("the driver says", { $0.changes = { $0.bytesperline = 4 } }),
      ("the driver says", { $0.changes = { $0.bytesperline = 4_000_000_000 } }),
    ]
    for (text, mistake) in mistakes {
      let camera = Self.camera([])
      mistake(camera)
      let error = thrownError(CaptureError.self) { try Self.source(camera) }
      #expect(error?.description.contains(text) == true, "\(String(describing: error))")
      #expect(camera.mapped == 0)
    }
  }

  /// Another size than asked for, rows with something between them, limited range by default.
  @Test func driversMayChooseOtherwise() throws {
    let camera = Self.camera([
      .shots([Shot(value: 16, sequence: 0), Shot(value: 235, sequence: 1)])
    ])
    camera.changes = {
      ($0.width, $0.height, $0.bytesperline) = (12, 10, 32)
    }
    camera.bufferLength = 320
    let source = try Self.source(camera, keepsEveryFrame: true)
    camera.steps.append(.nothing)
    #expect(try source.frames() == [[0, 0], [1, 255]])
    #expect(source.information.width == 12 && source.information.height == 10)
    #expect(camera.asked.width == 8 && camera.asked.field == V4L2_FIELD_NONE.rawValue)
  }

  @Test(.enabled(if: swl_test_counts_allocations()), arguments: ["grey", "nv12", "rgb24"])
  func aRunningStreamAllocatesNothing(name: String) throws {
    let camera = Self.camera([])
    camera.isEndless = true
    camera.bufferLength = 192
    let format = try #require(FrameFormat.named(name))
    camera.changes = { $0.bytesperline = name == "rgb24" ? 24 : 8 }
    let source = try Self.source(camera, format: format)
    let frame = try Seen()
    for _ in 0..<5 { _ = try source.next(into: frame) }
    let before = swl_test_allocations()
    for _ in 0..<50 { _ = try source.next(into: frame) }
    #expect(swl_test_allocations() == before)
  }
}

import CSwiftletVideo
import Glibc
import SwiftletCamera

/// A driver that streams by a script, in the kernel's structures: one step of it for each time that somebody waits.
final class FakeCamera: StreamingNode, @unchecked Sendable {
  /// A frame that the camera takes, all its bytes the same.
  struct Shot {
    var value: UInt8 = 100
    var sequence: UInt32
    /// What stands in it instead of `value`.
    var content: [UInt8]?
    var bytesUsed: UInt32?
    var flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
    /// After the clock's time at which it comes.
    var stampDelay: Int64 = -1_000_000
    /// Instead of a time.
    var stamp: timeval?
  }

  enum Step {
    case shots([Shot])
    /// Readiness without a frame.
    case nothing
    case timeout
    /// What poll says when a device goes, and what the driver answers from then on.
    case failure(Int32)
    case stop
  }

  var steps: [Step] = []
  /// One shot after the other, instead of a script.
  var isEndless = false
  /// Nanoseconds; each step takes 10 milliseconds.
  var clock: UInt64 = 50_000_000_000
  var answer = v4l2_pix_format()
  /// What of the answer is the driver's own choice.
  var changes: (inout v4l2_pix_format) -> Void = { _ in }
  var bufferCount: UInt32 = 4
  var bufferLength = 0
  /// Requests that fail: how many succeed before, how many fail, with which errno.
  var failures: [UInt: (after: Int, times: Int, code: Int32)] = [:]
  var mapFailure: Int32?

  private(set) var waits: [Int] = []
  private(set) var asked = v4l2_pix_format()
  private(set) var askedRate: FrameRate?
  private(set) var isStreaming = false
  /// Whether the program has buffers of the driver's.
  private(set) var hasBuffers = false
  private(set) var queued: [UInt32] = []
  /// Buffers that were given back twice, or were not the program's.
  private(set) var misuses = 0
  private(set) var mapped = 0
  private var memories: [UnsafeMutableRawBufferPointer] = []
  private var filled: [(index: UInt32, shot: Shot, time: UInt64)] = []
  private var step = 0
  private var sequence: UInt32 = 0
  private var broken: Int32?

  init() {
    queued.reserveCapacity(64)
    filled.reserveCapacity(64)
    waits.reserveCapacity(1 << 12)
  }

  deinit { for memory in memories { memory.deallocate() } }

  // MARK: Waiting

  func wait(milliseconds: Int, stop: StopRequest) -> Readiness {
    waits.append(milliseconds)
    clock += 10_000_000
    if isEndless {
      sequence += 1
      take(Shot(sequence: sequence))
      return .ready
    }
    guard step < steps.count else { return .stopped }
    step += 1
    switch steps[step - 1] {
    case .shots(let shots):
      for shot in shots { take(shot) }
      return .ready
    case .nothing: return .ready
    case .timeout:
      clock += UInt64(milliseconds) * 1_000_000
      return .timeout
    case .failure(let code):
      broken = code
      return .failed
    case .stop: return .stopped
    }
  }

  /// A camera without a free buffer takes no frame.
  private func take(_ shot: Shot) {
    guard isStreaming, !queued.isEmpty else { return }
    let index = queued.remove(at: 0)
    let memory = memories[Int(index)]
    if let content = shot.content {
      memory.copyBytes(from: content.prefix(memory.count))
    } else {
      memory.initializeMemory(as: UInt8.self, repeating: shot.value)
    }
    filled.append((index, shot, clock))
  }

  // MARK: Requests

  func control(_ request: UInt, _ argument: UnsafeMutableRawPointer) -> Int32 {
    if let failure = failures[request] {
      if failure.after > 0 {
        failures[request]?.after -= 1
      } else if failure.times > 0 {
        failures[request]?.times -= 1
        return failure.code
      }
    }
    switch request {
    case UInt(swl_video_set_format):
      let format = argument.assumingMemoryBound(to: v4l2_format.self)
      guard !hasBuffers else { return EBUSY }
      asked = format.pointee.fmt.pix
      answer = asked
      answer.bytesperline = asked.pixelformat == PixelFormat("MJPG").code ? 0 : asked.width
      changes(&answer)
      format.pointee.fmt.pix = answer
      return 0
    case UInt(swl_video_set_parameters):
      let rate = argument.assumingMemoryBound(to: v4l2_streamparm.self).pointee.parm.capture
        .timeperframe
      askedRate = FrameRate(frames: Int(rate.denominator), seconds: Int(rate.numerator))
      return 0
    case UInt(swl_video_request_buffers):
      let buffers = argument.assumingMemoryBound(to: v4l2_requestbuffers.self)
      guard buffers.pointee.memory == V4L2_MEMORY_MMAP.rawValue else { return EINVAL }
      hasBuffers = buffers.pointee.count > 0
      guard hasBuffers else { return mapped == 0 && !isStreaming ? 0 : EBUSY }
      startAgain()
      buffers.pointee.count = min(bufferCount, max(2, buffers.pointee.count))
      if bufferCount < 2 { buffers.pointee.count = bufferCount }
      return 0
    case UInt(swl_video_query_buffer):
      let buffer = argument.assumingMemoryBound(to: v4l2_buffer.self)
      guard buffer.pointee.index < bufferCount else { return EINVAL }
      buffer.pointee.length = UInt32(bufferLength)
      buffer.pointee.m.offset = buffer.pointee.index * 0x10000
      return 0
    case UInt(swl_video_queue_buffer):
      if let broken { return broken }
      let index = argument.assumingMemoryBound(to: v4l2_buffer.self).pointee.index
      guard index < bufferCount, !queued.contains(index),
        !filled.contains(where: { $0.index == index })
      else {
        misuses += 1
        return EINVAL
      }
      queued.append(index)
      return 0
    case UInt(swl_video_dequeue_buffer):
      return dequeue(argument.assumingMemoryBound(to: v4l2_buffer.self))
    case UInt(swl_video_stream_on):
      isStreaming = true
      return 0
    case UInt(swl_video_stream_off):
      isStreaming = false
      return 0
    default: return ENOTTY
    }
  }

  private func startAgain() {
    for memory in memories { memory.deallocate() }
    (memories, queued, filled) = ([], [], [])
  }

  private func dequeue(_ buffer: UnsafeMutablePointer<v4l2_buffer>) -> Int32 {
    if let broken { return broken }
    guard !filled.isEmpty else { return EAGAIN }
    let (index, shot, time) = filled.remove(at: 0)
    buffer.pointee.index = index
    buffer.pointee.sequence = shot.sequence
    buffer.pointee.flags = UInt32(shot.flags)
    buffer.pointee.bytesused =
      shot.bytesUsed ?? shot.content.map { UInt32($0.count) } ?? UInt32(bufferLength)
    let stamp = Int64(time) + shot.stampDelay
    buffer.pointee.timestamp =
      shot.stamp
      ?? timeval(
        tv_sec: Int(stamp / 1_000_000_000), tv_usec: Int(stamp % 1_000_000_000 / 1000))
    return 0
  }

  // MARK: Memory

  func map(length: Int, offset: Int) throws(SystemCallError) -> UnsafeRawBufferPointer {
    if let mapFailure { throw SystemCallError(code: mapFailure) }
    mapped += 1
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 64)
    memories.append(memory)
    return UnsafeRawBufferPointer(memory)
  }

  func unmap(_ memory: UnsafeRawBufferPointer) { mapped -= 1 }
}

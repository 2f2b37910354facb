import Foundation
import Swiftlet
import SwiftletCamera
import SwiftletLive
import SwiftletProgram

/// Says when what a stream shows has changed.
final class Changes: Sink {
  private var last = ""

  func answer(_ answer: LiveAnswer) {
    guard let best = answer.top.first, best.label != last else { return }
    last = best.label
    print("frame \(answer.sequence): \(best.label), \(answer.times.milliseconds(.total)) ms")
  }

  func note(_ text: String) { FileHandle.standardError.write(Data("watch: \(text)\n".utf8)) }
  func end(_ summary: LiveSummary) { print(summary) }
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: watch MODEL.swiftlet /dev/videoN|FOLDER")
  exit(64)
}
let (file, place) = (arguments[1], arguments[2])
do {
  let model = try Model(contentsOf: file)
  let stop = try StopRequest()
  stop.requestOnSignals()
  let pipeline = LivePipeline(try ImageClassifier(model: model), sinks: [Changes()])
  let source: any FrameSource
  if let preprocessing = model.input.preprocessing, place.hasPrefix("/dev/") {
    source = try CameraSource(device: place, for: preprocessing, stop: stop) {
      pipeline.note($0, isRepeated: true)
    }
  } else {
    source = try FolderSource(folder: place, stop: stop) { pipeline.note($0) }
  }
  try pipeline.run(
    source, model: file, stop: stop, keepsEveryFrame: source.information.kind == .folder)
} catch {
  print("watch: \(error)")
  exit(1)
}

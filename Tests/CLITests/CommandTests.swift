import Foundation
import Testing

@Suite struct CommandTests {
  @Test func evalCountsBothForms() throws {
    let fixture = try Fixture.shared.get()
    for model in [[Fixture.onnx] + Fixture.contract, [fixture.int8]] {
      let result = try Command(["eval"] + model + ["--images", fixture.images, "--json"]).object()
      #expect(
        Set(result.keys) == ["model", "top1", "top5", "images", "skipped", "threads", "seconds"])
      #expect(result["images"] as? Int == 20)
      let (top1, top5) = (result["top1"] as? Double ?? -1, result["top5"] as? Double ?? -1)
      #expect(0 <= top1 && top1 <= top5 && top5 <= 1)
    }
  }

  @Test func evalAgreesWithClassify() throws {
    let fixture = try Fixture.shared.get()
    let paths = fixture.imagePaths
    let result = try Command(["classify", fixture.int8, "--top", "5", "--json"] + paths).object()
    let images = result["images"] as? [[String: Any]] ?? []
    var hits = [0, 0]
    for image in images {
      let path = URL(fileURLWithPath: image["path"] as? String ?? "")
      let truth = path.deletingLastPathComponent().lastPathComponent
      let labels = (image["top"] as? [[String: Any]] ?? []).compactMap { $0["label"] as? String }
      #expect(labels.count == 5)
      hits[0] += labels.first == truth ? 1 : 0
      hits[1] += labels.contains(truth) ? 1 : 0
    }
    for threads in ["1", "2"] {
      let eval = try Command(
        ["eval", fixture.int8, "--images", fixture.images, "--threads", threads, "--json"]
      ).object()
      #expect(eval["top1"] as? Double == Double(hits[0]) / 20)
      #expect(eval["top5"] as? Double == Double(hits[1]) / 20)
    }
  }

  @Test func evalTakesEvenlySpacedImagesAndSkipsBroken() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for (index, name) in ["0", "1", "2", "3"].enumerated() {
      let isBroken = name == "2"
      try folder.write(
        isBroken ? Array("P5\n".utf8) : Fixture.image(index), to: "images/bag/\(name).pgm")
    }
    let all = try Command(["eval", fixture.int8, "--images", folder.path("images"), "--json"])
    #expect(try all.object()["images"] as? Int == 3)
    #expect(try all.object()["skipped"] as? Int == 1)
    #expect(all.errorLines.count == 1)
    let half = try Command(
      ["eval", fixture.int8, "--images", folder.path("images"), "--limit", "2", "--json"])
    #expect(try half.object()["images"] as? Int == 1)
    #expect(half.errors.contains("2.pgm"))
  }

  @Test func labelsAreFirstWords() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let labels = Fixture.labels.map { "\($0) some more words\n" }.joined()
    let file = try folder.write(labels, to: "labels.txt")
    let command = try Command(
      ["eval", fixture.int8, "--images", fixture.images, "--labels", file, "--json"])
    #expect(try command.object()["images"] as? Int == 20)
  }

  @Test func classifyShowsTheOthersOfABrokenImage() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let broken = try folder.write("no image", to: "broken.pgm")
    let paths = fixture.imagePaths
    let command = try Command(
      ["classify", fixture.int8, paths[0], broken, paths[1], "--top", "3", "--json"])
    #expect(command.status == 1)
    #expect(command.errorLines.count == 1)
    #expect(command.errors.contains("broken.pgm"))
    let images = try command.objects()[0]["images"] as? [[String: Any]] ?? []
    #expect(images.map { $0["path"] as? String } == [paths[0], paths[1]])
    for image in images {
      let top = image["top"] as? [[String: Any]] ?? []
      #expect(top.allSatisfy { Set($0.keys) == ["index", "label", "score"] })
      let scores = top.compactMap { $0["score"] as? Double }
      #expect(scores.count == 3)
      #expect(scores == scores.sorted(by: >))
      #expect(scores.allSatisfy { 0...1 ~= $0 })
    }
  }

  @Test func runGivesTheLogitsOfBothForms() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let floats = Fixture.floats(7)
    let inputs = [
      try folder.write(NpyFile.float32(floats, shape: "(1, 1, 28, 28)"), to: "a.npy"),
      try folder.write(NpyFile.float32(floats, shape: "(1, 28, 28)"), to: "b.npy"),
      try folder.write(NpyFile.float64(floats, shape: "(1, 28, 28)"), to: "c.npy"),
    ]
    var outputs: [String: [[Float]]] = [:]
    for model in [Fixture.onnx, fixture.int8] {
      for input in inputs {
        let out = folder.path("y.npy")
        let result = try Command(
          ["run", model, "--input", input, "--output", out, "--json"]
        ).object()
        #expect(result["shape"] as? [Int] == [1, 10])
        outputs[model, default: []].append(NpyFile.values(try readBytes(out)))
      }
    }
    let (float, int8) = (outputs[Fixture.onnx] ?? [], outputs[fixture.int8] ?? [])
    #expect(float.allSatisfy { $0 == float[0] })
    #expect(int8.allSatisfy { $0 == int8[0] })
    let signal = float[0].reduce(0) { $0 + $1 * $1 }
    let noise = zip(float[0], int8[0]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    #expect(float[0].count == 10 && signal > 0)
    #expect(noise < 0.1 * signal, "\(noise / signal)")

    // The image becomes the same int8 input as its floats.
    let image = try folder.write(Fixture.image(7), to: "7.pgm")
    let images =
      try Command(["classify", fixture.int8, image, "--json", "--top", "10"])
      .object()["images"] as? [[String: Any]]
    let top = images?.first?["top"] as? [[String: Any]] ?? []
    let order = top.compactMap { $0["index"] as? Int }
    #expect(order == (0..<10).sorted { (int8[0][$1], $0) < (int8[0][$0], $1) })
  }

  @Test func inspectShowsGraphAndProgram() throws {
    let fixture = try Fixture.shared.get()
    let graph = try Command(["inspect", Fixture.onnx])
    #expect(graph.output.contains("= conv(kernel 3x3"))
    let nodes = try Command(["inspect", Fixture.onnx, "--json"]).object()["nodes"] as? [Any]
    #expect(nodes?.count == graph.output.split(separator: "\n").count - 2)

    let text = try Command(["inspect", fixture.int8])
    for word in ["attention", "layerNorm", "bilinear", "ankle-boot", "source_sha256", "arena"] {
      #expect(text.output.contains(word), "\(word)")
    }
    let program = try Command(["inspect", fixture.int8, "--json"]).object()
    #expect(
      Set(program.keys) == [
        "program", "labels", "metadata", "arena_bytes", "weights_bytes", "macs",
      ])
    #expect(program["labels"] as? [String] == Fixture.labels)
  }

  @Test func liveReplaysAFolderInOrder() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    for (index, name) in ["b/1", "a/2", "B", "a"].enumerated() {
      try folder.write(Fixture.image(index), to: "stream/\(name).pgm")
    }
    try folder.write("broken", to: "stream/a/0.pgm")
    let stream = folder.path("stream")
    let command = try Command(["live", fixture.int8, "--source", stream, "--json"])
    #expect(command.status == 0)
    #expect(command.errorLines.count == 1)
    var lines = try command.objects()
    let summary = lines.popLast()?["summary"] as? [String: Any] ?? [:]
    #expect(summary["frames"] as? Int == 4)
    #expect(summary["skipped"] as? Int == 1)
    #expect(
      Set(summary.keys) == [
        "source", "frames", "skipped", "stale", "dropped", "fps", "age_ms", "decode_ms",
        "preprocess_ms", "infer_ms", "total_ms",
      ])
    let source = summary["source"] as? [String: Any] ?? [:]
    #expect(source["kind"] as? String == "folder" && source["exact"] as? Bool == true)
    // By their bytes: B.pgm, a.pgm, a/0.pgm (broken), a/2.pgm, b/1.pgm.
    #expect(lines.compactMap { $0["sequence"] as? Int } == [0, 1, 3, 4])
    #expect(lines.compactMap { $0["frame"] as? Int } == [0, 1, 2, 3])
    for line in lines {
      #expect(
        Set(line.keys) == [
          "frame", "sequence", "capture_ns", "age_ms", "decode_ms", "preprocess_ms", "infer_ms",
          "total_ms", "top",
        ])
    }
    let order = ["B", "a", "a/2", "b/1"].map { "\(stream)/\($0).pgm" }
    let classified = try Command(["classify", fixture.int8, "--json"] + order).object()
    let images = classified["images"] as? [[String: Any]] ?? []
    func scores(_ objects: [[String: Any]]) -> [[Double]] {
      objects.map { ($0["top"] as? [[String: Any]] ?? []).compactMap { $0["score"] as? Double } }
    }
    #expect(scores(lines).count == 4)
    #expect(scores(lines) == scores(images))

    let two = try Command(["live", fixture.int8, "--source", stream, "--frames", "2", "--json"])
    #expect(try two.objects().count == 3)
    let text = try Command(["live", fixture.int8, "--source", stream])
    // What is classified, the frames, the summary.
    #expect(text.output.split(separator: "\n").count == 6)
  }

  @Test func imagesMayBeJPEG() throws {
    let fixture = try Fixture.shared.get()
    let folder = try TemporaryFolder()
    let (file, value) = Fixture.plainJPEG
    for name in ["1.jpg", "2.jpeg", "3.JPEG"] { try folder.write(file, to: "images/bag/\(name)") }
    let pixels = [UInt8](repeating: value, count: Fixture.side * Fixture.side)
    let same = try folder.write(
      Array("P5 \(Fixture.side) \(Fixture.side) 255\n".utf8) + pixels, to: "same.pgm")
    let images = folder.path("images")

    let classified =
      try Command(
        ["classify", fixture.int8, "\(images)/bag/1.jpg", same, "--json"]
      ).object()["images"] as? [[String: Any]]
    let scores = classified?.map { image in
      (image["top"] as? [[String: Any]] ?? []).compactMap { $0["score"] as? Double }
    }
    #expect(scores?.count == 2 && scores?[0] == scores?[1] && scores?[0].count == 5)
    let eval = try Command(["eval", fixture.int8, "--images", images, "--json"]).object()
    #expect(eval["images"] as? Int == 3)
    let live = try Command(["live", fixture.int8, "--source", images, "--json"])
    #expect(try live.objects().count == 4)
    // Three images of one value are too little to calibrate on, but enough to see that they are read.
    let convert = try Command(
      [
        "convert", Fixture.onnx, "-o", folder.path("out.swiftlet"), "--calibration", images,
        "--json",
      ]
        + Fixture.contract)
    #expect(convert.status == 0, "\(convert.errors)")
  }

  @Test func peopleGetTables() throws {
    let fixture = try Fixture.shared.get()
    let eval = try Command(["eval", fixture.int8, "--images", fixture.images])
    #expect(eval.output.contains("top-1") && eval.output.contains("20, 0 skipped"))
    let classify = try Command(["classify", fixture.int8, fixture.imagePaths[0], "--top", "2"])
    #expect(classify.output.split(separator: "\n").count == 3)
    let bench = try Command(
      ["bench", fixture.int8, "--runs", "1", "--warmup", "0", "--min-seconds", "0"])
    #expect(bench.output.contains("ms p50") && bench.output.contains("sha256"))
  }
}

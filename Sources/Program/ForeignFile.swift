/// Files of other kinds that are given as models, by their first bytes.
package enum ForeignFile {
  /// So many bytes tell.
  package static let beginning = 512

  private static let kinds: [(start: [UInt8], place: Int, name: String)] = [
    ([0x80, 2], 0, pickle), ([0x80, 3], 0, pickle), ([0x80, 4], 0, pickle), ([0x80, 5], 0, pickle),
    (text("TFL3"), 4, "a TFLite (TensorFlow) model (tf2onnx --tflite makes ONNX of it)"),
    (text("ORTM"), 4, "a model in ONNX Runtime's own format; give the .onnx file it was made from"),
    (text("ET12"), 4, "an ExecuTorch program; torch.onnx.export makes ONNX of the network"),
    ([0x89, 0x48, 0x44, 0x46], 0, "an HDF5 file, as Keras models are (\(keras))"),
    (text("GGUF"), 0, "a GGUF file, as language models of llama.cpp are"),
    ([0x1F, 0x8B], 0, packed("gzip")), (text("BZh"), 0, packed("bzip2")),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], 0, packed("xz")),
    ([0x28, 0xB5, 0x2F, 0xFD], 0, packed("zstd")),
    ([0x37, 0x7A, 0xBC, 0xAF], 0, packed("7z")), (text("ustar"), 257, packed("tar")),
    ([0x93] + text("NUMPY"), 0, "a NumPy array"), (text("%PDF"), 0, "a PDF document"),
    ([0x7F] + text("ELF"), 0, "a program or library"),
    (text("<?xml"), 0, "an XML text, as OpenVINO's models have; give the .onnx file"),
    (text("<!DOCTYPE"), 0, page), (text("<!doctype"), 0, page), (text("<html"), 0, page),
    ([0x89] + text("PNG"), 0, image), ([0xFF, 0xD8, 0xFF], 0, image), (text("GIF8"), 0, image),
    (text("P5"), 0, image), (text("P6"), 0, image), (text("WEBP"), 8, image),
    (text("II*\0"), 0, image), (text("MM\0*"), 0, image),
  ]

  private static let pickle =
    "a Python pickle, as old PyTorch checkpoints are (torch.onnx.export makes ONNX of the network)"
  private static let keras = "tf2onnx makes ONNX of the network"
  private static let image = "an image; the model's file comes first"
  private static let page = "a web page; fetch the file itself"

  private static func packed(_ name: String) -> String { "a \(name) archive; unpack it first" }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// What kind of file starts so; nil where that does not tell.
  package static func kind(startingWith bytes: [UInt8]) -> String? {
    if bytes.starts(with: text("PK\u{3}\u{4}")) { return archive(bytes) }
    return kinds.first { bytes.dropFirst($0.place).starts(with: $0.start) }?.name
  }

  /// What a zip archive holds, by the name of its first file.
  private static func archive(_ bytes: [UInt8]) -> String {
    let count = bytes.count < 30 ? 0 : Int(bytes[26]) | Int(bytes[27]) << 8
    let path = String(decoding: bytes.dropFirst(30).prefix(count), as: UTF8.self)
    let name = path.split(separator: "/").last ?? ""
    // PyTorch fills up the fields behind its names under this key.
    let isFilled = bytes.dropFirst(30 + count).starts(with: text("FB"))
    switch name {
    case _ where isFilled, "data.pkl", "archive_format":
      return
        "a zip archive, as PyTorch checkpoints are (torch.onnx.export makes ONNX of the network)"
    case "metadata.json", "config.json", "model.weights.h5":
      return "a zip archive, as Keras models are (\(keras))"
    case _ where name.hasSuffix(".npy"): return "an .npz archive of NumPy arrays"
    default: return packed("zip")
    }
  }
}

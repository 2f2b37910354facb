public import SwiftletImaging
import SwiftletKernels
import SwiftletProgram

/// A model that says what is on an image: decodes, resizes and crops it as the model was calibrated for, runs the model, and
/// ranks the classes.
///
/// One thread uses it at a time. After the first image of a size, images of that size allocate only what is returned.
public final class ImageClassifier {
  /// The model that it runs.
  public let model: Model
  private var session: Session
  let stills: PreparedTransform
  private let frames: FrameConverter

  /// Makes a model ready to classify images.
  ///
  /// - Parameters:
  ///   - model: a model that was converted with its preprocessing.
  ///   - threads: 1...256; `Session.defaultThreads` if nil.
  ///   - kernels: the name of a kernel set; if nil, the one that the environment's `SWIFTLET_KERNELS` names, else the best
  ///     that this machine runs.
  /// - Throws: `SessionError` where the model's output is no classification, the model does not say how images are made ready,
  ///   the kernel set is unknown or cannot run here, or memory or threads are lacking.
  public convenience init(
    model: Model, threads: Int? = nil, kernels: String? = nil
  ) throws(SessionError) {
    guard model.outputMeaning != .vector else {
      throw SessionError(
        "the model's output is no classification: run it in a Session, or convert it with --output logits"
      )
    }
    try self.init(anyModel: model, threads: threads, kernels: kernels)
  }

  /// As the public one, for a model whose output may mean anything.
  package init(
    anyModel model: Model, threads: Int? = nil, kernels: String? = nil
  ) throws(SessionError) {
    guard let preprocessing = model.input.preprocessing else {
      throw SessionError(
        "the model does not say how images are made ready: convert it with its preprocessing, or fill a Session's input"
      )
    }
    self.model = model
    session = try Session(model: model, threads: threads, kernels: kernels)
    let kernels = ImageKernels(of: session.kernelSet.functions)
    do {
      stills = try PreparedTransform(preprocessing, kernels: kernels)
      frames = try FrameConverter(preprocessing, kernels: kernels)
    } catch {
      throw SessionError("\(error)")
    }
  }

  /// The classes of the image in a file that `PixelImage` reads, best first.
  ///
  /// - Parameters:
  ///   - path: where the file is.
  ///   - count: how many classes, at most.
  /// - Returns: at most `count` classes.
  /// - Throws: `ImageError` if the file cannot be read, is of another format, damaged, or too large.
  public func classify(
    contentsOf path: String, top count: Int = 5
  ) throws(ImageError) -> [Classification] {
    let image = try PixelImage(contentsOf: path)
    do throws(ImageError) { return try classify(image, top: count) } catch {
      throw ImageError("\(path): \(error)")
    }
  }

  /// The classes of an image of any size, best first.
  ///
  /// - Parameters:
  ///   - image: a decoded image.
  ///   - count: how many classes, at most.
  /// - Returns: at most `count` classes.
  /// - Throws: `ImageError` if the image is so long and narrow that the resized one would be too large.
  public func classify(
    _ image: PixelImage, top count: Int = 5
  ) throws(ImageError) -> [Classification] {
    try load(image)
    return Classification.top(count, of: run(), labels: model.labels, meaning: model.outputMeaning)
  }

  /// The classes of a camera's frame, best first. Crop, resize and colours are one integer pass.
  ///
  /// - Parameters:
  ///   - frame: the bytes of the frame.
  ///   - layout: how they lay out the pixels; of a format that is not compressed.
  ///   - count: how many classes, at most.
  /// - Returns: at most `count` classes.
  /// - Throws: `ImageError` if the format is compressed, the frame has too few bytes, or is so long and narrow that the resized
  ///   one would be too large.
  public func classify(
    frame: UnsafeRawBufferPointer, layout: FrameLayout, top count: Int = 5
  ) throws(ImageError) -> [Classification] {
    guard !layout.format.isCompressed else {
      throw ImageError("a frame of \(layout.format.name): decode it first, by JPEGFrameDecoder")
    }
    try session.withInput { input throws(ImageError) in
      try frames.convert(frame, layout, into: input)
    }
    return Classification.top(count, of: run(), labels: model.labels, meaning: model.outputMeaning)
  }

  /// Puts an image into the model's input.
  package func load(_ image: PixelImage) throws(ImageError) {
    try session.withInput { input throws(ImageError) in
      try stills.write(image, to: input)
    }
  }

  /// Puts what an image or frame was made into already into the model's input.
  package func load(input prepared: UnsafeMutableBufferPointer<Int8>) {
    session.withInput { _ = $0.update(fromContentsOf: prepared) }
  }

  /// Runs the model on its input: one logit a class, in the float model's units.
  package func run() -> [Float] {
    session.run()
    return session.floatLogits
  }
}

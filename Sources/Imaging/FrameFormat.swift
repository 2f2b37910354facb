/// How the frames of a stream lay out their pixels.
public struct FrameFormat: Sendable, Equatable {
  /// Samples that lie together: groups of bytes, each for `1 << shiftX` pixels of a row, in every `1 << shiftY`th row.
  struct Plane: Sendable, Equatable {
    var groupBytes, shiftX, shiftY: Int

    init(_ groupBytes: Int, _ shiftX: Int, _ shiftY: Int) {
      (self.groupBytes, self.shiftX, self.shiftY) = (groupBytes, shiftX, shiftY)
    }
  }

  /// One kind of sample: every `step`th byte of a plane's rows from `offset` on, each for `1 << shiftX` pixels.
  struct Component: Sendable, Equatable {
    var plane, offset, step, shiftX: Int

    init(_ plane: Int, _ offset: Int, _ step: Int, _ shiftX: Int) {
      (self.plane, self.offset, self.step, self.shiftX) = (plane, offset, step, shiftX)
    }
  }

  /// What the components are.
  enum Space: Sendable { case luma, ycc, rgb, jpeg }

  /// As the command line calls it: `yuyv`, `nv12` ...
  public let name: String
  /// The four characters by which V4L2 calls it.
  public let code: String
  let space: Space
  let planes: [Plane]
  /// Y, Cb and Cr; R, G and B; or Y alone. None of compressed frames.
  let components: [Component]

  private init(
    _ name: String, _ code: String, _ space: Space, _ planes: [Plane], _ components: [Component]
  ) {
    (self.name, self.code, self.space) = (name, code, space)
    (self.planes, self.components) = (planes, components)
  }

  /// Whether each frame is a JPEG file.
  public var isCompressed: Bool { space == .jpeg }
  /// Whether the samples are red, green and blue.
  public var isRGB: Bool { space == .rgb }
  /// Whether frames have no colour.
  public var isGrey: Bool { space == .luma }

  private static let whole = Plane(1, 0, 0)
  private static let quarter = Plane(1, 1, 1)
  private static let packed422 = [Plane(4, 1, 0)]
  private static let triples = [Plane(3, 0, 0)]
  private static let luma = Component(0, 0, 1, 0)

  /// Grey: one byte a pixel.
  public static let grey = FrameFormat("grey", "GREY", .luma, [whole], [luma])
  /// JPEG files.
  public static let mjpeg = FrameFormat("mjpeg", "MJPG", .jpeg, [], [])
  /// What a JPEG decoder writes: Y, Cb and Cr of each pixel.
  static let ycc24 = FrameFormat(
    "ycc24", "", .ycc, triples,
    [Component(0, 0, 3, 0), Component(0, 1, 3, 0), Component(0, 2, 3, 0)])
  /// Red, green and blue of each pixel.
  public static let rgb24 = FrameFormat(
    "rgb24", "RGB3", .rgb, triples,
    [Component(0, 0, 3, 0), Component(0, 1, 3, 0), Component(0, 2, 3, 0)])
  /// Y, then pairs of Cb and Cr for two by two pixels.
  public static let nv12 = FrameFormat(
    "nv12", "NV12", .ycc, [whole, Plane(2, 1, 1)],
    [luma, Component(1, 0, 2, 1), Component(1, 1, 2, 1)])
  /// Y, then pairs of Cr and Cb for two by two pixels.
  public static let nv21 = FrameFormat(
    "nv21", "NV21", .ycc, [whole, Plane(2, 1, 1)],
    [luma, Component(1, 1, 2, 1), Component(1, 0, 2, 1)])
  /// Y, then Cb, then Cr for two by two pixels: I420.
  public static let yu12 = FrameFormat(
    "yu12", "YU12", .ycc, [whole, quarter, quarter],
    [luma, Component(1, 0, 1, 1), Component(2, 0, 1, 1)])
  /// Y, then Cr, then Cb for two by two pixels.
  public static let yv12 = FrameFormat(
    "yv12", "YV12", .ycc, [whole, quarter, quarter],
    [luma, Component(2, 0, 1, 1), Component(1, 0, 1, 1)])
  /// Y, then pairs of Cb and Cr for two pixels side by side.
  public static let nv16 = FrameFormat(
    "nv16", "NV16", .ycc, [whole, Plane(2, 1, 0)],
    [luma, Component(1, 0, 2, 1), Component(1, 1, 2, 1)])
  /// Y, Cb, Y, Cr for two pixels side by side.
  public static let yuyv = FrameFormat(
    "yuyv", "YUYV", .ycc, packed422,
    [Component(0, 0, 2, 0), Component(0, 1, 4, 1), Component(0, 3, 4, 1)])
  /// Cb, Y, Cr, Y for two pixels side by side.
  public static let uyvy = FrameFormat(
    "uyvy", "UYVY", .ycc, packed422,
    [Component(0, 1, 2, 0), Component(0, 0, 4, 1), Component(0, 2, 4, 1)])
  /// Y, Cr, Y, Cb for two pixels side by side.
  public static let yvyu = FrameFormat(
    "yvyu", "YVYU", .ycc, packed422,
    [Component(0, 0, 2, 0), Component(0, 3, 4, 1), Component(0, 1, 4, 1)])
  /// Blue, green and red of each pixel.
  public static let bgr24 = FrameFormat(
    "bgr24", "BGR3", .rgb, triples,
    [Component(0, 2, 3, 0), Component(0, 1, 3, 0), Component(0, 0, 3, 0)])
  /// JPEG files, under another code.
  public static let jpeg = FrameFormat("jpeg", "JPEG", .jpeg, [], [])

  /// All formats that streams may have.
  public static let all = [
    grey, nv12, nv21, yu12, yv12, nv16, yuyv, uyvy, yvyu, rgb24, bgr24, mjpeg, jpeg,
  ]

  /// The format that the command line or V4L2 calls so, in any case.
  public static func named(_ name: String) -> FrameFormat? {
    all.first { $0.name == name.lowercased() || $0.code == name.uppercased() }
  }
}

/// Where the samples of a frame are, and what colours they mean.
public struct FrameLayout: Sendable, Equatable {
  /// The largest width and height of a frame.
  public static let sideLimit = 1 << 14

  /// How the samples lie.
  public let format: FrameFormat
  /// Pixels of a row of the picture.
  public let width: Int
  /// Rows of the picture.
  public let height: Int
  /// How often a decoder halved the picture: samples lie `1 << halvings` times as far apart.
  let halvings: Int
  /// Bytes between the rows of the first plane; those of the others follow from it. 0 for compressed frames.
  public let bytesPerLine: Int
  /// What the samples mean.
  public let colour: ColourEncoding
  /// Where each plane starts, and the bytes between its rows.
  private(set) var places: [(start: Int, stride: Int)] = []
  /// Bytes up to the last sample of a frame that is not compressed.
  public private(set) var byteCount = 0
  /// Bytes of such a frame, with what lies behind its last row as behind the others.
  public private(set) var paddedByteCount = 0

  /// Describes frames of a size, `bytesPerLine` 0 where nothing lies between the rows.
  ///
  /// - Throws: `ImageError` if the size is impossible.
  public init(
    _ format: FrameFormat, width: Int, height: Int, bytesPerLine: Int = 0,
    colour: ColourEncoding? = nil
  ) throws(ImageError) {
    try self.init(
      format, width: width, height: height, halvings: 0, bytesPerLine: bytesPerLine, colour: colour)
  }

  init(
    _ format: FrameFormat, width: Int, height: Int, halvings: Int, bytesPerLine: Int = 0,
    colour: ColourEncoding?
  ) throws(ImageError) {
    let sides = 1...Self.sideLimit
    guard sides.contains(width), sides.contains(height) else {
      throw ImageError(
        "frames of \(width) x \(height) pixels, expected sides of \(sides.lowerBound)...\(sides.upperBound)"
      )
    }
    self.format = format
    self.width = width
    self.height = height
    self.halvings = halvings
    self.colour = colour ?? .usual(for: format)
    guard let first = format.planes.first else {
      self.bytesPerLine = 0
      return
    }
    let tight = Side(width, first.shiftX + halvings).count * first.groupBytes
    self.bytesPerLine = bytesPerLine == 0 ? tight : bytesPerLine
    guard (tight...1 << 20).contains(self.bytesPerLine) else {
      throw ImageError(
        "\(bytesPerLine) bytes a row of \(width) pixels in \(format.name), expected at least \(tight)"
      )
    }
    var start = 0
    for plane in format.planes {
      // The same share of a row as in the first plane, padding included. V4L2 does not say how half of an odd number is rounded:
      // down, as in the kernel's pattern generator, but a row is never shorter than its samples.
      let stride =
        (self.bytesPerLine * plane.groupBytes << first.shiftX)
        / (first.groupBytes << plane.shiftX)
      let line = self.columns(plane.shiftX).count * plane.groupBytes
      let rows = self.rows(plane.shiftY).count
      places.append((start, max(line, stride)))
      byteCount = start + (rows - 1) * places[places.count - 1].stride + line
      start += rows * places[places.count - 1].stride
    }
    paddedByteCount = start
  }

  /// Whether frames of one are frames of the other.
  public static func == (a: FrameLayout, b: FrameLayout) -> Bool {
    a.format == b.format && a.width == b.width && a.height == b.height && a.halvings == b.halvings
      && a.bytesPerLine == b.bytesPerLine && a.colour == b.colour
  }

  /// Samples side by side, of which the picture covers `extent`: the last one may reach over its edge.
  struct Side {
    let count: Int
    let extent: Double

    fileprivate init(_ pixels: Int, _ shift: Int) {
      count = (pixels + (1 << shift) - 1) >> shift
      extent = Double(pixels) / Double(1 << shift)
    }
  }

  /// Samples of a row, each for `1 << shift` of the pixels that the decoder left.
  func columns(_ shift: Int) -> Side { Side(width, shift + halvings) }

  /// Rows of samples.
  func rows(_ shift: Int) -> Side { Side(height, shift + halvings) }
}

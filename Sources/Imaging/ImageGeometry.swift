extension ImageTransform {
  /// How large an image is made before the crop.
  public enum Resize: Sendable, Equatable, ExpressibleByIntegerLiteral {
    /// Its shorter side becomes this long, and it keeps its proportions: torchvision's `Resize` to a number.
    case shorterSide(Int)
    /// It becomes this large, whatever its proportions: they are squashed.
    case exactly(height: Int, width: Int)
    /// It keeps its proportions and just covers this: timm's `ResizeKeepRatio`.
    case covering(height: Int, width: Int)
    /// It keeps its proportions and just fits into this: timm's `ResizeKeepRatio` of the longest side.
    case within(height: Int, width: Int)

    /// The shorter side.
    public init(integerLiteral value: Int) { self = .shorterSide(value) }

    /// What sides are resized to.
    var sides: [Int] {
      switch self {
      case .shorterSide(let side): [side]
      case .exactly(let height, let width), .covering(let height, let width),
        .within(let height, let width):
        [height, width]
      }
    }

    /// The size that an image is resized to.
    func size(ofWidth width: Int, height: Int) -> (width: Int, height: Int) {
      switch self {
      case .shorterSide(let side):
        let shorter = min(width, height)
        return (side * width / shorter, side * height / shorter)
      case .exactly(let newHeight, let newWidth): return (newWidth, newHeight)
      case .covering(let newHeight, let newWidth):
        return keptRatio((width, height), (newWidth, newHeight), isWithin: false)
      case .within(let newHeight, let newWidth):
        return keptRatio((width, height), (newWidth, newHeight), isWithin: true)
      }
    }
  }

  /// Which of two middles the crop takes, where the pixels left over are odd in number, and where an image that is smaller
  /// than the crop lies in it.
  public enum Crop: Sendable, Equatable {
    /// Half of what is left over, halves to even, and half of what is missing, rounded down: torchvision's `CenterCrop`.
    case halvesToEven
    /// Half of what is left over rounded down, and half of what is missing rounded up: transformers' `center_crop`.
    case halvesDown

    /// Where the crop starts; below 0 for the number of pixels before the image.
    func start(_ size: Int, _ crop: Int) -> Int {
      switch self {
      case .halvesDown: return (size - crop) >> 1
      case .halvesToEven:
        if crop > size { return -((crop - size) / 2) }
        let (half, odd) = (size - crop).quotientAndRemainder(dividingBy: 2)
        return half + (odd == 1 && half % 2 == 1 ? 1 : 0)
      }
    }
  }
}

/// The size by timm's formula, in its double precision, whose last digit decides at halves. It sees sizes, never pixels.
@inline(never)
private func keptRatio(
  _ size: (width: Int, height: Int), _ target: (width: Int, height: Int), isWithin: Bool
) -> (width: Int, height: Int) {
  let ratios = (
    Double(size.width) / Double(target.width), Double(size.height) / Double(target.height)
  )
  let ratio = isWithin ? max(ratios.0, ratios.1) : min(ratios.0, ratios.1)
  func side(_ side: Int) -> Int { Int((Double(side) / ratio).rounded(.toNearestOrEven)) }
  return (side(size.width), side(size.height))
}

import SwiftletImaging
import Testing

@Suite struct OrientationTests {
  /// Where Exif 2.32 (section 4.6.4, tag 274) says that the first stored row and column lie in the upright picture.
  private enum Side { case top, bottom, left, right }

  private static let sides: [(orientation: Int, firstRow: Side, firstColumn: Side)] = [
    (1, .top, .left), (2, .top, .right), (3, .bottom, .right), (4, .bottom, .left),
    (5, .left, .top), (6, .right, .top), (7, .right, .bottom), (8, .left, .bottom),
  ]

  @Test(arguments: [1, 3]) func rowsAndColumnsComeToTheirSides(channels: Int) {
    let (width, height) = (3, 2)
    let pixels = (0..<UInt8(width * height * channels)).map { $0 }
    let image = PixelImage(width: width, height: height, channels: channels, pixels: pixels)
    func pixel(_ image: PixelImage, _ x: Int, _ y: Int) -> [UInt8] {
      Array(image.pixels[(y * image.width + x) * channels..<(y * image.width + x + 1) * channels])
    }
    for (orientation, firstRow, firstColumn) in Self.sides {
      let turned = image.turnedUpright(from: orientation)
      let rowsAreColumns = orientation > 4
      #expect(turned.width == (rowsAreColumns ? height : width))
      #expect(turned.height == (rowsAreColumns ? width : height))
      for y in 0..<height {
        for x in 0..<width {
          /// How far along an axis of the upright picture the index is that counts from a side.
          func place(_ index: Int, from side: Side, of count: Int) -> Int {
            side == .top || side == .left ? index : count - 1 - index
          }
          let (row, column) = (
            place(y, from: firstRow, of: height), place(x, from: firstColumn, of: width)
          )
          let (newX, newY) = rowsAreColumns ? (row, column) : (column, row)
          #expect(pixel(turned, newX, newY) == pixel(image, x, y), "orientation \(orientation)")
        }
      }
    }
  }

  @Test("turns what Pillow turns, live", .enabled(if: Pillow.isAvailable))
  func statedAsPillowReadsIt() throws {
    var cases = try Pillow.records(of: "orientation-cases.py")
    var found: Set<Int> = []
    while !cases.isAtEnd {
      let name = String(decoding: try cases.field(), as: UTF8.self)
      let file = try cases.field()
      let expected = try cases.number()
      #expect(Orientation.stated(inFile: file) == expected, "\(name)")
      found.insert(expected)
    }
    #expect(found == [1, 3, 6, 8])
  }
}

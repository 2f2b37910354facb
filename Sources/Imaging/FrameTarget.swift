/// What models take.
package struct FrameTarget: Sendable {
  package var transform: ImageTransform
  package var isBGR: Bool

  package init(transform: ImageTransform, isBGR: Bool) {
    self.transform = transform
    self.isBGR = isBGR
  }
}

/// The next multiple of 4, 16 or 64: how the file pads depths, channels and tensors.
package func padded(_ count: Int, to multiple: Int) -> Int {
  (count + multiple - 1) / multiple * multiple
}

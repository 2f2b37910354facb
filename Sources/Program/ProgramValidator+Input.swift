extension ProgramValidator {
  mutating func validate(_ input: Input) throws(ModelFileError) {
    let tensor = try tensor(input.tensor, "input")
    try check(tensor.type == .int8, "the tensor is \(tensor.type.rawValue), expected int8")
    try check(tensor.constant == nil, "the tensor is a constant")
    fill(input.tensor)
    try check(input.shape.count, in: 1...3, "the shape's rank")
    for size in input.shape { try check(size, in: 1...Self.elementLimit, "the shape's dimension") }
    if let preprocessing = input.preprocessing {
      try validate(preprocessing, shape: input.shape)
    }
    // [C, H, W] becomes [H * W, C]; [T, C] and [C] stay.
    let isMap = input.shape.count == 3
    let channels = isMap ? input.shape[0] : input.shape[input.shape.count - 1]
    var rows = 1
    for size in isMap ? input.shape.dropFirst() : input.shape.dropLast() {
      let (product, overflow) = rows.multipliedReportingOverflow(by: size)
      try check(!overflow, "the shape \(input.shape) is too large")
      rows = product
    }
    // Colour images are stored as RGB0.
    let stored = isMap && channels == 3 ? [3, 4] : [channels]
    let allowed = input.preprocessing != nil && channels == 3 ? [4] : stored
    try check(
      tensor.rows == rows && allowed.contains(tensor.channels),
      "the tensor is \(tensor.rows) x \(tensor.channels), the shape \(input.shape) gives \(rows) x "
        + allowed.map(String.init).joined(separator: " or "))
  }

  private func validate(
    _ preprocessing: Preprocessing, shape: [Int]
  ) throws(ModelFileError) {
    let resized = preprocessing.resize.size
    try check(resized.height, in: 1...Self.sideLimit, "preprocessing's resize")
    try check(resized.width, in: 1...Self.sideLimit, "preprocessing's resize")
    try check(preprocessing.height, in: 1...Self.sideLimit, "preprocessing's height")
    try check(preprocessing.width, in: 1...Self.sideLimit, "preprocessing's width")
    let channels = preprocessing.mean.count
    try check(channels == 1 || channels == 3, "\(channels) means, expected 1 or 3")
    try check(
      preprocessing.std.count == channels,
      "\(preprocessing.std.count) standard deviations for \(channels) means")
    for mean in preprocessing.mean { try check(mean.isFinite, "mean \(mean), expected finite") }
    for std in preprocessing.std {
      try check(std.isFinite && std > 0, "standard deviation \(std), expected above 0")
    }
    try check(
      preprocessing.border.isEmpty || preprocessing.border.count == channels,
      "a border of \(preprocessing.border.count) channels for \(channels) means")
    try check(!preprocessing.isBGR || channels == 3, "BGR with one channel")
    let expected = [channels, preprocessing.height, preprocessing.width]
    try check(shape == expected, "shape \(shape), preprocessing gives \(expected)")
  }
}

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
    if let problem = preprocessing.problem { throw error(problem) }
    let expected = preprocessing.inputShape
    try check(shape == expected, "shape \(shape), preprocessing gives \(expected)")
  }
}

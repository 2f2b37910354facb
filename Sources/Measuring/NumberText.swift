/// Numbers as people read them.
package enum NumberText {
  /// With a fixed number of decimal places.
  package static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
    var factor = 1
    for _ in 0..<places { factor *= 10 }
    let scaled = (value.magnitude * Double(factor)).rounded()
    guard scaled < 9e18 else { return "\(value)" }
    let digits = Int(scaled)
    let sign = value < 0 && digits > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(digits)" }
    let fraction = String(digits % factor)
    let zeros = String(repeating: "0", count: places - fraction.count)
    return "\(sign)\(digits / factor).\(zeros)\(fraction)"
  }

  /// A share of 1 in per cent.
  package static func percent(_ share: Double, places: Int = 2) -> String {
    "\(fixed(100 * share, places)) %"
  }

  /// A number of bytes.
  package static func bytes(_ count: Int) -> String {
    scaled(Double(count), by: 1024, units: ["bytes", "KiB", "MiB", "GiB"])
  }

  /// A number of things.
  package static func count(_ count: Int) -> String {
    scaled(Double(count), by: 1000, units: ["", "thousand", "million", "billion"])
  }

  private static func scaled(_ value: Double, by step: Double, units: [String]) -> String {
    var (value, unit) = (value, 0)
    while value >= step, unit < units.count - 1 {
      value /= step
      unit += 1
    }
    let text = "\(fixed(value, unit == 0 ? 0 : 2)) \(units[unit])"
    return text.hasSuffix(" ") ? String(text.dropLast()) : text
  }
}

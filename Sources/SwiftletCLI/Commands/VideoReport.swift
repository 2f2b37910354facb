import SwiftletCamera
import SwiftletLive
import SwiftletMeasuring

/// The video devices of this machine.
struct VideoReport: Encodable {
  struct Size: Encodable {
    var width: Int
    var height: Int
    /// Frames a second: all, or the slowest and the fastest; none where the driver does not say.
    var fps: [Double]
  }

  struct Format: Encodable {
    var format: String
    var name: String
    var compressed: Bool
    var emulated: Bool
    /// All sizes, or the smallest and the largest.
    var sizes: [Size]
    /// Pixels between two sizes in each direction; nil where all are listed.
    var steps: [Int]?
  }

  struct Device: Encodable {
    var path: String
    var driver: String?
    var card: String?
    var bus: String?
    var capabilities: [String]?
    var formats: [Format]?
    /// Why it says nothing, and what to do.
    var problem: String?
  }

  let devices: [Device]

  static func current() throws -> VideoReport {
    VideoReport(try VideoDeviceList.entries())
  }

  init(_ entries: [VideoDeviceList.Entry]) {
    devices = entries.map { entry in
      var device = Device(path: entry.path)
      switch entry.device {
      case .success(let it):
        device.driver = it.driver
        device.card = it.card
        device.bus = it.bus
        device.capabilities = it.capabilities.names
        device.formats = it.formats.map(Format.init)
      case .failure(let error):
        device.problem =
          "\(entry.path): \(error)\(error.remedy(path: entry.path, access: entry.access))"
      }
      return device
    }
  }

  func encode(to encoder: any Encoder) throws { try devices.encode(to: encoder) }

  var problems: [String] { devices.compactMap(\.problem) }

  var text: String {
    guard !devices.isEmpty else {
      var table = TextTable(leftColumns: [0, 1])
      table.add(
        "cameras",
        "none (no /dev/video*): a USB camera needs its driver (uvcvideo), a container --device /dev/video0"
      )
      return "\(table)"
    }
    return devices.map(\.text).joined(separator: "\n\n")
  }
}

extension VideoReport.Format {
  fileprivate init(_ format: VideoFormat) {
    self.format = "\(format.pixelFormat)"
    name = format.name
    compressed = format.isCompressed
    emulated = format.isEmulated
    switch format.sizes {
    case .discrete(let all): sizes = all.map(VideoReport.Size.init)
    case .stepwise(let smallest, let largest, let stepX, let stepY):
      sizes = [smallest, largest].map(VideoReport.Size.init)
      steps = [stepX, stepY]
    }
  }
}

extension VideoReport.Size {
  fileprivate init(_ size: VideoSize) {
    width = size.width
    height = size.height
    switch size.rates {
    case .discrete(let rates): fps = rates.map(\.framesPerSecond)
    case .stepwise(let slowest, let fastest):
      fps = [slowest, fastest].map(\.framesPerSecond)
    }
  }

  /// `640x480 (30, 15)`: with frames a second, the fastest first; of many only the fastest and the slowest.
  fileprivate var text: String {
    let rates = fps.sorted(by: >).map { NumberText.fixed($0, $0 == $0.rounded() ? 0 : 1) }
    guard let first = rates.first, let last = rates.last else { return "\(width)x\(height)" }
    let list = rates.count > 3 ? "\(first) to \(last)" : rates.joined(separator: ", ")
    return "\(width)x\(height) (\(list))"
  }
}

extension VideoReport.Format {
  fileprivate var sizesText: String {
    let texts = sizes.map(\.text)
    guard let steps else {
      return texts.isEmpty ? "the driver names no sizes" : texts.joined(separator: ", ")
    }
    return
      "\(texts.joined(separator: " to ")) in steps of \(steps.map { "\($0)" }.joined(separator: "x"))"
  }
}

extension VideoReport.Device {
  fileprivate var text: String {
    guard problem == nil else { return "\(path)  cannot be asked (see below)" }
    var table = TextTable(leftColumns: [0, 1])
    table.add(path, "\(card ?? ""), driver \(driver ?? ""), \(bus ?? "")")
    table.add("", (capabilities ?? []).joined(separator: ", "))
    // Most drivers offer the same sizes in every format.
    var groups: [(sizes: String, formats: [String])] = []
    for format in formats ?? [] {
      let sizes = format.sizesText
      if let group = groups.firstIndex(where: { $0.sizes == sizes }) {
        groups[group].formats.append(format.format)
      } else {
        groups.append((sizes, [format.format]))
      }
    }
    for group in groups {
      table.add("formats", group.formats.joined(separator: " "))
      table.add("", group.sizes)
    }
    return "\(table)"
  }
}

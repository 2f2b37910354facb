#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import SwiftletProgram

/// Any JSON, for files whose keys others chose.
enum JSONValue: Decodable {
  case object([String: JSONValue])
  case array([JSONValue])
  case string(String)
  case number(Double)
  case bool(Bool)
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// The object that a text holds. `source` says where it is from.
  static func object(in text: String, source: String) throws -> [String: JSONValue] {
    let json = Array(text.utf8)
    if let problem = JSONProblem.syntax(of: json) { throw ImageError("\(source): \(problem)") }
    guard case .object(let object)? = try? JSONDecoder().decode(JSONValue.self, from: Data(json))
    else { throw ImageError("\(source): not a JSON object") }
    return object
  }
}

/// The fields of a JSON object; errors name the field and the file.
struct JSONFields {
  let values: [String: JSONValue]
  let source: String

  /// Whether a field is there and not null.
  func has(_ name: String) -> Bool {
    switch values[name] {
    case nil, .null: false
    default: true
    }
  }

  func failure(_ name: String, _ expected: String) -> ImageError {
    ImageError(
      "\(source): the field '\(name)' \(has(name) ? "is not" : "is missing:") \(expected)")
  }

  func number(_ name: String) throws -> Double {
    guard case .number(let value) = values[name] else { throw failure(name, "a number") }
    return value
  }

  func numbers(_ name: String) throws -> [Double] {
    guard case .array(let elements) = values[name] else {
      throw failure(name, "an array of numbers")
    }
    return try elements.map {
      guard case .number(let value) = $0 else { throw failure(name, "an array of numbers") }
      return value
    }
  }

  func string(_ name: String) throws -> String {
    guard case .string(let value) = values[name] else { throw failure(name, "a string") }
    return value
  }

  func flag(_ name: String, default value: Bool) throws -> Bool {
    guard has(name) else { return value }
    guard case .bool(let value) = values[name] else { throw failure(name, "true or false") }
    return value
  }

  /// A whole number of pixels.
  func extent(_ name: String) throws -> Int {
    try Self.extent(number(name)).orThrow(failure(name, Self.expectedExtent))
  }

  /// Whole numbers of pixels or channels.
  func extents(_ name: String) throws -> [Int] {
    try numbers(name).map { try Self.extent($0).orThrow(failure(name, Self.expectedExtent)) }
  }

  /// An object inside this one.
  func object(_ name: String) throws -> JSONFields {
    guard case .object(let fields) = values[name] else { throw failure(name, "an object") }
    return JSONFields(values: fields, source: "\(source): \(name)")
  }

  /// What sides of images may be.
  static let extents = 1...16384
  private static let expectedExtent =
    "made of whole numbers from \(extents.lowerBound) to \(extents.upperBound)"

  private static func extent(_ value: Double) -> Int? {
    Int(exactly: value).flatMap { extents.contains($0) ? $0 : nil }
  }
}

extension Optional {
  fileprivate func orThrow(_ error: some Error) throws -> Wrapped {
    guard let self else { throw error }
    return self
  }
}

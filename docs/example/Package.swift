// swift-tools-version:6.0
import PackageDescription

let package = Package(
  name: "classify",
  dependencies: [
    // The checkout that holds this folder.
    .package(name: "swiftlet", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "classify", dependencies: [.product(name: "Swiftlet", package: "swiftlet")]),
    .executableTarget(
      name: "watch", dependencies: [.product(name: "Swiftlet", package: "swiftlet")]),
  ]
)

// swift-tools-version:6.0
import PackageDescription

let package = Package(
  name: "classify",
  dependencies: [
    // A package of your own writes: .package(url: "https://github.com/OWNER/swiftlet", from: "VERSION")
    .package(name: "swiftlet", path: "../..")
  ],
  targets: [
    .executableTarget(
      name: "classify", dependencies: [.product(name: "Swiftlet", package: "swiftlet")])
  ]
)

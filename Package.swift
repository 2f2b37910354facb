// swift-tools-version:6.0
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// A device may do without the libraries for PNG and WebP: SWIFTLET_NO_PNG_WEBP=1 swift build ...
let readsPNGAndWebP = Context.environment["SWIFTLET_NO_PNG_WEBP"] == nil
let imageSettings = settings + (readsPNGAndWebP ? [.define("SWIFTLET_PNG_WEBP")] : [])

let package = Package(
  name: "swiftlet",
  products: [
    .library(
      name: "Swiftlet",
      targets: [
        "Swiftlet", "SwiftletImaging", "SwiftletProgram", "SwiftletCamera", "SwiftletLive",
        "SwiftletMeasuring",
      ]),
    .executable(name: "swiftlet", targets: ["SwiftletCLI"]),
    .executable(name: "swiftlet-kernels", targets: ["SwiftletKernelsCheck"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // The device: kernels, program, runtime, images, camera.
    .target(name: "CSwiftletKernels", path: "Sources/CKernels", exclude: ["cases"]),
    .target(
      name: "CSwiftletImageKernels", dependencies: ["CSwiftletKernels"],
      path: "Sources/CImageKernels", exclude: ["cases"]),
    .target(
      name: "SwiftletKernels", dependencies: ["CSwiftletKernels", "SwiftletProgram"],
      path: "Sources/Kernels", swiftSettings: settings),
    .target(name: "SwiftletProgram", path: "Sources/Program", swiftSettings: settings),
    .target(
      name: "Swiftlet", dependencies: ["SwiftletProgram", "SwiftletKernels", "SwiftletImaging"],
      path: "Sources/Swiftlet", swiftSettings: settings),
    .target(
      name: "CSwiftletJPEG", path: "Sources/CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(
      name: "SwiftletImaging",
      dependencies: [
        "SwiftletProgram", "CSwiftletKernels", "CSwiftletImageKernels", "CSwiftletJPEG",
      ] + (readsPNGAndWebP ? ["CSwiftletPNG", "CSwiftletWebP"] : []),
      path: "Sources/Imaging", swiftSettings: imageSettings),
    .target(name: "CSwiftletVideo", path: "Sources/CVideo"),
    .target(name: "CSwiftletArguments", path: "Sources/CArguments"),
    .target(
      name: "SwiftletCamera",
      dependencies: ["SwiftletImaging", "SwiftletProgram", "SwiftletKernels", "CSwiftletVideo"],
      path: "Sources/Camera", swiftSettings: settings),
    .target(
      name: "SwiftletMeasuring",
      dependencies: ["Swiftlet", "SwiftletProgram", "SwiftletKernels", "SwiftletImaging"],
      path: "Sources/Measuring", swiftSettings: settings),
    .target(
      name: "SwiftletLive",
      dependencies: [
        "Swiftlet", "SwiftletProgram", "SwiftletKernels", "SwiftletImaging", "SwiftletCamera",
        "SwiftletMeasuring", "CSwiftletVideo",
      ],
      path: "Sources/Live", swiftSettings: settings),

    .executableTarget(
      name: "SwiftletCLI",
      dependencies: [
        "Swiftlet", "SwiftletProgram", "SwiftletKernels", "SwiftletImaging", "SwiftletCamera",
        "SwiftletLive", "SwiftletMeasuring", "CSwiftletArguments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/SwiftletCLI", exclude: ["Float"], swiftSettings: settings),

    // Tests and times every kernel of every set.
    .target(
      name: "CSwiftletKernelCases", dependencies: ["CSwiftletKernels"],
      path: "Sources/CKernels/cases"),
    .target(
      name: "CSwiftletImageKernelCases",
      dependencies: ["CSwiftletImageKernels", "CSwiftletKernelCases"],
      path: "Sources/CImageKernels/cases"),
    .executableTarget(
      name: "SwiftletKernelsCheck",
      dependencies: [
        "CSwiftletKernels", "CSwiftletImageKernels", "CSwiftletKernelCases",
        "CSwiftletImageKernelCases",
      ],
      path: "Sources/KernelsCheck", linkerSettings: [.linkedLibrary("m")]),

    .testTarget(
      name: "KernelsTests",
      dependencies: ["SwiftletKernels", "CSwiftletKernels", "CSwiftletImageKernels"],
      swiftSettings: settings),
    .testTarget(name: "ProgramTests", dependencies: ["SwiftletProgram"], swiftSettings: settings),
    .testTarget(
      name: "ImagingTests",
      dependencies: [
        "SwiftletImaging", "SwiftletProgram", "SwiftletKernels", "CSwiftletTestSupport",
      ],
      exclude: ["Golden"], swiftSettings: imageSettings),
    .testTarget(
      name: "CameraTests",
      dependencies: [
        "SwiftletCamera", "SwiftletImaging", "SwiftletProgram", "CSwiftletVideo",
        "CSwiftletTestSupport",
      ],
      swiftSettings: settings),
    .target(name: "CSwiftletTestSupport", path: "Tests/Support"),
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "SwiftletLive", "SwiftletCamera", "Swiftlet", "SwiftletImaging", "SwiftletProgram",
        "SwiftletMeasuring", "SwiftletKernels", "CSwiftletTestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SwiftletTests",
      dependencies: [
        "Swiftlet", "SwiftletProgram", "SwiftletKernels", "SwiftletImaging", "CSwiftletKernels",
        "CSwiftletTestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "FamilyTests", dependencies: ["Swiftlet", "SwiftletProgram", "SwiftletKernels"],
      exclude: ["Nets", "Golden", "Float"], swiftSettings: settings),
    .testTarget(
      name: "IntegerTests", dependencies: ["CSwiftletTestSupport"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)

if readsPNGAndWebP {
  package.targets += [
    .target(
      name: "CSwiftletPNG", path: "Sources/CPNG",
      linkerSettings: ["png", "z", "m"].map { .linkedLibrary($0) }),
    .systemLibrary(name: "CSwiftletWebP", path: "Sources/CWebP"),
  ]
}

// swift-protobuf needs Swift 6.1. A device is built without the float side: it needs only the runtime, the camera and
// the measuring.
#if compiler(>=6.1)
  package.dependencies.append(
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"))
  package.targets += [
    .target(name: "CSwiftletFloat", path: "Sources/CFloat"),
    .target(
      name: "SwiftletGraph", dependencies: ["CSwiftletFloat"], path: "Sources/Graph",
      swiftSettings: settings),
    .target(
      name: "SwiftletONNXImport",
      dependencies: [
        "SwiftletGraph", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      path: "Sources/ONNXImport", swiftSettings: settings),
    .target(
      name: "SwiftletConverter",
      dependencies: [
        "SwiftletONNXImport", "SwiftletGraph", "SwiftletProgram", "SwiftletKernels",
        "SwiftletImaging", "Swiftlet", "SwiftletMeasuring",
      ],
      path: "Sources/Converter", swiftSettings: settings),
    .testTarget(name: "GraphTests", dependencies: ["SwiftletGraph"], swiftSettings: settings),
    .testTarget(
      name: "ONNXImportTests",
      dependencies: [
        "SwiftletONNXImport", "SwiftletGraph",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "ConverterTests",
      dependencies: [
        "SwiftletConverter", "SwiftletONNXImport", "SwiftletGraph", "SwiftletProgram", "Swiftlet",
        "SwiftletKernels", "SwiftletImaging",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CLITests",
      dependencies: ["SwiftletCLI", "SwiftletKernels", "CSwiftletTestSupport"],
      exclude: ["Preprocessing"],
      swiftSettings: settings),
  ]
  for target in package.targets where target.name == "SwiftletCLI" {
    target.exclude = ["Device"]
    target.dependencies += ["SwiftletGraph", "SwiftletONNXImport", "SwiftletConverter"]
  }
  for target in package.targets where target.name == "FamilyTests" {
    target.exclude = ["Nets", "Golden"]
    target.dependencies += ["SwiftletGraph", "SwiftletONNXImport", "SwiftletConverter"]
  }
#endif

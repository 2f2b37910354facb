import Foundation
import Swiftlet

let arguments = CommandLine.arguments.dropFirst()
guard let file = arguments.first, arguments.count > 1 else {
  print("usage: classify MODEL.swiftlet IMAGE...")
  exit(64)
}
do {
  let model = try Model(contentsOf: file)
  let classifier = try ImageClassifier(model: model)
  for image in arguments.dropFirst() {
    print(image)
    for found in try classifier.classify(contentsOf: image, top: 3) {
      print("  \(found.label): \((100 * found.score).rounded()) %")
    }
  }
} catch {
  print("classify: \(error)")
  exit(1)
}

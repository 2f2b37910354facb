"""Writes the trained CoAtNet as ONNX, by both of PyTorch's exporters, and checks both files.

    export.py [--checkpoint best.pt] [--output DIR]

Without a checkpoint the network keeps its (seeded) initial weights and only the logits are
compared. Beside the two ONNX files go the labels and the preprocessing contract.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor

from model import CoAtNet
from train import MEAN, MODELS, SEED, STD, load, normalise

sys.path.append(str(Path(__file__).resolve().parents[1] / "export"))
from onnx_file import NAMES, TOLERANCE, export_classic  # noqa: E402

NAME = "fashion-coatnet"
LABELS = "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot".split()
PREPROCESS = {
    "input_size": [1, 28, 28],
    "mean": [MEAN],
    "std": [STD],
    "interpolation": "bilinear",
    "crop_pct": 1.0,
    "crop_mode": "center",
}


def restore(checkpoint: Path | None) -> CoAtNet:
    """The network in evaluation mode, in the default memory format."""
    torch.manual_seed(SEED)
    model = CoAtNet()
    if checkpoint:
        model.load_state_dict(torch.load(checkpoint)["model"])
    return model.to(memory_format=torch.contiguous_format).eval()


def export(model: CoAtNet, output: Path) -> list[Path]:
    """Both files: one graph with its weights inside, one with the weights beside it."""
    image = torch.zeros(1, 1, 28, 28)
    classic, dynamo = output / f"{NAME}.onnx", output / f"{NAME}-dynamo.onnx"
    export_classic(model, image, classic)
    program = torch.onnx.export(model, (image,), dynamo=True, opset_version=20, **NAMES)
    for node in program.model.graph:
        node.metadata_props.pop("pkg.torch.onnx.stack_trace", None)  # holds paths of this machine
    program.save(dynamo, external_data=True)
    return [classic, dynamo]


def run(path: Path, inputs: Tensor) -> tuple[np.ndarray, float]:
    """Logits of ONNX Runtime on one thread, input by input, and milliseconds per input."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    arrays = [image[None].numpy() for image in inputs]
    start = time.monotonic()
    logits = [session.run(["logits"], {"image": image})[0] for image in arrays]
    milliseconds = 1000 * (time.monotonic() - start) / len(arrays)
    return np.concatenate(logits), milliseconds


def check(path: Path, expected: np.ndarray, inputs: Tensor, labels: Tensor | None) -> bool:
    """Compares a file with PyTorch's logits and prints what it holds."""
    logits, milliseconds = run(path, inputs)
    difference = float(np.abs(logits - expected).max() / np.abs(expected).max())
    graph = onnx.load(path, load_external_data=False).graph
    operators = Counter(node.op_type for node in graph.node)
    print(f"{path.name}: {len(graph.node)} nodes, {milliseconds:.3f} ms an image (one thread)")
    print("  " + ", ".join(f"{name} {count}" for name, count in sorted(operators.items())))
    print(f"  largest difference {difference:.1e} of the largest logit")
    if labels is not None:
        print(f"  top-1 {100 * np.mean(logits.argmax(1) == labels.numpy()):.2f} %")
    return difference <= TOLERANCE


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports the small CoAtNet as ONNX.")
    parser.add_argument("--checkpoint", type=Path, help="best.pt of train.py")
    parser.add_argument("--output", type=Path, default=MODELS)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    model = restore(options.checkpoint)
    paths = export(model, options.output)
    (options.output / f"{NAME}.labels.txt").write_text("\n".join(LABELS) + "\n")
    preprocess = json.dumps(PREPROCESS, indent=2) + "\n"
    (options.output / f"{NAME}.preprocess.json").write_text(preprocess)

    images, labels = load("t10k")
    if options.checkpoint is None:
        images, labels = images[:500], None
    with torch.inference_mode():
        expected = torch.cat([model(normalise(part)) for part in images.split(500)]).numpy()
    if labels is not None:
        print(f"torch: top-1 {100 * np.mean(expected.argmax(1) == labels.numpy()):.2f} %")
    passed = [check(path, expected, normalise(images), labels) for path in paths]
    if not all(passed):
        print(f"logits differ by more than {TOLERANCE} of the largest", file=sys.stderr)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())

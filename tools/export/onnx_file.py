"""Writes a network as ONNX with all that its users need, and checks the file against PyTorch.

The contract (how images are made ready, the names of the classes) goes into the file's metadata, where swiftlet finds
it, and beside the file as NAME.preprocess.json and NAME.labels.txt, for people and for other programs.
"""

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from user_input import Failure, reason

NAMES = {"input_names": ["image"], "output_names": ["logits"]}
TOLERANCE = 1e-4
"""Largest difference from PyTorch's logits, as a share of the largest logit."""


def load_torchvision() -> None:
    """Imports torchvision, which timm does, beside a PyTorch that it was not built for.

    PyPI has torchvision for CUDA alone: beside PyTorch's CPU wheel its compiled operators are missing. Nothing here
    uses them, but the import wants two to be declared.
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


def export_classic(model: nn.Module, image: Tensor, path: Path) -> None:
    """By the TorchScript-based exporter: one file, with its weights inside."""
    torch.onnx.export(model, (image,), path, dynamo=False, opset_version=17, **NAMES)


def export(model: nn.Module, image: Tensor, path: Path, dynamo: bool) -> None:
    """Writes the bare network, by either exporter: one file, with its weights inside."""
    try:
        if dynamo:
            torch.onnx.export(
                model, (image,), path, dynamo=True, opset_version=20, external_data=False, verbose=False, **NAMES
            )
        else:
            export_classic(model, image, path)
    except Exception as error:
        # What a network's own code raises at a size that it was not made for can be anything.
        other = "without --dynamo" if dynamo else "with --dynamo"
        raise Failure(
            f"PyTorch cannot export the network at {list(image.shape[1:])}: {reason(error)}; "
            f"try another size, or {other}"
        ) from None


def write(
    model: nn.Module,
    path: Path,
    preprocess: dict[str, Any],
    labels: Sequence[str] = (),
    dynamo: bool = False,
    original: nn.Module | None = None,
) -> None:
    """Writes a network in evaluation mode for one image of `preprocess["input_size"]`, and its contract.

    The file is compared with `original`, the network before its branches were merged, where that is another. The files
    appear when they are whole and right.
    """
    with tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent) as folder:
        partial = Path(folder) / path.name
        export(model, torch.zeros(1, *preprocess["input_size"]), partial, dynamo)
        contract = {"preprocess": json.dumps(preprocess)}
        partial.with_suffix(".preprocess.json").write_text(json.dumps(preprocess, indent=2) + "\n")
        if labels:
            contract["labels"] = "\n".join(labels)
            partial.with_suffix(".labels.txt").write_text(contract["labels"] + "\n", encoding="utf-8")
        proto = onnx.load(partial)
        onnx.helper.set_model_props(proto, contract)
        onnx.save(proto, partial)
        apart = check(partial, original or model, preprocess["input_size"])
        for file in sorted(Path(folder).iterdir()):
            file.replace(path.parent / file.name)
    print(f"{path}: largest difference from PyTorch {apart:.1e} of the largest logit")


def difference(path: Path, model: nn.Module, inputs: Tensor) -> float:
    """Largest difference between the logits of ONNX Runtime and of PyTorch, as a share of the largest logit."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected = np.concatenate([model(image[None]).numpy() for image in inputs])
    actual = np.concatenate([session.run(None, {"image": image[None].numpy()})[0] for image in inputs])
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def check(path: Path, model: nn.Module, size: Sequence[int]) -> float:
    """Compares a file with the network on four random images; returns how far apart they are."""
    inputs = torch.randn(4, *size, generator=torch.Generator().manual_seed(1))
    apart = difference(path, model, inputs)
    if not apart <= TOLERANCE:
        raise Failure(
            f"{path.name}: not written: the file's logits differ from the network's by {apart:.1e} of the largest "
            f"(at most {TOLERANCE} is expected); try the other exporter (--dynamo)"
        )
    return apart

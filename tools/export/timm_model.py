"""Writes a timm network as ONNX, with its preprocessing and labels, and checks the file against PyTorch.

    timm_model.py NAME OUTPUT.onnx --checkpoint FILE [--labels FILE]     weights of your own
    timm_model.py NAME OUTPUT.onnx --pretrained                          timm's weights, which it downloads
    timm_model.py NAME OUTPUT.onnx --random                              to see whether a family converts

A checkpoint is a state dict, alone or under 'state_dict' or 'model', of torch.save or safetensors. Classes and channels
are counted in it. What tools/train/timm_folder.py wrote also says its labels, its preprocessing and the network's
arguments. Branches that are there for training only (RepVGG's, MobileOne's) are merged first.
"""

import argparse
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from onnx_file import Failure, check, write
from timm_network import CONTRACT, argument, contract, create, imagenet_labels, read, shown, weights

import timm
import torch
from timm.data import infer_imagenet_subset
from timm.utils.model import reparameterize_model
from torch import Tensor, nn


def rows(tensors: dict[str, Tensor], layers: str | tuple[str, ...] | None, axis: int) -> int | None:
    """The extent of a layer's weight along an axis, where the checkpoint has the layer."""
    for layer in [layers] if isinstance(layers, str) else layers or ():
        weight = tensors.get(f"{layer}.weight")
        if weight is not None and weight.ndim > axis:
            return weight.shape[axis]
    return None


def agreed(name: str, asked: int | None, found: int | None, default: int, where: str) -> int:
    """What the options ask for, else what the checkpoint has; the two must agree. Else the default."""
    if asked is not None and found is not None and asked != found:
        raise Failure(
            f"{where}: its weights are for {found} {name}, not {asked}; leave the option out"
        )
    return next(count for count in (asked, found, default) if count is not None)


def restore(model: nn.Module, tensors: dict[str, Tensor], path: Path, name: str) -> None:
    """Puts a checkpoint's weights into the network; every one must fit."""
    mine = model.state_dict()
    wrong = [
        f"{key} is {list(value.shape)}, not {list(mine[key].shape)}"
        for key, value in tensors.items()
        if key in mine and value.shape != mine[key].shape
    ]
    problems = {"missing": mine.keys() - tensors.keys(), "not of this network": tensors.keys() - mine.keys()}
    found = [f"{what}: {shown(sorted(keys))}" for what, keys in problems.items() if keys]
    if wrong:
        found.append(f"other shapes: {shown(wrong)}")
    if found:
        raise Failure(
            f"{path}: not weights of {name} as it was made: {'; '.join(found)}; see --model-arg and --image-size"
        )
    model.load_state_dict(tensors)


def read_labels(path: Path) -> list[str]:
    """One label a line."""
    try:
        return [line for line in path.read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: cannot be read: {error}") from None


def read_preprocess(path: Path) -> dict[str, Any]:
    """A preprocessing file in timm's keys, or timm's config.json."""
    try:
        content = json.loads(path.read_text())
        content = content.get("pretrained_cfg", content)
        channels, height, width = content["input_size"]
        content = {"crop_mode": "center"} | content
        content = {key: content[key] for key in CONTRACT}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Failure(f"{path}: no preprocessing in timm's keys: {error!r}; docs/MODELS.md shows one") from None
    if height != width or channels not in (1, 3):
        raise Failure(f"{path}: input_size {content['input_size']}; 1 or 3 channels and a square are expected")
    return content


def make(options: argparse.Namespace) -> tuple[nn.Module, dict[str, Any], list[str]]:
    """The network in evaluation mode, how images are made ready for it, and its labels."""
    content = read(options.checkpoint) if options.checkpoint else {}
    tensors = weights(content, options.checkpoint) if options.checkpoint else {}
    preprocess = read_preprocess(options.preprocess) if options.preprocess else content.get("preprocess")
    labels = read_labels(options.labels) if options.labels else content.get("labels", [])

    config = timm.get_pretrained_cfg(options.name) or timm.models.PretrainedCfg()
    where = str(options.checkpoint)
    found = rows(tensors, config.first_conv, 1)
    channels = agreed("channels", options.channels, found, preprocess["input_size"][0] if preprocess else 3, where)
    arguments = content.get("arguments", {}) | dict(options.model_arg) | {"in_chans": channels}
    # timm's own weights bring their number of classes.
    if not options.pretrained or options.num_classes:
        found = rows(tensors, config.classifier, 0)
        arguments["num_classes"] = agreed("classes", options.num_classes, found, len(labels) or 1000, where)
    size = options.image_size or (preprocess["input_size"][1] if preprocess else None)
    model = create(options.name, arguments, size, options.pretrained).eval()
    if tensors:
        restore(model, tensors, options.checkpoint, options.name)

    if options.pretrained and not labels and (subset := infer_imagenet_subset(model)):
        labels = imagenet_labels(subset)
    if labels and len(labels) != model.num_classes:
        where = options.labels or where
        raise Failure(
            f"{where}: {len(labels)} labels for a network of {model.num_classes} classes; one a line is expected"
        )
    preprocess = dict(preprocess or contract(model, channels, size))
    if preprocess["input_size"][0] != channels:
        raise Failure(f"{options.preprocess}: input_size is for {preprocess['input_size'][0]} channels, not {channels}")
    if size:
        preprocess["input_size"] = [channels, size, size]
    return model, preprocess, labels


def export(options: argparse.Namespace) -> None:
    """Makes the network, writes it, checks the file and says what it is."""
    model, preprocess, labels = make(options)
    merged = reparameterize_model(model)
    try:
        write(merged, options.output, preprocess, labels, options.dynamo)
    except (RuntimeError, AssertionError, ValueError, torch.onnx.errors.OnnxExporterError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Failure(f"{options.name}: PyTorch cannot export it at {preprocess['input_size']}: {reason}") from None
    check(options.output, model, preprocess["input_size"])
    millions = sum(parameter.numel() for parameter in merged.parameters()) / 1e6
    origin = options.checkpoint or ("timm" if options.pretrained else "a random generator")
    print(
        f"{options.name}: {millions:.2f} M parameters from {origin}, input {preprocess['input_size']}, "
        f"{len(labels) or 'no'} labels"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Exports a timm network as ONNX.")
    parser.add_argument("name", help="a name that timm knows: coatnet_0_rw_224")
    parser.add_argument("output", type=Path, metavar="OUTPUT.onnx")
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--checkpoint", type=Path, help="weights of your own: .pt, .pth or .safetensors")
    origin.add_argument("--pretrained", action="store_true", help="timm's weights (downloads them)")
    origin.add_argument("--random", action="store_true", help="random weights, always the same")
    parser.add_argument("--labels", type=Path, help="the classes, one a line")
    parser.add_argument("--preprocess", type=Path, help="how images are made ready (default: timm's for this network)")
    parser.add_argument("--num-classes", type=int, metavar="N", help="default: the checkpoint's, else timm's")
    parser.add_argument("--channels", type=int, choices=(1, 3), help="default: the checkpoint's, else 3")
    parser.add_argument("--image-size", type=int, metavar="N", help="N x N pixels (default: timm's for this network)")
    parser.add_argument(
        "--model-arg",
        type=argument,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an argument of the network, as in depths=(2,2,6,2); again for more",
    )
    parser.add_argument("--dynamo", action="store_true", help="by PyTorch's newer exporter")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    try:
        if options.output.suffix != ".onnx":
            raise Failure(f"{options.output}: the name of the output must end in .onnx")
        export(options)
    except Failure as failure:
        print(f"timm_model.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Writes a timm network as ONNX, with its preprocessing and labels, and checks the file against PyTorch.

    timm_model.py NAME OUTPUT.onnx --checkpoint FILE [--labels FILE]     weights of your own
    timm_model.py NAME OUTPUT.onnx --pretrained                          timm's weights, which it downloads
    timm_model.py NAME OUTPUT.onnx --random                              to see whether a family converts

A checkpoint is a state dict, alone or under 'state_dict' or 'model', of torch.save or safetensors. Classes and channels
are counted in it. What tools/train/timm_folder.py wrote also says its labels, its preprocessing and the network's
arguments. Branches that are there for training only (RepVGG's, MobileOne's) are merged first.
"""

import argparse
import sys
import warnings
from pathlib import Path
from typing import Any

from onnx_file import write
from preprocess_file import checked, read_preprocess
from timm_network import argument, check_name, contract, create, imagenet_labels, read, shown, weights
from user_input import Failure, check_output, image_size, positive, read_labels, together

import timm
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
        raise Failure(f"{where}: its weights are for {found} {name}, not {asked}; leave the option out")
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


def read_checkpoint(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A checkpoint's weights, and what tools/train/timm_folder.py says beside them."""
    content = read(path)
    tensors = weights(content, path)
    if not all(key in content for key in ("arguments", "labels", "preprocess")):
        return tensors, {}
    own = {key: content[key] for key in ("arguments", "labels", "preprocess")}
    for key, kind in (("arguments", dict), ("labels", list), ("preprocess", dict)):
        if not isinstance(own[key], kind):
            raise Failure(
                f"{path}: '{key}' is a {type(own[key]).__name__}, not the {kind.__name__} that "
                "tools/train/timm_folder.py writes; give the state dict alone"
            )
    return tensors, own | {"preprocess": checked(own["preprocess"], f"{path}: preprocess")}


def inputs(options: argparse.Namespace) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The checkpoint's weights, and arguments, preprocessing and labels as far as files say them."""
    _, _, (tensors, own), preprocess, labels = together(
        lambda: check_output(options.output, ".onnx"),
        lambda: check_name(options.name),
        lambda: read_checkpoint(options.checkpoint) if options.checkpoint else ({}, {}),
        lambda: read_preprocess(options.preprocess) if options.preprocess else None,
        lambda: read_labels(options.labels) if options.labels else None,
    )
    problems = []
    if preprocess:
        channels, size, _ = preprocess["input_size"]
        has = f"{options.preprocess} has input_size {preprocess['input_size']}; they must agree: leave the option out"
        if options.image_size not in (None, size):
            problems.append(f"--image-size is {options.image_size}, but {has}, or change the file")
        if options.channels not in (None, channels):
            problems.append(f"--channels is {options.channels}, but {has}, or change the file")
        own["preprocess"] = preprocess
    if labels:
        if options.num_classes not in (None, len(labels)):
            problems.append(
                f"--num-classes is {options.num_classes}, but {options.labels} has {len(labels)} labels, one a line; "
                "they must agree: leave the option out, or change the file"
            )
        own["labels"] = labels
    trained = timm.get_pretrained_cfg_value(options.name, "num_classes")
    if options.pretrained and trained and options.num_classes not in (None, trained):
        problems.append(
            f"--num-classes is {options.num_classes}, but timm's weights are for {trained} classes; leave the option "
            "out, or train them on your classes first (tools/train/timm_folder.py --pretrained)"
        )
    if problems:
        raise Failure(*problems)
    return tensors, own


def make(options: argparse.Namespace) -> tuple[nn.Module, dict[str, Any], list[str]]:
    """The network in evaluation mode, how images are made ready for it, and its labels."""
    tensors, own = inputs(options)
    preprocess, labels = own.get("preprocess"), own.get("labels", [])
    config = timm.get_pretrained_cfg(options.name) or timm.models.PretrainedCfg()
    where = str(options.checkpoint)
    found = rows(tensors, config.first_conv, 1)
    channels = agreed("channels", options.channels, found, preprocess["input_size"][0] if preprocess else 3, where)
    if preprocess and preprocess["input_size"][0] != channels:
        raise Failure(
            f"{options.preprocess or where}: input_size {preprocess['input_size']} is not for the {channels} channels "
            "of the network; write a file for --preprocess that is"
        )
    arguments = own.get("arguments", {}) | dict(options.model_arg) | {"in_chans": channels}
    # timm's own weights bring their number of classes.
    if not options.pretrained:
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
    if not preprocess:
        source = f"{options.name}: timm's preprocessing (--preprocess FILE goes before it)"
        preprocess = checked(contract(model, channels, size), source)
    if size:
        preprocess["input_size"] = [channels, size, size]
    return model, preprocess, labels


def export(options: argparse.Namespace) -> None:
    """Makes the network, writes it, checks the file and says what it is."""
    model, preprocess, labels = make(options)
    merged = reparameterize_model(model)
    write(merged, options.output, preprocess, labels, options.dynamo, original=model)
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
    parser.add_argument("--num-classes", type=positive, metavar="N", help="default: the checkpoint's, else timm's")
    parser.add_argument("--channels", type=int, choices=(1, 3), help="default: the checkpoint's, else 3")
    parser.add_argument(
        "--image-size", type=image_size, metavar="N", help="N x N pixels (default: timm's for this network)"
    )
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
        export(options)
    except Failure as failure:
        return failure.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())

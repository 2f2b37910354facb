"""timm networks by name, with weights of a checkpoint, of timm's, or random ones."""

import argparse
import ast
import difflib
from pathlib import Path
from typing import Any

from onnx_file import load_torchvision
from preprocess_file import CONTRACT
from user_input import Failure, reason

load_torchvision()

import timm  # noqa: E402
import torch  # noqa: E402
from timm.data import ImageNetInfo, resolve_model_data_config  # noqa: E402
from torch import Tensor, nn  # noqa: E402

SEED = 20171
SHOWN = 4
"""So many names are shown of a list in a message."""
SET_ELSEWHERE = {
    "in_chans": "--channels",
    "img_size": "--image-size",
    "num_classes": "the number of labels, or --num-classes",
    "pretrained": "--pretrained",
}
"""Arguments of a network that are not for --model-arg, and what sets them."""


def argument(text: str) -> tuple[str, Any]:
    """KEY=VALUE as a keyword argument of a network; what is no Python literal is text."""
    key, equals, value = text.partition("=")
    if not key.isidentifier() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, as in depths=(2,2,6,2)")
    if key in SET_ELSEWHERE:
        raise argparse.ArgumentTypeError(f"{key} is not set here but by {SET_ELSEWHERE[key]}")
    try:
        return key, ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return key, value


def check_name(name: str) -> None:
    """Checks that timm has a model of this name."""
    if not timm.is_model(name):
        known = timm.list_models()
        near = [each for each in known if name in each][:SHOWN] or difflib.get_close_matches(name, known, SHOWN)
        hint = f"near it: {', '.join(near)}" if near else "timm.list_models() lists them"
        raise Failure(f"{name}: timm {timm.__version__} has no such model; {hint}")


def create(name: str, arguments: dict[str, Any], image_size: int | None = None, pretrained: bool = False) -> nn.Module:
    """A network; random weights are always the same. Without an image size it has the one that timm trained it with."""
    check_name(name)
    torch.manual_seed(SEED)
    arguments = arguments | {"pretrained": pretrained}
    try:
        if image_size is None:
            return timm.create_model(name, **arguments)
        try:
            return timm.create_model(name, img_size=image_size, **arguments)
        except TypeError as error:
            # Networks without position embeddings take any size and have no such argument.
            if "img_size" not in str(error):
                raise
            return timm.create_model(name, **arguments)
    except Exception as error:
        # What a network's own code raises at arguments that it was not made for can be anything.
        hint = "; is there a network?" if pretrained else "; see --model-arg and --image-size"
        raise Failure(f"{name}: timm cannot make it so: {reason(error)}{hint}") from None


def contract(model: nn.Module, channels: int, image_size: int | None = None) -> dict[str, Any]:
    """How images are made ready for a network, in the keys that swiftlet reads."""
    config = resolve_model_data_config(model)
    side = image_size or config["input_size"][1]
    config["input_size"] = [channels, side, side]
    for key in ("mean", "std"):
        if len(config[key]) != channels:
            config[key] = [round(sum(config[key]) / len(config[key]), 6)] * channels
    return {key: config[key] for key in CONTRACT}


def imagenet_labels(subset: str) -> list[str]:
    """`wnid name` of each of ImageNet's classes, in the order of the logits: folders are called by the first word."""
    info = ImageNetInfo(subset)
    return [
        f"{info.index_to_label_name(index)} {info.index_to_description(index).split(',')[0]}"
        for index in range(info.num_classes())
    ]


def read(path: Path) -> dict[str, Any]:
    """A checkpoint: what torch.save or safetensors wrote; never code."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        # timm's own training script keeps its options in its checkpoints.
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {reason(error).removesuffix(f': {path}')}") from None
    except Exception as error:
        raise Failure(
            f"{path}: neither safetensors (by its name) nor a checkpoint of tensors: {reason(error).split('. ')[0]}; "
            "write it with torch.save(model.state_dict(), FILE)"
        ) from None
    if not isinstance(content, dict):
        raise Failure(
            f"{path}: holds a {type(content).__name__}, not the tensors of a state dict; "
            "write it with torch.save(model.state_dict(), FILE)"
        )
    return content


def weights(content: dict[str, Any], path: Path) -> dict[str, Tensor]:
    """The state dict in a checkpoint; averaged weights where it has them."""
    for key in ("state_dict_ema", "model_ema", "state_dict", "model"):
        if isinstance(content.get(key), dict):
            content = content[key]
            break
    tensors = {
        name.removeprefix("_orig_mod.").removeprefix("module."): value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not tensors:
        raise Failure(f"{path}: no tensor in it, nor in its 'state_dict' or 'model'; it has {shown(content)}")
    return tensors


def shown(names: Any) -> str:
    """The first names of a list, and how many there are."""
    names = [str(name) for name in names]
    rest = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")

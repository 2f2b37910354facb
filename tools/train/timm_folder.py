"""Trains a timm network on a folder of images, DIR/<label>/*, on the CPU.

    timm_folder.py --model NAME --images DIR --output checkpoint.pt [--held-out DIR] [--epochs N] [--image-size N]

It starts from random weights, from timm's (--pretrained, which downloads them) or from a checkpoint of the same network
(--initial; a head for other classes starts anew). Without --held-out every tenth image is kept back. Accuracy is that
of averaged weights on images that were not trained on; the last epoch's are written, with what
tools/export/timm_model.py needs to know: labels, preprocessing, arguments of the network. Images are kept in memory as
bytes.
"""

import argparse
import copy
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from model import parameters
from train import augment, learning_rate, parameter_groups, save, update_average

sys.path.append(str(Path(__file__).resolve().parents[1] / "export"))
from timm_network import SEED, SHOWN, argument, check_name, contract, create, read, shown, weights  # noqa: E402
from user_input import (  # noqa: E402
    Failure,
    check_output,
    image_size,
    number,
    positive,
    reason,
    together,
    whole,
)

KEPT_BACK = 10
"""One in so many images is kept back where no folder of held-out ones is given."""
SUFFIXES = {".jpg", ".jpeg", ".pgm", ".ppm"}


def files(folder: Path, labels: list[str] | None = None) -> tuple[list[str], list[Path], Tensor]:
    """Labels (those of the folders, where none are given), the images' paths and their classes."""
    if not folder.is_dir():
        raise Failure(f"{folder}: no such folder; images are expected as {folder}/<label>/*")
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    labels = labels or [path.name for path in folders]
    unknown = [path.name for path in folders if path.name not in labels]
    if unknown:
        raise Failure(f"{folder}: folders that the training images do not have: {shown(unknown)}")
    paths = [path for each in folders for path in sorted(each.iterdir()) if path.suffix.lower() in SUFFIXES]
    if len(labels) < 2 or not paths:
        raise Failure(
            f"{folder}: {len(paths)} images ({', '.join(sorted(SUFFIXES))}) of {len(labels)} labels in it; "
            "two labels or more are expected, as DIR/<label>/*"
        )
    return labels, paths, torch.tensor([labels.index(path.parent.name) for path in paths])


def load(paths: list[Path], channels: int, side: int) -> Tensor:
    """Images [count, channels, side, side] as bytes: the shorter side resized, the middle cut out."""
    images = torch.empty(len(paths), channels, side, side, dtype=torch.uint8)
    problems = []
    for index, path in enumerate(paths):
        try:
            with Image.open(path) as file:
                image = file.convert("L" if channels == 1 else "RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            problems.append(f"{path}: not an image that Pillow reads: {reason(error)}; remove it")
            continue
        width, height = (side * extent // min(image.size) for extent in image.size)
        left, top = round((width - side) / 2), round((height - side) / 2)
        resized = image.resize((width, height), Image.Resampling.BILINEAR)
        cut = np.asarray(resized.crop((left, top, left + side, top + side)))
        images[index] = torch.from_numpy(cut.copy()).reshape(side, side, channels).permute(2, 0, 1)
    if len(problems) > SHOWN:
        problems[SHOWN:] = [f"and {len(problems) - SHOWN} more images"]
    if problems:
        raise Failure(*problems)
    return images


class Normalise(nn.Module):
    """Bytes as the network's input."""

    def __init__(self, mean: list[float], std: list[float]):
        super().__init__()
        self.mean = torch.tensor(mean).reshape(1, -1, 1, 1)
        self.std = torch.tensor(std).reshape(1, -1, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        x = (images.float() / 255 - self.mean) / self.std
        return x.contiguous(memory_format=torch.channels_last)


@torch.inference_mode()
def accuracy(model: nn.Module, normalise: Normalise, images: Tensor, classes: Tensor) -> float:
    """Top-1 in percent."""
    model.eval()
    correct = 0
    for part, target in zip(images.split(100), classes.split(100)):
        correct += (model(normalise(part)).argmax(1) == target).sum().item()
    return 100 * correct / len(classes)


def initialise(model: nn.Module, path: Path) -> None:
    """Takes from a checkpoint every tensor that has the network's shape; says which start anew."""
    mine, theirs = model.state_dict(), weights(read(path), path)
    taken = {name: value for name, value in theirs.items() if name in mine and value.shape == mine[name].shape}
    if not taken:
        raise Failure(f"{path}: it shares no tensor with this network; its tensors are {shown(theirs)}")
    model.load_state_dict(taken, strict=False)
    anew = sorted(mine.keys() - taken.keys())
    print(f"{path}: {len(taken)} of {len(mine)} tensors taken" + (f"; anew: {shown(anew)}" if anew else ""))


def logits(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Networks with a head for distillation give a pair in training; its mean is their answer."""
    return output if isinstance(output, Tensor) else sum(output) / len(output)


def train_epoch(
    model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, normalise: Normalise, images: Tensor,
    classes: Tensor, epoch: int, options: argparse.Namespace,
) -> float:  # fmt: skip
    """One pass over the images; returns the mean loss."""
    generator = torch.Generator().manual_seed(options.seed * 1000 + epoch)
    order = torch.randperm(len(images), generator=generator)
    batches, total = len(images) // options.batch, 0.0
    steps = options.epochs * batches
    model.train()
    for index in range(batches):
        step = epoch * batches + index
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, min(batches, steps // 5), options.rate)
        chosen = order[index * options.batch : (index + 1) * options.batch]
        inputs = normalise(augment(images[chosen], generator, reach=images.shape[-1] // 14))
        loss = functional.cross_entropy(logits(model(inputs)), classes[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        update_average(average, model, step, options.average)
        total += loss.item()
    return total / batches


def train(options: argparse.Namespace) -> None:
    """Trains the network and writes its checkpoint."""
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    if options.output.suffix == ".safetensors":
        raise Failure(f"cannot write {options.output}: torch.save writes it, not safetensors; name it .pt")
    _, _, (labels, paths, classes), _ = together(
        lambda: check_output(options.output),
        lambda: check_name(options.model),
        lambda: files(options.images),
        lambda: read(options.initial) if options.initial else None,
    )
    held = files(options.held_out, labels) if options.held_out else None
    arguments = dict(options.model_arg)
    extents = {"num_classes": len(labels), "in_chans": options.channels}
    model = create(options.model, arguments | extents, options.image_size, options.pretrained)
    preprocess = contract(model, options.channels, options.image_size)
    preprocess |= {"crop_pct": 1.0, "crop_mode": "center", "interpolation": "bilinear"}
    if options.initial:
        initialise(model, options.initial)

    side = preprocess["input_size"][1]
    images = load(paths, options.channels, side)
    if held:
        _, held_paths, held_classes = held
        held_images = load(held_paths, options.channels, side)
    else:
        kept = torch.arange(len(images)) % KEPT_BACK == 0
        held_images, held_classes = images[kept], classes[kept]
        images, classes = images[~kept], classes[~kept]
    if len(images) < options.batch:
        raise Failure(f"{options.images}: {len(images)} images to train on are less than a batch; see --batch")
    print(
        f"{options.model}: {parameters(model):,} parameters, input {preprocess['input_size']}; "
        f"{len(images)} images of {len(labels)} classes to train on, {len(held_images)} held out",
        flush=True,
    )

    normalise = Normalise(preprocess["mean"], preprocess["std"])
    model.to(memory_format=torch.channels_last)
    average = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(parameter_groups(model, options.decay))
    for epoch in range(options.epochs):
        start = time.monotonic()
        try:
            loss = train_epoch(model, average, optimizer, normalise, images, classes, epoch, options)
        except (RuntimeError, ValueError, AssertionError, TypeError) as error:
            # What a network's own code raises at a size or a batch that it was not made for.
            raise Failure(
                f"{options.model}: PyTorch cannot train it on {preprocess['input_size']} in batches of "
                f"{options.batch}: {reason(error)}; see --image-size and --batch"
            ) from None
        if not math.isfinite(loss):
            raise Failure(f"epoch {epoch + 1}: the loss is {loss}; nothing is written; try a lower --rate")
        seconds = time.monotonic() - start
        right = accuracy(average, normalise, held_images, held_classes)
        print(f"epoch {epoch + 1:2} loss {loss:.4f} held-out {right:.2f} % in {seconds:.0f} s", flush=True)
    content = {
        "arch": options.model,
        "arguments": arguments,
        "labels": labels,
        "preprocess": preprocess,
        "held_out": right,
        "state_dict": {name: value.contiguous() for name, value in average.state_dict().items()},
    }
    save(options.output, content)
    print(f"{options.output}: held-out top-1 {right:.2f} % of {len(held_classes)}")


above_zero = number("a number above 0", lambda value: value > 0)
from_zero = number("a number of at least 0", lambda value: value >= 0)
below_one = number("a number from 0 to below 1", lambda value: 0 <= value < 1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains a timm network on a folder of images.")
    parser.add_argument("--model", required=True, help="a name that timm knows")
    parser.add_argument("--images", type=Path, required=True, help="DIR/<label>/*")
    parser.add_argument("--output", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument("--held-out", type=Path, help="DIR/<label>/* (default: every tenth image)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--initial", type=Path, help="a checkpoint to start from")
    start.add_argument("--pretrained", action="store_true", help="start from timm's weights (downloads them)")
    parser.add_argument("--epochs", type=positive, default=10)
    parser.add_argument("--image-size", type=image_size, metavar="N", help="N x N pixels (default: the network's)")
    parser.add_argument("--channels", type=int, choices=(1, 3), default=3, help="1 for grey images")
    parser.add_argument("--model-arg", type=argument, action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--batch", type=positive, default=64)
    parser.add_argument("--rate", type=above_zero, default=2e-3, help="learning rate at its peak; less to fine-tune")
    parser.add_argument("--decay", type=from_zero, default=0.05)
    parser.add_argument("--average", type=below_one, default=0.99, help="decay of averaged weights")
    parser.add_argument("--seed", type=whole(0, 2**32 - 1), default=SEED)
    parser.add_argument("--threads", type=positive, default=1)
    options = parser.parse_args()
    try:
        train(options)
    except Failure as failure:
        return failure.report()
    return 0


if __name__ == "__main__":
    sys.exit(main())

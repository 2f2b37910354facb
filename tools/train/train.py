"""Trains the small CoAtNet on Fashion-MNIST.

    train.py --checkpoints DIR [--epochs N] [--threads N] [--initial best.pt --seed N]

The last 5,000 training images are held out; the epoch whose averaged weights do best on them is
kept in DIR/best.pt, and the test images are looked at once, after the last epoch. A run that was
stopped continues from DIR/last.pt: every epoch draws from its own seed, so a resumed run sees the
same batches as an uninterrupted one. With --initial, training starts anew (warm-up, schedule,
optimizer) from an earlier run's weights; the log is continued.
"""

import argparse
import copy
import gzip
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from model import CoAtNet, multiply_accumulates, parameters

DATA = Path("/usr/share/datasets/fashion-mnist")
MODELS = Path(__file__).resolve().parents[2] / "calibration" / "models"
MEAN, STD = 0.2860, 0.3530
HELD_OUT = 5_000
SEED = 20171


def load(split: str) -> tuple[Tensor, Tensor]:
    """Images [count, 1, 28, 28] as bytes and labels [count] of the split `train` or `t10k`."""
    with gzip.open(DATA / f"{split}-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(DATA / f"{split}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64))


def normalise(images: Tensor) -> Tensor:
    """Bytes as the model's input."""
    return (images.float() / 255 - MEAN) / STD


def augment(images: Tensor, generator: torch.Generator, reach: int = 2) -> Tensor:
    """Random horizontal flip and a random shift of up to `reach` pixels, on bytes."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (reach,) * 4)
    offsets = torch.randint(0, 2 * reach + 1, (2, count, 1), generator=generator)
    rows = offsets[0] + torch.arange(height)
    columns = offsets[1] + torch.arange(width)
    flipped = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(flipped, columns.flip(1), columns)
    batch = torch.arange(count)[:, None, None]
    return padded[batch, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def learning_rate(step: int, steps: int, warm_up: int, peak: float) -> float:
    """Linear warm-up, then a cosine to a hundredth of the peak."""
    if step < warm_up:
        return peak * (step + 1) / warm_up
    progress = (step - warm_up) / max(1, steps - warm_up)
    return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))


def keep_in_float32(convolution: nn.Conv2d) -> None:
    """Exempts a layer from autocast: oneDNN's bf16 gradient of a strided depthwise is slow."""
    forward = convolution.forward
    convolution.forward = torch.autocast("cpu", enabled=False)(lambda x: forward(x.float()))


def parameter_groups(model: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices and kernels; none for biases, norms and the bias tables."""
    decayed, others = [], []
    for name, parameter in model.named_parameters():
        plain = parameter.ndim < 2 or name.endswith("bias_table")
        (others if plain else decayed).append(parameter)
    return [{"params": decayed, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Moves the averaged weights and statistics towards the model's; faster in the first steps."""
    weight = 1 - min(decay, (1 + step) / (10 + step))
    for mine, theirs in zip(average.state_dict().values(), model.state_dict().values()):
        if mine.is_floating_point():
            mine.lerp_(theirs, weight)
        else:
            mine.copy_(theirs)


@torch.inference_mode()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Top-1 in percent, in float32."""
    model.eval()
    correct = 0
    for part, target in zip(images.split(500), labels.split(500)):
        correct += (model(normalise(part)).argmax(1) == target).sum().item()
    return 100 * correct / len(labels)


def train_epoch(model, average, optimizer, images, labels, epoch, options) -> float:
    """One pass over the images; returns the mean loss."""
    generator = torch.Generator().manual_seed(options.seed * 1000 + epoch)
    order = torch.randperm(len(images), generator=generator)
    batches = len(images) // options.batch
    model.train()
    total = 0.0
    for i in range(batches):
        step = epoch * batches + i
        rate = learning_rate(step, options.epochs * batches, 2 * batches, options.rate)
        for group in optimizer.param_groups:
            group["lr"] = rate
        chosen = order[i * options.batch : (i + 1) * options.batch]
        inputs = normalise(augment(images[chosen], generator))
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            logits = model(inputs.contiguous(memory_format=torch.channels_last))
        loss = functional.cross_entropy(logits.float(), labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        update_average(average, model, step, options.average)
        total += loss.item()
    return total / batches


def save(path: Path, content: dict) -> None:
    """Writes a checkpoint so that a stop in between leaves the old one."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    options.checkpoints.mkdir(parents=True, exist_ok=True)
    best, last = options.checkpoints / "best.pt", options.checkpoints / "last.pt"

    images, labels = load("train")
    held_images, held_labels = images[-HELD_OUT:], labels[-HELD_OUT:]
    images, labels = images[:-HELD_OUT], labels[:-HELD_OUT]

    model = CoAtNet().to(memory_format=torch.channels_last)
    if options.initial:
        model.load_state_dict(torch.load(options.initial)["model"])
    average = copy.deepcopy(model).requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1 and module.stride != (1, 1):
            keep_in_float32(module)
    optimizer = torch.optim.AdamW(parameter_groups(model, options.decay))
    first, best_accuracy = 0, 0.0
    if last.exists():
        state = torch.load(last)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        first, best_accuracy = state["epoch"] + 1, state["best_accuracy"]

    log = options.log.open("a" if first or options.initial else "w")

    def report(line: str) -> None:
        print(line, flush=True)
        print(line, file=log, flush=True)

    if first:
        report(f"resumed at epoch {first + 1}")
    else:
        macs = multiply_accumulates(average, torch.zeros(1, 1, 28, 28))
        report(f"{parameters(model)} parameters, {macs / 1e6:.2f} MMAC, seed {options.seed}")
        if options.initial:
            report("starts from the weights chosen above")
        report(
            f"torch {torch.__version__}, {options.epochs} epochs, batch {options.batch}, "
            f"rate {options.rate}, decay {options.decay}, average {options.average}, "
            f"bf16 {options.bf16}, {options.threads} threads"
        )
    for epoch in range(first, options.epochs):
        start = time.monotonic()
        loss = train_epoch(model, average, optimizer, images, labels, epoch, options)
        seconds = time.monotonic() - start
        held = accuracy(average, held_images, held_labels)
        if held > best_accuracy:
            best_accuracy = held
            save(best, {"model": average.state_dict(), "epoch": epoch, "held_out": held})
        save(
            last,
            {
                "model": model.state_dict(),
                "average": average.state_dict(),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch,
                "best_accuracy": best_accuracy,
            },
        )
        report(f"epoch {epoch + 1:2} loss {loss:.4f} held-out {held:.2f} % in {seconds:.0f} s")

    chosen = torch.load(best)
    average.load_state_dict(chosen["model"])
    test = accuracy(average, *load("t10k"))
    report(
        f"chosen: epoch {chosen['epoch'] + 1}, held-out {chosen['held_out']:.2f} %, "
        f"test {test:.2f} % of 10,000"
    )
    log.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains the small CoAtNet on Fashion-MNIST.")
    parser.add_argument("--checkpoints", type=Path, required=True, help="a folder")
    parser.add_argument("--log", type=Path, default=MODELS / "fashion-coatnet.log")
    parser.add_argument("--initial", type=Path, help="best.pt of an earlier run")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--average", type=float, default=0.998, help="decay of averaged weights")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if not DATA.is_dir():
        print(f"{DATA} is missing: apt-get install dataset-fashion-mnist", file=sys.stderr)
        return 1
    train(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())

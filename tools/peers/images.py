"""Images made ready once, so that every engine calibrates and is evaluated on the same bytes.

Resizing is Pillow's and the geometry is torchvision's Resize and CenterCrop. What is left to an
engine is (x / 255 - mean) / std.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from common import Failure, Sample

EXTENSIONS = {".jpeg", ".jpg", ".pgm", ".png", ".ppm"}


@dataclass(frozen=True)
class Contract:
    """How images are made ready: timm's keys, as in a `*.preprocess.json`."""

    channels: int
    size: int
    resize: int
    interpolation: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @staticmethod
    def read(path: Path) -> "Contract":
        try:
            fields = json.loads(path.read_text())
            channels, height, width = fields["input_size"]
            contract = Contract(
                channels=channels,
                size=height,
                resize=int(height / fields["crop_pct"]),
                interpolation=fields["interpolation"],
                mean=tuple(fields["mean"]),
                std=tuple(fields["std"]),
            )
        except FileNotFoundError:
            raise Failure(f"{path} is missing: it says how images are made ready") from None
        except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
            raise Failure(f"{path}: not a preprocessing contract ({error!r})") from None
        if fields.get("crop_mode") not in (None, "center"):
            raise Failure(f"{path}: crop_mode must be center")
        if height != width or channels not in (1, 3):
            raise Failure(f"{path}: input_size must be a square of 1 or 3 channels")
        return contract

    def write_for_prepared(self, path: Path) -> None:
        """The same contract for images that already have the network's size."""
        fields = {
            "input_size": [self.channels, self.size, self.size],
            "mean": self.mean,
            "std": self.std,
            "interpolation": self.interpolation,
            "crop_pct": 1.0,
            "crop_mode": "center",
        }
        path.write_text(json.dumps(fields, indent=2) + "\n")


def evenly_spaced(paths: list[Path], limit: int | None) -> list[Path]:
    """`limit` of the paths in the order of their bytes; all where there are no more."""
    ordered = sorted(paths, key=os.fsencode)
    if limit is None or limit >= len(ordered):
        return ordered
    return [ordered[i * len(ordered) // limit] for i in range(limit)]


def prepare(source: Path, target: Path, contract: Contract, limit: int | None) -> list[Sample]:
    """Writes images of a folder as target/<label>/<name>.pgm or .ppm of the network's size."""
    paths = [path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS]
    if not paths:
        raise Failure(f"{source}: no image in it ({', '.join(sorted(EXTENSIONS))})")
    samples = []
    for path in evenly_spaced(paths, limit):
        label = path.parent.name
        file = target / label / f"{path.stem}{'.pgm' if contract.channels == 1 else '.ppm'}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            raise Failure(f"{source}: two images are called {label}/{path.stem}")
        try:
            fit(Image.open(path), contract).save(file, "PPM")
        except OSError as error:
            raise Failure(f"{path}: {error}") from None
        samples.append(Sample(file, label))
    return samples


def fit(image: Image.Image, contract: Contract) -> Image.Image:
    """Resizes the shorter side and crops the middle."""
    image = image.convert("L" if contract.channels == 1 else "RGB")
    shorter = min(image.size)
    width, height = (int(contract.resize * side / shorter) for side in image.size)
    filter_ = Image.Resampling[contract.interpolation.upper()]
    image = image.resize((width, height), filter_)
    left = round((width - contract.size) / 2)
    top = round((height - contract.size) / 2)
    return image.crop((left, top, left + contract.size, top + contract.size))


def tensor(path: Path, contract: Contract) -> np.ndarray:
    """A prepared image as the network takes it: float32 [1, C, H, W]."""
    pixels = np.asarray(Image.open(path), np.float32).reshape(
        contract.size, contract.size, contract.channels
    )
    mean, std = np.array(contract.mean, np.float32), np.array(contract.std, np.float32)
    values = (pixels / np.float32(255) - mean) / std
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])

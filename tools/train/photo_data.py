"""Imagenette's photographs: cached as bytes at 160 px for training, at 128 px for evaluation."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from photo_model import SIDE

CACHED = 160
MEAN, STD = 127 / 255, 128 / 255
CLASSES = {
    "n01440764": (0, "tench"),
    "n02102040": (217, "English springer"),
    "n02979186": (482, "cassette player"),
    "n03000684": (491, "chain saw"),
    "n03028079": (497, "church"),
    "n03394916": (566, "French horn"),
    "n03417042": (569, "garbage truck"),
    "n03425413": (571, "gas pump"),
    "n03445777": (574, "golf ball"),
    "n03888257": (701, "parachute"),
}
"""By folder: the class's index in ImageNet and its label."""


def load(folder: Path, side: int, cache: Path) -> tuple[Tensor, Tensor]:
    """Images [count, 3, side, side] as bytes and labels [count], in byte-sorted path order.

    Photographs are square: Pillow's bilinear resize is the whole of Resize and CenterCrop.
    """
    if cache.exists():
        return torch.load(cache)
    paths = [p for name in CLASSES for p in sorted((folder / name).iterdir())]
    images = np.empty((len(paths), side, side, 3), np.uint8)
    for i, path in enumerate(paths):
        with Image.open(path) as image:
            resized = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
            images[i] = np.asarray(resized)
    names = list(CLASSES)
    labels = torch.tensor([names.index(path.parent.name) for path in paths])
    content = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), labels
    torch.save(content, cache)
    return content


def normalise(images: Tensor) -> Tensor:
    """Bytes (or values 0 to 255) as the model's input."""
    return (images.float() / 255 - MEAN) / STD


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(count, generator=generator)


def augment(images: Tensor, generator: torch.Generator) -> Tensor:
    """Random resized crops (area 0.35 to 1, ratio 3/4 to 4/3) of bytes as [count, 3, SIDE, SIDE],
    flipped, with brightness and contrast times 0.6 to 1.4; values 0 to 255."""
    count = len(images)
    area = uniform(count, 0.35, 1.0, generator)
    ratio = uniform(count, -1.0, 1.0, generator).mul(np.log(4 / 3) / 2).exp()
    width, height = (area.sqrt() * ratio).clamp(max=1), (area.sqrt() / ratio).clamp(max=1)
    centre_x = uniform(count, -1.0, 1.0, generator) * (1 - width)
    centre_y = uniform(count, -1.0, 1.0, generator) * (1 - height)
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    theta = torch.zeros(count, 2, 3)
    theta[:, 0, 0], theta[:, 0, 2] = width * flip, centre_x
    theta[:, 1, 1], theta[:, 1, 2] = height, centre_y
    grid = functional.affine_grid(theta, [count, 3, SIDE, SIDE], align_corners=False)
    crops = functional.grid_sample(
        images.float(), grid, padding_mode="reflection", align_corners=False
    )
    brightness = uniform(count, 0.6, 1.4, generator)[:, None, None, None]
    contrast = uniform(count, 0.6, 1.4, generator)[:, None, None, None]
    crops = crops * brightness
    mean = crops.mean((1, 2, 3), keepdim=True)
    return ((crops - mean) * contrast + mean).clamp(0, 255)

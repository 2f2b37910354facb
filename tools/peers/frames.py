"""From the bytes of a camera's frame to its class: what a camera program does around an engine.

Peers get what their users write: OpenCV decodes (JPEG reduced while it is decoded, as far as the
network's size allows), crops, resizes (bilinear, the fastest that is not wrong) and converts colours
on uint8; then (x / 255 - mean) / std as one multiplication and addition, and [H, W, C] to [C, H, W].
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from common import Failure
from images import EXTENSIONS, Contract, evenly_spaced

FORMATS = {"mjpeg": "MJPEG", "yuyv": "YUYV"}
DISTINCT = 40


@dataclass(frozen=True)
class Clip:
    """Frames of one format and size, one after the other in a file."""

    path: Path
    format: str
    width: int
    height: int
    ends: tuple[int, ...]
    """Where each frame ends."""

    @property
    def title(self) -> str:
        return f"{FORMATS[self.format]} {self.width}x{self.height}"

    def frames(self) -> list[np.ndarray]:
        data, begins = np.fromfile(self.path, np.uint8), (0, *self.ends)
        return [data[begin:end] for begin, end in zip(begins, self.ends)]


def make_clip(source: Path, folder: Path, name: str, width: int, height: int, count: int) -> Clip:
    """`count` frames of a folder's images, of which DISTINCT differ."""
    paths = [path for path in source.rglob("*") if path.suffix.lower() in EXTENSIONS]
    if not paths:
        raise Failure(f"{source}: no image in it ({', '.join(sorted(EXTENSIONS))})")
    encode = {"mjpeg": jpeg, "yuyv": yuyv}[name]
    chosen = evenly_spaced(paths, DISTINCT)
    encoded = [
        encode(Image.open(path).convert("RGB").resize((width, height))) for path in chosen
    ]
    path, ends = folder / f"clip.{name}", []
    with path.open("wb") as file:
        for index in range(count):
            file.write(encoded[index % len(encoded)])
            ends.append(file.tell())
    return Clip(path, name, width, height, tuple(ends))


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, subsampling="4:2:2")  # as webcams do
    return buffer.getvalue()


def yuyv(image: Image.Image) -> bytes:
    """BT.601 in limited range, as webcams send it."""
    pixels = np.asarray(image.convert("YCbCr")).astype(np.float32)
    height, width, _ = pixels.shape
    frame = np.empty((height, width, 2), np.uint8)
    frame[..., 0] = np.rint(16 + pixels[..., 0] * (219 / 255))
    chroma = np.rint(128 + (pixels[..., 1:] - 128) * (224 / 255))
    frame[:, 0::2, 1], frame[:, 1::2, 1] = chroma[:, 0::2, 0], chroma[:, 0::2, 1]
    return frame.tobytes()


def preparation(clip: Clip, contract: Contract) -> Callable[[np.ndarray], np.ndarray]:
    """A function from a frame's bytes to the network's input, float32 [1, C, H, W]."""
    import cv2

    cv2.setNumThreads(1)
    size, grey = contract.size, contract.channels == 1
    colour = [
        (1, cv2.IMREAD_COLOR), (2, cv2.IMREAD_REDUCED_COLOR_2), (4, cv2.IMREAD_REDUCED_COLOR_4),
        (8, cv2.IMREAD_REDUCED_COLOR_8),
    ]  # fmt: skip
    flag = [flag for by, flag in colour if min(clip.width, clip.height) // by >= size or by == 1][-1]
    scale = (1 / 255 / np.array(contract.std)).astype(np.float32)
    shift = (-np.array(contract.mean) / np.array(contract.std)).astype(np.float32)
    x = np.empty((1, contract.channels, size, size), np.float32)

    def run(frame: np.ndarray) -> np.ndarray:
        if clip.format == "mjpeg":
            image = cv2.imdecode(frame, flag)
        else:
            image = frame.reshape(clip.height, clip.width, 2)
        height, width = image.shape[:2]
        side = min(width, height) & ~1
        top, left = (height - side) // 2, (width - side) // 2 & ~1  # YUYV's pixels are pairs
        image = image[top : top + side, left : left + side]
        if clip.format == "yuyv":
            image = cv2.cvtColor(image, cv2.COLOR_YUV2RGB_YUYV)
            image = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
        else:
            image = cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        if grey:
            image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
        np.multiply(image.transpose(2, 0, 1), scale[:, None, None], out=x[0])
        np.add(x[0], shift[:, None, None], out=x[0])
        return x

    return run

#!/usr/bin/env python3
"""Resizes and transforms of random images by Pillow: the oracle of ours.

  resize-cases.py > CASES        random cases, for the tests. Numbers are 32 bits, little-endian: channels and filter (its
                                 place in FILTERS), width and height; then 0, the new width and height (a resize); or 1, the
                                 new channels, the resize's shorter side, and the crop's width and height (a transform); then
                                 the pixels before and after
  resize-cases.py --digests      the digests that the tests hold, of sample images
"""

import argparse
import random
import struct
import sys

from PIL import Image

from digest import digest

FILTERS = ["nearest", "box", "bilinear", "bicubic", "lanczos", "hamming"]
MODES = {1: "L", 3: "RGB"}


def transform(image, channels, resize, width, height, resampling):
    """torchvision's Resize of the shorter side and CenterCrop."""
    image = image.convert(MODES[channels])
    w, h = image.size
    longer = int(resize * max(w, h) / min(w, h))
    size = (resize, longer) if w <= h else (longer, resize)
    if image.size != size:
        image = image.resize(size, resampling)
    w, h = image.size
    if width > w or height > h:
        padded = Image.new(image.mode, (max(w, width), max(h, height)))
        padded.paste(image, (max(0, (width - w) // 2), max(0, (height - h) // 2)))
        image = padded
        w, h = image.size
    top, left = int(round((h - height) / 2.0)), int(round((w - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


def resampling(name):
    return getattr(Image.Resampling, name.upper())


def pixels(rng, count):
    """Noise, or only black and white, where filters with negative weights overshoot."""
    if rng.randrange(2):
        return rng.randbytes(count)
    return bytes(rng.choice((0, 255)) for _ in range(count))


def side(rng):
    return rng.randint(1, rng.choice((4, 40, 150)))


def write_cases():
    rng = random.Random(1)
    out = sys.stdout.buffer
    for case in range(1000):
        channels, kind = rng.choice((1, 3)), rng.randrange(len(FILTERS))
        width, height = side(rng), side(rng)
        if case % 50 == 0:
            width, height = rng.choice(((3000, 1), (1, 3000), (2, 1000), (1000, 5)))
        source = pixels(rng, width * height * channels)
        image = Image.frombytes(MODES[channels], (width, height), source)
        head = [channels, kind, width, height]
        filter = resampling(FILTERS[kind])
        if case % 2 == 0:
            size = side(rng), side(rng)
            head += [0, *size]
            result = image.resize(size, filter)
        else:
            parts = [rng.choice((1, 3)), rng.choice((1, 5, 16, 21)), rng.randint(1, 30), rng.randint(1, 30)]
            head += [1, *parts]
            result = transform(image, *parts, filter)
        out.write(struct.pack(f"<{len(head)}I", *head) + source + result.tobytes())


def sample(w, h, c):
    data = bytes(((x * 37) ^ (y * 91) ^ (k * 53) + x * y * 7 + (x * x >> 1)) & 255
                 for y in range(h) for x in range(w) for k in range(c))
    return Image.frombytes(MODES[c], (w, h), data)


def print_digests():
    sizes = [(1, 1), (2, 3), (7, 5), (16, 16), (33, 21), (100, 37)]
    targets = [(1, 1), (5, 4), (16, 9), (9, 16), (33, 21), (64, 41)]
    for c in MODES:
        for name in FILTERS:
            data = b"".join(sample(*s, c).resize(t, resampling(name)).tobytes() for s in sizes for t in targets)
            print(f"{c} {name} {digest(data):016x}")
    crops = [(1, 1), (5, 8), (16, 16), (17, 16), (20, 9), (40, 30)]
    data = b"".join(
        transform(sample(*s, a), c, resize, *crop, Image.Resampling.BICUBIC).tobytes()
        for a in MODES for c in MODES for s in sizes for resize in (1, 6, 16, 21) for crop in crops)
    print(f"transforms {digest(data):016x}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digests", action="store_true")
    if parser.parse_args().digests:
        print_digests()
    else:
        write_cases()


if __name__ == "__main__":
    main()

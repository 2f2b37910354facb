#!/usr/bin/env python3
"""Writes ten JPEG files, each another picture: tools/vcam/clip.py FOLDER."""

import subprocess
import sys
from pathlib import Path

WIDTH, HEIGHT = 640, 480


def picture(number: int) -> bytes:
    """Shades of one colour from left to right, stripes and a square of another: a PPM file."""
    colour = [(37 * number + 80 * channel) % 256 for channel in range(3)]
    rows = []
    for y in range(0, HEIGHT, 8):
        row = bytearray()
        for x in range(0, WIDTH, 8):
            inside = abs(x - 60 * number) < 100 and abs(y - 240) < 40 + 15 * number
            stripe = (x + y * (number % 3)) // (16 + 8 * number) % 2
            pixel = [255 - c if inside else (c * x // WIDTH + 90 * stripe) % 256 for c in colour]
            row += bytes(pixel) * 8
        rows.append(bytes(row) * 8)
    return b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + b"".join(rows)


def main(folder: Path) -> None:
    folder.mkdir()
    for number in range(10):
        file = subprocess.run(["cjpeg", "-quality", "80"], input=picture(number), stdout=subprocess.PIPE, check=True)
        (folder / f"{number}.jpg").write_bytes(file.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

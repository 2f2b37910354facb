#!/usr/bin/env python3
"""JPEG files of every kind that Pillow decodes, and what it decodes them to: the oracle of our decoder.

  jpeg-cases.py > CASES          all of them, for the tests: name, file, whether Pillow accepts it, then width, height,
                                 channels and pixels; numbers are 32 bits, little-endian, and a length precedes the others
  jpeg-cases.py --golden DIR     the golden files of the tests (Pillow 13.0): DIR/NAME.jpg, and DIR/digests.txt with a line
                                 NAME WIDTH HEIGHT CHANNELS FNV-1A for each
"""

import argparse
import io
import random
import struct
import sys
from pathlib import Path

from PIL import Image

from digest import digest

SIZES = [(1, 1), (2, 3), (7, 5), (8, 8), (16, 16), (17, 9), (9, 17), (33, 21), (48, 64), (101, 67)]
CHANNELS = {"L": 1, "RGB": 3, "CMYK": 4}


def sample(width, height, mode):
    """Slopes, an edge and noise."""
    noise = random.Random(width * 1000 + height)
    return Image.frombytes(mode, (width, height), bytes(
        (x * (5 + 3 * k) + y * (7 - 2 * k) + (90 if (x - y) % 23 < 9 else 0) + noise.randrange(1 + 20 * k)) & 255
        for y in range(height) for x in range(width) for k in range(CHANNELS[mode])))


def encode(mode, size, **options):
    file = io.BytesIO()
    sample(*size, mode).save(file, "JPEG", **options)
    return file.getvalue()


def segments(data):
    """(marker, start, end) of each segment before the pixels."""
    at = 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at + 1], at, end
        at = end


def without(data, *markers):
    for marker, start, end in reversed(list(segments(data))):
        if marker in markers:
            data = data[:start] + data[end:]
    return data


def patched(data, markers, offset, old, new):
    """The byte at `offset` of the segment of one of these markers, counted from its marker, changed."""
    for marker, start, _ in segments(data):
        if marker in markers:
            assert data[start + offset] == old, (hex(marker), data[start + offset])
            return data[: start + offset] + bytes([new]) + data[start + offset + 1 :]
    raise AssertionError("no such segment")


FRAME = (0xC0, 0xC1, 0xC2)


def cases():
    for size in SIZES:
        for quality in (5, 50, 90, 100):
            for progressive in (False, True):
                options = dict(quality=quality, progressive=progressive)
                name = f"{size[0]}x{size[1]}-q{quality}{'-progressive' if progressive else ''}"
                yield f"grey-{name}", encode("L", size, **options)
                cmyk = encode("CMYK", size, **options)
                yield f"cmyk-{name}", cmyk
                yield f"ycck-{name}", patched(cmyk, [0xEE], 15, 0, 2)
                yield f"cmyk-plain-{name}", without(cmyk, 0xEE)
                for index, sampling in enumerate(("444", "422", "420")):
                    data = encode("RGB", size, subsampling=index, **options)
                    yield f"ycc{sampling}-{name}", data
                    for other, new in {"422": {"440": 0x12}, "420": {"411": 0x41, "441": 0x14}}.get(sampling, {}).items():
                        # The blocks of another sampling in the same number: another picture, as good as any.
                        yield f"ycc{other}-{name}", patched(data, FRAME, 11, {"422": 0x21, "420": 0x22}[sampling], new)
        rgb = encode("RGB", size, keep_rgb=True, quality=80)
        name = f"{size[0]}x{size[1]}"
        yield f"rgb-{name}", rgb
        yield f"rgb-by-component-names-{name}", without(rgb, 0xEE)
        yield f"restarts-{name}", encode("RGB", size, restart_marker_blocks=3)
        yield f"restarts-by-row-{name}", encode("L", size, restart_marker_rows=1, progressive=True)
        turned = Image.Exif()
        turned[0x112] = 6
        data = encode("RGB", size, optimize=True, exif=turned, comment=b"a comment")
        yield f"turned-{name}", data
        yield f"trailing-bytes-{name}", data + b"\xff\xd8\xff\x00 more"
        yield f"no-tables-{name}", without(encode("RGB", size), 0xC4)
    small = {
        "baseline": encode("RGB", (33, 21), quality=30),
        "progressive": encode("RGB", (17, 9), quality=30, progressive=True),
        "restarts": encode("L", (48, 64), restart_marker_blocks=4, quality=30),
        "cmyk": encode("CMYK", (9, 17), quality=30),
    }
    for name, data in small.items():
        for count in range(3, len(data)):
            yield f"{name}-cut-at-{count}", data[:count]
        yield f"{name}-12-bits", patched(data, FRAME, 4, 8, 12)
        yield f"{name}-2-components", patched(data, FRAME, 9, {"restarts": 1, "cmyk": 4}.get(name, 3), 2)


def decoded(data):
    """As `Image.open(file).convert("RGB")` has it, grey images aside; None where Pillow refuses the file."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except (OSError, SyntaxError):
        return None
    return image if image.mode == "L" else image.convert("RGB")


GOLDEN = [
    "grey-33x21-q50", "grey-17x9-q90-progressive", "ycc444-33x21-q50", "ycc422-33x21-q50", "ycc420-33x21-q50",
    "ycc420-101x67-q50-progressive", "ycc440-33x21-q50", "ycc411-33x21-q50", "rgb-17x9", "cmyk-17x9-q50", "ycck-17x9-q50",
    "cmyk-plain-17x9-q50", "restarts-33x21", "turned-33x21", "no-tables-33x21",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", type=Path)
    folder = parser.parse_args().golden
    lines = []
    for name, data in cases():
        image = decoded(data)
        if folder is None:
            out = sys.stdout.buffer
            for field in (name.encode(), data):
                out.write(struct.pack("<I", len(field)) + field)
            out.write(struct.pack("<I", image is not None))
            if image:
                out.write(struct.pack("<III", *image.size, len(image.getbands())) + image.tobytes())
        elif name in GOLDEN:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.jpg").write_bytes(data)
            lines.append(f"{name} {image.width} {image.height} {len(image.getbands())} {digest(image.tobytes()):016x}\n")
    if folder:
        (folder / "digests.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()

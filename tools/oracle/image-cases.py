#!/usr/bin/env python3
"""PNG, WebP and BMP files of every kind that Pillow decodes, and what it decodes them to: the oracle of our decoders.

  image-cases.py > CASES          all of them, for the tests: name, file, whether it is whole, whether Pillow accepts it, then width,
                                  height, and the pixels of convert("RGB") and convert("L"); numbers are 32 bits, little-endian,
                                  and a length precedes the others
  image-cases.py --golden DIR     the golden files of the tests (Pillow 13.0): DIR/NAME, and DIR/image-digests.txt with a line
                                  NAME WIDTH HEIGHT FNV-1A for each, of both conversions' pixels one after the other
"""

import argparse
import io
import random
import struct
import sys
import warnings
import zlib
from pathlib import Path

from PIL import Image

from digest import digest

warnings.simplefilter("ignore")

SIZES = [(1, 1), (2, 3), (7, 5), (17, 9), (33, 21)]
# Samples of a pixel by PNG's type of colour, and the depths that each may have.
PNG_TYPES = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def values(width, height, channels, largest, seed=0):
    """Rows of slopes, an edge and noise."""
    noise = random.Random(width * 1000 + height + seed)
    return [[[(x * (5 + 3 * k) * largest // 200 + y * 7 + (largest // 3 if (x - y) % 11 < 4 else 0) + noise.randrange(largest // 8 + 2))
              % (largest + 1) for k in range(channels)] for x in range(width)] for y in range(height)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", sample) for sample in samples)
    bits = "".join(format(sample, f"0{depth}b") for sample in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def filtered(lines, step):
    """Lines with each of the five filters in turn."""
    result, above = b"", None
    for number, line in enumerate(lines):
        up = above or bytes(len(line))
        kind = number % 5
        out = bytearray()
        for i, byte in enumerate(line):
            left, corner = (line[i - step], up[i - step]) if i >= step else (0, 0)
            guess = left + up[i] - corner
            paeth = min((left, up[i], corner), key=lambda v: abs(guess - v))
            out.append((byte - (0, left, up[i], (left + up[i]) // 2, paeth)[kind]) & 255)
        result += bytes([kind]) + out
        above = line
    return result


def png(rows, depth, kind, interlaced=False, before=b"", parts=1, end=True, size=None):
    width, height = size or (len(rows[0]), len(rows))
    step = max(1, PNG_TYPES[kind][0] * depth // 8)
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b""
    for x, y, across, down in passes:
        lines = [packed([sample for pixel in row[x::across] for sample in pixel], depth) for row in rows[y::down]]
        data += filtered([line for line in lines if line], step)
    data = zlib.compress(data)
    cut = -(-len(data) // parts)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)) + before
            + b"".join(chunk(b"IDAT", data[i : i + cut]) for i in range(0, len(data), cut)) + (chunk(b"IEND", b"") if end else b""))


def palette(count):
    return chunk(b"PLTE", bytes((37 * i + 91 * k + 13) % 256 for i in range(count) for k in range(3)))


def png_cases():
    for size in SIZES:
        for kind, (channels, depths) in PNG_TYPES.items():
            for depth in depths:
                rows = values(*size, channels, (1 << depth) - 1)
                before = palette(1 << depth) if kind == 3 else b""
                transparency = {0: struct.pack(">H", rows[0][0][0]), 2: struct.pack(">HHH", *(rows[0][0] * 3)[:3]), 3: b"\0\x80"}.get(kind)
                for interlaced in (False, True):
                    name = f"{kind}-{depth}-{size[0]}x{size[1]}{'-interlaced' if interlaced else ''}.png"
                    yield name, png(rows, depth, kind, interlaced, before)
                    if transparency:
                        yield f"tRNS-{name}", png(rows, depth, kind, interlaced, before + chunk(b"tRNS", transparency[: 1 << depth]))
    rows = values(17, 9, 3, 255)
    for name, before in {"gamma": chunk(b"gAMA", struct.pack(">I", 100000)), "sRGB": chunk(b"sRGB", b"\0"),
                         "profile": chunk(b"iCCP", b"name\0\0" + zlib.compress(b"no profile")), "text": chunk(b"tEXt", b"Comment\0text"),
                         "significant": chunk(b"sBIT", b"\5\6\5"), "background": chunk(b"bKGD", b"\0\1\0\2\0\3")}.items():
        yield f"{name}.png", png(rows, 8, 2, before=before)
    yield "parts.png", png(rows, 8, 2, parts=7)
    yield "no-end.png", png(rows, 8, 2, end=False)
    yield "trailing.png", png(rows, 8, 2) + b"more"
    yield "short-palette.png", png(values(17, 9, 1, 255), 8, 3, before=palette(20))
    yield "dark-grey-16.png", png([[[x * 40] for x in range(17)] for _ in range(3)], 16, 0)
    frames = [Image.frombytes("RGB", (17, 9), bytes(sum(sum(values(17, 9, 3, 255, seed), []), []))) for seed in range(3)]
    for default in (False, True):
        file = io.BytesIO()
        frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], default_image=default)
        yield f"animated-{default}.png", file.getvalue()


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def sample(mode, size, seed=0):
    channels = len(mode)
    return Image.frombytes(mode, size, bytes(sum(sum(values(*size, channels, 255, seed), []), [])))


def webp_cases():
    for size in SIZES + [(64, 48)]:
        for mode in ("RGB", "RGBA"):
            image = sample(mode, size)
            name = f"{mode}-{size[0]}x{size[1]}"
            for quality in (5, 50, 90):
                yield f"lossy-{quality}-{name}.webp", saved(image, "WEBP", quality=quality, exif=b"", method=quality // 30)
            yield f"lossless-{name}.webp", saved(image, "WEBP", lossless=True)
            yield f"exact-{name}.webp", saved(image, "WEBP", lossless=True, exact=True)
    grey = saved(sample("L", (33, 21)).convert("RGB"), "WEBP", lossless=True)
    yield "grey.webp", grey
    for mode in ("RGB", "RGBA"):
        frames = [sample(mode, (33, 21), seed) for seed in range(3)]
        for lossless in (False, True):
            data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless)
            yield f"animated-{mode}-{lossless}.webp", data
            # The first picture at another place: smaller than the animation by what it is moved.
            at = data.index(b"ANMF") + 8
            moved = data[:24] + struct.pack("<I", 33 + 4 - 1)[:3] + struct.pack("<I", 21 + 2 - 1)[:3] + data[30:at] + b"\2\0\0\1\0\0" + data[at + 6 :]
            yield f"moved-{mode}-{lossless}.webp", moved


def bmp(size, depth, data, header=40, compression=0, colours=0, table=b"", masks=b"", top_down=False, offset=None):
    width, height = size
    if header == 12:
        info = struct.pack("<IHHHH", 12, width, height, 1, depth)
    else:
        info = struct.pack("<IIiHHIIiiII", header, width, -height if top_down else height, 1, depth, compression, len(data), 0, 0, colours, 0)
        info = (info + (masks if header > 40 else b"")).ljust(header, b"\0")
    info += masks if header == 40 else b""
    place = 14 + len(info) + len(table)
    return b"BM" + struct.pack("<IHHI", place + len(data), 0, 0, place if offset is None else offset) + info + table + data


def bmp_rows(size, depth, seed=0):
    noise = random.Random(size[0] * 100 + size[1] + depth + seed)
    return noise.randbytes((size[0] * depth + 31) // 32 * 4 * size[1])


def colour_table(count, step=4):
    return b"".join(bytes(((53 * i + 7) % 256, (31 * i + 90) % 256, (11 * i + 200) % 256, 0))[:step] for i in range(count))


RUNS8 = bytes([3, 7, 0, 3, 1, 2, 3, 0, 2, 9, 0, 0]) + bytes([0, 4, 5, 6, 7, 8, 4, 1, 0, 0]) + bytes([5, 3, 0, 2, 2, 1]) + bytes([20, 4, 0, 0, 8, 2, 0, 1])
RUNS4 = bytes([3, 0x71, 0, 5, 0x12, 0x34, 0x50, 0, 0, 0]) + bytes([8, 0x56, 0, 0]) + bytes([5, 0x3C, 0, 2, 2, 1]) + bytes([20, 0x4B, 0, 0, 8, 2, 0, 1])


def bmp_cases():
    for size in SIZES:
        name = f"{size[0]}x{size[1]}"
        for depth in (1, 4, 8, 16, 24, 32):
            data = bmp_rows(size, depth)
            for header in (12, 40, 52, 56, 64, 108, 124):
                table = colour_table(1 << depth, 3 if header == 12 else 4) if depth <= 8 else b""
                yield f"{depth}-{header}-{name}.bmp", bmp(size, depth, data, header, table=table)
            yield f"{depth}-top-down-{name}.bmp", bmp(size, depth, data, table=colour_table(1 << depth) if depth <= 8 else b"", top_down=True)
        for depth, all_masks in {16: [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)], 24: [(0xFF0000, 0xFF00, 0xFF)],
                                 32: [(0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF000000, 0xFF00, 0xFF, 0xFF0000),
                                      (0xFF, 0xFF00, 0xFF0000, 0xFF000000), (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0, 0, 0, 0)]}.items():
            for masks in all_masks:
                for header in (40, 56, 124):
                    fields = masks if header > 40 else masks[:3]
                    if header == 40 and masks == (0xFF, 0xFF00, 0xFF0000, 0xFF000000):
                        continue
                    packed_masks = struct.pack(f"<{len(fields)}I", *fields)
                    yield (f"masks-{depth}-{masks[0]:x}-{masks[-1]:x}-{header}-{name}.bmp",
                           bmp(size, depth, bmp_rows(size, depth), header, 3, masks=packed_masks))
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        image = sample("RGB", (33, 21)).convert(mode) if mode != "RGBA" else sample("RGBA", (33, 21))
        yield f"saved-{mode}.bmp", saved(image, "BMP")
    yield "black-white.bmp", bmp((17, 9), 1, bmp_rows((17, 9), 1), table=b"\0\0\0\0\xff\xff\xff\0")
    yield "few-colours.bmp", bmp((17, 9), 8, bmp_rows((17, 9), 8), colours=20, table=colour_table(20))
    yield "no-offset.bmp", bmp((17, 9), 8, bmp_rows((17, 9), 8), table=colour_table(256), offset=0)
    yield "offset-of-palette.bmp", bmp((17, 9), 4, bmp_rows((17, 9), 4), table=colour_table(16), offset=54)
    yield "no-offset-masks.bmp", bmp((7, 5), 32, bmp_rows((7, 5), 32), compression=3, masks=struct.pack("<III", 0xFF0000, 0xFF00, 0xFF), offset=0)
    for top_down in (False, True):
        yield f"runs-8-{top_down}.bmp", bmp((8, 5), 8, RUNS8, compression=1, table=colour_table(256), top_down=top_down)
        yield f"runs-4-{top_down}.bmp", bmp((8, 5), 4, RUNS4, compression=2, table=colour_table(16), top_down=top_down)
    yield "runs-end-early.bmp", bmp((8, 9), 8, RUNS8, compression=1, table=colour_table(256))
    yield "runs-odd-place.bmp", bmp((8, 5), 8, b"\0" + RUNS8, compression=1, table=colour_table(256), offset=54 + 1024 + 1)


def cases():
    """(name, file, whether it is whole)"""
    whole = [*png_cases(), *webp_cases(), *bmp_cases()]
    yield from ((name, data, True) for name, data in whole)
    cut = ["2-8-7x5.png", "6-16-7x5-interlaced.png", "3-4-7x5.png", "parts.png", "lossy-50-RGBA-17x9.webp", "lossless-RGB-17x9.webp",
           "animated-RGBA-False.webp", "8-40-7x5.bmp", "24-40-7x5.bmp", "runs-8-False.bmp", "runs-4-True.bmp"]
    for name, data in whole:
        if name in cut:
            yield from ((f"{name} cut at {count}", data[:count], False) for count in range(2, len(data)))


GOLDEN = [f"{kind}-{depth}-17x9{interlaced}.png" for kind, (_, depths) in PNG_TYPES.items() for depth in depths for interlaced in ("", "-interlaced")] + [
    "tRNS-3-8-17x9.png", "tRNS-0-16-17x9.png", "dark-grey-16.png", "short-palette.png",
    "lossy-50-RGB-33x21.webp", "lossy-50-RGBA-33x21.webp", "lossless-RGB-33x21.webp", "lossless-RGBA-33x21.webp", "moved-RGBA-False.webp",
    "1-40-17x9.bmp", "4-12-17x9.bmp", "8-40-17x9.bmp", "16-40-17x9.bmp", "24-40-17x9.bmp", "32-124-17x9.bmp", "8-top-down-17x9.bmp",
    "masks-16-f800-1f-56-17x9.bmp", "masks-32-ff-ff000000-56-17x9.bmp", "runs-8-False.bmp", "runs-4-True.bmp"]


def decoded(data):
    """The size, and the pixels as RGB and as grey; None where Pillow refuses the file."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        return image.size, image.convert("RGB").tobytes(), image.convert("L").tobytes()
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error):
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", type=Path)
    folder = parser.parse_args().golden
    lines = []
    for name, data, whole in cases():
        if folder is None:
            image = decoded(data)
            out = sys.stdout.buffer
            for field in (name.encode(), data):
                out.write(struct.pack("<I", len(field)) + field)
            out.write(struct.pack("<II", whole, image is not None))
            if image:
                out.write(struct.pack("<II", *image[0]) + image[1] + image[2])
        elif name in GOLDEN:
            (width, height), rgb, grey = decoded(data)
            (folder / name).write_bytes(data)
            lines.append(f"{name} {width} {height} {digest(rgb + grey):016x}\n")
    if folder:
        assert len(lines) == len(GOLDEN)
        (folder / "image-digests.txt").write_text("".join(lines))


if __name__ == "__main__":
    main()

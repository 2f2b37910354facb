#!/usr/bin/env python3
"""JPEG, PNG and WebP files that state an orientation in one way or another, and the one by which Pillow turns them.

For each case: the name's length and bytes, the file's length and bytes, and the orientation, 1 where Pillow does not turn the
image; numbers of 32 bits, little-endian."""
import io
import struct
import sys
import warnings
import zlib

from PIL import Image, ImageOps

warnings.simplefilter("ignore")

EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
TYPES = {"BYTE": (1, "B"), "ASCII": (2, "B"), "SHORT": (3, "H"), "LONG": (4, "L"), "SBYTE": (6, "b"),
         "UNDEFINED": (7, "B"), "SSHORT": (8, "h"), "SLONG": (9, "l"), "IFD": (13, "L")}


def tiff(order, kind, values, tag=274, count=None):
    number, form = TYPES[kind]
    data = struct.pack(f"{order}{len(values)}{form}", *values)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "L", 8)
    field = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "L", 26)
    entry = struct.pack(order + "HHL", tag, number, len(values) if count is None else count) + field
    return head + struct.pack(order + "H", 1) + entry + struct.pack(order + "L", 0) + data


def cases():
    for order in "<>":
        for kind in TYPES:
            yield f"{order}{kind}", [EXIF + tiff(order, kind, [6])]
        yield f"{order}two", [EXIF + tiff(order, "SHORT", [6, 3])]
        yield f"{order}three", [EXIF + tiff(order, "LONG", [6, 3, 1])]
        yield f"{order}none", [EXIF + tiff(order, "SHORT", [6], count=0), XMP + b'tiff:Orientation="3"']
        for value in (0, 1, 9):
            yield f"{order}{value} before XMP", [EXIF + tiff(order, "SHORT", [value]), XMP + b'tiff:Orientation="6"']
        yield f"{order}another tag", [EXIF + tiff(order, "SHORT", [3], tag=273), XMP + b'tiff:Orientation="6"']
        whole = tiff(order, "SHORT", [6])
        yield f"{order}in parts", [EXIF + whole[:12], EXIF + whole[12:]]
        yield f"{order}twice", [EXIF + tiff(order, "SHORT", [8]), EXIF + whole]
        yield f"{order}two names", [EXIF + EXIF + whole]
    for text in ('tiff:Orientation="6"', "<tiff:Orientation>6</tiff:Orientation>", "tiff:Orientation='6'",
                 'tiff:Orientation="0"', 'tiff:Orientation="9"', 'tiff:Orientation = "6"',
                 'tiff:Orientation="x" tiff:Orientation="3"', 'tiff:Orientation="8" tiff:Orientation="3"'):
        yield text, [XMP + text.encode()]
    yield "the last XMP", [XMP + b'tiff:Orientation="6"', XMP + b'tiff:Orientation="8"']
    yield "XMP first", [XMP + b'tiff:Orientation="6"', EXIF + tiff("<", "SHORT", [3])]
    yield "no directory", [EXIF + b"II*\0\xff\xff\xff\0", XMP + b'tiff:Orientation="6"']


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def files(stored):
    """Of a JPEG, a PNG and a WebP file: the name, the file, and what makes it state segments of a JPEG file."""
    def jpeg(file, segments):
        return file[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part for part in segments) + file[2:]

    def png(file, segments, place=33):
        chunks = b"".join(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + part[len(XMP) :]) if part.startswith(XMP)
                          else chunk(b"eXIf", part[len(EXIF) :]) for part in segments)
        return file[:place] + chunks + file[place:]

    def late_png(file, segments):
        return png(file, segments, len(file) - 12)

    def webp(file, segments):
        chunks = file[12:]
        for part in segments:
            kind, data = (b"XMP ", part[len(XMP) :]) if part.startswith(XMP) else (b"EXIF", part)
            chunks += kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
        size = struct.pack("<I", stored.width - 1)[:3] + struct.pack("<I", stored.height - 1)[:3]
        chunks = b"VP8X" + struct.pack("<IB3x", 10, 8 | 4) + size + chunks
        return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks

    for kind, make, options in (("JPEG", jpeg, {}), ("PNG", png, {}), ("PNG", late_png, {}), ("WEBP", webp, {"lossless": True})):
        file = io.BytesIO()
        stored.save(file, kind, **options)
        yield make.__name__, file.getvalue(), make


def field(content):
    return struct.pack("<I", len(content)) + content


def main():
    pixels = Image.frombytes("L", (32, 16), bytes((x * 7 + y * y * 3) % 256 for y in range(16) for x in range(32)))
    turns = [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
             Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90]
    for kind, plain, make in files(pixels):
        stored = Image.open(io.BytesIO(plain))
        upright = [stored] + [stored.transpose(turn) for turn in turns]
        upright = [(image.size, image.tobytes()) for image in upright]
        for name, segments in cases():
            if kind != "jpeg" and ("parts" in name or "twice" in name or name == "the last XMP"):
                continue  # at most one of each
            file = make(plain, segments)
            turned = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
            orientation = 1 + upright.index((turned.size, turned.tobytes()))
            sys.stdout.buffer.write(field(f"{kind} {name}".encode()) + field(file) + struct.pack("<I", orientation))


main()

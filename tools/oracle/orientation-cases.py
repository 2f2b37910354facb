#!/usr/bin/env python3
"""JPEG files that state an orientation in one way or another, and the one by which Pillow turns them.

For each case: the name's length and bytes, the file's length and bytes, and the orientation, 1 where Pillow does not turn the
image; numbers of 32 bits, little-endian."""
import io
import struct
import sys
import warnings

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


def field(content):
    return struct.pack("<I", len(content)) + content


def main():
    pixels = Image.frombytes("L", (32, 16), bytes((x * 7 + y * y * 3) % 256 for y in range(16) for x in range(32)))
    plain = io.BytesIO()
    pixels.save(plain, "JPEG")
    plain = plain.getvalue()
    turns = [Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM,
             Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90]
    stored = Image.open(io.BytesIO(plain))
    upright = [stored] + [stored.transpose(turn) for turn in turns]
    upright = [(image.size, image.tobytes()) for image in upright]
    for name, segments in cases():
        parts = b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part for part in segments)
        file = plain[:2] + parts + plain[2:]
        turned = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        orientation = 1 + upright.index((turned.size, turned.tobytes()))
        sys.stdout.buffer.write(field(name.encode()) + field(file) + struct.pack("<I", orientation))


main()

"""Compares Swiftlet with other engines on this machine, in one run.

Latency: every engine in a process of its own, one at a time, in rounds that alternate them; the
same ONNX file, input shape and number of threads. Accuracy: the same prepared images for all. What
an engine cannot do is reported as not run, with its reason.

A model is a path to an .onnx file (with .preprocess.json and, if trained, .labels.txt beside it),
efficientnet_lite0 (trained), or the name of a timm model (random weights; deit_tiny and
coatnet_0_rw are short names). A model of Fashion-MNIST's classes takes its images from there, the
others from --images and --eval-images.

Not part of tools/test: the first run downloads about 0.7 GB (2.5 GB where pip finds no CPU build
of PyTorch) into ~/.cache/swiftlet/peers-venv, and a comparison takes minutes on a machine that
should do nothing else.
"""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = "deit_tiny,coatnet_0_rw,mobilevit_xs"
ENGINES = "ort-fp32,ort-int8,openvino-fp32,openvino-bf16,openvino-int8"
PERFORMANCE = ROOT / "docs/PERFORMANCE.md"
DOCUMENT = "write the tables between its marks <!-- peers:begin latency|frames|accuracy --> (PERFORMANCE.md)"


def names(text: str) -> list[str]:
    found = [part for part in text.split(",") if part]
    if not found or len(set(found)) < len(found):
        raise argparse.ArgumentTypeError(f"'{text}': names separated by commas, each once")
    return found


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not at least 1")
    return value


def counts(text: str) -> list[int]:
    return [positive(part) for part in names(text)]


def size(text: str) -> tuple[int, int]:
    width, height = (positive(part) for part in text.split("x"))
    if width % 16 or height % 8:
        raise argparse.ArgumentTypeError(f"{text}: cameras' widths divide by 16, heights by 8")
    return width, height


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tools/peers/run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--models", type=names, default=names(MODELS), help=f"default: {MODELS}")
    add("--engines", type=names, default=names(ENGINES), help=f"peers; default: {ENGINES}")
    add("--images", type=Path, metavar="DIR", help="calibrate on these, at any depth")
    add("--eval-images", type=Path, metavar="DIR", help="evaluate on these, DIR/<label>/*")
    add("--samples", type=positive, default=128, help="images to calibrate on (128)")
    add("--eval-limit", type=positive, metavar="N", help="N images to evaluate on (all)")
    add("--frames", type=size, metavar="WxH", help="also time a camera's frames of this size")
    add("--rounds", type=positive, default=5, help="(5)")
    add("--threads", type=counts, default=[1, 2], help="(1,2)")
    add("--seconds", type=float, default=1.0, help="of a measurement, and at least 10 runs (1)")
    add("--document", type=Path, nargs="?", const=PERFORMANCE, metavar="FILE", help=DOCUMENT)
    add("--output", type=Path, metavar="FILE", help="write everything as JSON")
    add("--swiftlet", type=Path, required=True, metavar="BINARY", help=argparse.SUPPRESS)
    add("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    add("--fashion-mnist", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    parse()

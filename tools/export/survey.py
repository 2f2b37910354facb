"""Tries which timm networks convert: exports each with random weights, converts it, and writes a table.

    survey.py --images DIR [--swiftlet FILE] [--samples N] [NAME...]

Signal to noise at the logits is measured on images of DIR. With random weights it says that a family's operators work
and are not far off; what a trained network keeps of its accuracy is for `swiftlet eval` to say.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from user_input import positive

EXPORT = Path(__file__).with_name("timm_model.py")
NAMES = """
vit_tiny_patch16_224 deit_tiny_patch16_224 visformer_tiny levit_128s swin_tiny_patch4_window7_224 tiny_vit_5m_224
pvt_v2_b0 coatnet_nano_rw_224 coatnet_0_rw_224 maxvit_pico_rw_256 mobilevit_xxs mobilevit_xs mobilevit_s mobilevitv2_050
efficientformer_l1 efficientformerv2_s0 efficientvit_b0 edgenext_xx_small fastvit_t8 repvit_m1 shvit_s1
mobilenetv4_hybrid_medium vit_tiny_r_s16_p8_224 poolformer_s12 convnext_atto mobilenetv2_100 mobilenetv3_small_100
mobilenetv4_conv_small efficientnet_lite0 efficientnet_b0 mobileone_s0 ghostnet_100 starnet_s1 resnet18
""".split()


def last_line(text: str) -> str:
    """What a program said last."""
    return (text.strip().splitlines() or ["no message"])[-1]


def reason(text: str) -> str:
    """The first problem of a refusal, and how many there are."""
    problems = [line.strip() for line in text.strip().splitlines() if not line.endswith(":")] or ["no message"]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return problems[0].removeprefix("swiftlet: ").replace("|", "/") + more


def survey(name: str, options: argparse.Namespace, folder: Path) -> str:
    """A row of the table."""
    onnx = folder / f"{name}.onnx"
    export = [sys.executable, str(EXPORT), name, str(onnx), "--random"]
    done = subprocess.run(export, capture_output=True, text=True)
    if done.returncode:
        return f"| {name} | | | not exported: {last_line(done.stderr)} |"
    size = json.loads(onnx.with_suffix(".preprocess.json").read_text())["input_size"][1]
    parameters = last_line(done.stdout).split(":", 1)[1].split("M parameters")[0].strip()
    convert = [
        options.swiftlet, "convert", str(onnx), "-o", str(folder / f"{name}.swiftlet"), "--json",
        "--calibration", str(options.images), "--samples", str(options.samples),
    ]  # fmt: skip
    done = subprocess.run(convert, capture_output=True, text=True)
    if done.returncode:
        return f"| {name} | {size} | {parameters} | {reason(done.stderr.replace(str(folder), ''))} |"
    return f"| {name} | {size} | {parameters} | {json.loads(done.stdout)['logits_sqnr_db']:.1f} dB |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Tries which timm networks convert.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="names that timm knows (default: a list of light ones)"
    )
    parser.add_argument("--images", type=Path, required=True, help="photographs to calibrate and measure on")
    parser.add_argument("--samples", type=positive, default=32)
    parser.add_argument("--swiftlet", default="swiftlet")
    options = parser.parse_args()
    if not options.images.is_dir():
        parser.error(f"--images: {options.images}: no such folder")
    if not shutil.which(options.swiftlet):
        parser.error(f"--swiftlet: {options.swiftlet}: no such program; build it, or name the file")
    print("| network | input | M parameters | logits, or the first reason |\n|---|---|---|---|", flush=True)
    for name in options.names or NAMES:
        with tempfile.TemporaryDirectory() as folder:
            print(survey(name, options, Path(folder)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

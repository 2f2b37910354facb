#!/usr/bin/env python3
"""Calibration time against ONNX Runtime's fp32 time on the same images, alternating in one run.

    calibration-time.py SWIFTLET MODEL.onnx IMAGES PREPROCESS.json [--threads N] [--rounds N]

IMAGES is a folder of grey PGM files of the model's size. Prints the median seconds of both and their ratio; exits 1 where
calibration takes more than three times as long.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

LIMIT = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("swiftlet", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("preprocess", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    contract = json.loads(options.preprocess.read_text())
    mean, std = contract["mean"][0], contract["std"][0]
    files = sorted(options.images.rglob("*.pgm"))
    inputs = [
        ((np.asarray(Image.open(file), np.float32) / 255 - mean) / std)[None, None].astype(np.float32)
        for file in files
    ]
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(options.model, settings, ["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as work:
        for _ in range(options.rounds):
            start = time.perf_counter()
            for image in inputs:
                session.run(None, {name: image})
            theirs.append(time.perf_counter() - start)
            command = [
                options.swiftlet, "convert", options.model, "-o", f"{work}/model.swiftlet", "--json",
                "--calibration", options.images, "--samples", str(len(files)),
                "--preprocess", options.preprocess, "--threads", str(options.threads),
            ]
            printed = subprocess.run(command, check=True, capture_output=True).stdout
            ours.append(json.loads(printed)["calibration_seconds"])
    a, b = statistics.median(ours), statistics.median(theirs)
    print(
        f"{len(files)} images, {options.threads} threads: calibration {a:.3f} s, "
        f"ONNX Runtime fp32 {b:.3f} s, ratio {a / b:.2f}"
    )
    return 0 if a <= LIMIT * b else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs an ONNX model of one float input with ONNX Runtime: raw little-endian float32 in, raw float32 out.

Usage: onnxruntime-outputs.py MODEL.onnx INPUT.bin OUTPUT.bin
Needs: numpy, onnxruntime. The input's dynamic batch, if any, is 1.
"""
import sys

import numpy
import onnxruntime


def main(model: str, source: str, destination: str) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    declared = session.get_inputs()[0]
    shape = [size if isinstance(size, int) and size > 0 else 1 for size in declared.shape]
    image = numpy.fromfile(source, dtype="<f4").reshape(shape)
    outputs = session.run(None, {declared.name: image})
    numpy.concatenate([output.ravel() for output in outputs]).astype("<f4").tofile(destination)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])

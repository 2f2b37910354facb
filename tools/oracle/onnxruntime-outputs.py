#!/usr/bin/env python3
"""Runs ONNX models of one float input with ONNX Runtime: raw little-endian float32 in, raw float32 out.

Usage: onnxruntime-outputs.py (MODEL.onnx INPUT OUTPUT)...
Needs: numpy, onnxruntime. The input's dynamic batch, if any, is 1.
"""
import sys

import numpy
import onnxruntime


def run(model: str, source: str, destination: str) -> None:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    declared = session.get_inputs()[0]
    shape = [size if isinstance(size, int) and size > 0 else 1 for size in declared.shape]
    image = numpy.fromfile(source, dtype="<f4").reshape(shape)
    outputs = session.run(None, {declared.name: image})
    numpy.concatenate([output.ravel() for output in outputs]).astype("<f4").tofile(destination)


if __name__ == "__main__":
    names = sys.argv[1:]
    if not names or len(names) % 3:
        sys.exit(__doc__)
    for model, source, destination in zip(names[::3], names[1::3], names[2::3]):
        run(model, source, destination)

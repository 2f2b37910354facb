"""A peer on the emulated board: peer.py NAME MODEL INPUT CALLS. Prints the logits as JSON.

Every inference begins with a system call that nothing else makes: the plugin counts from one to
the next.
"""

import json
import os
import sys
from collections.abc import Callable

import numpy as np

Session = Callable[[], np.ndarray]


def onnxruntime_session(model: str, x: np.ndarray) -> Session:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]


def ncnn_session(model: str, x: np.ndarray, half: bool) -> Session:
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = 1
    if not half:
        net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    if net.load_param(model) or net.load_model(model.removesuffix("param") + "bin"):
        sys.exit(1)  # ncnn has said why
    image = ncnn.Mat(x[0])
    source, target = net.input_names()[0], net.output_names()[0]

    def run() -> np.ndarray:
        extractor = net.create_extractor()
        extractor.input(source, image)
        code, output = extractor.extract(target)
        if code:
            sys.exit(1)
        return np.array(output)

    return run


def main(name: str, model: str, source: str, calls: str) -> None:
    x = np.load(source)
    if name.startswith("ncnn"):
        run = ncnn_session(model, x, half=name.endswith("fp16"))
    else:
        run = onnxruntime_session(model, x)
    for _ in range(int(calls)):
        os.getppid()
        y = run()
    print(json.dumps(y.ravel().tolist()))


main(*sys.argv[1:])

"""Makes an ONNX file ready for the peers, on this machine: prepare.py ONNX FOLDER PNNX.

FOLDER/tensors holds what is calibrated on. FOLDER gets fp32.onnx, quantized.onnx and
fp32.ncnn.param with its .bin; where one cannot be made, the reason is printed.
"""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx

PEERS = Path(__file__).resolve().parents[1] / "peers"
sys.path.insert(0, str(PEERS))
from engines import Job, ONNXRuntimeInt8  # noqa: E402


class TensorJob(Job):
    """Calibrated on tensors as the model takes them."""

    def tensors(self) -> Iterator[np.ndarray]:
        return map(np.load, self.calibration)


class Int8ForARM(ONNXRuntimeInt8):
    reduce_range = False


def prepare_ncnn(model: Path, shape: tuple[int, ...], pnnx: Path) -> None:
    """Converts by pnnx, which writes beside the model."""
    sizes = ",".join(map(str, shape))
    command = [pnnx, model, f"inputshape=[{sizes}]", "fp16=0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=model.parent)
    if done.returncode or not model.with_suffix(".ncnn.param").exists():
        lines = (done.stdout + done.stderr).strip().splitlines()
        raise RuntimeError(f"pnnx: {lines[-1] if lines else f'exit code {done.returncode}'}")


def main(source: str, target: str, pnnx: str) -> None:
    logging.disable(logging.WARNING)
    folder = Path(target)
    tensors = tuple(sorted((folder / "tensors").glob("*.npy")))
    model = folder / "fp32.onnx"
    onnx.save(onnx.load(source), model)
    job = TensorJob(model, folder, None, tensors)
    steps = {
        "onnxruntime int8": lambda: Int8ForARM().prepare(job),
        "ncnn": lambda: prepare_ncnn(model, np.load(tensors[0]).shape, Path(pnnx)),
    }
    for name, step in steps.items():
        try:
            step()
        except Exception as error:  # whatever a peer throws is its reason
            print(f"count: {name}: {' '.join(str(error).split())[:300]}")


main(*sys.argv[1:])

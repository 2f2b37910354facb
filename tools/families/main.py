"""Makes the net of model families: small ONNX files with random weights, in the shape of every family and relative.

    main.py FOLDER [NAME...]

Each file is compared with PyTorch before it is kept. NAME.onnx is by the TorchScript-based exporter, NAME-dynamo.onnx by
the newer one, where the two spell a net in other ways. A net is at most 0.4 MB, all of them 12 MB. Run by hand, with
tools/export/requirements.txt; the files are the same on every run.
"""

import argparse
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "export"))
from onnx_file import export, load_torchvision  # noqa: E402

load_torchvision()

import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from nets import NETS  # noqa: E402
from timm.utils.model import reparameterize_model  # noqa: E402
from torch import nn  # noqa: E402
from user_input import Failure  # noqa: E402
from weights import images, perturb  # noqa: E402

LARGEST = 400_000
LARGEST_IN_ALL = 12_000_000
TOLERANCE = 1e-4


def without_origins(path: Path) -> None:
    """Leaves out what no reader needs: where in the sources a node comes from, and shapes that follow from others."""
    proto = onnx.load(path)
    del proto.metadata_props[:], proto.graph.value_info[:]
    for item in [proto.graph, *proto.graph.node, *proto.graph.initializer]:
        del item.metadata_props[:]
        item.doc_string = ""
    onnx.save(proto, path)


def check(path: Path, model: nn.Module, side: int) -> float:
    """How far ONNX Runtime's logits are from PyTorch's, as a share of the largest; its own optimizations are left out."""
    inputs = images(4, side, torch.Generator().manual_seed(1))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    actual = np.concatenate([session.run(None, {"image": image[None].numpy()})[0] for image in inputs])
    with torch.inference_mode():
        expected = np.concatenate([model(image[None]).numpy() for image in inputs])
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def write(model: nn.Module, side: int, path: Path, dynamo: bool) -> None:
    """Writes and checks one file; it appears when it is whole and right."""
    with tempfile.TemporaryDirectory(prefix=".families-", dir=path.parent) as scratch:
        partial = Path(scratch) / path.name
        export(model, torch.zeros(1, 3, side, side), partial, dynamo)
        without_origins(partial)
        apart = check(partial, model, side)
        if not apart <= TOLERANCE:
            raise ValueError(f"{path.name}: its logits differ from PyTorch's by {apart:.1e} of the largest")
        size = partial.stat().st_size
        if size > LARGEST:
            raise ValueError(f"{path.name}: {size} bytes, at most {LARGEST} are wanted")
        partial.replace(path)
    print(f"{path.name}: {size / 1000:.0f} kB, {apart:.0e} from PyTorch", flush=True)


def make(name: str, folder: Path) -> None:
    """Writes a net by one exporter or both."""
    net = NETS[name]
    torch.manual_seed(0)
    model = perturb(net.make(), net.side, net.gain)
    if net.merges:
        model = reparameterize_model(model)
    write(model, net.side, folder / f"{name}.onnx", dynamo=False)
    if net.both:
        try:
            write(model, net.side, folder / f"{name}-dynamo.onnx", dynamo=True)
        except Failure as failure:
            print(f"{name}: by one exporter only: {str(failure)[:200]}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the net of model families.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(NETS)}")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NETS]
    if unknown or not options.folder.is_dir():
        parser.error(f"no such net: {', '.join(unknown)}" if unknown else f"{options.folder}: no such folder")
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)  # sums are the same on every machine
    failed = 0
    for name in options.names or NETS:
        try:
            make(name, options.folder)
        except Exception as error:
            traceback.print_exc(limit=-3)
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            failed += 1
    total = sum(file.stat().st_size for file in options.folder.glob("*.onnx"))
    print(f"{total / 1e6:.1f} MB in all")
    return 1 if failed or total > LARGEST_IN_ALL else 0


if __name__ == "__main__":
    sys.exit(main())

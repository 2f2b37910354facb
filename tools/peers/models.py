"""The models that are compared: files of the user's, or networks exported here and kept."""

import importlib.metadata
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import onnx

from common import Failure

EXPORT = Path(__file__).resolve().parents[1] / "export"
ALIASES = {
    "deit_tiny": "deit_tiny_patch16_224",
    "coatnet_0_rw": "coatnet_0_rw_224",
}
"""Short names of timm models. Any other name that timm knows works too."""


@dataclass(frozen=True)
class Model:
    """An ONNX file with its contract; labels only where its weights are trained."""

    name: str
    onnx: Path
    preprocess: Path
    labels: Path | None

    def read_labels(self) -> list[str]:
        """The classes in order; a label is the first word of its line."""
        if self.labels is None:
            return []
        return [line.split()[0] for line in self.labels.read_text().splitlines() if line.strip()]


def resolve(text: str, folder: Path) -> Model:
    """A path to an .onnx file (its .preprocess.json and .labels.txt beside it), or a name."""
    if text.endswith(".onnx"):
        path = Path(text).absolute()
        if not path.is_file():
            raise Failure(f"{text}: no such file")
        return beside(path.stem, path)
    name = ALIASES.get(text, text)
    versions = [f"{part}{importlib.metadata.version(part)}" for part in ("timm", "torch")]
    path = folder / "-".join([name, *versions]) / f"{name}.onnx"
    if not path.exists():
        export(name, path)
    return beside(text, path)


def beside(name: str, path: Path) -> Model:
    """The model of a file and of what lies beside it."""
    labels = path.with_suffix(".labels.txt")
    preprocess = path.with_suffix(".preprocess.json")
    return Model(name, path, preprocess, labels if labels.exists() else None)


def export(name: str, path: Path) -> None:
    """Runs a script of tools/export, in a process of its own: PyTorch is gone when engines are measured.

    The file appears when it is whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"partial-{path.name}")
    if name == "efficientnet_lite0":
        arguments = ["efficientnet_lite0.py", str(partial), "--crop-pct", "0.875"]
    else:
        arguments = ["timm_model.py", name, str(partial), "--random"]
    command = [sys.executable, "-W", "ignore", str(EXPORT / arguments[0]), *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"{name}: neither an .onnx file nor a model that can be exported: {last}")
    for suffix in (".preprocess.json", ".labels.txt", ".onnx"):
        if partial.with_suffix(suffix).exists():
            partial.with_suffix(suffix).rename(path.with_suffix(suffix))


def has_attention(path: Path) -> bool:
    """Whether a softmax feeds anything: NNCF wants to be told of transformers."""
    graph = onnx.load(path, load_external_data=False).graph
    outputs = {value.name for value in graph.output}
    return any(node.op_type == "Softmax" and node.output[0] not in outputs for node in graph.node)

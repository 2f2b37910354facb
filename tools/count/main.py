"""Counts the instructions that an inference executes on 64-bit ARM, Swiftlet's and other engines'.

Programs run under emulation, on one thread. Counted are whole inferences after the first, so that
neither start-up nor loading counts, and Swiftlet's counts are the same in every run. ONNX Runtime and ncnn run from Python, on the same ONNX file;
what a peer cannot do is null (- in the table), with the reason on the standard error. The first
comparison downloads about 0.2 GB into ~/.cache/swiftlet/arm64-peers.

An .onnx file is converted first, with what lies beside it: .table.json, .preprocess.json and
.labels.txt. Without a table it is calibrated on random tensors, which a count depends on little.
"""

import argparse
import array
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "calibration/models/photo-coatnet.onnx"
CPUS = ["cortex-a53", "cortex-a76"]
CALLS = 5  # inferences of a run; the first is not counted, nor a peer's last
SESSION_RUN = "$s8Swiftlet7SessionV3runyyF"
GETPPID = 173  # peer.py calls it before every inference
PEERS = {
    "onnxruntime fp32": "fp32.onnx",
    "onnxruntime int8": "quantized.onnx",
    "ncnn fp32": "fp32.ncnn.param",
    "ncnn fp16": "fp32.ncnn.param",
}
"""The peers, and the file that each needs."""


class Failure(Exception):
    """A message for the user."""


@dataclass(frozen=True)
class Counted:
    """Instructions an inference, in all and by symbol, and what the program printed."""

    total: int
    symbols: dict[str, int]
    printed: str


def say(text: str) -> None:
    print(f"count: {text}", file=sys.stderr, flush=True)


def ask(*command: object, **options: Any) -> str:
    """What a command prints. Fails with its last words; qemu's are on the standard output."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, **options
    )
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise Failure(lines[-1].strip() if lines else f"{command[0]}: exit code {done.returncode}")
    return done.stdout


def count(
    tools: argparse.Namespace, cpu: str, mark: str, *program: object, on: tuple[object, ...] = ()
) -> Counted:
    """Runs a program whose every inference begins with the mark; `on` comes before the emulator."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "counts")
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SWIFT_DETERMINISTIC_HASHING": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": tools.peers / "site",
            "OPENBLAS_NUM_THREADS": "1",
        }
        plugin = f"{tools.plugin},out={out},{mark}"
        emulator = ("qemu-aarch64", "-cpu", cpu, "-L", tools.peers / "root", "-plugin", plugin)
        printed = ask(*on, *emulator, *program, env=environment)
        first, *rest = out.read_text().splitlines()
    inferences = int(first)
    if inferences not in (CALLS - 2, CALLS - 1):
        raise Failure(f"{mark}: {inferences} inferences were counted of {CALLS}")
    rows = [line.split("\t") for line in rest]
    total = sum(int(executed) for executed, _ in rows)
    symbols = {name: int(executed) // inferences for executed, name in rows}
    return Counted(total // inferences, symbols, printed)


def write_tensor(path: Path, shape: list[int], seed: int) -> None:
    """A .npy file of float32, uniform in -1...1."""
    generator = random.Random(seed)
    values = array.array("f", (generator.uniform(-1, 1) for _ in range(math.prod(shape))))
    fields = {"descr": "<f4", "fortran_order": False, "shape": tuple(shape)}
    header = f"{fields}".ljust(117).encode() + b"\n"
    magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
    path.write_bytes(magic + header + values.tobytes())


def convert(tools: argparse.Namespace, onnx: Path, folder: Path) -> Path:
    """The int8 model; `folder`/tensors gets what it, or a peer, is calibrated on."""
    inputs = json.loads(ask(tools.swiftlet, "inspect", onnx, "--json"))["inputs"]
    tensors, model = folder / "tensors", folder / "model.swiftlet"
    tensors.mkdir()
    for seed in range(4):
        write_tensor(tensors / f"{seed}.npy", inputs[0]["shape"], seed)
    command: list[object] = [tools.swiftlet, "convert", onnx, "-o", model]
    table = onnx.with_suffix(".table.json")
    calibrate = ["--calibration", tensors, "--method", "minmax"]
    command += ["--table", table] if table.exists() else calibrate
    for option in ("preprocess", "labels"):
        for beside in onnx.parent.glob(f"{onnx.stem}.{option}.*"):
            command += [f"--{option}", beside]
    ask(*command)
    return model


def count_ours(tools: argparse.Namespace, cpu: str, model: Path) -> Counted:
    bench = ("bench", model, "--threads", 1, "--warmup", 0, "--runs", CALLS, "--min-seconds", 0)
    return count(tools, cpu, f"symbol={SESSION_RUN}", tools.device, *bench)


def count_peers(tools: argparse.Namespace, cpu: str, folder: Path) -> dict[str, int | None]:
    """Every peer that could be made ready in `folder`."""
    cpuinfo = folder / f"cpuinfo-{cpu}"
    python = tools.peers / "root/usr/bin/python3.13"
    show = "print(open('/proc/cpuinfo').read(), end='')"
    newer = (tools.describing_qemu, "-cpu", cpu, "-L", tools.peers / "root")
    cpuinfo.write_text(ask(*newer, python, "-c", show))
    board = ("bash", HERE / "board", cpuinfo)
    counts: dict[str, int | None] = {}
    reference: list[float] = []
    for name, file in PEERS.items():
        counts[name] = None
        if not (folder / file).exists():
            continue
        program = (python, HERE / "peer.py", name, folder / file, folder / "tensors/0.npy", CALLS)
        try:
            counted = count(tools, cpu, f"syscall={GETPPID}", *program, on=board)
            logits = json.loads(counted.printed.splitlines()[-1])
            if name == "onnxruntime fp32":
                reference = logits
            elif "int8" not in name and not reference:
                raise Failure("ONNX Runtime's logits are missing to check its own by")
            elif "int8" not in name and not distance(logits, reference) < 0.05:
                raise Failure("its logits are not ONNX Runtime's")
            counts[name] = counted.total
        except Failure as reason:
            say(f"{name} on {cpu}: {reason}")
    return counts


def distance(a: list[float], b: list[float]) -> float:
    """How far `a` is from `b`, as a share of b's length."""
    return math.dist(a, b) / math.hypot(*b) if len(a) == len(b) else math.inf


def measure(tools: argparse.Namespace, path: Path, folder: Path) -> list[dict[str, Any]]:
    """An object for each CPU."""
    if path.suffix not in (".onnx", ".swiftlet") or not path.is_file():
        raise Failure(f"{path}: no .onnx or .swiftlet file")
    is_onnx = path.suffix == ".onnx"
    model = convert(tools, path, folder) if is_onnx else path
    if tools.compare and is_onnx:
        python, pnnx = tools.peers / "venv/bin/python", tools.peers / "pnnx/pnnx/pnnx"
        command = [python, HERE / "prepare.py", path, folder, pnnx]
        done = subprocess.run(command, stdout=sys.stderr)
        if done.returncode:
            raise Failure(f"{path}: the peers could not be made ready")
    elif tools.compare:
        say(f"{path}: peers take .onnx files")
    results = []
    for cpu in tools.cpu:
        ours = count_ours(tools, cpu, model)
        result: dict[str, Any] = {"model": path.stem, "cpu": cpu, "ours": ours.total, "peers": {}}
        if tools.compare:
            unable = dict.fromkeys(PEERS)
            result["peers"] = count_peers(tools, cpu, folder) if is_onnx else unable
        if tools.symbols:
            hottest = sorted(ours.symbols.items(), key=lambda item: -item[1])[: tools.symbols]
            result["symbols"] = [[demangled(name), executed] for name, executed in hottest]
        if tools.json:
            print(json.dumps(result), flush=True)
        results.append(result)
    return results


def demangled(name: str) -> str:
    if not name.startswith("$s") or not shutil.which("swift"):
        return name
    return ask("swift", "demangle", "--compact", "--simplified", name).strip()


def print_table(results: list[dict[str, Any]]) -> None:
    """A row a model and CPU, millions of instructions an inference; behind it the symbols."""
    peers = list(dict.fromkeys(name for result in results for name in result["peers"]))
    rows = [["million instructions", "cpu", "swiftlet", *peers]]
    for result in results:
        found = [result["ours"], *(result["peers"].get(name) for name in peers)]
        rows.append([result["model"], result["cpu"], *map(millions, found)])
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths)]
        print("  ".join([*left, *(cell.rjust(width) for cell, width in zip(row[2:], widths[2:]))]))
    for result in results:
        if "symbols" in result:
            print(f"\n{result['model']} on {result['cpu']}")
        for name, executed in result.get("symbols", []):
            print(f"{millions(executed):>10}  {executed / result['ours']:6.1%}  {name}")


def millions(executed: int | None) -> str:
    return "-" if executed is None else f"{executed / 1e6:.2f}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tools/arm64 count",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "models",
        type=Path,
        nargs="*",
        metavar="MODEL",
        help=f".onnx or .swiftlet files (default: {MODEL.name})",
    )
    add(
        "--cpu",
        action="append",
        metavar="NAME",
        help=f"as qemu names it; may be repeated (default: {', '.join(CPUS)})",
    )
    add("--no-peers", dest="compare", action="store_false", help="count Swiftlet's alone")
    add("--symbols", type=int, default=0, metavar="N", help="Swiftlet's N hottest functions")
    add("--json", action="store_true", help="an object a line for each model and CPU")
    for name in ("--swiftlet", "--device", "--plugin", "--peers", "--describing-qemu"):
        add(name, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.models = options.models or [MODEL]
    options.cpu = options.cpu or CPUS
    return options


def main() -> int:
    options = parse()
    results = []
    failed = False
    for path in options.models:
        try:
            with tempfile.TemporaryDirectory() as folder:
                results += measure(options, path.absolute(), Path(folder))
        except (Failure, OSError) as failure:
            say(str(failure))
            failed = True
    if results and not options.json:
        print_table(results)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Compares Swiftlet with other engines: options.py says what and how."""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from PIL import Image

import images
import options as command_line
from common import Failure, NotRun, Policy, Timing, busy_cores, machine
from comparison import Result, Runner, evaluate, measure, prepare
from engines import ENGINES, Job
from frames import FORMATS, make_clip
from images import Contract
from models import Model, resolve
from swiftlet import NAME, Swiftlet, version
from tables import accuracy_table, frames_table, latency_table, replaced
from worker import Peer, Worker


TABLES = {"latency": latency_table, "frames": frames_table, "accuracy": accuracy_table}
"""By the names of their marks in a document."""


def say(text: str) -> None:
    print(text, flush=True)


@dataclass(frozen=True)
class Subject:
    """A model, and the folders of its images."""

    model: Model
    contract: Contract
    calibration: Path
    evaluation: Path | None


def subject(options: argparse.Namespace, text: str) -> Subject:
    """A model of the command line; exports it where that is needed."""
    model = resolve(text, options.cache / "models")
    contract = Contract.read(model.preprocess)
    train, test = options.fashion_mnist / "train", options.fashion_mnist / "test"
    if {folder.name for folder in test.iterdir()} == set(model.read_labels()):
        return Subject(model, contract, train, test)
    if options.images is None:
        raise Failure(f"{text}: give --images DIR, images to calibrate on")
    return Subject(model, contract, options.images, options.eval_images)


def compare(options: argparse.Namespace, chosen: Subject, work: Path) -> Result:
    """One model, from its images to its figures."""
    model, contract = chosen.model, chosen.contract
    say(f"\n== {model.name}")
    inputs = images.prepare(chosen.calibration, work / "calibration", contract, options.samples)
    job = Job(model.onnx, work, contract, tuple(sample.path for sample in inputs))

    def build(name: str) -> Runner:
        if name == NAME:
            return Swiftlet(options.swiftlet, job, model.labels)
        return Peer(ENGINES[name], job, options.cache / "quantized")

    result = Result(model.name, model.labels is not None, len(inputs))
    runners = prepare([NAME, *options.engines], build, result, say)
    try:
        policy = Policy(warmup=5, runs=10, seconds=options.seconds)

        def times(what: str, once: Callable[[Runner, int], Timing]) -> dict[str, Any]:
            return measure(runners, result, what, once, options.threads, options.rounds, say)

        result.latency = times("latency", lambda runner, count: runner.measure(count, policy))
        if options.frames is not None:
            for name in FORMATS:
                clip = make_clip(chosen.calibration, work, name, *options.frames, count=400)
                result.frames[clip.title] = times(
                    clip.title, lambda runner, count: runner.frames(count, policy, clip)
                )
        if chosen.evaluation is not None:
            target, limit = work / "evaluation", options.eval_limit
            samples = images.prepare(chosen.evaluation, target, contract, limit)
            evaluate(runners, result, model, samples, say)
    finally:
        for runner in runners:
            runner.close()
    ours = next((runner for runner in runners if runner.name == NAME), None)
    if isinstance(ours, Swiftlet):
        result.conversion = ours.conversion
    return result


def call_overhead(options: argparse.Namespace, work: Path) -> dict[str, float]:
    """Microseconds that each engine's Python call takes on a model that does nothing."""
    shape = [1, 1, 1, 1]
    value = [onnx.helper.make_tensor_value_info(name, 1, shape) for name in ("x", "y")]
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "empty", value[:1], value[1:])
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=8)
    onnx.save(model, work / "empty.onnx")
    Image.fromarray(np.zeros((1, 1), np.uint8)).save(work / "empty.pgm")
    job = Job(work / "empty.onnx", work, Contract(1, 1, 1, "nearest", (0.0,), (1.0,)), ())
    found = {}
    for name in ("ort-fp32", "openvino-fp32"):
        worker = Worker(ENGINES[name], job)
        try:
            worker.ask("open", 1)
            timing = worker.ask("measure", 1, Policy(100, 1000, 0.0), work / "empty.pgm")
            found[ENGINES[name].title.removesuffix(" fp32")] = 1000 * timing.p50
        except NotRun as reason:
            say(f"{name}: its overhead is unknown: {reason}")
        worker.close()
    return found


def main() -> int:
    options = command_line.parse()
    try:
        return run(options)
    except (Failure, OSError) as failure:
        print(f"peers: {failure}", file=sys.stderr)
        return 1


def run(options: argparse.Namespace) -> int:
    unknown = [name for name in options.engines if name not in ENGINES]
    if unknown:
        raise Failure(f"no engine is called {unknown[0]}; there are {', '.join(ENGINES)}")
    for folder in (options.images, options.eval_images):
        if folder is not None and not folder.is_dir():
            raise Failure(f"{folder}: no such folder")
    if options.document is not None:
        for name in TABLES:
            replaced(options.document, name, "")
    described = machine()
    sets = ", ".join(described["instruction_sets"])
    say(f"{described['processor']}, {described['cores']} cores: {sets}")
    if (busy := statistics.median(busy_cores() for _ in range(3))) > 0.2:
        say(f"warning: other processes keep {busy:.1f} cores busy: expect spread")
    options.cache.mkdir(parents=True, exist_ok=True)
    subjects = [subject(options, text) for text in options.models]
    versions = ", ".join(ENGINES[name].versions() for name in options.engines).split(", ")
    report: dict[str, Any] = {
        "machine": described,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "versions": [f"swiftlet {version(options.swiftlet)}", *dict.fromkeys(versions)],
    }
    with tempfile.TemporaryDirectory(prefix="work-", dir=options.cache) as folder:
        report["call_overhead_us"] = call_overhead(options, Path(folder))
        results: list[dict[str, Any]] = []
        for chosen in subjects:
            work = Path(folder, str(len(results)))
            work.mkdir()
            results.append(asdict(compare(options, chosen, work)))
    report["models"] = results
    report["not_run"] = [line for result in results for line in result["not_run"]]

    tables = {name: table(report) for name, table in TABLES.items()}
    for table in tables.values():
        say(f"\n{table}")
    if options.output is not None:
        options.output.write_text(json.dumps(report, indent=2) + "\n")
    if options.document is not None:
        for name, table in tables.items():
            options.document.write_text(replaced(options.document, name, table))
    return 0


if __name__ == "__main__":
    sys.exit(main())

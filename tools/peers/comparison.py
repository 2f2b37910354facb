"""One model on every engine: latency by rounds that alternate them, accuracy on the same images."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from common import NotRun, Policy, Sample, Timing, busy_cores
from frames import Clip
from models import Model
from swiftlet import NAME

SQNR_IMAGES = 128
EQUAL = 200.0
"""Decibels that say "no difference": float32 cannot show more than 150."""
REFERENCE = "ort-fp32"
"""Whose logits are the float model's."""


class Runner(Protocol):
    """An engine with a model in it."""

    name: str
    detail: str

    def measure(self, threads: int, policy: Policy) -> Timing: ...
    def frames(self, threads: int, policy: Policy, clip: Clip) -> Timing: ...
    def logits(self, samples: list[Sample]) -> np.ndarray: ...
    def predictions(self, samples: list[Sample]) -> np.ndarray: ...
    def close(self) -> None: ...


@dataclass
class Result:
    """What was found of one model; everything in it is written as JSON."""

    model: str
    trained: bool
    samples: int
    latency: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By number of threads and engine: p50_ms, min_ms, max_ms, fastest_ms, ratio, rounds."""
    frames: dict[str, dict[str, dict[str, dict[str, Any]]]] = field(default_factory=dict)
    """The same from a camera's frame to its class, by the frames' format."""
    accuracy: dict[str, dict[str, float]] = field(default_factory=dict)
    """By engine: sqnr_db, and where there are labels top1 and agreement, 0 to 1."""
    images: int = 0
    not_run: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    busy_cores: list[float] = field(default_factory=list)
    """What all other processes used just before each round."""
    conversion: dict[str, Any] = field(default_factory=dict)
    """What `swiftlet convert --json` printed."""


def prepare(
    names: list[str],
    build: Callable[[str], Runner],
    result: Result,
    say: Callable[[str], None],
) -> list[Runner]:
    """Makes each engine ready; those that cannot be become lines of `result.not_run`."""
    runners = []
    for name in names:
        start = time.monotonic()
        try:
            runners.append(build(name))
        except NotRun as reason:
            drop(result, name, str(reason), say)
            continue
        say(f"  {name}: ready in {time.monotonic() - start:.1f} s")
    return runners


def drop(result: Result, name: str, reason: str, say: Callable[[str], None]) -> None:
    result.not_run.append(f"{result.model}, {name}: {reason}")
    say(f"  {name}: not run: {reason}")


def measure(
    runners: list[Runner],
    result: Result,
    what: str,
    once: Callable[[Runner, int], Timing],
    threads: list[int],
    rounds: int,
    say: Callable[[str], None],
) -> dict[str, dict[str, dict[str, Any]]]:
    """Runs every engine once in each round, in another order each time, one at a time.

    The figures are by number of threads and engine.
    """
    busy: list[float] = []
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for count in threads:
        times: dict[str, list[Timing]] = {runner.name: [] for runner in runners}
        failed: set[str] = set()
        for index in range(rounds):
            busy.append(busy_cores())
            shift = index % len(runners) if runners else 0
            for runner in runners[shift:] + runners[:shift]:
                if runner.name in failed:
                    continue
                try:
                    times[runner.name].append(once(runner, count))
                except NotRun as reason:
                    failed.add(runner.name)
                    drop(result, f"{runner.name}, {what}, threads {count}", str(reason), say)
                time.sleep(0.05)  # threads that spin go to sleep
        kept = {name: taken for name, taken in times.items() if name not in failed and taken}
        found[str(count)] = summary(kept)
        for name, row in found[str(count)].items():
            ratio = f", {row['ratio']:.2f} times Swiftlet's" if "ratio" in row else ""
            say(
                f"  {what}, threads {count}, {name}: {row['p50_ms']:.3f} ms{ratio}; "
                f"fastest run {row['fastest_ms']:.3f}"
            )
    result.details = [runner.detail for runner in runners if runner.detail]
    result.busy_cores += [round(value, 2) for value in busy]
    return found


def summary(times: dict[str, list[Timing]]) -> dict[str, dict[str, Any]]:
    """Of the rounds' medians the median and the ends; ratios are taken within a round."""
    ours = [timing.p50 for timing in times.get(NAME, [])]
    rows = {}
    for name, timings in times.items():
        medians = [timing.p50 for timing in timings]
        rows[name] = {
            "p50_ms": statistics.median(medians),
            "min_ms": min(medians),
            "max_ms": max(medians),
            "fastest_ms": min(timing.fastest for timing in timings),
            "rounds": medians,
        }
        if ours:
            rows[name]["ratio"] = statistics.median(b / a for a, b in zip(ours, medians))
    return rows


def evaluate(
    runners: list[Runner],
    result: Result,
    model: Model,
    samples: list[Sample],
    say: Callable[[str], None],
) -> None:
    """Signal to noise of the logits against float, and with labels top-1 and agreement."""
    reference = next((runner for runner in runners if runner.name == REFERENCE), None)
    if reference is None:
        return drop(result, "accuracy", f"{REFERENCE}, its reference, is missing", say)
    labels = {label: index for index, label in enumerate(model.read_labels())}
    strangers = sorted({sample.label for sample in samples} - labels.keys())
    labelled = bool(labels) and not strangers
    if labels and strangers:
        drop(result, "top-1", f"no class is called {', '.join(strangers[:5])}", say)
    few = [samples[i] for i in range(0, len(samples), max(1, len(samples) // SQNR_IMAGES))]
    few = few[:SQNR_IMAGES]
    truth = np.array([labels[sample.label] for sample in samples]) if labelled else None
    expected = reference.logits(few)
    classes = reference.predictions(samples) if labelled else None
    result.images = len(samples) if labelled else len(few)
    for runner in runners:
        try:
            row = {}
            if runner is not reference:
                row["sqnr_db"] = sqnr(expected, runner.logits(few))
            if truth is not None and classes is not None:
                found = classes if runner is reference else runner.predictions(samples)
                row["top1"] = float(np.mean(found == truth))
                row["agreement"] = float(np.mean(found == classes))
        except NotRun as reason:
            drop(result, f"{runner.name}, accuracy", str(reason), say)
            continue
        result.accuracy[runner.name] = row
        if row:
            figures = ", ".join(f"{key} {value:.4g}" for key, value in row.items())
            say(f"  {runner.name}: {figures}")


def sqnr(expected: np.ndarray, found: np.ndarray) -> float:
    """Decibels of the float logits' energy over that of the difference, over all images."""
    noise = float(np.sum((expected.astype(np.float64) - found) ** 2))
    signal = float(np.sum(expected.astype(np.float64) ** 2))
    if noise == 0:
        return EQUAL
    return 10 * math.log10(signal / noise) if signal > 0 else -EQUAL

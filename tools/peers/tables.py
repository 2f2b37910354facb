"""The result as Markdown, and its place in a document."""

from pathlib import Path
from typing import Any

from common import Failure
from engines import ENGINES
from swiftlet import NAME, TITLE

TITLES = {NAME: TITLE} | {engine.name: engine.title for engine in ENGINES.values()}


def latency_table(report: dict[str, Any]) -> str:
    """A row a model and number of threads; milliseconds, and how many times Swiftlet's time."""
    rows = [
        ([result["model"], threads], found)
        for result in report["models"]
        for threads, found in result["latency"].items()
    ]
    return "\n".join([*times(["model", "threads"], rows), "", latency_notes(report)])


def frames_table(report: dict[str, Any]) -> str:
    """A row a model, format of frames and number of threads."""
    rows = [
        ([result["model"], clip, threads], found)
        for result in report["models"]
        for clip, by_threads in result["frames"].items()
        for threads, found in by_threads.items()
    ]
    if not rows:
        return "Nothing was measured."
    note = (
        "Milliseconds from the bytes of a camera's frame to its class: the medians of the frames, "
        "otherwise as above. Before the peers OpenCV decodes, crops, resizes and converts, and NumPy "
        "normalises (tools/peers/frames.py); threads are those of the network."
    )
    return "\n".join([*times(["model", "frames", "threads"], rows), "", note])


def times(first: list[str], rows: list[tuple[list[str], dict[str, Any]]]) -> list[str]:
    """A line for each row; milliseconds, and how many times Swiftlet's time."""
    names = present(found for _, found in rows)
    lines = [header(first, names)]
    for cells, found in rows:
        for name in names:
            row = found.get(name)
            text = "not run" if row is None else milliseconds(row["p50_ms"])
            if row is not None and name != NAME and "ratio" in row:
                text += f" ({row['ratio']:.2f})"
            cells.append(text)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def latency_notes(report: dict[str, Any]) -> str:
    """What the figures are, on what machine, of which versions."""
    machine = report["machine"]
    busiest = max(busy for result in report["models"] for busy in result["busy_cores"])
    calls = ", ".join(f"{title} {time:.0f}" for title, time in report["call_overhead_us"].items())
    details = sorted({detail for result in report["models"] for detail in result["details"]})
    sentences = [
        "Milliseconds for one image, preprocessing excluded: the median of "
        f"{report['rounds']} rounds' medians; in brackets how many times Swiftlet's time (the "
        "median of the rounds' ratios).",
        "Engines take turns in another order each round, each in a process of its own; peers are "
        f"called from Python (a call of an empty model takes, in microseconds: {calls}).",
        f"Machine: {machine['processor']}, {machine['cores']} cores, "
        f"{', '.join(machine['instruction_sets'])}; other processes kept up to {busiest:.1f} "
        "cores busy.",
        f"Versions: {', '.join(report['versions'])}.",
        *(f"{detail}." for detail in details),
        *(f"Not run: {line}." for line in report["not_run"]),
    ]
    return "\n".join(sentences)


def accuracy_table(report: dict[str, Any]) -> str:
    """A row a model; top-1, agreement with float and signal to noise of the logits."""
    results = [result for result in report["models"] if result["accuracy"]]
    if not results:
        return "Nothing was evaluated."
    names = present(result["accuracy"] for result in results)
    lines = [header(["model", "images"], names)]
    for result in results:
        cells = [result["model"], f"{result['images']}"]
        for name in names:
            row = result["accuracy"].get(name)
            cells.append("not run" if row is None else accuracy(row))
        lines.append("| " + " | ".join(cells) + " |")
    note = (
        "Top-1 (in brackets the percentage of images to which ONNX Runtime's fp32 gives the same "
        "class), and signal to noise of the logits against it; random weights have the latter "
        f"alone. All engines are calibrated on the same {results[0]['samples']} images."
    )
    return "\n".join([*lines, "", note])


def accuracy(row: dict[str, float]) -> str:
    parts = []
    if "top1" in row:
        parts.append(f"{100 * row['top1']:.2f} %")
        if "sqnr_db" in row:
            parts[0] += f" ({100 * row['agreement']:.2f})"
    if "sqnr_db" in row:
        parts.append(f"{row['sqnr_db']:.1f} dB")
    return ", ".join(parts) or "reference"


def present(tables: Any) -> list[str]:
    """The engines that have a figure somewhere, Swiftlet first."""
    found = {name for table in tables for name in table}
    return [name for name in TITLES if name in found]


def header(first: list[str], names: list[str]) -> str:
    titles = first + [TITLES[name] for name in names]
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def replaced(document: Path, name: str, table: str) -> str:
    """The document with a table between its `<!-- peers:begin NAME -->` and `peers:end NAME`."""
    text = document.read_text()
    begin, end = f"<!-- peers:begin {name} -->", f"<!-- peers:end {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise Failure(f"{document}: expected one line '{begin}' and after it one '{end}'")
    head, rest = text.split(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.split(end)[1]}"

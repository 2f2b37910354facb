"""Swiftlet on one model: the release binary, asked as a user asks it."""

import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from common import Failure, NotRun, Policy, Sample, Timing
from engines import Job
from frames import Clip
from images import tensor

NAME, TITLE = "swiftlet", "Swiftlet int8"


class Swiftlet:
    """Converted anew in every comparison; each measurement is a run of `swiftlet bench`."""

    name = NAME

    def __init__(self, binary: Path, job: Job, labels: Path | None) -> None:
        self.binary, self.job = binary, job
        self.model = job.folder / "model.swiftlet"
        self.detail = ""
        contract = job.folder / "prepared.preprocess.json"
        job.contract.write_for_prepared(contract)
        calibration = job.folder / "calibration.txt"
        calibration.write_text("".join(f"{path}\n" for path in job.calibration))
        arguments: list[object] = ["convert", job.onnx, "-o", self.model]
        arguments += ["--calibration", calibration, "--samples", len(job.calibration)]
        arguments += ["--preprocess", contract, "--json"]
        if labels is not None:
            arguments += ["--labels", labels]
        self.conversion = self.ask(*arguments)

    def ask(self, *arguments: object) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.output(*arguments))

    def output(self, *arguments: object) -> str:
        command = [str(self.binary), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise NotRun(" ".join(lines).removeprefix("swiftlet: ")[:300])
        return done.stdout

    def measure(self, threads: int, policy: Policy) -> Timing:
        found = self.ask(
            *("bench", self.model, "--json", "--threads", threads, "--warmup", policy.warmup),
            *("--runs", policy.runs, "--min-seconds", policy.seconds),
        )
        self.detail = f"{TITLE} runs the kernel set {found['kernels']}"
        return Timing(found["ms"]["p50"], found["ms"]["min"])

    def frames(self, threads: int, policy: Policy, clip: Clip) -> Timing:
        """The sum of what a frame takes; `live` prepares the next one meanwhile, on another thread."""
        layout: list[object] = []
        if clip.format != "mjpeg":
            layout = ["--size", f"{clip.width}x{clip.height}", "--format", clip.format]
        printed = self.output(
            *("live", self.model, "--source", clip.path, *layout, "--threads", threads, "--json")
        )
        frames = [json.loads(line) for line in printed.splitlines()[policy.warmup : -1]]
        times = [sum(it[f"{part}_ms"] for part in ("decode", "preprocess", "infer")) for it in frames]
        return Timing(statistics.median(times), min(times))

    def logits(self, samples: list[Sample]) -> np.ndarray:
        """Logits [images, classes], of the same float tensors that the peers take."""
        rows = []
        with tempfile.TemporaryDirectory(dir=self.job.folder) as folder:
            x, y = Path(folder, "x.npy"), Path(folder, "y.npy")
            for sample in samples:
                np.save(x, tensor(sample.path, self.job.contract))
                self.ask("run", self.model, "--input", x, "--output", y, "--threads", 1, "--json")
                rows.append(np.load(y).ravel())
        return np.stack(rows)

    def predictions(self, samples: list[Sample]) -> np.ndarray:
        """The class of each image, from the image file."""
        classes: list[int] = []
        for begin in range(0, len(samples), 1000):  # a command line has a limit
            paths = [sample.path for sample in samples[begin : begin + 1000]]
            found = self.ask("classify", self.model, *paths, "--top", 1, "--threads", 1, "--json")
            classes += [image["top"][0]["index"] for image in found["images"]]
        return np.array(classes)

    def close(self) -> None:
        pass


def version(binary: Path) -> str:
    """`swiftlet --version`."""
    try:
        command = [str(binary), "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"{binary} does not run: {error}") from None
    return done.stdout.strip()

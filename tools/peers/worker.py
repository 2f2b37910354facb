"""A peer in a process of its own, as Swiftlet is: it sleeps while others run, and may die."""

import hashlib
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from common import NotRun, Policy, Sample, Timing
from engines import ENGINES, Engine, Job, Session
from frames import Clip, preparation
from images import tensor


class Server:
    """The side of the process that has the engine. Its methods are what can be asked for."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self.engine, self.job = engine, job
        self.sessions: dict[int, Session] = {}

    def prepare(self) -> None:
        self.engine.prepare(self.job)

    def open(self, threads: int) -> str:
        self.sessions[threads] = self.engine.open(self.job, threads)
        return self.engine.detail

    def measure(self, threads: int, policy: Policy, image: Path) -> Timing:
        """Times runs one by one, with the same input."""
        run, x = self.sessions[threads], tensor(image, self.job.contract)
        return timing(lambda _: run(x), policy)

    def frames(self, threads: int, policy: Policy, clip: Clip) -> Timing:
        """Times frames one by one, from their bytes to their class."""
        run, prepare = self.sessions[threads], preparation(clip, self.job.contract)
        all_frames = clip.frames()

        def classify(index: int) -> int:
            return int(run(prepare(all_frames[index % len(all_frames)])).argmax())

        return timing(classify, policy)

    def logits(self, threads: int, images: list[Path]) -> np.ndarray:
        """Logits [images, classes]."""
        run = self.sessions[threads]
        return np.stack([run(tensor(path, self.job.contract)).ravel().copy() for path in images])


def timing(run: Callable[[int], object], policy: Policy) -> Timing:
    """Calls with 0, 1, 2 ... until the policy is satisfied."""
    for index in range(policy.warmup):
        run(index)
    times: list[int] = []
    start = now = time.perf_counter_ns()
    while len(times) < policy.runs or now - start < policy.seconds * 1e9:
        run(len(times))
        end = time.perf_counter_ns()
        times.append(end - now)
        now = end
    return Timing(float(np.median(times)) / 1e6, min(times) / 1e6)


def serve(connection: Connection, name: str, job: Job) -> None:
    """Answers (method, arguments) with (True, result) or (False, reason) until told to stop."""
    os.environ["TQDM_DISABLE"] = "1"
    silence()
    server = Server(ENGINES[name], job)
    while (request := connection.recv()) is not None:
        method, arguments = request
        try:
            connection.send((True, getattr(server, method)(*arguments)))
        except NotRun as reason:
            connection.send((False, str(reason)))
        except Exception as error:  # whatever an engine throws is its reason
            text = " ".join(str(error).split())
            connection.send((False, f"{type(error).__name__}: {text[:300]}"))


def silence() -> None:
    """Engines print progress and warnings; what they fail with is reported by the caller."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


class Worker:
    """The caller's side. Every method raises NotRun with the engine's own words."""

    def __init__(self, engine: Engine, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, engine.name, job), daemon=True)
        self.process.start()
        other.close()

    def ask(self, method: str, *arguments: Any) -> Any:
        try:
            self.connection.send((method, arguments))
            done, result = self.connection.recv()
        except (EOFError, OSError):
            self.process.join(10)
            code = self.process.exitcode
            name = signal.Signals(-code).name if code and code < 0 else f"exit code {code}"
            raise NotRun(f"its process ended in {method}: {name}") from None
        if not done:
            raise NotRun(result)
        return result

    def close(self) -> None:
        try:
            self.connection.send(None)
        except OSError:
            pass
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class Peer:
    """A peer on one model, ready to be measured."""

    def __init__(self, engine: Engine, job: Job, cache: Path) -> None:
        """Quantizes, unless this model was quantized before with the same images and versions."""
        self.name = engine.name
        if engine.quantizes:
            job = Job(job.onnx, cache / key(engine, job), job.contract, job.calibration)
            if not job.folder.exists():
                prepare(engine, job)
        self.worker = Worker(engine, job)
        self.opened: set[int] = set()
        self.job, self.detail = job, ""

    def open(self, threads: int) -> None:
        if threads not in self.opened:
            self.detail = self.worker.ask("open", threads)
            self.opened.add(threads)

    def measure(self, threads: int, policy: Policy) -> Timing:
        self.open(threads)
        return self.worker.ask("measure", threads, policy, self.job.calibration[0])

    def frames(self, threads: int, policy: Policy, clip: Clip) -> Timing:
        self.open(threads)
        return self.worker.ask("frames", threads, policy, clip)

    def logits(self, samples: list[Sample]) -> np.ndarray:
        self.open(1)
        return self.worker.ask("logits", 1, [sample.path for sample in samples])

    def predictions(self, samples: list[Sample]) -> np.ndarray:
        """The class of each image."""
        return self.logits(samples).argmax(1)

    def close(self) -> None:
        self.worker.close()


def prepare(engine: Engine, job: Job) -> None:
    """Quantizes in a process that ends, so that the measured one holds a session and no more."""
    partial = job.folder.with_name(f"partial-{os.getpid()}-{job.folder.name}")
    partial.mkdir(parents=True)
    worker = Worker(engine, Job(job.onnx, partial, job.contract, job.calibration))
    try:
        worker.ask("prepare")
        partial.rename(job.folder)
    finally:
        worker.close()
        shutil.rmtree(partial, ignore_errors=True)


def key(engine: Engine, job: Job) -> str:
    """A name for a quantized model, from everything that decides it."""
    digest = hashlib.sha256()
    digest.update(onnx.load(job.onnx).SerializeToString(deterministic=True))
    for path in job.calibration:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    digest.update(f"{engine.versions()} {engine.settings} {job.contract}".encode())
    return f"{job.onnx.stem}-{digest.hexdigest()[:16]}"

"""What the parts of the comparison share: failures, samples, timings, the machine."""

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTRUCTION_SETS = (
    "avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512vbmi", "avx512_bf16", "amx_int8",
    "amx_bf16", "asimddp", "i8mm", "bf16",
)  # fmt: skip
"""Flags of /proc/cpuinfo that decide which kernels an engine can use."""


class Failure(Exception):
    """A message for the user: what, where, and what to do."""


class NotRun(Exception):
    """Why an engine cannot run a model here; becomes a line of the result."""


@dataclass(frozen=True)
class Sample:
    """An image of exactly the network's size, and the name of the folder that it came from."""

    path: Path
    label: str


@dataclass(frozen=True)
class Policy:
    """How long one measurement lasts: until both `runs` and `seconds` are reached."""

    warmup: int
    runs: int
    seconds: float


@dataclass(frozen=True)
class Timing:
    """One measurement: the median and the fastest run, in milliseconds."""

    p50: float
    fastest: float


def cpu_flags() -> set[str]:
    """The processor's flags as Linux names them."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            return set(line.split(":", 1)[1].split())
    return set()


def has_vnni() -> bool:
    """Whether 8-bit products are summed without saturation at 16 bits."""
    return bool(cpu_flags() & {"avx_vnni", "avx512_vnni"})


def machine() -> dict[str, Any]:
    """What a reader needs to know of this machine to compare its figures with another's."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    flags = cpu_flags()
    return {
        "processor": names[0] if names else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "instruction_sets": [name for name in INSTRUCTION_SETS if name in flags],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def busy_cores(seconds: float = 0.3) -> float:
    """Cores that all processes together keep busy while this one sleeps."""

    def ticks() -> int:
        fields = [int(text) for text in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        return sum(fields) - fields[3] - fields[4]  # without idle and iowait

    start, before = time.monotonic(), ticks()
    time.sleep(seconds)
    elapsed = time.monotonic() - start
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / elapsed

"""What users hand in: numbers, names of files, text files. Checked before any work, in messages of one line.

It imports no package, so that the checks cost nothing.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

MAX_EXTENT = 16384
"""Largest side of an image, in pixels: swiftlet's limit."""


class Failure(Exception):
    """Messages for the user, one an argument."""

    def report(self) -> int:
        """Prints the messages; returns the exit status."""
        for problem in self.args:
            print(f"{Path(sys.argv[0]).name}: {problem}", file=sys.stderr)
        return 1


def together(*steps: Callable[[], Any]) -> list[Any]:
    """The results of some steps that do not need each other; all their failures at once."""
    results, problems = [], []
    for step in steps:
        try:
            results.append(step())
        except Failure as failure:
            problems += failure.args
    if problems:
        raise Failure(*problems)
    return results


def reason(error: BaseException) -> str:
    """What an error says, in one line of plain words."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):
        return f"the key {error} is missing"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else f"{type(error).__name__} without a message"


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """A type for argparse: a whole number."""
    expected = f"a whole number of at least {low}" if high is None else f"a whole number from {low} to {high}"

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if value < low or (high is not None and value > high):
            raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
        return value

    return parse


def number(expected: str, allowed: Callable[[float], bool]) -> Callable[[str], float]:
    """A type for argparse: a finite number. `expected` says which are allowed."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not allowed(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not {expected}")
        return value

    return parse


positive = whole(1)
image_size = whole(1, MAX_EXTENT)
crop_share = number("0.01 to 1", lambda value: 0.01 <= value <= 1)


def check_output(path: Path, suffix: str | None = None) -> None:
    """Checks that a file can be written, before any work is done for it."""
    if path.is_dir() or not path.name:
        raise Failure(f"cannot write {path}: it names a folder; name a file")
    if suffix and path.suffix != suffix:
        raise Failure(f"cannot write {path}: the name of the output must end in {suffix}")
    if path.exists() and not path.is_file():
        raise Failure(f"cannot write {path}: it is a device or a pipe; name a file")
    if not path.parent.is_dir():
        raise Failure(f"cannot write {path}: there is no folder {path.parent}; make it first")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise Failure(
            f"cannot write {path}: no file can be made in {path.parent}: {reason(error)}; choose another folder"
        ) from None
    if path.exists() and not os.access(path, os.W_OK):
        raise Failure(f"cannot write {path}: the file that is there is write-protected; choose another name")


def read_text(path: Path) -> str:
    """The text of a file, which must be UTF-8."""
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path}: not a text file; UTF-8 is expected") from None


def read_labels(path: Path) -> list[str]:
    """One label a line, by the rules of `swiftlet convert --labels`."""
    lines = [line.removesuffix("\r").strip(" \t") for line in read_text(path).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise Failure(f"{path}: no label in it; one a line is expected")
    if "" in lines:
        raise Failure(f"{path}: line {lines.index('') + 1} is empty; one label a line is expected")
    return lines

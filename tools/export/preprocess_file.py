"""How images are made ready, in timm's keys: read from a file, and held to the rules of `swiftlet convert`.

The rules are those of Sources/Imaging/Preprocessing/PreprocessingFile.swift, the keys those of docs/MODELS.md.
"""

import json
import math
from pathlib import Path
from typing import Any

from user_input import MAX_EXTENT, Failure, read_text

CONTRACT = ("input_size", "mean", "std", "interpolation", "crop_pct", "crop_mode")
"""What swiftlet reads of timm's data configuration."""
INTERPOLATIONS = ("bilinear", "bicubic", "box", "hamming", "nearest", "lanczos")
CROP_MODES = ("center", "squash", "border")


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def numbers(value: Any, low: float, high: float, count: int | None = None) -> bool:
    """Whether a value is a list of numbers in a range, and of so many."""
    if not isinstance(value, (list, tuple)) or (count is not None and len(value) != count):
        return False
    return all(is_number(each) and low <= each <= high for each in value)


def checked(fields: dict[str, Any], source: str) -> dict[str, Any]:
    """The fields that swiftlet reads, where it takes them; else every problem. `source` says where they are from."""
    fields = {"crop_mode": "center"} | {key: value for key, value in fields.items() if value is not None}
    problems = []

    def expect(name: str, holds: bool, expected: str) -> bool:
        if not holds:
            found = f"is {json.dumps(fields[name], default=str)}, not" if name in fields else "is missing:"
            problems.append(f"{source}: the field '{name}' {found} {expected}")
        return holds

    size = fields.get("input_size")
    sound = expect(
        "input_size",
        numbers(size, 1, MAX_EXTENT, 3) and all(extent == int(extent) for extent in size),
        f"[channels, height, width] in whole numbers from 1 to {MAX_EXTENT}",
    ) and expect("input_size", size[0] in (1, 3), "of 1 or 3 channels")
    if sound:
        fields["input_size"] = [int(extent) for extent in size]
    channels, each = (int(size[0]), f"one number a channel ({int(size[0])})") if sound else (None, "numbers")
    expect("mean", numbers(fields.get("mean"), 0, 1, channels), f"{each}, of pixels of 0 to 1")
    expect("std", numbers(fields.get("std"), 1e-6, 1, channels), f"{each}, of pixels of 0 to 1")
    expect("interpolation", fields.get("interpolation") in INTERPOLATIONS, " or ".join(INTERPOLATIONS))
    share = fields.get("crop_pct")
    expect("crop_pct", is_number(share) and 0.01 <= share <= 100, "a number from 0.01 to 100")
    expect("crop_mode", fields["crop_mode"] in CROP_MODES, " or ".join(CROP_MODES))
    if problems:
        raise Failure(*problems)
    return {key: fields[key] for key in CONTRACT}


def no_constant(name: str) -> None:
    """Refuses NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is no JSON number")


def read_preprocess(path: Path) -> dict[str, Any]:
    """A preprocessing file in timm's keys, or timm's config.json."""
    try:
        content = json.loads(read_text(path), parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise Failure(f"{path}: not JSON: line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:
        raise Failure(f"{path}: not JSON: {error}") from None
    except RecursionError:
        raise Failure(f"{path}: not preprocessing: its JSON is nested too deeply") from None
    source = str(path)
    if isinstance(content, dict) and content.get("pretrained_cfg") is not None:
        content, source = content["pretrained_cfg"], f"{path}: pretrained_cfg"
    if not isinstance(content, dict):
        raise Failure(f"{source}: not a JSON object; docs/MODELS.md shows one with timm's keys")
    if "input_size" not in content and "size" in content:
        raise Failure(
            f"{source}: this is Hugging Face's kind of file; write it in timm's keys (docs/MODELS.md shows them), or "
            "leave the option out and give this file to `swiftlet convert --preprocess`"
        )
    return checked(content, source)

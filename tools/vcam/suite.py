#!/usr/bin/env python3
"""The checks of tools/vcam-test, in the virtual machine: all of them, or those whose names hold the argument."""

import subprocess
import sys
import time
import traceback
from pathlib import Path

import checks_faults
import checks_frames
from camera import PATIENCE, VIVID, VIVID_PLANES, vivid

DOCUMENTS = Path(__file__).resolve().parents[1] / "check-docs"


def documents() -> None:
    """The commands of the documentation that need a camera."""
    done = subprocess.run(
        [DOCUMENTS, "camera"], cwd="/mnt/tmp", timeout=PATIENCE, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise AssertionError(done.stdout[-3000:])


CHECKS = checks_frames.CHECKS | checks_faults.CHECKS | {"commands of the documentation": documents}
# What other checks compare with.
NEEDED = "references by v4l2-ctl"


def main(pattern: str) -> int:
    # A still picture that differs in both directions.
    for device in (VIVID, VIVID_PLANES):
        vivid(device, test_pattern=4, osd_text_mode=2)
    results = []
    for name, check in CHECKS.items():
        if pattern not in name and name != NEEDED:
            continue
        start = time.monotonic()
        try:
            check()
            result = "passed"
        except AssertionError as error:
            result = f"FAILED: {error}"
        except Exception as error:
            traceback.print_exc()
            result = f"FAILED: {error!r}"
        print(f"{name:<38} {time.monotonic() - start:6.1f} s  {result.split(':')[0]}", flush=True)
        results.append((name, result))
    failed = [(name, result) for name, result in results if result != "passed"]
    print(f"\n{len(results) - len(failed)} of {len(results)} checks passed")
    for line in checks_frames.INFORMATION:
        print(line)
    for name, result in failed:
        print(f"{name}: {result}")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))

"""What goes wrong: one clear line on the standard error stream, and the exit status that stands for it."""

import json
import os
import subprocess
from pathlib import Path

from camera import *

BUS = Path("/sys/bus/platform/drivers/vivid")
NOBODY, VIDEO = 65534, 44


def fails(device: str, *texts: str, arguments: tuple = (), wrapper: tuple = (), status: int = 1) -> None:
    """No frame comes; one line says why."""
    camera = Live(FASHION, "--device", device, *arguments, wrapper=wrapper).end(status)
    says(camera.errors, f"swiftlet: {device}: ", *texts)
    equal((camera.frames, camera.summary), ([], None), "frames and summary")


def lost_after(fault) -> None:
    """The device is lost in the middle of a stream."""
    camera = Live(FASHION, "--device", VIVID).until_frames(3)
    fault()
    camera.end(3)
    says(camera.errors, f"swiftlet: {VIVID}: the device is lost: ", "plug it in again and start again")
    equal(camera.summary["frames"], len(camera.frames), "frames of the summary")


def disconnect() -> None:
    lost_after(lambda: vivid(disconnect=1))
    live(FASHION, "--device", VIVID, "--frames", 2)


def fatal_error() -> None:
    lost_after(lambda: vivid(inject_fatal_streaming_error=1))
    live(FASHION, "--device", VIVID, "--frames", 2)


def unbind() -> None:
    """The node vanishes while it streams, is not there, and comes back."""
    lost_after(lambda: (BUS / "unbind").write_text("vivid.0"))
    wait_for(lambda: not os.path.exists(VIVID), "the node's end")
    fails(VIVID, "No such file or directory; swiftlet doctor lists the cameras that are there")
    (BUS / "bind").write_text("vivid.0")
    wait_for(lambda: os.path.exists(VIVID), "the node's return")
    live(FASHION, "--device", VIVID, "--frames", 2)


def failing_starts() -> None:
    """Each step of a start that fails once."""
    for name, text in (
        ("reqbufs", "cannot get buffers: Invalid argument"),
        ("qbuf", "cannot queue a buffer: Invalid argument"),
        ("streamon", "cannot start the stream: Invalid argument"),
    ):
        vivid(**{f"inject_vidioc_{name}_error": 1})
        fails(VIVID, text)
        live(FASHION, "--device", VIVID, "--frames", 1)


def refused_buffer() -> None:
    """A buffer that the driver refuses once is given back at the second attempt."""
    camera = Live(FASHION, "--device", VIVID).until_frames(2)
    vivid(inject_vidioc_qbuf_error=1)
    camera.until_frames(len(camera.frames) + 12).stop()
    equal(camera.errors, [], "errors")


def busy() -> None:
    """Another program streams."""
    other = subprocess.Popen(
        ["v4l2-ctl", "-d", VIVID, "--stream-mmap", "--stream-count=0"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0)
    try:
        other.stderr.read(1)  # Its first frame.
        fails(VIVID, "Device or resource busy; another program uses it: end that one")
    finally:
        other.kill()
        other.wait()
    live(FASHION, "--device", VIVID, "--frames", 1)


def permission() -> None:
    """A user who may read every file, but not write this one."""
    wrapper = (
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search", "--",
    )
    os.chown(VIVID, 0, VIDEO)
    os.chmod(VIVID, 0o660)
    fails(VIVID, "Permission denied; the group 'video' may use it: run sudo usermod -aG video $USER", wrapper=wrapper)
    os.chmod(VIVID, 0o600)
    fails(VIVID, "Permission denied; no group may use it: run sudo chgrp video", wrapper=wrapper)


def no_camera() -> None:
    """Devices that capture nothing, or nothing that can be read."""
    fails("/dev/video9", "No such file or directory")
    fails("/dev/null", "this is no video device: swiftlet doctor lists them")
    fails(IDLE_LOOPBACK, "captures no video (it offers: output,")
    for device in (VIVID, VIVID_PLANES):
        fails(device, "does not offer mjpeg; leave --format out, or choose of ", "yuyv", arguments=("--format", "mjpeg"))


def wrap() -> None:
    """Sequence numbers that wrap, and timestamps that do."""
    with vivid_with(wrap_sequence_number=1):
        camera = Live(FASHION, "--device", VIVID, "--every-frame").until_frames(1)
        camera.until(lambda: camera.sequences[-1] < camera.sequences[0])
        camera.until_frames(len(camera.frames) + 9).stop()
    holds(camera.sequences[0] > 1 << 31, f"the driver's count wraps: {camera.sequences}")
    equal(camera.summary["dropped"], camera.gaps, "dropped")
    for menu in (1, 2):
        with vivid_with(wrap_timestamp=menu):
            camera = live(FASHION, "--device", VIVID, "--frames", 10)
        holds(all(0 <= frame["age_ms"] < 60_000 for frame in camera.frames), f"ages: {camera.frames}")
        equal(camera.summary["frames"], 10, "frames")


def doctor() -> None:
    """All cameras, with formats and sizes."""
    report = json.loads(run(SWIFTLET, "doctor", "--json", "--threads", "1").stdout)
    devices = {device["path"]: device for device in report["video"]}
    equal(sorted(devices), [VIVID, VIVID_PLANES, LOOPBACK, IDLE_LOOPBACK], "cameras")
    listed = run("v4l2-ctl", "-d", VIVID, "--list-formats").stdout
    codes = [line.split("'")[1] for line in listed.splitlines() if "]: '" in line]
    equal([format["format"] for format in devices[VIVID]["formats"]], [code.replace(" ", "") for code in codes], "formats")
    for format in devices[VIVID]["formats"]:
        sizes = [(size["width"], size["height"]) for size in format["sizes"]]
        holds((320, 180) in sizes and (640, 480) in sizes, f"sizes of {format}")
        holds(60 in format["sizes"][0]["fps"], f"rates of {format}")
    equal(devices[VIVID]["driver"], "vivid", "driver")
    equal([device["path"] for device in report["video"] if device.get("problem")], [], "cameras with problems")
    equal("capture" in devices[IDLE_LOOPBACK]["capabilities"], False, "an idle loopback captures")
    equal("multi-planar capture" in devices[VIVID_PLANES]["capabilities"], True, "planes")


CHECKS = {
    "doctor": doctor,
    "no camera, no format": no_camera,
    "permission": permission,
    "busy": busy,
    "starts that fail": failing_starts,
    "refused buffer": refused_buffer,
    "wrap-around": wrap,
    "fatal streaming error": fatal_error,
    "disconnect": disconnect,
    "unplug and plug in": unbind,
}

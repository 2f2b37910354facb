"""What is captured: bytes, order, classes, counts."""

import json
import os
import random
import signal
from pathlib import Path

from camera import *

# As the command line and as V4L2 call them.
FORMATS = {
    "yuyv": "YUYV", "uyvy": "UYVY", "yvyu": "YVYU", "nv12": "NV12", "nv21": "NV21", "nv16": "NV16",
    "yu12": "YU12", "yv12": "YV12", "rgb24": "RGB3", "bgr24": "BGR3", "grey": "GREY",
}
SIZES = [(320, 180), (640, 480)]
REFERENCES = HERE / "frames"
INFORMATION = []


def references() -> None:
    """Frames that v4l2-ctl captures of a still picture."""
    REFERENCES.mkdir()
    for name, code in FORMATS.items():
        for width, height in SIZES[: 2 if name in ("yuyv", "nv12") else 1]:
            path = captured(VIVID, code, width, height, 2, REFERENCES / f"{name}-{width}x{height}")
            frames = path.read_bytes()
            half = len(frames) // 2
            holds(half and frames[:half] == frames[half:], f"{path.name}: the picture is not still")
            holds(len(set(frames[:half])) > 1, f"{path.name}: the picture is empty")


def swift_suite() -> None:
    """Bytes and colours, by the suite of CameraTests."""
    done = run(
        os.environ["SWIFTLET_TESTS"], "--testing-library", "swift-testing", "--filter", "RealDriverTests",
        SWIFTLET_VIVID=f"{VIVID} {VIVID_PLANES}", SWIFTLET_VIVID_FRAMES=str(REFERENCES),
    )
    output = done.stdout + done.stderr
    equal(output.count("with 2 test cases passed"), 2, f"tests of two cameras ({output})")


def classes_of_formats() -> None:
    """A camera's frames are classified as the same bytes in a file."""
    for device, name in ((VIVID, "yuyv"), (VIVID, "nv12"), (VIVID, "rgb24"), (VIVID_PLANES, "nv12")):
        width, height = SIZES[0]
        size = f"{width}x{height}"
        of_file = live(PHOTO, "--source", REFERENCES / f"{name}-{size}", "--size", size, "--format", name)
        of_camera = live(PHOTO, "--device", device, "--size", size, "--format", name, "--frames", 2)
        equal(of_camera.tops, of_file.tops, f"{name}: classes")
        source = of_camera.summary["source"]
        expected = {
            "kind": "device", "name": device, "format": name, "width": width, "height": height, "clock": "driver",
            "exact": False,
        }
        equal(source, expected, f"{name}: source")
        equal((of_camera.errors, of_camera.summary["frames"]), ([], 2), f"{name}: errors and frames")


def patterns() -> None:
    """The newest picture is classified: a change of the camera's picture changes the classes."""
    camera = Live(PHOTO, "--device", VIVID, "--size", "320x180", "--format", "yuyv")
    try:
        camera.until_frames(2)
        first = camera.frames[-1]["top"]
        vivid(test_pattern=0)
        camera.until(lambda: camera.frames[-1]["top"] != first)
    finally:
        vivid(test_pattern=4)
    camera.until(lambda: camera.frames[-1]["top"] == first)
    camera.stop()


def cheapest_mode() -> None:
    """Without --size and --format: the smallest sufficient size, the cheapest format."""
    # Of formats that cost the same the driver's first.
    for model in (PHOTO, FASHION):
        source = live(model, "--device", VIVID, "--frames", 1).summary["source"]
        equal((source["format"], source["width"], source["height"]), ("yu12", 320, 180), f"{model.name}: mode")


def frame_rate() -> None:
    """A camera that another program has left slow is asked for 30 frames a second, or its fastest rate below that."""
    for size, rate in (("640x360", "30.000"), ("640x480", "25.000")):
        run("v4l2-ctl", "-d", VIVID, "--set-parm=5")
        live(FASHION, "--device", VIVID, "--frames", 1, "--size", size)
        parameters = run("v4l2-ctl", "-d", VIVID, "--get-parm").stdout
        holds(f"Frames per second: {rate}" in parameters, f"{size}: {rate} frames a second, got {parameters}")


CLIP = sorted(HERE.glob("clip/*.jpg"))


def motion_jpeg() -> None:
    """Frames of a sequence come in order, each as in a file; a truncated one is skipped and counted."""
    images = [path.read_bytes() for path in CLIP]
    clip = Path("/mnt/tmp/clip.mjpeg")
    clip.write_bytes(b"".join(images))
    of_file = live(PHOTO, "--source", clip)
    equal(len(of_file.frames), len(images), "frames of the file")
    tops = [json.dumps(top) for top in of_file.tops]
    equal(len(set(tops)), len(images), "frames of the file that differ")
    broken = {4: images[4][: len(images[4]) // 3], 7: b"\xff\xd8" + bytes(500)}
    with Loopback("MJPG", 640, 480) as writer:
        writer.write(images[0])
        camera = Live(PHOTO, "--device", LOOPBACK, "--every-frame").until_frames(1)
        for number in range(1, len(images)):
            if number in broken:
                writer.write(broken[number])
                skipped = len(camera.problems) + 1
                camera.until(lambda: len(camera.problems) == skipped)
            writer.write(images[number])
            camera.until_frames(number + 1)
        camera.stop()
    equal(camera.tops, of_file.tops, "classes")
    first = camera.sequences[0]
    places = [number + sum(b <= number for b in broken) for number in range(len(images))]
    equal([sequence - first for sequence in camera.sequences], places, "sequence numbers")
    summary = camera.summary
    counts = [summary[key] for key in ("frames", "skipped", "stale", "dropped")]
    equal(counts, [len(images), len(broken), 0, 0], "frames, skipped, stale, dropped")
    holds(all(f"skipped: {LOOPBACK}: frame " in line for line in camera.problems), f"notes: {camera.errors}")


def raw_order() -> None:
    """Raw frames of a sequence come in order, each as in a file."""
    frames = [random.Random(number).randbytes(64) * (96 * 96 * 2 // 64) for number in range(6)]
    file = Path("/mnt/tmp/clip.yuyv")
    file.write_bytes(b"".join(frames))
    of_file = live(PHOTO, "--source", file, "--size", "96x96", "--format", "yuyv")
    equal(len({json.dumps(top) for top in of_file.tops}), len(frames), "frames of the file that differ")
    with Loopback("YUYV", 96, 96) as writer:
        writer.write(frames[0])
        camera = Live(PHOTO, "--device", LOOPBACK, "--every-frame").until_frames(1)
        for number, frame in enumerate(frames[1:]):
            writer.write(frame)
            camera.until_frames(number + 2)
        camera.stop()
    equal(camera.tops, of_file.tops, "classes")


def dead_writer() -> None:
    """A camera that sends nothing any more is an error after five seconds."""
    with Loopback("MJPG", 640, 480) as writer:
        writer.write(CLIP[0].read_bytes())
        camera = Live(FASHION, "--device", LOOPBACK).until_frames(1)
        writer.close()
        camera.end(1)
    says(camera.problems, f"{LOOPBACK}: no frame for 5 s; check that the camera is on")
    equal(camera.summary["frames"], 1, "frames of the summary")


def dropped() -> None:
    """Gaps in the driver's count are dropped frames."""
    with vivid_with(percentage_of_dropped_buffers=40):
        camera = Live(FASHION, "--device", VIVID, "--every-frame")
        camera.until(lambda: camera.gaps > 9).stop()
    counts = [camera.summary[key] for key in ("dropped", "stale", "skipped")]
    equal(counts, [camera.gaps, 0, 0], "dropped, stale, skipped")


def stale() -> None:
    """A program too slow for the camera gets the newest frame; those that it overtook are stale."""
    camera = Live(PHOTO, "--device", VIVID, "--size", "320x180", SWIFTLET_KERNELS="scalar").until_frames(2)
    with camera.held():
        # The program may have the fourth.
        wait_for(lambda: filled(VIVID) >= 3, "that the driver fills three buffers")
    camera.until_frames(len(camera.frames) + 2).stop()
    summary, sequences = camera.summary, camera.sequences
    holds(all(a <= b for a, b in zip(sequences, sequences[1:])), f"sequence numbers grow: {sequences}")
    holds(summary["stale"] >= 2, f"of three frames that wait two are stale: {summary}")
    # More where frames were overtaken before the first one shown, or where the driver repeats a number.
    lost = summary["stale"] + summary["dropped"] + summary["skipped"]
    holds(lost >= camera.gaps, f"every frame is counted: {lost} of {camera.gaps}")


def every_frame() -> None:
    """--every-frame: nothing is stale, whatever the model takes."""
    camera = live(
        PHOTO, "--device", VIVID, "--size", "320x180", "--every-frame", "--frames", 4, SWIFTLET_KERNELS="scalar")
    summary = camera.summary
    equal((summary["frames"], summary["stale"], summary["skipped"]), (4, 0, 0), "frames, stale, skipped")
    equal(summary["dropped"], camera.gaps, "dropped")


def damaged() -> None:
    """A frame that the driver calls damaged is skipped."""
    camera = Live(FASHION, "--device", VIVID).until_frames(2)
    vivid(inject_v4l2_buf_flag_error=1)
    camera.until(lambda: camera.errors)
    camera.until_frames(len(camera.frames) + 2).stop()
    says(camera.errors, f"skipped: {VIVID}: frame ", "damaged, says the driver")
    equal(camera.summary["skipped"], 1, "skipped")


def ages() -> None:
    """Ages are of this machine's clock, also where the driver's stamps lie in the future."""
    camera = live(FASHION, "--device", VIVID, "--frames", 20)
    for frame in camera.frames:
        holds(0 <= frame["age_ms"] < 60_000, f"age of {frame}")
        parts = sum(frame[key] for key in ("age_ms", "decode_ms", "preprocess_ms", "infer_ms"))
        holds(frame["total_ms"] >= parts - 1e-3, f"total of {frame}")
    times = [frame["capture_ns"] for frame in camera.frames]
    holds(all(a < b for a, b in zip(times, times[1:])), f"times of capture grow: {times}")
    names = ("age", "decode", "preprocess", "infer", "total")
    medians = ", ".join(f"{name} {camera.summary[name + '_ms']['p50']:.2f}" for name in names)
    INFORMATION.append(f"fashion-coatnet here, p50 in ms, for information: {medians}")


def signals() -> None:
    """SIGINT and SIGTERM end a stream with its summary."""
    for number in (signal.SIGINT, signal.SIGTERM):
        camera = Live(FASHION, "--device", VIVID).until_frames(2).end(number=number)
        equal(camera.errors, [], "errors")
        equal(camera.summary["frames"], len(camera.frames), "frames of the summary")
        # Also while no frame comes.
        with Loopback("MJPG", 640, 480) as writer:
            writer.write(CLIP[0].read_bytes())
            camera = Live(FASHION, "--device", LOOPBACK).until_frames(1).end(number=number)
        equal((camera.problems, camera.summary["frames"]), ([], 1), "errors and frames")


CHECKS = {
    "references by v4l2-ctl": references,
    "bytes and colours (RealDriverTests)": swift_suite,
    "formats are classified as in a file": classes_of_formats,
    "a new picture is seen": patterns,
    "cheapest mode": cheapest_mode,
    "frame rate": frame_rate,
    "Motion JPEG: order, classes, skipped": motion_jpeg,
    "raw frames: order, classes": raw_order,
    "dead writer": dead_writer,
    "dropped frames": dropped,
    "stale frames": stale,
    "every frame": every_frame,
    "damaged frame": damaged,
    "ages": ages,
    "SIGINT, SIGTERM": signals,
}

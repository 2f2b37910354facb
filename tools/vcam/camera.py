"""Cameras of the virtual machine: vivid's controls, frames written into v4l2loopback, and `swiftlet live` on them."""

import contextlib
import fcntl
import json
import os
import queue
import signal
import struct
import subprocess
import threading
import time
from pathlib import Path

VIVID, VIVID_PLANES = "/dev/video0", "/dev/video1"  # the second captures into several planes
LOOPBACK, IDLE_LOOPBACK = "/dev/video2", "/dev/video3"  # into the second nobody writes
HERE = Path("/mnt/out")
PHOTO, FASHION = HERE / "photo.swiftlet", HERE / "fashion.swiftlet"
SWIFTLET = os.environ["SWIFTLET"]
PATIENCE = 300  # seconds without a line, after which a program hangs
LONGEST = 1000  # frames in which whatever a check waits for happens; the longest wait is for 128 of vivid's numbers

CONTROLS = {
    "test_pattern": 0xF0F000,
    "osd_text_mode": 0xF0F001,
    "wrap_sequence_number": 0xF0F026,
    "wrap_timestamp": 0xF0F027,
    "percentage_of_dropped_buffers": 0xF0F040,
    "disconnect": 0xF0F041,
    "inject_v4l2_buf_flag_error": 0xF0F042,
    "inject_vidioc_reqbufs_error": 0xF0F043,
    "inject_vidioc_qbuf_error": 0xF0F044,
    "inject_vidioc_streamon_error": 0xF0F045,
    "inject_fatal_streaming_error": 0xF0F046,
}
SET_CONTROL, SET_FORMAT, QUERY_BUFFER = 0xC008561C, 0xC0D05605, 0xC0585609
CAPTURE, OUTPUT = 1, 2  # V4L2_BUF_TYPE_VIDEO_...
BUFFERS = 4  # that Swiftlet asks for
DONE = 4  # V4L2_BUF_FLAG_DONE


def vivid(device: str = VIVID, **values: int) -> None:
    """Sets controls of vivid."""
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        for name, value in values.items():
            fcntl.ioctl(descriptor, SET_CONTROL, struct.pack("Ii", CONTROLS[name], value))
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def vivid_with(**values: int):
    """Sets controls of vivid, and back to 0."""
    vivid(**values)
    try:
        yield
    finally:
        vivid(**dict.fromkeys(values, 0))


def filled(device: str) -> int:
    """How many buffers of the program that streams hold frames that it has not seen; anybody may ask."""
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    try:
        buffers = [fcntl.ioctl(descriptor, QUERY_BUFFER, struct.pack("II80x", index, CAPTURE)) for index in range(BUFFERS)]
    finally:
        os.close(descriptor)
    return sum(struct.unpack_from("I", buffer, 12)[0] & DONE > 0 for buffer in buffers)


class Loopback:
    """A program that writes frames into v4l2loopback."""

    def __init__(self, code: str, width: int, height: int):
        self.descriptor = os.open(LOOPBACK, os.O_RDWR)
        pixels = struct.pack("II4sIIIII", width, height, code.encode(), 1, 0, 0, 8, 0)
        fcntl.ioctl(self.descriptor, SET_FORMAT, struct.pack("I4x200s", OUTPUT, pixels))

    def write(self, frame: bytes) -> None:
        if os.write(self.descriptor, frame) != len(frame):
            raise AssertionError(f"v4l2loopback takes no frame of {len(frame)} bytes")

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Live:
    """`swiftlet live --json`, read as it comes."""

    def __init__(self, model: Path, *arguments, wrapper: tuple = (), **environment: str):
        self.frames, self.errors, self.summary = [], [], None
        self.process = subprocess.Popen(
            [*wrapper, SWIFTLET, "live", model, "--json", "--threads", "1", *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment},
        )
        self.lines = queue.Queue()
        self.open = 2
        for stream in (self.process.stdout, self.process.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream) -> None:
        for line in stream:
            self.lines.put((stream, line.rstrip("\n")))
        self.lines.put((stream, None))

    def _next(self) -> None:
        try:
            stream, line = self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            self.process.kill()
            raise AssertionError(f"nothing for {PATIENCE} s after {len(self.frames)} frames, {self.errors}") from None
        if line is None:
            self.open -= 1
        elif stream is self.process.stderr:
            self.errors.append(line)
        else:
            value = json.loads(line)
            if "summary" in value:
                self.summary = value["summary"]
            else:
                self.frames.append(value)

    def until(self, condition) -> "Live":
        """Reads until the condition holds, which must happen before the end and within so many frames."""
        last = len(self.frames) + LONGEST
        while not condition():
            holds(len(self.frames) < last, f"not in {LONGEST} frames: {self.frames[-1:]}, {self.errors}")
            if not self.open:
                raise AssertionError(f"ended early, {self.process.wait()}: {self.errors}")
            self._next()
        return self

    def until_frames(self, count: int) -> "Live":
        return self.until(lambda: len(self.frames) >= count)

    def end(self, status: int = 0, number: int | None = None) -> "Live":
        """Sends a signal if one is named, reads to the end, and checks the exit status."""
        if number is not None:
            self.process.send_signal(number)
        while self.open:
            self._next()
        result = self.process.wait()
        equal(result, status, f"exit status ({self.errors})")
        return self

    def stop(self) -> "Live":
        return self.end(number=signal.SIGINT)

    @contextlib.contextmanager
    def held(self):
        """Keeps the program from running."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @property
    def problems(self) -> list:
        """The lines of error, but for the note that v4l2loopback's timestamps are no times of capture."""
        return [line for line in self.errors if "this machine's monotonic clock" not in line]

    @property
    def tops(self) -> list:
        return [frame["top"] for frame in self.frames]

    @property
    def sequences(self) -> list:
        return [frame["sequence"] for frame in self.frames]

    @property
    def gaps(self) -> int:
        """The numbers that are missing between frames. A number that comes again is no gap: vivid repeats one where its thread
        loses its core while it fills a buffer."""
        pairs = zip(self.sequences, self.sequences[1:])
        return sum((b - a - 1) % (1 << 32) for a, b in pairs if a != b)


def live(model: Path, *arguments, status: int = 0, **environment: str) -> Live:
    """Runs to the end."""
    return Live(model, *arguments, **environment).end(status)


def run(*command, status: int = 0, **environment: str) -> subprocess.CompletedProcess:
    """Runs another program."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, **environment},
    )
    equal(done.returncode, status, f"{command[0]}: exit status ({done.stdout[-2000:]}{done.stderr[-2000:]})")
    return done


def captured(device: str, code: str, width: int, height: int, count: int, path: Path) -> Path:
    """Frames that v4l2-ctl captures."""
    run(
        "v4l2-ctl", "-d", device, f"--set-fmt-video=width={width},height={height},pixelformat={code}",
        "--set-parm=30", "--stream-mmap", f"--stream-count={count}", f"--stream-to={path}",
    )
    return path


def wait_for(condition, what: str) -> None:
    for _ in range(10 * PATIENCE):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {PATIENCE} s")


# Checks.


def equal(actual, expected, what: str) -> None:
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r}, expected {expected!r}")


def holds(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(what)


def says(lines: list, *texts: str) -> None:
    """One line on the standard error stream, with these texts."""
    holds(len(lines) == 1, f"expected one line of error, got {lines}")
    for text in texts:
        holds(text in lines[0], f"expected {text!r} in {lines[0]!r}")

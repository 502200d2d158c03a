"""What each peer's process does: load once, then measure whenever the bench says so.

Runs under any peer's own Python, so it needs nothing but NumPy (and OpenCV to decode). Commands
come as JSON lines on stdin; each is answered by one JSON line on stdout.

    {"do": "faces"}                       every frame once: boxes and landmarks
    {"do": "speed", "seconds": 4}         frames as fast as they are taken, from memory
    {"do": "decode", "seconds": 4}        the same, decoded from the clip while it goes
    {"do": "live", "seconds": 4}          25 frames a second, stale ones dropped: latency
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

RATE = 25.0
"""Frames a second of the live feed."""


@dataclass(frozen=True)
class Shot:
    """One frame as a peer gets it."""

    number: int
    image: NDArray[np.uint8]
    captured_at: float


@dataclass
class Done:
    """What a stretch of frames came to."""

    frames: int
    latencies_s: list[float]
    """From capture to the end of a frame's analysis, one for each frame."""
    sightings_s: list[float] = field(default_factory=list)
    """From capture of the newest frame of a template to that template; Overt may wait for
    further frames on purpose."""
    models_s: float = 0.0
    """Inside model calls, all threads together; 0 where it is not known."""


class Runner(Protocol):
    """A system under measurement."""

    versions: dict[str, str]

    def faces(self, images: NDArray[np.uint8]) -> dict[str, Any]:
        """Every frame of the clip once."""

    def run(self, shots: Iterator[Shot]) -> Done:
        """Analyse shots until there are no more."""

    def decode(self, clip: Path, until: float) -> Done:
        """Analyse the clip over and over, decoding it too."""


class EachFrame:
    """A peer that is called with one picture and answers with its faces.

    Args:
        analyse: picture → (n, 14) box and five landmarks, every face embedded.
        bgr: whether the picture is wanted in that order.
        versions: of what is measured.
    """

    def __init__(
        self,
        analyse: Callable[[NDArray[np.uint8]], list[list[float]]],
        *,
        bgr: bool,
        versions: dict[str, str],
    ) -> None:
        self.versions = versions
        self.bgr = bgr
        self._analyse = analyse

    def faces(self, images: NDArray[np.uint8]) -> dict[str, Any]:
        """Every frame of the clip once."""
        return {"frames": [self._analyse(np.asarray(image)) for image in images]}

    def run(self, shots: Iterator[Shot]) -> Done:
        """One after the other."""
        done = Done(0, [])
        for shot in shots:
            self._analyse(shot.image)
            done.frames += 1
            done.latencies_s.append(time.monotonic() - shot.captured_at)
        return done

    def decode(self, clip: Path, until: float) -> Done:
        """Decodes in a thread of its own, two frames ahead."""
        import cv2  # noqa: PLC0415 - only where frames are decoded

        waiting: queue.Queue[Shot] = queue.Queue(2)

        def read() -> None:
            capture, number = cv2.VideoCapture(str(clip)), 0
            while time.monotonic() < until:
                good, picture = capture.read()
                if not good:
                    capture = cv2.VideoCapture(str(clip))
                    continue
                if not self.bgr:
                    picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
                shot = Shot(number, np.asarray(picture, np.uint8), time.monotonic())
                while time.monotonic() < until:
                    try:
                        waiting.put(shot, timeout=0.1)
                        break
                    except queue.Full:
                        continue
                number += 1

        def shots() -> Iterator[Shot]:
            while time.monotonic() < until:
                try:
                    yield waiting.get(timeout=0.1)
                except queue.Empty:
                    continue

        reader = threading.Thread(target=read)
        reader.start()
        done = self.run(shots())
        reader.join()
        return done


class Feed:
    """The clip's frames from memory, their numbers always rising."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images = images
        self._next = 0

    def as_fast_as_taken(self, until: float) -> Iterator[Shot]:
        """Frames for a while."""
        while (now := time.monotonic()) < until:
            yield self._shot(self._next, now)
            self._next += 1

    def live(self, until: float) -> Iterator[Shot]:
        """The newest frame of a camera, each at most once."""
        began, first, last = time.monotonic(), self._next, -1
        while (now := time.monotonic()) < until:
            due = int((now - began) * RATE)
            if due > last:
                last = due
                self._next = first + due + 1
                yield self._shot(first + due, began + due / RATE)
            else:
                time.sleep(max(0.0, began + (due + 1) / RATE - now))

    def _shot(self, number: int, captured_at: float) -> Shot:
        return Shot(number, self._images[number % len(self._images)], captured_at)


def serve(load: Callable[[], Runner], *, bgr: bool) -> None:
    """Answer commands until stdin ends.

    The arguments of the process are the frames as RGB and as BGR (.npy), and the clip.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes to stderr
    rgb_file, bgr_file, clip = sys.argv[1:4]
    images = np.load(bgr_file if bgr else rgb_file, mmap_mode="r")
    feed, runner = Feed(images), load()

    def say(answer: dict[str, Any]) -> None:
        print(json.dumps(answer), file=answers, flush=True)

    say({"ready": runner.versions})
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "faces":
            say(runner.faces(images))
            continue
        began, cpu = time.monotonic(), time.process_time()
        until = began + order["seconds"]
        if order["do"] == "decode":
            done = runner.decode(Path(clip), until)
        else:
            live = order["do"] == "live"
            done = runner.run(feed.live(until) if live else feed.as_fast_as_taken(until))
        say(
            {
                "frames": done.frames,
                "wall_s": time.monotonic() - began,
                "cpu_s": time.process_time() - cpu,
                "models_s": done.models_s,
                "latencies_ms": [round(1000 * s, 2) for s in done.latencies_s],
                "sightings_ms": [round(1000 * s, 2) for s in done.sightings_s],
                "memory_mb": private_mb(),
            }
        )


def private_mb() -> float:
    """Memory of this process that is its own: the mapped frames are not in it."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) / 1000

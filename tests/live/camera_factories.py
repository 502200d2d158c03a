"""Camera factories for worker tests: a worker imports them by name.

Generated cameras that do as they should, and cameras that hang, crash, flood and lie.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import stat
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overt.errors import BadVideo
from overt.live.messages import HealthReported, SightingMade
from overt.live.wire import encode
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.scene import Scene, SceneOptions, crowd_of
from overt.street.source import SceneSource
from overt.values import Box, Crop, Frame, FrameId, Quality, Sighting, Template, TrackId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overt.clock import Clock
    from overt.live.messages import Message
    from overt.values import CameraId


class Scripted:
    """A live source whose frames come from a function of itself."""

    live = True
    frames_expected = None

    def __init__(
        self, camera: CameraId, clock: Clock, script: Callable[[Scripted], Iterator[Any]]
    ) -> None:
        self.camera, self.clock, self.script = camera, clock, script
        self.closed = threading.Event()
        self.given = 0

    def frame(self, image: np.ndarray | None = None, media_s: float | None = None) -> Frame:
        now_s = self.clock.monotonic()
        index, self.given = self.given, self.given + 1
        if image is None:
            image = np.full((64, 96, 3), index * 40 % 256, np.uint8)  # never still
        return Frame(FrameId(self.camera, index), image, media_s or index / 25, now_s)

    def frames(self) -> Iterator[Frame]:
        yield from self.script(self)

    def close(self) -> None:
        self.closed.set()


def street(
    camera: CameraId, clock: Clock, *, seconds: float, people: int, seed: int, listed: int = 2
) -> SceneSource:
    options = SceneOptions(seconds=seconds, seed=seed, width=640, height=360, rate=12)
    crowd = crowd_of(seed, people, listed=range(listed), first=40)
    return SceneSource(camera, Scene(Cast(1), crowd, options), clock, live=True)


def steady(camera: CameraId, clock: Clock, *, rate: float = 20.0) -> Scripted:
    """Frames at an even rate, for ever."""

    def script(source: Scripted) -> Iterator[Frame]:
        while not source.closed.wait(1 / rate):
            yield source.frame()

    return Scripted(camera, clock, script)


def patchy(camera: CameraId, clock: Clock) -> Scripted:
    """Says of itself that a picture was lost for each that it gave; breaks off now and then."""

    def script(source: Scripted) -> Iterator[Frame]:
        for _ in range(20):
            time.sleep(0.02)
            source.pictures_lost += 1
            yield source.frame()
        message = "the camera stopped"
        raise BadVideo(message)

    source = Scripted(camera, clock, script)
    source.pictures_lost = 0
    return source


def hanging(camera: CameraId, clock: Clock, *, after: int = 5) -> Scripted:
    """A read that never returns, and that closing does not wake."""

    def script(source: Scripted) -> Iterator[Frame]:
        for _ in range(after):
            time.sleep(0.02)
            yield source.frame()
        time.sleep(3_600)

    return Scripted(camera, clock, script)


def opening_hangs(camera: CameraId, clock: Clock) -> Scripted:
    time.sleep(3_600)
    return steady(camera, clock)


def failing(camera: CameraId, clock: Clock, *, after: int = 1) -> Scripted:
    """The camera stops with an error each time."""

    def script(source: Scripted) -> Iterator[Frame]:
        for _ in range(after):
            yield source.frame()
        message = "the camera stopped"
        raise BadVideo(message)

    return Scripted(camera, clock, script)


def crashing(camera: CameraId, clock: Clock, *, after: int = 1) -> Scripted:
    """The decoder takes the whole process with it."""

    def script(source: Scripted) -> Iterator[Frame]:
        for _ in range(after):
            yield source.frame()
            time.sleep(0.02)
        os.abort()

    return Scripted(camera, clock, script)


def flooding(camera: CameraId, clock: Clock) -> Scripted:
    """Frames as fast as memory gives them."""

    def script(source: Scripted) -> Iterator[Frame]:
        while not source.closed.is_set():
            yield source.frame()

    return Scripted(camera, clock, script)


def lying(camera: CameraId, clock: Clock) -> Scripted:
    """Times that stand still, jump by years, and come from the future."""

    def script(source: Scripted) -> Iterator[Frame]:
        lies = (0.0, 0.0, 1e9, -5.0, 3.0)
        while not source.closed.wait(0.02):
            yield source.frame(media_s=lies[source.given % len(lies)])

    return Scripted(camera, clock, script)


def recording(camera: CameraId, clock: Clock) -> Scripted:
    source = steady(camera, clock)
    source.live = False
    return source


def babbling(camera: CameraId, clock: Clock) -> Scripted:
    """Writes what is no message into every pipe that it finds, as one who took over would."""

    def script(source: Scripted) -> Iterator[Frame]:
        yield source.frame()
        for descriptor in filter(is_pipe, range(3, 256)):
            with contextlib.suppress(OSError):
                os.write(descriptor, b"\xff" * 64)
        while not source.closed.wait(0.05):
            yield source.frame()

    return Scripted(camera, clock, script)


def poster(camera: CameraId, clock: Clock, *, person: int, rate: float = 10.0) -> Scripted:
    """A portrait of one of the cast, carried to and fro before the camera."""
    portrait = still(Cast(1), person, take=1)
    height, width = portrait.shape[:2]

    def script(source: Scripted) -> Iterator[Frame]:
        while not source.closed.wait(1 / rate):
            image = np.full((height, width + 60, 3), 120, np.uint8)
            left = abs(source.given * 3 % 60 - 30)
            image[:, left : left + width] = portrait
            yield source.frame(image, media_s=source.given / rate)

    return Scripted(camera, clock, script)


def spamming(camera: CameraId, clock: Clock) -> Scripted:
    """Sends well-formed sightings as fast as its pipe takes them, as one who took over could."""

    def script(source: Scripted) -> Iterator[Frame]:
        yield source.frame()
        pipes = [one for one in range(3, 256) if is_pipe(one)]
        vector = np.zeros(128, np.float32)
        vector[0] = 1
        quality = Quality(60, 0, 0, 0, 0.2, 120, 40, 0.9)
        crop = Crop(np.zeros((2, 2, 3), np.uint8), Box(0, 0, 1, 1), 0.0, 1.0, quality)
        while not source.closed.is_set():
            yield source.frame()
            for track in range(1_000):
                sighting = Sighting(
                    camera, TrackId(track), 0, Template(vector, "some/model"), (crop,),
                    0.0, 0.1, 1.0, 3, quality,
                )  # fmt: skip
                message = encode(SightingMade(sighting))
                assert len(message) < 4_096  # so that no message of the worker's own is cut
                for pipe in pipes:
                    os.write(pipe, message)

    return Scripted(camera, clock, script)


def is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def saying(camera: CameraId, clock: Clock, *, folder: str) -> Scripted:
    """An empty wall, and a worker that also says each sighting which a test puts in a folder."""
    worker: Any = sys.modules["overt.live.worker"]  # which runs this, and sends what is said
    encode = worker.encode

    def with_seen(message: Message) -> bytearray:
        data: bytearray = encode(message)
        if isinstance(message, HealthReported):
            for file in sorted(Path(folder).glob("*.seen")):
                seen: Sighting = pickle.loads(file.read_bytes())  # noqa: S301 - our own
                file.unlink()
                data += encode(SightingMade(replace(seen, captured_at=time.monotonic())))
        return data

    worker.encode = with_seen
    return steady(camera, clock, rate=5)

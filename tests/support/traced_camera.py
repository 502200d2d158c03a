"""A real worker whose camera shows nobody, and which says what a script says over its real pipe.

So that every template and picture that reached the session is known, to the last bit.
"""

from __future__ import annotations

import dataclasses
import pickle
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from overt.live.messages import HealthReported, Message, SightingMade
from overt.values import Frame, FrameId, TrackId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.clock import Clock
    from overt.values import CameraId

AT_ONCE = 15
"""Said with each report of health, twice a second: less than a camera's allowance."""


class Nobody:
    """A live camera before an empty grey wall."""

    live, frames_expected = True, None

    def __init__(self, camera: CameraId, clock: Clock) -> None:
        self.camera, self._clock, self._closed = camera, clock, threading.Event()

    def frames(self) -> Iterator[Frame]:
        index = 0
        while not self._closed.wait(0.2):
            image = np.full((120, 160, 3), 90 + index % 9, np.uint8)
            yield Frame(FrameId(self.camera, index), image, index / 5, self._clock.monotonic())
            index += 1

    def close(self) -> None:
        self._closed.set()


def scripted(camera: CameraId, clock: Clock, *, script: str) -> Nobody:
    """The camera, and its worker's tongue."""
    worker: Any = sys.modules["overt.live.worker"]  # which runs this, and sends what is said
    left = list(enumerate(pickle.loads(Path(script).read_bytes()), start=1))  # noqa: S301 - ours
    encode = worker.encode

    def with_script(message: Message) -> bytearray:
        data: bytearray = encode(message)
        if isinstance(message, HealthReported):
            for track, one in left[:AT_ONCE]:
                now_s = time.monotonic()
                said = dataclasses.replace(one, track=TrackId(track), captured_at=now_s)
                data += encode(SightingMade(said))
            if left and len(left) <= AT_ONCE:
                threading.Timer(1.0, Path(f"{script}.said").touch).start()
            del left[:AT_ONCE]
        return data

    worker.encode = with_script
    return Nobody(camera, clock)

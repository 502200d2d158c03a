"""A generated scene that was written beforehand, played at its own pace as a camera would send it.

For measuring cameras: drawing the street while it is watched would take the processors from what
is measured. Only what `overt.street.source.write_video` wrote is played, by the mark that it
leaves; no command and no configuration leads here. Recordings of people belong to a trial (N6).
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadVideo
from overt.street.source import is_written_scene
from overt.values import Frame, FrameId
from overt.video.recorded import RecordedSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.clock import Clock
    from overt.values import CameraId


class PlayedScene:
    """A live camera that plays a written scene.

    Args:
        path: what `write_video` wrote.
        camera: the name that the frames carry.
        clock: paces and stamps the frames.
        rate: frames a second at which they are due.
        first_at_s: monotonic seconds at which the first frame is due; 0 for as soon as it can be.
            Cameras that are given one time start together.
        loops: how often the scene is played, one after another.

    Raises:
        BadVideo: if it is no generated scene, or cannot be read.
    """

    live = True
    frames_expected: int | None = None

    def __init__(
        self,
        path: Path,
        camera: CameraId,
        clock: Clock,
        *,
        rate: float,
        first_at_s: float = 0.0,
        loops: int = 1,
    ) -> None:
        if not is_written_scene(path):
            msg = f"{path} is no generated scene"
            raise BadVideo(msg, rule="N6", advice="Recordings are read in a trial, one by one.")
        self.camera = camera
        self._path = path
        self._clock = clock
        self._rate = rate
        self._first_at_s = first_at_s
        self._loops = loops
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """Each frame when it is due, stamped with that time and decoded after it.

        A stamp is when the frame would reach this machine, so that decoding, and falling behind
        with it, count as part of the time to a prompt.
        """
        index = 0
        start_s: float | None = None
        for _ in range(self._loops):
            source = RecordedSource(self._path, self.camera, self._clock)
            try:
                frames = source.frames()
                while True:
                    now_s = self._clock.monotonic()
                    if start_s is None:
                        start_s = max(self._first_at_s, now_s)
                    due_s = start_s + index / self._rate
                    if self._closed.wait(max(0.0, due_s - now_s)):
                        return
                    frame = next(frames, None)
                    if frame is None:
                        break
                    number = FrameId(self.camera, index)
                    yield Frame(number, frame.image, index / self._rate, due_s)
                    index += 1
            finally:
                source.close()

    def close(self) -> None:
        """Stop. Safe to call twice, and from another thread."""
        self._closed.set()


def played_scene(
    camera: CameraId, clock: Clock, *, path: str, rate: float, first_at_s: float, loops: int
) -> PlayedScene:
    """A camera for a worker: see `overt.live.worker_spec.WorkerSpec.factory`."""
    return PlayedScene(Path(path), camera, clock, rate=rate, first_at_s=first_at_s, loops=loops)

"""Overt's own path, as a session runs it: frames in, sightings with templates out."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from overt import __version__
from overt.clock import RealClock
from overt.config import Config
from overt.faces.ahead import LookAhead
from overt.faces.runtime import cpu_budget
from overt.live.engine import Engine, open_engine
from overt.values import CameraId, Face, Frame, FrameId, Sighting
from overt.video.capture import Capture
from overt.video.recorded import RecordedSource
from turns import Done, Shot, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

CAMERA = CameraId("peer")
FRAME_S = 0.04


class Given:
    """Hands the path the faces that were found ahead."""

    def __init__(self) -> None:
        self.faces: list[Face] = []

    def detect(self, image: NDArray[np.uint8], **_: object) -> list[Face]:
        """What was found in the frame that is now processed."""
        del image
        return self.faces


class OvertPath:
    """A pack's path with as many frames in detection as there are cores."""

    def __init__(self, pack: str, engine: str, ahead: int) -> None:
        def load() -> Engine:
            # One thread in each network: a second one hardly shortens a call.
            runtime = {"threads": 1, "engine": engine}
            return open_engine(Config.model_validate({"pack": pack, "runtime": runtime}))

        self._engine = load()
        self._ahead = [load() for _ in range(ahead)] if ahead > 1 else []
        self._detectors = [engine.detector() for engine in self._ahead]
        self._start_path()
        self.versions = {"overt": __version__, "model": self._engine.model, "ahead": str(ahead)}
        self.versions["onnxruntime"] = version("onnxruntime")

    def _start_path(self) -> None:
        self._given = Given()
        self._path = self._engine.path(CAMERA)
        if self._ahead:
            inside: Any = self._path
            inside._detector = self._given  # noqa: SLF001 - until the path takes faces itself

    def _models_s(self) -> float:
        return sum(engine.model_s for engine in (self._engine, *self._ahead))

    def _each(self, frames: Iterator[Frame]) -> Iterator[tuple[Frame, list[Sighting]]]:
        if not self._ahead:
            for frame in frames:
                yield frame, self._path.process(frame)
            return
        looks = [
            lambda frame, detector=detector: detector.detect(frame.image)
            for detector in self._detectors
        ]
        with LookAhead(frames, looks) as ahead:
            for frame, self._given.faces in ahead:
                yield frame, self._path.process(frame)

    def _analyse(self, frames: Iterator[Frame]) -> Done:
        before_s, done = self._models_s(), Done(0, [])
        for frame, sightings in self._each(frames):
            done.frames += 1
            now = time.monotonic()
            done.latencies_s.append(now - frame.captured_at)
            done.sightings_s += [now - sighting.captured_at for sighting in sightings]
        done.models_s = self._models_s() - before_s
        return done

    def faces(self, images: NDArray[np.uint8]) -> dict[str, Any]:
        """Every frame once, and the frames that each track's template was made of."""
        self._start_path()
        detector = self._engine.detector()
        found: list[list[list[float]]] = []
        best: dict[int, list[list[float]]] = {}

        def note(sightings: list[Sighting]) -> None:
            for sighting in sightings:
                best[sighting.track] = [
                    [round(crop.media_s / FRAME_S), *_numbers(crop.box)] for crop in sighting.crops
                ]

        for number, image in enumerate(images):
            picture = np.asarray(image)
            faces = detector.detect(picture)
            found.append(
                [[*_numbers(face.box), *np.ravel(face.landmarks.points).tolist()] for face in faces]
            )
            self._given.faces = faces
            note(self._path.process(_frame(Shot(number, picture, time.monotonic()))))
        note(self._path.finish())
        counts = self._path.counts
        self._start_path()
        return {"frames": found, "best": list(best.values()), "embedded": counts.embedded}

    def run(self, shots: Iterator[Shot]) -> Done:
        """Shots through a new path."""
        self._start_path()
        return self._analyse(map(_frame, shots))

    def decode(self, clip: Path, until: float) -> Done:
        """As a trial does it: decoding in a thread of its own, two frames ahead."""
        self._start_path()
        with Capture(Loops(clip, until), ahead=2) as capture:
            return self._analyse(capture.frames())


class Loops:
    """The clip over and over until a time."""

    live = False
    camera = CAMERA
    frames_expected: int | None = None

    def __init__(self, clip: Path, until: float) -> None:
        self._clip, self._until, self._number = clip, until, 0

    def frames(self) -> Iterator[Frame]:
        """Frames whose media time goes on."""
        while True:
            source = RecordedSource(self._clip, CAMERA, RealClock())
            for frame in source.frames():
                if time.monotonic() >= self._until:
                    source.close()
                    return
                yield _frame(Shot(self._number, frame.image, frame.captured_at))
                self._number += 1

    def close(self) -> None:
        """Nothing stays open."""


def _frame(shot: Shot) -> Frame:
    identity = FrameId(CAMERA, shot.number)
    return Frame(identity, shot.image, shot.number * FRAME_S, shot.captured_at)


def _numbers(box: Any) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]


if __name__ == "__main__":
    serve(
        lambda: OvertPath(
            os.environ["PEER_PACK"],
            os.environ.get("PEER_ENGINE", "onnxruntime"),
            int(os.environ.get("PEER_AHEAD", "0")) or max(1, int(cpu_budget())),
        ),
        bgr=False,
    )

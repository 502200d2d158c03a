"""Overt's own path, as a session runs it: frames in, sightings with templates out."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from overt import __version__
from overt.clock import RealClock
from overt.config import Config
from overt.faces.ahead import looked_ahead
from overt.faces.packs.store import open_pack
from overt.faces.runtime import Precision, cpu_budget
from overt.live.engine import open_engine
from overt.live.engine_choice import fastest, measure_engines
from overt.values import CameraId, Frame, FrameId, Sighting
from overt.video.capture import Capture
from overt.video.recorded import RecordedSource
from turns import Done, Shot, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

CAMERA = CameraId("peer")
FRAME_S = 0.04


class OvertPath:
    """A pack's path with as many frames in detection as there are cores."""

    def __init__(self, pack: str, engine: str, precision: str, frames: int) -> None:
        config = Config.model_validate({"pack": pack})
        if engine == "measured":
            allowed = {Precision.FP32, Precision(precision)}
            timings = measure_engines(open_pack(pack), seconds=1.0)
            choice = fastest(timings, detector=allowed, recogniser=allowed)
            config = config.model_copy(update={"runtime": choice.applied_to(config.runtime)})
        self._engine = open_engine(config, threads=frames, ahead=True)
        self._start_path()
        self.versions = {"overt": __version__, "model": self._engine.model, "ahead": str(frames)}
        self.versions["detector"] = self._engine.detector_network.identity

    def _start_path(self) -> None:
        self._path = self._engine.path(CAMERA)

    def _analyse(self, frames: Iterator[Frame]) -> Done:
        before_s, done = self._engine.model_s, Done(0, [])
        with looked_ahead(frames, self._engine.looks(self._path)) as looked:
            for frame, found in looked:
                sightings = self._path.process(frame, found)
                done.frames += 1
                now = time.monotonic()
                done.latencies_s.append(now - frame.captured_at)
                done.sightings_s += [now - sighting.captured_at for sighting in sightings]
        done.models_s = self._engine.model_s - before_s
        return done

    def faces(self, images: NDArray[np.uint8]) -> dict[str, Any]:
        """Every frame once, and the frames that each track's template was made of."""
        self._start_path()
        found: list[list[list[float]]] = []
        best: dict[int, list[list[float]]] = {}

        def note(sightings: list[Sighting]) -> None:
            for sighting in sightings:
                best[sighting.track] = [
                    [round(crop.media_s / FRAME_S), *_numbers(crop.box)] for crop in sighting.crops
                ]

        for number, image in enumerate(images):
            frame = _frame(Shot(number, np.asarray(image), time.monotonic()))
            looked = self._path.look(frame)
            found.append(
                [
                    [*_numbers(face.box), *np.ravel(face.landmarks.points).tolist()]
                    for face in looked.faces
                ]
            )
            note(self._path.process(frame, looked))
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
            os.environ.get("PEER_ENGINE", "measured"),
            os.environ.get("PEER_PRECISION", "fp32"),
            int(os.environ.get("PEER_AHEAD", "0")) or max(1, int(cpu_budget())),
        ),
        bgr=False,
    )

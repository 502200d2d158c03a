"""Scenes → a recording with its truth: what a camera that records on motion would have kept."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

from scene import HEIGHT, WIDTH, Scene, plan

if TYPE_CHECKING:
    from pathlib import Path

    from people import Still

GAP_S = 65.0
"""Without frames between two scenes: longer than the cool-down, so that no pass hides another."""
_TICKS = 90_000


@dataclass(frozen=True, slots=True)
class Pass:
    """One person's walk in one segment."""

    still: Still
    scene: int
    walker: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A few scenes, one after another."""

    scenes: tuple[Scene, ...]
    starts_s: tuple[float, ...]
    crf: int

    @property
    def passes(self) -> list[Pass]:
        """Everyone who passes, in order."""
        return [
            Pass(walker.still, number, place, start, start + scene.seconds)
            for number, (scene, start) in enumerate(zip(self.scenes, self.starts_s, strict=True))
            for place, walker in enumerate(scene.walkers)
        ]

    def eyes(self, media_s: float) -> list[tuple[int, float, float, float]]:
        """Where everyone is: number of the pass, middle between the eyes, pixels between them."""
        first = 0
        for scene, start in zip(self.scenes, self.starts_s, strict=True):
            if start - 1e-3 <= media_s <= start + scene.seconds:
                share = min(1.0, (media_s - start) * scene.rate / max(1, scene.frames - 1))
                return [
                    (first + place, *walker.at(share)[:3])
                    for place, walker in enumerate(scene.walkers)
                ]
            first += len(scene.walkers)
        return []

    def write(self, path: Path) -> int:
        """Compose and compress (H.264, no B-frames, as cameras do); frames written."""
        written = 0
        with av.open(str(path), "w") as container:
            rate = Fraction(self.scenes[0].rate).limit_denominator(1000)
            options = {"preset": "ultrafast", "crf": str(self.crf), "bf": "0"}
            stream = container.add_stream("libx264", rate=rate, options=options)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.time_base = stream.time_base = Fraction(1, _TICKS)
            stream.codec_context.thread_count = 1
            for scene, start in zip(self.scenes, self.starts_s, strict=True):
                for number, picture in enumerate(scene.pictures()):
                    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")
                    frame.pts = round((start + number / scene.rate) * _TICKS)
                    frame.time_base = Fraction(1, _TICKS)
                    container.mux(stream.encode(frame))
                    written += 1
            container.mux(stream.encode())
        return written

    def write_truth(self, path: Path) -> None:
        """The truth in the trial's format."""
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("track_start_s", "track_end_s", "person"))
            for one in self.passes:
                rows.writerow((f"{one.start_s:.3f}", f"{one.end_s:.3f}", one.still.person))


def make_segment(
    groups: list[list[Still]], seed: int, *, rate: float, seconds: float, crf: int
) -> Segment:
    """Plan a segment: one scene for each group of people."""
    scenes = tuple(
        plan(group, seed * 1000 + number, rate=rate, seconds=seconds)
        for number, group in enumerate(groups)
    )
    starts = tuple(float(start) for start in np.arange(len(scenes)) * (seconds + GAP_S))
    coarser = int(np.random.default_rng((seed, 2)).integers(-3, 4))
    return Segment(scenes, starts, crf + coarser)

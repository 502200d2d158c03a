"""Faces of frame after frame → people, and how good the best frame of each is.

One measure for every system: whatever it found is joined by one tracker, and judged by one
estimate of quality, on its own landmarks.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from detector import SAME_FACE, overlap
from overt.config import Config
from overt.faces.aligner import align
from overt.faces.quality import assess
from overt.faces.refiner import LOOK_PX, Refiner
from overt.faces.tracker import Tracker
from overt.live.engine import open_engine
from overt.policy import PROBE_LIMITS
from overt.values import Box, Face, Landmarks, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.values import Quality, TrackId

POINTS = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
CHIP_PX = 112
FRAME_S = 0.04
Row = list[float]
"""Box and five points: 14 numbers."""


class Passages:
    """The people that one system saw in a clip.

    Args:
        frames: rows of each frame.
        images: (n, h, w, 3) uint8 RGB.
    """

    def __init__(self, frames: list[list[Row]], images: NDArray[np.uint8]) -> None:
        self.frames = frames
        self._images = images
        self._quality = cache(self._judge)

    def quality(self, frame: int, row: int) -> Quality:
        """What a face is worth."""
        return self._quality(frame, row)

    @cached_property
    def tracks(self) -> dict[TrackId, list[tuple[int, int]]]:
        """Frame and row of each detection of a person."""
        tracker, tracks = Tracker(), defaultdict(list)
        for frame, rows in enumerate(self.frames):
            numbers = tracker.update([_face(row) for row in rows], frame * FRAME_S)
            for row, number in enumerate(numbers):
                if number is not None:
                    tracks[number].append((frame, row))
        return dict(tracks)

    @cached_property
    def best(self) -> dict[TrackId, tuple[float, float]]:
        """Quality and distance between the eyes of each assessable person's best frame."""
        best = {}
        for number, places in self.tracks.items():
            judged = [q for place in places if (q := self.quality(*place)).assessable]
            if judged:
                top = max(judged, key=lambda quality: quality.score)
                best[number] = (top.score, max(q.inter_eye_px for q in judged))
        return best

    @cached_property
    def best_place(self) -> dict[TrackId, tuple[int, int]]:
        """Frame and row of each assessable person's best frame."""
        return {
            number: max(
                (place for place in self.tracks[number] if self.quality(*place).assessable),
                key=lambda place: self.quality(*place).score,
            )
            for number in self.best
        }

    def closer_quality(self, frame: int, row: int, refiner: Refiner) -> Quality:
        """What a face is worth once its landmarks were looked for again."""
        image = np.asarray(self._images[frame])
        return _judged(refiner.refine(image, _face(self.frames[frame][row])), image)

    @property
    def summary(self) -> dict[str, Any]:
        """Faces and people."""
        return {
            "faces_per_frame": round(sum(map(len, self.frames)) / len(self.frames), 2),
            "people": len(self.tracks),
            "people_assessable": len(self.best),
            "median_best_quality": round(statistics.median(b[0] for b in self.best.values()), 3)
            if self.best
            else 0,
        }

    def whose(self, frame: int, box: Row) -> TrackId | None:
        """The person whose face overlaps a box of a frame most, if it is the same face."""
        rows = self.frames[frame]
        if not rows:
            return None
        same = overlap(np.array([box]), np.array([row[:4] for row in rows]))[0]
        row = int(same.argmax())
        if same[row] < SAME_FACE:
            return None
        return next((n for n, places in self.tracks.items() if (frame, row) in places), None)

    def _judge(self, frame: int, row: int) -> Quality:
        return _judged(_face(self.frames[frame][row]), np.asarray(self._images[frame]))


def best_frame_ratios(
    ours: dict[str, Any], theirs: Passages, images: NDArray[np.uint8]
) -> dict[str, Any]:
    """Quality of the best frame that Overt embedded, over the best of all frames of the peer.

    The quality is that of our own detection in that frame, before its landmarks are refined; and
    again with landmarks refined by a closer look, ours and the peer's alike: a landmark that is
    off can make a face look better than it is. Each of the peer's assessable people is looked
    for among our templates.
    """
    own = Passages(ours["frames"], images)
    reached: dict[TrackId, float] = {}
    closer: dict[TrackId, float] = {}
    refiner = Refiner(open_engine(Config()).detector(LOOK_PX), detector_side=640)
    for crops in ours["best"]:
        for number, *box in crops:
            frame = int(number)
            person = theirs.whose(frame, box)
            if person is None:
                continue
            same = overlap(np.array([box]), np.array([row[:4] for row in own.frames[frame]]))[0]
            row = int(same.argmax())
            reached[person] = max(reached.get(person, 0.0), own.quality(frame, row).score)
            looked_again = own.closer_quality(frame, row, refiner).score
            closer[person] = max(closer.get(person, 0.0), looked_again)
    ratios = [
        reached[person] / best for person, (best, _) in theirs.best.items() if person in reached
    ]
    again = [
        closer[person] / theirs.closer_quality(*theirs.best_place[person], refiner).score
        for person in theirs.best
        if person in reached
    ]
    return {
        "peer_people_assessable": len(theirs.best),
        "of_them_with_our_template": len(ratios),
        "our_templates": len(ours["best"]),
        "median_ratio": round(statistics.median(ratios), 3),
        "lowest_ratio": round(min(ratios), 3),
        "median_ratio_closer": round(statistics.median(again), 3),
        "lowest_ratio_closer": round(min(again), 3),
        "embedded": ours["embedded"],
    }


def _judged(face: Face, image: NDArray[np.uint8]) -> Quality:
    chip = align(image, face.landmarks, POINTS, CHIP_PX)
    return assess(face, chip, (image.shape[0], image.shape[1]), PROBE_LIMITS)


def _face(row: Row) -> Face:
    points = [Point(row[n], row[n + 1]) for n in range(4, 14, 2)]
    return Face(Box(*row[:4]), Landmarks(*points), 1.0)

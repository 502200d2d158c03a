"""Frames of one camera → sightings: the part of the path that a camera worker runs.

It handles untrusted pictures, and so never holds the watchlist.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.faces.aligner import align
from overt.faces.best_frames import BestFrames, Effort
from overt.faces.quality import assess, promised_score
from overt.policy import PROBE_LIMITS
from overt.values import Box, Crop, Landmarks, Point, Problem, Sighting, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.faces.detector import FaceFinder
    from overt.faces.embedder import Embedder
    from overt.faces.refiner import Refiner
    from overt.faces.stillness import Stillness
    from overt.faces.tracker import Tracker
    from overt.faces.zone import Zone
    from overt.policy import QualityLimits
    from overt.values import CameraId, Face, Frame, Quality, TrackId

CROPS_PER_SIGHTING = 3
CROP_PX = 256
"""The longer side of a crop, at most."""
CROP_MARGIN = 0.35
"""Surroundings kept around a face, in face sizes on each side."""
RECENT_FACES = 200
"""Faces whose sizes are remembered, as numbers, for advice on the camera's place."""
HURRIED_EMBEDDINGS = 3
"""Faces embedded in one frame, at most, while frames come faster than they can be analysed."""
BLUR_SQUARES = 3
"""A bystander's face in a crop becomes so many flat squares each way."""
BLUR_MARGIN = 0.15
"""Surroundings of a bystander's face that are blurred with it, in face sizes."""


@dataclass(slots=True)
class PathCounts:
    """What passed, in numbers. Nothing here is about a person."""

    frames: int = 0
    """Frames in which faces were looked for."""
    still: int = 0
    """Frames passed over, because they showed nothing new."""
    faces: int = 0
    """Detections, over all frames; with a zone, those in it."""
    outside_zone: int = 0
    """Detections outside the zone."""
    tracks: int = 0
    """Faces seen: passages of one face before the camera."""
    tracks_ended: int = 0
    track_frames: int = 0
    """Detections that belonged to a track."""
    unassessable: int = 0
    """Ended tracks without one frame good enough to search."""
    embedded: int = 0


@dataclass(frozen=True, slots=True)
class AlignPoints:
    """Where the recogniser wants the landmarks."""

    points: NDArray[np.float64]
    """(5, 2) chip pixels."""
    chip_px: int


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A face that is worth embedding."""

    chip: NDArray[np.uint8]
    quality: Quality
    first_score: float
    """Before the closer look, as frames of a track are compared."""


class FacePath:
    """Detect, track, judge, embed: one frame in, what is new about its tracks out."""

    def __init__(
        self,
        camera: CameraId,
        *,
        detector: FaceFinder,
        refiner: Refiner | None = None,
        tracker: Tracker,
        embedder: Embedder,
        align_points: AlignPoints,
        model: str,
        limits: QualityLimits = PROBE_LIMITS,
        effort: Effort | None = None,
        zone: Zone | None = None,
        stillness: Stillness | None = None,
    ) -> None:
        """Put a path together.

        Args:
            camera: whose frames come.
            detector: finds faces.
            refiner: finds their landmarks again, more exactly.
            tracker: joins them over time.
            embedder: makes templates.
            align_points: where the recogniser wants the landmarks.
            model: identity of the templates.
            limits: what a face must meet.
            effort: how much embedding a track is worth.
            zone: where faces are recognised; None for the whole picture.
            stillness: passes over frames that show nothing new; None to analyse every frame.
        """
        self.counts = PathCounts()
        self.hurried = False
        """Set while frames come faster than they can be analysed: embedding is then bounded in
        each frame, and goes first to tracks that have not been searched."""
        self.inter_eye_px: deque[float] = deque(maxlen=RECENT_FACES)
        """Of recent tracks that ended, at their closest."""
        self.problems: dict[Problem, int] = dict.fromkeys(Problem, 0)
        """Why frames of tracks could not be assessed, for advice on the camera's place."""
        self._camera = camera
        self._detector = detector
        self._refiner = refiner
        self._tracker = tracker
        self._embedder = embedder
        self._align = align_points
        self._model = model
        self._limits = limits
        self._effort = effort or Effort()
        self._zone = zone
        self._stillness = stillness
        self._tracks: dict[TrackId, BestFrames] = {}
        self._last: Frame | None = None

    def process(self, frame: Frame) -> list[Sighting]:
        """Analyse one frame.

        Returns:
            A sighting for each track whose template is new or better. Tracks that ended are
            forgotten.
        """
        if self._passed_over(frame):
            self.counts.still += 1
            return []
        faces, bystanders = self._look(frame)
        numbers = self._tracker.update(faces, frame.media_s)
        self.counts.frames += 1
        self.counts.faces += len(faces)
        self.counts.outside_zone += len(bystanders)
        self._last = frame
        tracked = [(n, f) for n, f in zip(numbers, faces, strict=True) if n is not None]
        self._embed(frame, tracked, [*faces, *bystanders])
        sightings = self._spoken(frame, self._tracks, ended=False)
        ended = self._tracks.keys() - self._tracker.alive
        return sightings + self._end(frame, ended)

    def finish(self) -> list[Sighting]:
        """End every track, as when the camera stops."""
        return self._end(self._last, set(self._tracks)) if self._last else []

    def _passed_over(self, frame: Frame) -> bool:
        """Whether nobody is here and nothing has changed."""
        if self._stillness is None or self._tracks or self._tracker.alive:
            return False
        return self._stillness.unchanged(frame.image, frame.media_s)

    def _look(self, frame: Frame) -> tuple[list[Face], list[Face]]:
        """Faces in the zone, and others, which nothing is done with but blur and count them."""
        size = (frame.image.shape[0], frame.image.shape[1])
        if self._zone is None:
            faces, outside = self._detector.detect(frame.image), []
        else:
            left, top, right, bottom = self._zone.region(size)
            part = self._detector.detect(frame.image[top:bottom, left:right], part_of=size)
            found = [_moved(face, left, top) for face in part]
            faces = [face for face in found if self._zone.holds(face.box, size)]
            outside = [face for face in found if not self._zone.holds(face.box, size)]
        if self._stillness is not None:
            if faces:
                self._stillness.forget()
            else:
                self._stillness.analysed(frame.image, frame.media_s)
        return faces, outside

    def _embed(
        self, frame: Frame, tracked: list[tuple[TrackId, Face]], everyone: Sequence[Face]
    ) -> None:
        """Spend embedding on the faces that can improve their track's template."""
        present = []
        for number, face in tracked:
            track = self._tracks.get(number)
            if track is None:
                track = self._tracks[number] = BestFrames(frame.media_s, self._effort)
                self.counts.tracks += 1
            track.frames_seen += 1
            self.counts.track_frames += 1
            track.closest_px = max(track.closest_px, face.landmarks.inter_eye_px)
            present.append((track, face))
        most = len(present)
        if self.hurried:
            # Whoever has not been searched comes first, and of them who came first.
            present.sort(key=lambda one: (one[0].spoken_of > 0, one[0].first_media_s))
            most = HURRIED_EMBEDDINGS
        chosen: list[tuple[BestFrames, Face, _Picture]] = []
        for track, face in present:
            if len(chosen) >= most:
                break
            picture = self._picture(frame, face, track)
            if picture is not None:
                chosen.append((track, face, picture))
        vectors = self._embedder.embed([picture.chip for _, _, picture in chosen])
        self.counts.embedded += len(chosen)
        for (track, face, picture), vector in zip(chosen, vectors, strict=True):
            others = [other for other in everyone if other is not face]
            image = self._crop(frame.image, face, others)
            crop = Crop(image, face.box, frame.media_s, frame.captured_at, picture.quality)
            track.add(vector, crop, picture.first_score)

    def _crop(
        self, image: NDArray[np.uint8], face: Face, others: Sequence[Face]
    ) -> NDArray[np.uint8]:
        """A small picture of a face that shows nothing from where nobody was looked for."""
        if self._zone is None:
            return cut_out(image, face, others)
        left, top, right, bottom = self._zone.region((image.shape[0], image.shape[1]))
        face, *others = (_moved(one, -left, -top) for one in (face, *others))
        return cut_out(image[top:bottom, left:right], face, others)

    def _picture(self, frame: Frame, face: Face, track: BestFrames) -> _Picture | None:
        """The chip of a face that is worth embedding, and its quality; or None."""
        promised = promised_score(face.landmarks)
        if not track.may_want(promised, frame.media_s):
            return None
        chip, quality = self._judge(frame, face)
        score = quality.score
        track.judged(promised, score)
        if quality.assessable and not track.wants(score, frame.media_s):
            return None
        if quality.assessable and self._refiner is not None:
            closer = self._refiner.refine(frame.image, face)
            if closer is not face:
                chip, quality = self._judge(frame, closer)
        for problem in quality.problems:
            self.problems[problem] += 1
        if not quality.assessable:
            return None
        track.assessable = True
        return _Picture(chip, quality, score)

    def _judge(self, frame: Frame, face: Face) -> tuple[NDArray[np.uint8], Quality]:
        """The face's chip, and what it is worth."""
        chip = align(frame.image, face.landmarks, self._align.points, self._align.chip_px)
        size = (frame.image.shape[0], frame.image.shape[1])
        return chip, assess(face, chip, size, self._limits)

    def _spoken(
        self, frame: Frame, tracks: dict[TrackId, BestFrames], *, ended: bool
    ) -> list[Sighting]:
        sightings = []
        for number, track in tracks.items():
            if not track.ready(frame.media_s, ended=ended):
                continue
            vector = track.template()
            revision, crops = track.speak(CROPS_PER_SIGHTING)
            newest = track.newest
            sightings.append(
                Sighting(
                    camera=self._camera,
                    track=number,
                    revision=revision,
                    template=Template(vector, self._model),
                    crops=crops,
                    first_media_s=track.first_media_s,
                    media_s=newest.media_s,
                    captured_at=newest.captured_at,
                    frames_used=track.frames_used,
                    best_quality=crops[0].quality,
                )
            )
        return sightings

    def _end(self, frame: Frame, ended: set[TrackId]) -> list[Sighting]:
        tracks = {number: self._tracks.pop(number) for number in sorted(ended)}
        self.counts.tracks_ended += len(tracks)
        self.inter_eye_px.extend(track.closest_px for track in tracks.values())
        self.counts.unassessable += sum(not track.assessable for track in tracks.values())
        return self._spoken(frame, tracks, ended=True)


def _moved(face: Face, left: float, top: float) -> Face:
    """A face found in a part of a picture, in the whole picture's pixels."""
    box = face.box
    points = (Point(x + left, y + top) for x, y in face.landmarks.points)
    return replace(
        face,
        box=Box(box.left + left, box.top + top, box.right + left, box.bottom + top),
        landmarks=Landmarks(*points),
    )


def cut_out(image: NDArray[np.uint8], face: Face, others: Sequence[Face] = ()) -> NDArray[np.uint8]:
    """A small copy of one face and a little around it, with every other face blurred (R9).

    Args:
        image: (h, w, 3) uint8 RGB.
        face: whose picture it is.
        others: the faces detected beside it.

    Returns:
        (h, w, 3) uint8 RGB, its longer side at most `CROP_PX`.
    """
    size = face.box.width, face.box.height
    part, (left, top) = _region(image, face.box, CROP_MARGIN * max(size))
    part = part.copy()
    own, (own_left, own_top) = _region(image, face.box, 0)
    own = own.copy()
    for other in others:
        _smear(part, (left, top), other.box)
    y, x = own_top - top, own_left - left
    part[y : y + own.shape[0], x : x + own.shape[1]] = own
    scale = CROP_PX / max(part.shape[:2])
    if scale < 1:
        part_size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, part_size, interpolation=cv2.INTER_AREA), np.uint8)
    return part


def _region(
    image: NDArray[np.uint8], box: Box, margin: float
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The part of a picture under a box, never empty, and its left and top."""
    height, width = image.shape[:2]
    left = min(max(0, int(box.left - margin)), width - 1)
    top = min(max(0, int(box.top - margin)), height - 1)
    right = max(left + 1, min(width, int(box.right + margin) + 1))
    bottom = max(top + 1, min(height, int(box.bottom + margin) + 1))
    return image[top:bottom, left:right], (left, top)


def _smear(part: NDArray[np.uint8], corner: tuple[int, int], box: Box) -> None:
    """Reduce what a box covers of a part to a few flat squares, in place."""
    height, width = part.shape[:2]
    margin = BLUR_MARGIN * max(box.width, box.height)
    left, right = (int(x) - corner[0] for x in (box.left - margin, box.right + margin + 1))
    top, bottom = (int(y) - corner[1] for y in (box.top - margin, box.bottom + margin + 1))
    left, right = max(0, left), min(width, right)
    top, bottom = max(0, top), min(height, bottom)
    if left >= right or top >= bottom:
        return
    squares = cv2.resize(
        part[top:bottom, left:right], (BLUR_SQUARES, BLUR_SQUARES), interpolation=cv2.INTER_AREA
    )
    size = (right - left, bottom - top)
    part[top:bottom, left:right] = cv2.resize(squares, size, interpolation=cv2.INTER_NEAREST)

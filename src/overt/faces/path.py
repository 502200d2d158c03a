"""Frames of one camera → sightings: the part of the path that a camera worker runs.

It handles untrusted pictures, and so never holds the watchlist.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.faces.aligner import align
from overt.faces.best_frames import BestFrames, Effort
from overt.faces.crop import cut_out
from overt.faces.look import Looked, look, moved
from overt.faces.quality import assess, promised_score
from overt.policy import PROBE_LIMITS
from overt.values import Crop, Problem, Sighting, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
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
RECENT_FACES = 200
"""Faces whose sizes are remembered, as numbers, for advice on the camera's place."""
HURRIED_EMBEDDINGS = 3
"""Faces embedded in one frame, at most, while frames come faster than they can be analysed."""


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

    def look(self, frame: Frame, finder: FaceFinder | None = None) -> Looked:
        """Find a frame's faces, for `process`.

        Other threads may do this ahead, each with a finder of its own.

        Args:
            frame: any whose turn is not over.
            finder: in place of the path's own.
        """
        if self._passed_over(frame):
            return Looked([], [], passed_over=True)
        return look(frame.image, finder or self._detector, self._zone)

    def process(self, frame: Frame, looked: Looked | None = None) -> list[Sighting]:
        """Analyse one frame; frames come in order.

        Args:
            frame: the next one.
            looked: what `look` found in it, if that was done ahead.

        Returns:
            A sighting for each track whose template is new or better. Tracks that ended are
            forgotten.
        """
        looked = looked or self.look(frame)
        if looked.passed_over:
            self.counts.still += 1
            return []
        faces = looked.faces
        self._note_stillness(frame, faces)
        numbers = self._tracker.update(faces, frame.media_s)
        self.counts.frames += 1
        self.counts.faces += len(faces)
        self.counts.outside_zone += len(looked.outside)
        self._last = frame
        tracked = [(n, f) for n, f in zip(numbers, faces, strict=True) if n is not None]
        self._embed(frame, tracked, [*faces, *looked.outside])
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

    def _note_stillness(self, frame: Frame, faces: list[Face]) -> None:
        if self._stillness is None:
            return
        if faces:
            self._stillness.forget()
        else:
            self._stillness.analysed(frame.image, frame.media_s)

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
        face, *others = (moved(one, -left, -top) for one in (face, *others))
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

"""One path over one recording, with the matcher and the rules behind it, held against the truth."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np

from overt.clock import RealClock
from overt.faces.best_frames import Effort
from overt.faces.path import FacePath
from overt.faces.tracker import Tracker
from overt.live.step import RaisePrompt, Rules, SessionState, SightingSearched, step
from overt.values import CameraId
from overt.video.capture import Capture
from overt.video.recorded import RecordedSource

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from overt.faces.detector import Detector
    from overt.live.engine import Engine
    from overt.values import EntryId, Face, Sighting, Similarity, TrackId
    from overt.watchlist.matcher import Matcher
    from segment import Segment

CAMERA = CameraId("bench")
NEAR = 0.8
"""A face whose eyes' middle lies within so many inter-eye distances of a walker's is theirs."""


@dataclass(slots=True)
class PassResult:
    """What one path made of one pass."""

    person: str
    listed: bool
    best_own: float | None = None
    """Best similarity with the candidate being the right entry."""
    best_other: float | None = None
    """Best similarity with the candidate being anybody else."""
    tracks: int = 0
    """Tracks that were mostly this person's."""
    assessed: bool = False
    """Whether there was a template to search with."""
    true_prompts: int = 0
    false_prompts: int = 0


@dataclass(slots=True)
class Tally:
    """Results so far, for one number of frames kept."""

    keep: int
    passes: list[PassResult] = field(default_factory=list)
    stray_tracks: int = 0
    """Tracks that were nobody's: the street's walls, or faces behind a still's person."""
    stray_prompts: int = 0
    mixed_tracks: int = 0
    """Tracks that changed from one person to another."""
    faces_seen: int = 0
    unassessable: int = 0
    embedded: int = 0
    problems: dict[str, int] = field(default_factory=dict)
    path_s: float = 0.0
    """Wall seconds of decoding's wait, path, matcher and rules."""
    model_s: float = 0.0

    def add(self, other: Tally) -> None:
        """Take in what came of more passes."""
        for name in (item.name for item in fields(self) if item.name not in {"keep", "problems"}):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for problem, number in other.problems.items():
            self.problems[problem] = self.problems.get(problem, 0) + number


class SharedDetector:
    """Detects once for several paths that are given the same frame."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._last: tuple[int, list[Face]] | None = None

    def detect(
        self, image: NDArray[np.uint8], *, part_of: tuple[int, int] | None = None
    ) -> list[Face]:
        """Faces of the frame; a frame is known by its memory while it is held."""
        if self._last is None or self._last[0] != id(image):
            self._last = (id(image), self._detector.detect(image, part_of=part_of))
        return self._last[1]

    def forget(self) -> None:
        """Before the next frame, which may lie where this one lay."""
        self._last = None


class WatchedTracker(Tracker):
    """Overt's tracker, and beside it the truth about whom each track follows."""

    def __init__(self, segment: Segment, keep_lost_s: float) -> None:
        super().__init__(keep_lost_s=keep_lost_s)
        self._segment = segment
        self.votes: dict[TrackId, Counter[int | None]] = {}

    def update(self, faces: list[Face], media_s: float) -> list[TrackId | None]:
        """As the tracker does."""
        tracks = super().update(faces, media_s)
        people = self._segment.eyes(media_s)
        for track, face in zip(tracks, faces, strict=True):
            if track is not None:
                self.votes.setdefault(track, Counter())[_whose(face, people)] += 1
        return tracks


def _whose(face: Face, people: list[tuple[int, float, float, float]]) -> int | None:
    left, right = face.landmarks.left_eye, face.landmarks.right_eye
    x, y = (left.x + right.x) / 2, (left.y + right.y) / 2
    distances = [(np.hypot(x - px, y - py) / size, number) for number, px, py, size in people]
    nearest = min(distances, default=(np.inf, None))
    return nearest[1] if nearest[0] <= NEAR else None


@dataclass(slots=True, eq=False)
class Walkway:
    """One path over one segment, with the matcher and the rules behind it."""

    segment: Segment
    tally: Tally
    tracker: WatchedTracker
    path: FacePath
    matcher: Matcher
    rules: Rules
    state: SessionState = field(default_factory=SessionState)
    seen: list[tuple[TrackId, EntryId, Similarity, bool]] = field(default_factory=list)

    def take(self, sightings: list[Sighting]) -> None:
        """Search, and let the rules decide."""
        for sighting in sightings:
            candidate = self.matcher.best(sighting.template)
            event = SightingSearched(sighting.camera, sighting.track, sighting.media_s, candidate)
            self.state, (command,) = step(self.state, event, self.rules)
            raised = isinstance(command, RaisePrompt)
            self.seen.append((sighting.track, candidate.entry, candidate.similarity, raised))

    def settle(self, listed: set[str]) -> None:
        """Hold what was seen against the truth."""
        tally = self.tally
        results = [
            PassResult(one.still.person, one.still.person in listed) for one in self.segment.passes
        ]
        owners: dict[TrackId, int | None] = {}
        for track, votes in self.tracker.votes.items():
            owner = owners[track] = votes.most_common(1)[0][0]
            tally.mixed_tracks += len([who for who in votes if who is not None]) > 1
            if owner is None:
                tally.stray_tracks += 1
            else:
                results[owner].tracks += 1
        for track, entry, similarity, raised in self.seen:
            owner = owners[track]
            if owner is None:
                tally.stray_prompts += raised
                continue
            result = results[owner]
            result.assessed = True
            score = float(similarity)
            if entry == result.person:
                result.best_own = max(score, result.best_own or -1.0)
                result.true_prompts += raised
            else:
                result.best_other = max(score, result.best_other or -1.0)
                result.false_prompts += raised
        tally.passes += results
        counts = self.path.counts
        tally.faces_seen += counts.tracks
        tally.unassessable += counts.unassessable
        tally.embedded += counts.embedded
        for problem, number in self.path.problems.items():
            tally.problems[problem.value] = tally.problems.get(problem.value, 0) + number


def analyse(
    engine: Engine,
    segment: Segment,
    recording: Path,
    tallies: list[Tally],
    matcher: Matcher,
    rules: Rules,
    listed: set[str],
) -> int:
    """Run one recording through every path; frames analysed."""
    detector = SharedDetector(engine.detector())
    walkways = []
    for tally in tallies:
        tracker = WatchedTracker(segment, engine.config.tracking.keep_lost_s)
        path = FacePath(
            CAMERA,
            detector=detector,
            tracker=tracker,
            embedder=engine.embedder,
            align_points=engine.align_points,
            model=engine.model,
            limits=engine.config.probe_limits,
            effort=Effort(keep=tally.keep),
        )
        walkways.append(Walkway(segment, tally, tracker, path, matcher, rules))
    frames = 0
    started = time.perf_counter()
    with Capture(RecordedSource(recording, CAMERA, RealClock())) as capture:
        for frame in capture.frames():
            frames += 1
            for walkway in walkways:
                before_s = engine.model_s
                walkway.take(walkway.path.process(frame))
                now = time.perf_counter()
                walkway.tally.path_s += now - started
                walkway.tally.model_s += engine.model_s - before_s
                started = now
            detector.forget()
    for walkway in walkways:
        walkway.take(walkway.path.finish())
        walkway.settle(listed)
    return frames

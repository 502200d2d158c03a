"""One camera's frames through the path, and what is said of them: the worker's work."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields, replace
from statistics import median
from typing import TYPE_CHECKING

from overt.faces.path import PathCounts
from overt.faces.zone import zone_of
from overt.live.messages import HealthReported, SightingMade, WorkerHealth
from overt.values import CameraId, Problem, TrackId

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.clock import Clock
    from overt.faces.look import Looked
    from overt.faces.path import FacePath
    from overt.live.engine import Engine
    from overt.live.messages import Effort
    from overt.live.outbox import Outbox
    from overt.live.worker_spec import WorkerSpec
    from overt.values import Frame, Sighting

REPORT_S = 0.5
"""Health is said so often."""
TRACKS_PER_OPENING = 1_000_000
"""Track numbers set aside for each time the camera is opened: none ever comes twice."""


class Pace:
    """Whether frames come faster than they can be analysed.

    Over the last `over_s` seconds: reduced from a quarter of frames dropped, full again below a
    twentieth.
    """

    def __init__(self, over_s: float = 2.0) -> None:
        self.effort: Effort = "full"
        self._over_s = over_s
        self._marks: deque[tuple[float, int, int]] = deque()

    def mark(self, now_s: float, given: int, dropped: int) -> Effort:
        """Judge anew.

        Args:
            now_s: monotonic seconds.
            given: frames that the source gave so far.
            dropped: of them, those that were stale before they could be looked at.
        """
        if self._marks and given < self._marks[-1][1]:
            self._marks.clear()  # the source was opened again
        self._marks.append((now_s, given, dropped))
        while now_s - self._marks[0][0] > self._over_s:
            self._marks.popleft()
        _, given_then, dropped_then = self._marks[0]
        frames = given - given_then
        share = (dropped - dropped_then) / frames if frames else 0.0
        if share >= 1 / 4:
            self.effort = "reduced"
        elif share < 1 / 20:
            self.effort = "full"
        return self.effort


@dataclass(slots=True)
class _Before:
    """What the openings before this one came to."""

    given: int = 0
    dropped: int = 0
    lost: int = 0


class Analysis:
    """A path for each time the camera is opened, and counts over all of them.

    Args:
        spec: the worker's.
        engine: loaded networks.
        clock: the machine's.
        outbox: where sightings and health go.
    """

    def __init__(self, spec: WorkerSpec, engine: Engine, clock: Clock, outbox: Outbox) -> None:
        self._spec = spec
        self._engine = engine
        self._clock = clock
        self._outbox = outbox
        self._zone = zone_of(spec.zone)
        self._pace = Pace()
        self._before = _Before()
        self._counts = PathCounts()
        self._problems = dict.fromkeys(Problem, 0)
        self._given = self._dropped = self._lost = self._openings = 0
        self._reported_s = float("-inf")
        self._path = self._new_path()

    @property
    def looks(self) -> list[Callable[[Frame], Looked]]:
        """What may be done at once with the next frames, until the source ends; or nothing."""
        return self._engine.looks(self._path)

    def frame(self, frame: Frame, looked: Looked | None = None) -> None:
        """Analyse one frame, with what one of `looks` found in it."""
        for sighting in self._path.process(frame, looked):
            self._say(sighting)

    def source_gave(self, given: int, dropped: int, lost: int = 0) -> None:
        """What the source, since it was opened, gave, had dropped, and lost before it gave it."""
        self._given, self._dropped, self._lost = given, dropped, lost
        effort = self._pace.mark(self._clock.monotonic(), given, dropped)
        self._path.hurried = effort == "reduced"

    def source_ended(self) -> None:
        """End every track: a camera that comes back shows somebody else."""
        for sighting in self._path.finish():
            self._say(sighting)
        self._before.given += self._given
        self._before.dropped += self._dropped
        self._before.lost += self._lost
        self._given = self._dropped = self._lost = 0
        for one in fields(PathCounts):
            total = getattr(self._counts, one.name) + getattr(self._path.counts, one.name)
            setattr(self._counts, one.name, total)
        for problem, count in self._path.problems.items():
            self._problems[problem] += count
        self._openings += 1
        sizes = self._path.inter_eye_px
        self._path = self._new_path()
        self._path.inter_eye_px.extend(sizes)

    def report_if_due(self) -> None:
        """Say how the camera is doing, twice a second."""
        if self._clock.monotonic() - self._reported_s >= REPORT_S:
            self.report()

    def report(self) -> None:
        """Say how the camera is doing."""
        self._reported_s = self._clock.monotonic()
        self._outbox.put(HealthReported(self._health()))

    def _new_path(self) -> FacePath:
        return self._engine.path(CameraId(self._spec.camera), zone=self._zone, pass_over_still=True)

    def _say(self, sighting: Sighting) -> None:
        number = self._spec.track_base + self._openings * TRACKS_PER_OPENING + sighting.track
        self._outbox.put(SightingMade(replace(sighting, track=TrackId(number))))

    def _health(self) -> WorkerHealth:
        before, now = self._counts, self._path.counts
        problems = {
            problem.value: total
            for problem, count in self._path.problems.items()
            if (total := self._problems[problem] + count)
        }
        sizes = self._path.inter_eye_px
        return WorkerHealth(
            frames_in=self._before.given + self._given,
            analysed=before.frames + now.frames,
            still=before.still + now.still,
            undelivered=self._before.lost + self._lost,
            dropped=self._before.dropped + self._dropped,
            detections=before.faces + now.faces,
            faces=before.tracks + now.tracks,
            faces_ended=before.tracks_ended + now.tracks_ended,
            detections_in_tracks=before.track_frames + now.track_frames,
            unassessable=before.unassessable + now.unassessable,
            outside_zone=before.outside_zone + now.outside_zone,
            embedded=before.embedded + now.embedded,
            superseded=self._outbox.superseded,
            sightings_lost=self._outbox.lost,
            model_s=self._engine.model_s,
            inter_eye_px=median(sizes) if sizes else None,
            effort=self._pace.effort,
            problems=problems,
        )

"""What a camera worker may say to its session. Nothing else crosses: no frame, and no list.

A worker handles untrusted video. So these are all the words it has, and `overt.live.wire` reads
them as what they are: bytes from a process that may have been taken over.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from overt.values import Sighting

Effort = Literal["full", "reduced"]
"""Reduced: frames come faster than they can be analysed, so each is given less embedding."""


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The networks are loaded."""

    model: str
    """What will make the templates; the session compares it with its list's."""


@dataclass(frozen=True, slots=True)
class SourceOpened:
    """The camera answered."""


@dataclass(frozen=True, slots=True)
class SourceLost:
    """The camera did not answer, or stopped. The worker tries again by itself."""

    reason: str


@dataclass(frozen=True, slots=True)
class WorkerFaulted:
    """The worker cannot go on, and ends."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class SightingMade:
    """A track's template is new or better."""

    sighting: Sighting


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """How a worker's camera is doing, in numbers since the worker started."""

    frames_in: int = 0
    """Frames that the source gave."""
    analysed: int = 0
    """Of them, frames in which faces were looked for."""
    still: int = 0
    """Frames that showed nothing new, so that no face was looked for."""
    undelivered: int = 0
    """Packets and pictures that never became frames: damaged, built on damaged ones, or not
    decoded in time. Of network cameras."""
    dropped: int = 0
    """Frames that were stale before they could be looked at."""
    detections: int = 0
    faces: int = 0
    """Tracks: passages of one face before the camera."""
    faces_ended: int = 0
    detections_in_tracks: int = 0
    unassessable: int = 0
    """Ended tracks without one frame good enough to search."""
    outside_zone: int = 0
    """Detections outside the zone: never tracked or embedded."""
    embedded: int = 0
    superseded: int = 0
    """Sightings replaced by a better one of the same track before the session took them."""
    sightings_lost: int = 0
    """Sightings thrown away because the session did not take them: searches that were missed."""
    model_s: float = 0.0
    """Seconds inside model calls."""
    inter_eye_px: float | None = None
    """Distance between the eyes of recent faces at their closest, median, pixels of the frame."""
    effort: Effort = "full"
    problems: dict[str, int] = field(default_factory=dict)
    """Frames of tracks that could not be assessed, by reason."""

    def followed_by(self, later: WorkerHealth) -> WorkerHealth:
        """Counts of both; what is no count is the later one's."""
        sums = {
            name: getattr(self, name) + getattr(later, name)
            for name in self.__slots__
            if name not in {"inter_eye_px", "effort", "problems"}
        }
        names = self.problems.keys() | later.problems.keys()
        problems = {n: self.problems.get(n, 0) + later.problems.get(n, 0) for n in sorted(names)}
        size = self.inter_eye_px if later.inter_eye_px is None else later.inter_eye_px
        return replace(later, inter_eye_px=size, problems=problems, **sums)


@dataclass(frozen=True, slots=True)
class HealthReported:
    """Said twice a second."""

    health: WorkerHealth


Message = WorkerReady | SourceOpened | SourceLost | WorkerFaulted | SightingMade | HealthReported

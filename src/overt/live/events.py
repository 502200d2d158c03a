"""What happens to a live session, in the past tense: all that `overt.live.step` is ever told.

Times are seconds on the session's one time line. None holds a template or a picture (R9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overt.live.camera_events import CameraEvent
    from overt.review.prompt import Move
    from overt.values import CameraId, Candidate, TrackId
    from overt.vocabulary import AccountId, Category


@dataclass(frozen=True, slots=True)
class SightingSearched:
    """A sighting was compared with the watchlist."""

    camera: CameraId
    track: TrackId
    at_s: float
    """When it was captured, on the session's one time line, seconds."""
    candidate: Candidate
    category: Category | None = None
    """Why the candidate is listed (R3); passed on, and never weighed here."""


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """A person did something with a prompt. Who they are was checked before."""

    at_s: float
    number: int
    """The prompt's."""
    by: AccountId
    move: Move
    """The act, with its form where it needs one."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed. Said every second, so that what is due happens though nothing else does."""

    at_s: float


@dataclass(frozen=True, slots=True)
class FacesCounted:
    """How many faces the cameras have seen so far, all of them together."""

    faces: int
    """Passages of a face: tracks."""
    unassessable: int = 0
    """Of them, those never seen well enough to be searched. A count, and never a concern (N8)."""


@dataclass(frozen=True, slots=True)
class CameraHappened:
    """Something befell a camera."""

    event: CameraEvent


@dataclass(frozen=True, slots=True)
class StopAsked:
    """The session must end now: an officer closed it, or the gate or the ledger failed."""

    rule: str
    reason: str


Event = SightingSearched | DecisionMade | Ticked | FacesCounted | CameraHappened | StopAsked

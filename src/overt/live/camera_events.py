"""What happens to cameras, in the past tense: facts for the terminal, the metrics and the ledger.

Times are monotonic seconds. None of them is about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overt.values import CameraId


@dataclass(frozen=True, slots=True)
class CameraStarted:
    """A camera gave its first frame."""

    camera: CameraId
    at_s: float


@dataclass(frozen=True, slots=True)
class OutageBegan:
    """A camera gives no frames."""

    camera: CameraId
    at_s: float
    """When the last frame was captured, or when the camera should have started."""
    reason: str


@dataclass(frozen=True, slots=True)
class OutageEnded:
    """A camera gives frames again."""

    camera: CameraId
    start_s: float
    end_s: float
    reason: str
    """Why it began."""


@dataclass(frozen=True, slots=True)
class WorkerRestarted:
    """A camera's worker ended or was killed, and another takes its place."""

    camera: CameraId
    at_s: float
    count: int
    """Restarts of this camera so far."""
    reason: str


@dataclass(frozen=True, slots=True)
class FramesDropped:
    """Frames of a camera were stale before they could be analysed. Said at most every 10 s."""

    camera: CameraId
    count: int
    """Since it was last said."""


@dataclass(frozen=True, slots=True)
class SightingsLost:
    """Sightings of a camera were thrown away unsearched. Said at most every 10 s.

    By its worker, or by the session beyond what one camera may have searched.
    """

    camera: CameraId
    count: int
    """Since it was last said."""


CameraEvent = (
    CameraStarted | OutageBegan | OutageEnded | WorkerRestarted | FramesDropped | SightingsLost
)

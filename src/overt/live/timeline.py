"""A session's one time line: seconds from its start, and what they are on the wall's clock.

Durations come from the monotonic clock, which nobody can set back; the wall's clock is read once,
at the start, and compared with ever after (N3).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from datetime import datetime

    from overt.clock import Clock


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where zero is, on both clocks."""

    began_s: float
    """Monotonic seconds."""
    began_at: datetime
    """Wall time, UTC."""

    @classmethod
    def starting(cls, clock: Clock) -> Self:
        """Zero is now."""
        return cls(clock.monotonic(), clock.now())

    def at_s(self, monotonic_s: float) -> float:
        """Seconds of the time line."""
        return monotonic_s - self.began_s

    def of(self, wall: datetime) -> float:
        """Seconds of the time line; negative for what was before."""
        return (wall - self.began_at).total_seconds()

    def wall(self, at_s: float) -> datetime:
        """Wall time of a moment on the time line."""
        return self.began_at + timedelta(seconds=at_s)

    def drift_s(self, clock: Clock) -> float:
        """By how much the wall's clock has moved against the monotonic one, since the start."""
        return self.of(clock.now()) - self.at_s(clock.monotonic())

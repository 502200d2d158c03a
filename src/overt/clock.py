"""Time as an argument: a real clock, and one that tests move by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Read it once per operation and compare against that reading."""

    def now(self) -> datetime:
        """Wall time, timezone-aware, UTC: for records and limits written in an authority."""

    def monotonic(self) -> float:
        """Seconds that never run backwards: for durations and capture-to-prompt times."""


class RealClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Wall time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """`time.monotonic`, the clock that frames are stamped with."""
        return time.monotonic()


@dataclass
class ManualClock:
    """A clock that moves only when told to."""

    wall: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    seconds: float = 0.0

    def now(self) -> datetime:
        """The wall time set."""
        return self.wall

    def monotonic(self) -> float:
        """The seconds set."""
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Move both clocks forward.

        Raises:
            ValueError: if `seconds` is negative.
        """
        if seconds < 0:
            msg = "a clock does not run backwards"
            raise ValueError(msg)
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

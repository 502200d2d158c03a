"""A clock that leaps between the demo's days. It cannot leap while a session is live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from overt.clock import RealClock


class LeapingClock(RealClock):
    """The machine's clocks, with the wall's one moved ahead by what was leapt.

    Args:
        behind: how far before now the demo begins.
    """

    def __init__(self, behind: timedelta) -> None:
        self._offset = -behind

    def now(self) -> datetime:
        """Wall time of the demo's day, UTC."""
        return datetime.now(UTC) + self._offset

    def leap(self, ahead: timedelta) -> None:
        """Let time pass at once.

        Raises:
            ValueError: if it would go back.
        """
        if ahead < timedelta(0):
            msg = "a clock does not run backwards"
            raise ValueError(msg)
        self._offset += ahead

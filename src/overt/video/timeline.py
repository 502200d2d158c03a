"""Media time that never runs backwards, whatever a file's timestamps say."""

from __future__ import annotations

from fractions import Fraction

DEFAULT_RATE = Fraction(25)
"""Frames a second where a source states no believable rate."""
MAX_RATE = 1_000
"""Frames a second above which a stated rate is a misreading, such as a clock's tick."""
LOCAL_DISORDER_S = 1.0
"""A step back by less is a frame out of order; by more, the source's clock was set anew."""
MAX_GAP_S = 24 * 3600.0
"""A step forward by more is no gap in a recording but a broken timestamp."""


def believable_rate(*stated: Fraction | None) -> Fraction:
    """The first of several stated frame rates that can be true, or 25 a second."""
    for rate in stated:
        if rate is not None and 0 < rate <= MAX_RATE:
            return rate
    return DEFAULT_RATE


class Timeline:
    """Places frames in seconds from the first one, each strictly later than the last.

    Args:
        period_s: seconds from frame to frame, for where a timestamp is missing or false.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._origin: float | None = None
        self._last: float | None = None

    def place(self, stamp_s: float | None) -> float:
        """Media time of the next frame.

        Args:
            stamp_s: the source's own timestamp in seconds, from any origin; None if it has none.

        Returns:
            Seconds from the first frame. A gap in the source stays a gap.
        """
        if self._last is None:
            self._origin = stamp_s
            self._last = 0.0
            return 0.0
        expected = self._last + self._period_s
        if stamp_s is None:
            self._last = expected
            return expected
        if self._origin is None:
            self._origin = stamp_s - expected
        placed = stamp_s - self._origin
        step = placed - self._last
        if not 0 < step <= MAX_GAP_S:
            placed = expected
            if not -LOCAL_DISORDER_S < step <= 0:
                self._origin = stamp_s - expected
        self._last = placed
        return placed

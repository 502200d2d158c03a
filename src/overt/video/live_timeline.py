"""Media time of a camera, held to the clock of this machine, whatever the camera's clock does."""

from __future__ import annotations

MAX_SKEW_S = 1.0
"""A camera's clock is believed until it is off by more, counted from the first frame."""
_MIN_STEP_S = 0.001


class LiveTimeline:
    """Places frames in seconds from the first one, each strictly later than the last.

    The camera's timestamps space the frames evenly, which their arrival does not. They are
    believed only while they keep pace with arrival: after a jump, a wrap or a false rate, and for
    as long as they lie, frames are spaced as they arrive.
    """

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._last_stamp_s: float | None = None
        self._last_arrival_s = 0.0
        self._first_arrival_s = 0.0

    def place(self, stamp_s: float | None, arrived_s: float) -> float:
        """Media time of the next frame.

        Args:
            stamp_s: the camera's own timestamp in seconds, from any origin; None if it has none.
            arrived_s: when the frame arrived, on a clock that never runs backwards.

        Returns:
            Seconds from the first frame, off the time between arrivals by little more than
            `MAX_SKEW_S`.
        """
        if self._last_s is None:
            self._first_arrival_s = arrived_s
            placed = 0.0
        else:
            placed = self._last_s + self._step(self._last_s, stamp_s, arrived_s)
        self._last_s, self._last_stamp_s, self._last_arrival_s = placed, stamp_s, arrived_s
        return placed

    def _step(self, last_s: float, stamp_s: float | None, arrived_s: float) -> float:
        between_arrivals = max(arrived_s - self._last_arrival_s, _MIN_STEP_S)
        if stamp_s is None or self._last_stamp_s is None:
            return between_arrivals
        step = stamp_s - self._last_stamp_s
        skew = last_s + step - (arrived_s - self._first_arrival_s)
        if step < _MIN_STEP_S or abs(skew) > MAX_SKEW_S:
            return between_arrivals
        return step

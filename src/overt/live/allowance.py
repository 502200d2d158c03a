"""How much one camera's worker may say: a token bucket.

A worker that was taken over can send sightings that are well formed in every way. Each costs the
session a search, and so the other cameras their time. No street is so busy that a camera honestly
says as much as this.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SIGHTINGS_PER_S = 40.0
"""Searched of one camera, lastingly. A camera that tracks thirty people at once, each of them new,
makes fewer: every track is embedded at most 16 times over the seconds that it lives."""
SIGHTINGS_AT_ONCE = 120.0
"""Searched of one camera in a moment, after a quiet while."""
MESSAGES_PER_S = 200.0
"""Read from one camera, of any kind; what it says beyond waits in its own pipe."""
MESSAGES_AT_ONCE = 400.0


@dataclass(slots=True)
class Allowance:
    """So many at once, and so many a second to go on with."""

    per_s: float
    at_once: float
    _left: float = field(init=False)
    _at_s: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        """Start with all of it."""
        self._left = self.at_once

    def any_left(self, now_s: float) -> bool:
        """Whether one more is allowed; takes nothing.

        Args:
            now_s: monotonic seconds.
        """
        if now_s > self._at_s:
            gained = self.per_s * (now_s - self._at_s)  # everything, the first time
            self._left = min(self.at_once, self._left + gained)
            self._at_s = now_s
        return self._left >= 1

    def take(self, now_s: float) -> bool:
        """Take one, if one is left.

        Args:
            now_s: monotonic seconds.
        """
        allowed = self.any_left(now_s)
        self._left -= allowed
        return allowed

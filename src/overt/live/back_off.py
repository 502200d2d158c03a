"""How long to wait before trying again: twice as long each time, and never in step."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class BackOff:
    """Waiting times for one camera."""

    first_s: float = 0.5
    most_s: float = 15.0
    jitter: float = 0.2
    """Share by which each wait is longer or shorter, so that cameras do not all come at once."""
    _tries: int = field(default=0, init=False)

    def next_s(self) -> float:
        """Seconds to wait before the next try."""
        wait_s = min(self.most_s, self.first_s * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return wait_s * (1 + random.uniform(-self.jitter, self.jitter))  # noqa: S311 - no secret

    def reset(self) -> None:
        """It worked: the next wait is short again."""
        self._tries = 0

"""What a worker has yet to say: bounded, so that a slow session costs counts and no memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from overt.live.messages import HealthReported, SightingMade

if TYPE_CHECKING:
    from overt.live.messages import Message

MOST_SIGHTINGS = 32
MOST_WORDS = 32
"""Messages that are neither sightings nor health."""


class Outbox:
    """Messages between the thread that analyses and the thread that sends.

    A sighting takes the place of an earlier one of the same track: it is the same template,
    better. Beyond `MOST_SIGHTINGS` tracks the oldest is thrown away. Both are counted. Of health
    only the newest waits.
    """

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._changed = threading.Condition()
        self._closed = False
        self.superseded = 0
        self.lost = 0

    def put(self, message: Message) -> None:
        """Leave a message to be sent. Never waits."""
        with self._changed:
            if isinstance(message, SightingMade):
                self._put_sighting(message)
            elif isinstance(message, HealthReported):
                self._waiting = [m for m in self._waiting if not isinstance(m, HealthReported)]
                self._waiting.append(message)
            else:
                self._waiting.append(message)
                words = [
                    m for m in self._waiting if not isinstance(m, SightingMade | HealthReported)
                ]
                if len(words) > MOST_WORDS:
                    self._waiting.remove(words[0])
            self._changed.notify_all()

    def take(self, timeout_s: float | None = None) -> Message | None:
        """The oldest message; None after `timeout_s`, or once closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            return self._waiting.pop(0) if self._waiting else None

    def close(self) -> None:
        """No more messages come; those that wait may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def done(self) -> bool:
        """Whether it is closed and empty."""
        with self._changed:
            return self._closed and not self._waiting

    def _put_sighting(self, message: SightingMade) -> None:
        sightings = [i for i, m in enumerate(self._waiting) if isinstance(m, SightingMade)]
        for i in sightings:
            earlier = self._waiting[i]
            if isinstance(earlier, SightingMade) and (
                earlier.sighting.track == message.sighting.track
            ):
                self._waiting[i] = message
                self.superseded += 1
                return
        if len(sightings) >= MOST_SIGHTINGS:
            del self._waiting[sightings[0]]
            self.lost += 1
        self._waiting.append(message)

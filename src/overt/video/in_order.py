"""Every frame of a recording, in order, a few decoded ahead."""

from __future__ import annotations

from overt.video.handover import Handover, T


class InOrder(Handover[T]):
    """Holds a few items in order. The producer waits while it is full.

    Args:
        limit: items held at most, 1 or more.
    """

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def _make_room(self) -> None:
        # Closing empties it, so a waiting producer wakes then too.
        self._changed.wait_for(lambda: len(self._items) < self._limit)

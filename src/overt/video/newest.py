"""Only the newest frame matters: a late answer about a passer-by is no answer."""

from __future__ import annotations

from overt.video.handover import Handover, T


class NewestOnly(Handover[T]):
    """Holds one item. A newer one replaces it; the producer never waits."""

    def __init__(self) -> None:
        super().__init__()
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Items replaced before they were taken."""
        return self._dropped

    def _make_room(self) -> None:
        if not self._closed:
            self._dropped += len(self._items)
        self._items.clear()

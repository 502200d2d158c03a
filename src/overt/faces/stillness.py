"""Whether a frame shows anything that the last analysed one did not.

An empty street costs a detector as much as a full one. While nobody is tracked and the picture
stands still, frames are passed over; never for longer than `LONGEST_S`, so whatever this
measure cannot see is looked for soon all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_S = 0.4
"""Seconds for which frames may be passed over in a row."""
GRID = (64, 36)
"""Blocks across and down whose mean levels are compared: at 1080p a block is 30 pixels, about
half as tall as the smallest face that can be assessed."""
CHANGE = 5.0
"""Grey levels by which the mean of any block must change: sensor noise of 8 levels moves none of
2,304 means by so much, and a face moves one by a third of its contrast at least."""
_SAMPLES = 8
"""Samples each way in a block."""


class Stillness:
    """Compares frames of one camera."""

    def __init__(self) -> None:
        self._last: tuple[NDArray[np.int16], float] | None = None
        """One value, since frames are looked at ahead in other threads."""

    def unchanged(self, image: NDArray[np.uint8], media_s: float) -> bool:
        """Whether a frame may be passed over.

        Args:
            image: (h, w, 3) uint8 RGB.
            media_s: its time.
        """
        last = self._last
        if last is None or not 0 <= media_s - last[1] < LONGEST_S:
            return False
        return float(np.abs(_blocks(image) - last[0]).max()) < CHANGE

    def analysed(self, image: NDArray[np.uint8], media_s: float) -> None:
        """This frame was looked at, and showed no face."""
        self._last = _blocks(image), media_s

    def forget(self) -> None:
        """A face was seen: look at every frame from here on."""
        self._last = None


def _blocks(image: NDArray[np.uint8]) -> NDArray[np.int16]:
    """(36, 64) mean green level of each block, which is most of its brightness."""
    height, width = image.shape[:2]
    down = max(1, height // (GRID[1] * _SAMPLES))
    across = max(1, width // (GRID[0] * _SAMPLES))
    samples = np.ascontiguousarray(image[::down, ::across, 1])
    return np.asarray(cv2.resize(samples, GRID, interpolation=cv2.INTER_AREA), np.int16)

"""A decoded frame as an upright RGB picture with square pixels."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

import numpy as np
from av.video.reformatter import VideoReformatter

if TYPE_CHECKING:
    from fractions import Fraction

    from av import VideoFrame
    from av.sidedata.sidedata import SideData
    from numpy.typing import NDArray

MAX_SIDE_PX = 8_192
"""Longest side of a picture. No camera for faces gives more; an image bomb claims it."""
MAX_PIXELS = 36_000_000
"""Most pixels of a picture: 8K. A frame then takes at most 108 MB as RGB."""
_NEARLY_SQUARE = 0.01
_MAX_STRETCH = 4.0


def too_large(width: int, height: int) -> bool:
    """Whether a picture of this size is refused before anything is allocated for it."""
    return width > MAX_SIDE_PX or height > MAX_SIDE_PX or width * height > MAX_PIXELS


class Pictures:
    """Turns the decoded frames of one stream into pictures. Used by one thread.

    Args:
        pixel_aspect: width over height of one pixel as the stream states it; None for square.
    """

    def __init__(self, pixel_aspect: Fraction | None) -> None:
        aspect = float(pixel_aspect or 1)
        stretched = abs(aspect - 1) > _NEARLY_SQUARE and 1 / _MAX_STRETCH <= aspect <= _MAX_STRETCH
        self._aspect = aspect if stretched else 1.0
        # One scaler for all frames: setting it up costs as much as converting a small frame.
        self._scaler = VideoReformatter()
        self._matrix: bytes | None = None
        self._rotation: int | None = None

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """One frame as people would see it played.

        Returns:
            (h, w, 3) uint8 RGB, C-contiguous: turned and mirrored as its display matrix says.
        """
        width, height = self._square_size(frame.width, frame.height)
        # Without accurate rounding: 1.5 ms at 1080p, within one grey level of the exact answer.
        rgb = self._scaler.reformat(frame, width, height, "rgb24", threads=1)
        image: NDArray[np.uint8] = rgb.to_ndarray()  # type: ignore[assignment]
        if frame.rotation != self._rotation:
            self._rotation = frame.rotation
            self._matrix = _display_matrix(frame)
        if self._matrix is not None:
            image = upright(image, self._matrix)
        return np.ascontiguousarray(image)

    def _square_size(self, width: int, height: int) -> tuple[int, int]:
        if self._aspect > 1:
            wanted = round(width * self._aspect), height
        else:
            wanted = width, round(height / self._aspect)
        return (width, height) if too_large(*wanted) else wanted


def _display_matrix(frame: VideoFrame) -> bytes | None:
    # Asking a frame for its side data ties it into a cycle that only the garbage collector
    # undoes: 105 frames of 1080p left 120 MB behind. A tiny copy carries the same side data.
    thumbnail = VideoReformatter().reformat(frame, 16, 16, threads=1)
    matrix = thumbnail.side_data.get("DISPLAYMATRIX")
    return None if matrix is None else bytes(cast("SideData", matrix))


def upright(image: NDArray[np.uint8], matrix: bytes) -> NDArray[np.uint8]:
    """Turn or mirror a picture by quarter turns.

    Args:
        image: (h, w, 3) uint8.
        matrix: FFmpeg's display matrix, nine native 32-bit integers a, b, u, c, d, v, x, y, w;
            a point (x, y) is shown at (ax + cy, bx + dy). See `libavutil/display.h`.

    Returns:
        A view of the picture, possibly not contiguous. Angles between are taken to the nearest
        quarter turn that keeps the axes apart.
    """
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        across, down = a, d
    else:
        image = image.transpose(1, 0, 2)
        across, down = c, b
    if across < 0:
        image = image[:, ::-1]
    if down < 0:
        image = image[::-1]
    return image

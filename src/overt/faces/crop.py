"""A small picture of one face, as a person sees it beside the listed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.values import Box, Face

CROP_PX = 256
"""The longer side of a crop, at most."""
CROP_MARGIN = 0.35
"""Surroundings kept around a face, in face sizes on each side."""
BLUR_SQUARES = 3
"""A bystander's face in a crop becomes so many flat squares each way."""
BLUR_MARGIN = 0.15
"""Surroundings of a bystander's face that are blurred with it, in face sizes."""


def cut_out(image: NDArray[np.uint8], face: Face, others: Sequence[Face] = ()) -> NDArray[np.uint8]:
    """A small copy of one face and a little around it, with every other face blurred (R9).

    Args:
        image: (h, w, 3) uint8 RGB.
        face: whose picture it is.
        others: the faces detected beside it.

    Returns:
        (h, w, 3) uint8 RGB, its longer side at most `CROP_PX`.
    """
    size = face.box.width, face.box.height
    part, (left, top) = _region(image, face.box, CROP_MARGIN * max(size))
    part = part.copy()
    own, (own_left, own_top) = _region(image, face.box, 0)
    own = own.copy()
    for other in others:
        _smear(part, (left, top), other.box)
    y, x = own_top - top, own_left - left
    part[y : y + own.shape[0], x : x + own.shape[1]] = own
    scale = CROP_PX / max(part.shape[:2])
    if scale < 1:
        part_size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        part = np.asarray(cv2.resize(part, part_size, interpolation=cv2.INTER_AREA), np.uint8)
    return part


def _region(
    image: NDArray[np.uint8], box: Box, margin: float
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The part of a picture under a box, never empty, and its left and top."""
    height, width = image.shape[:2]
    left = min(max(0, int(box.left - margin)), width - 1)
    top = min(max(0, int(box.top - margin)), height - 1)
    right = max(left + 1, min(width, int(box.right + margin) + 1))
    bottom = max(top + 1, min(height, int(box.bottom + margin) + 1))
    return image[top:bottom, left:right], (left, top)


def _smear(part: NDArray[np.uint8], corner: tuple[int, int], box: Box) -> None:
    """Reduce what a box covers of a part to a few flat squares, in place."""
    height, width = part.shape[:2]
    margin = BLUR_MARGIN * max(box.width, box.height)
    left, right = (int(x) - corner[0] for x in (box.left - margin, box.right + margin + 1))
    top, bottom = (int(y) - corner[1] for y in (box.top - margin, box.bottom + margin + 1))
    left, right = max(0, left), min(width, right)
    top, bottom = max(0, top), min(height, bottom)
    if left >= right or top >= bottom:
        return
    squares = cv2.resize(
        part[top:bottom, left:right], (BLUR_SQUARES, BLUR_SQUARES), interpolation=cv2.INTER_AREA
    )
    size = (right - left, bottom - top)
    part[top:bottom, left:right] = cv2.resize(squares, size, interpolation=cv2.INTER_NEAREST)

"""Frame → the faces in it, of which those in the zone are the path's business.

A look remembers nothing, so several frames may be looked at at once: see `overt.faces.ahead`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from overt.values import Box, Landmarks, Point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from overt.faces.detector import FaceFinder
    from overt.faces.zone import Zone
    from overt.values import Face


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was found in one frame."""

    faces: list[Face]
    """In the zone."""
    outside: list[Face]
    """Outside it: nothing is done with them but blur and count them."""
    passed_over: bool = False
    """Whether the frame showed nothing new, and so was not looked at."""


def look(image: NDArray[np.uint8], finder: FaceFinder, zone: Zone | None) -> Looked:
    """Find faces where the zone is, and nowhere else.

    Args:
        image: (h, w, 3) uint8 RGB, the whole picture.
        finder: of the calling thread alone.
        zone: where faces are recognised; None for the whole picture.
    """
    if zone is None:
        return Looked(finder.detect(image), [])
    size = (image.shape[0], image.shape[1])
    left, top, right, bottom = zone.region(size)
    part = finder.detect(image[top:bottom, left:right], part_of=size)
    found = [moved(face, left, top) for face in part]
    inside = [zone.holds(face.box, size) for face in found]
    return Looked(
        [face for face, within in zip(found, inside, strict=True) if within],
        [face for face, within in zip(found, inside, strict=True) if not within],
    )


def moved(face: Face, left: float, top: float) -> Face:
    """A face found in a part of a picture, in the whole picture's pixels."""
    box = face.box
    points = (Point(x + left, y + top) for x, y in face.landmarks.points)
    return replace(
        face,
        box=Box(box.left + left, box.top + top, box.right + left, box.bottom + top),
        landmarks=Landmarks(*points),
    )

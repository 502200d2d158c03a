"""The part of a camera's picture in which faces are recognised, and no other (R25).

A zone is a polygon in shares of the picture, 0 to 1 from its left and top edge, so that it
stays where it is when the camera's resolution changes. A face belongs to it if the middle of its
box does. Others are counted; they are never tracked, judged or embedded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from overt.errors import BadConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.values import Box

MIN_CORNERS, MAX_CORNERS = 3, 64
LEAST_AREA = 0.001
"""Share of the picture; a zone smaller than this is a slip of the pen."""
MARGIN = 0.05
"""Surroundings in which faces are looked for too, as a share of the picture's width and height,
so that a face on the zone's edge is seen whole."""

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Zone:
    """A simple polygon inside the picture.

    Raises:
        BadConfig: if it is anything else.
    """

    corners: tuple[Corner, ...]

    def __post_init__(self) -> None:
        """Check the polygon."""
        corners = self.corners
        if not MIN_CORNERS <= len(corners) <= MAX_CORNERS:
            _refuse(f"has {len(corners)} corners", f"Give {MIN_CORNERS} to {MAX_CORNERS}.")
        for x, y in corners:
            # Written so that what is no number (NaN) fails it.
            if not (0 <= x <= 1 and 0 <= y <= 1):
                _refuse(
                    f"reaches outside the picture at [{x:g}, {y:g}]",
                    "Give shares of the picture's width and height, 0 to 1.",
                )
        sides = list(zip(corners, (*corners[1:], corners[0]), strict=True))
        if len(set(corners)) < len(corners) or any(
            _touch(a, b)
            for (i, a), (j, b) in combinations(enumerate(sides), 2)
            if _apart(i, j, len(sides))
        ):
            _refuse("crosses or touches itself", "Name the corners in order around the zone.")
        area = abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in sides)) / 2
        if area < LEAST_AREA:
            _refuse(f"covers {area:.2g} of the picture", "Name the corners of an area.")

    def holds(self, box: Box, size: tuple[int, int]) -> bool:
        """Whether the middle of a box lies in the zone.

        Args:
            box: pixels of the whole picture.
            size: its height and width.
        """
        x = (box.left + box.right) / 2 / size[1]
        y = (box.top + box.bottom) / 2 / size[0]
        inside = False
        for (ax, ay), (bx, by) in zip(
            self.corners, (*self.corners[1:], self.corners[0]), strict=True
        ):
            if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
                inside = not inside
        return inside

    def region(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the zone and its margin, whole pixels of the picture.

        Args:
            size: the picture's height and width.
        """
        height, width = size
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return (
            max(0, int((min(xs) - MARGIN) * width)),
            max(0, int((min(ys) - MARGIN) * height)),
            min(width, int((max(xs) + MARGIN) * width) + 1),
            min(height, int((max(ys) + MARGIN) * height) + 1),
        )


def zone_of(corners: Sequence[Sequence[float]] | None) -> Zone | None:
    """A zone from a configuration's corners; None for the whole picture.

    Raises:
        BadConfig: if they make no zone.
    """
    return None if corners is None else Zone(tuple((x, y) for x, y in corners))


def _apart(i: int, j: int, count: int) -> bool:
    """Whether two sides are no neighbours; neighbours share a corner."""
    return j - i not in {1, count - 1}


def _touch(first: tuple[Corner, Corner], second: tuple[Corner, Corner]) -> bool:
    """Whether two sides have a point in common."""
    (a, b), (c, d) = first, second
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    return any(
        turn == 0 and _between(p, q, r)
        for turn, (p, q, r) in zip(turns, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True)
    )


def _turn(a: Corner, b: Corner, c: Corner) -> float:
    """Positive if c lies on one side of the line from a to b, negative on the other."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(a: Corner, b: Corner, c: Corner) -> bool:
    """Whether c, on the line through a and b, lies from a to b."""
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _refuse(what: str, advice: str) -> None:
    message = f"the zone {what}"
    raise BadConfig(message, rule="R25", advice=advice)

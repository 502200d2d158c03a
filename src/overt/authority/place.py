"""The boundary of a place: a simple polygon on the map, and how large it is (R2, R25)."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    Corner = tuple[Decimal, Decimal]
    """Longitude and latitude, degrees, WGS 84."""
    Side = tuple[Corner, Corner]

EARTH_KM = 6_371.0088
"""Mean radius of the Earth (IUGG)."""
MIN_CORNERS, MAX_CORNERS = 3, 64
LEAST_KM2 = 0.000_01
"""10 m²: a smaller place is a slip of the pen."""


def fault_of(corners: Sequence[Corner]) -> str | None:
    """What is wrong with a boundary, or None. Its size is not judged here."""
    if not MIN_CORNERS <= len(corners) <= MAX_CORNERS:
        return f"has {len(corners)} corners; give {MIN_CORNERS} to {MAX_CORNERS}"
    for longitude, latitude in corners:
        if not (-180 <= longitude <= 180 and -85 <= latitude <= 85):  # noqa: PLR2004 - of the Earth
            return f"[{longitude}, {latitude}] is no [longitude, latitude] in degrees"
    sides = [*zip(corners, [*corners[1:], corners[0]], strict=True)]
    if len(set(corners)) < len(corners) or any(
        _cross(a, b)
        for (i, a), (j, b) in combinations(enumerate(sides), 2)
        if j - i not in {1, len(sides) - 1}
    ):
        return "crosses or touches itself; name the corners in order around the place"
    if area_km2(corners) < LEAST_KM2:
        return "encloses nothing"
    return None


def area_km2(corners: Sequence[Corner]) -> float:
    """Area on the sphere, square kilometres.

    An equirectangular projection about the middle latitude: exact to 0.01% for a place that is a
    few kilometres across, which is all that is ever allowed.
    """
    middle = math.radians(float(sum(lat for _, lat in corners) / len(corners)))
    first = corners[0]
    plane = [
        (
            EARTH_KM * math.radians(float(lon - first[0])) * math.cos(middle),
            EARTH_KM * math.radians(float(lat - first[1])),
        )
        for lon, lat in corners
    ]
    after = [*plane[1:], plane[0]]
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(plane, after, strict=True))) / 2


def _cross(a: Side, b: Side) -> bool:
    """Whether two sides that are not neighbours have a point in common."""
    return (
        _turn(*a, b[0]) * _turn(*a, b[1]) <= 0
        and _turn(*b, a[0]) * _turn(*b, a[1]) <= 0
        and all(
            min(a[0][k], a[1][k]) <= max(b[0][k], b[1][k])
            and min(b[0][k], b[1][k]) <= max(a[0][k], a[1][k])
            for k in (0, 1)
        )
    )


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """1 where the way from a over b to c turns left, −1 right, 0 straight on. Exact."""
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)

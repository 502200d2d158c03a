"""The empty street: sky, house fronts, shop windows and pavement in perspective."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.floats import floats
from overt.street.view import HORIZON

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from overt.street.looks import Colour
    from overt.street.view import View

    Pair = tuple[float, float]
    Point3 = tuple[float, float, float]

SIDE_M = 4.6
"""Half the width of the street."""
END_M = 60.0
"""Where a house closes it off."""
NEAREST_M = 1.2
SLAB_M = 0.6
AWNINGS = 0.3
"""Share of shops with an awning."""
_BRICK: tuple[Colour, ...] = (
    *((134, 92, 76), (158, 138, 116), (172, 160, 142), (112, 84, 72), (186, 178, 166)),
    *((122, 118, 116), (148, 110, 88)),
)
_SIGN: tuple[Colour, ...] = (
    *((38, 62, 56), (92, 34, 38), (34, 46, 78), (46, 44, 44), (148, 112, 52), (70, 88, 66)),
)


@lru_cache(maxsize=4)
def backdrop(view: View, seed: int) -> NDArray[np.uint8]:
    """The street without anybody.

    Args:
        view: the camera.
        seed: of the houses.

    Returns:
        (height, width, 3) uint8 RGB, shared: do not write to it.
    """
    painter = _Painter(view, seed)
    painter.sky()
    painter.ground()
    painter.end()
    for side in (-1, 1):
        painter.houses(side)
    painter.furniture()
    image = painter.finished()
    image.setflags(write=False)
    return image


class _Painter:
    def __init__(self, view: View, seed: int) -> None:
        self.view = view
        self.rng = np.random.Generator(np.random.Philox(key=[seed, 3]))
        self.image = np.zeros((view.height, view.width, 3), np.float32)

    def quad(self, corners: Sequence[Point3], colour: Colour, *, soft: float = 0.0) -> None:
        """Fill a flat piece of the street.

        Args:
            corners: metres.
            colour: RGB.
            soft: blend with what is there, 0 to 1.
        """
        points = [self.view.project(x, y, max(z, NEAREST_M)) for x, y, z in corners]
        limit = 64 * max(self.view.width, self.view.height)
        whole = np.rint(np.clip(points, -limit, limit) * np.float64(16)).astype(np.int32)
        if soft:
            near = np.clip(whole // 16, 0, (self.view.width - 1, self.view.height - 1))
            (left, top), (right, bottom) = near.min(0), near.max(0) + 2
            part = self.image[top:bottom, left:right]
            mask = np.zeros(part.shape[:2], np.uint8)
            moved = whole - np.array([left, top], np.int32) * 16
            cv2.fillPoly(mask, [moved], 255, cv2.LINE_AA, 4)
            share = floats(mask[..., None]) / 255 * (1 - soft)
            part += share * (floats(colour) - part)
        else:
            cv2.fillPoly(self.image, [whole], colour, cv2.LINE_AA, 4)

    def sky(self) -> None:
        """A pale sky, lighter towards the horizon."""
        rows = np.linspace(0, 1, self.view.height, dtype=np.float32)[:, None, None] / HORIZON
        high, low = floats([158, 178, 204]), floats([222, 226, 230])
        self.image[:] = high + np.clip(rows, 0, 1) * (low - high)

    def wall(self, x: float, ys: Pair, zs: Pair, colour: Colour, *, soft: float = 0.0) -> None:
        """A piece of a house front along the street."""
        (low, high), (near, far) = ys, zs
        corners = [(x, low, near), (x, low, far), (x, high, far), (x, high, near)]
        self.quad(corners, colour, soft=soft)

    def facing(self, xs: Pair, ys: Pair, z: float, colour: Colour, *, soft: float = 0.0) -> None:
        """An upright piece that faces the camera."""
        (left, right), (low, high) = xs, ys
        corners = [(left, low, z), (right, low, z), (right, high, z), (left, high, z)]
        self.quad(corners, colour, soft=soft)

    def floor(self, xs: Pair, zs: Pair, colour: Colour, *, soft: float = 0.0) -> None:
        """A piece of the ground."""
        (left, right), (near, far) = xs, zs
        corners = [(left, 0.0, near), (right, 0.0, near), (right, 0.0, far), (left, 0.0, far)]
        self.quad(corners, colour, soft=soft)

    def ground(self) -> None:
        """Paving slabs, gutters, and older patches."""
        self.floor((-9, 9), (NEAREST_M, END_M), (140, 136, 130))
        for _ in range(90):
            x = round(float(self.rng.uniform(-SIDE_M, SIDE_M)) / SLAB_M) * SLAB_M
            z = round(float(self.rng.uniform(2, 9) ** 1.5) / SLAB_M) * SLAB_M
            shade = float(self.rng.uniform(116, 156))
            tint = (shade, shade * 0.975, shade * 0.94)
            self.floor((x, x + SLAB_M), (z, z + SLAB_M), tint, soft=0.35)
        for x in np.arange(-4.8, 4.9, SLAB_M):
            self.floor((x - 0.01, x + 0.01), (NEAREST_M, 30), (112, 108, 103), soft=0.3)
        for z in np.arange(1.8, 26, SLAB_M):
            self.floor((-5, 5), (z - 0.008, z + 0.008), (112, 108, 103), soft=0.3)
        for x in (-3.3, 3.3):
            self.floor((x - 0.16, x + 0.16), (NEAREST_M, END_M), (104, 101, 98), soft=0.2)
        for side in (-1, 1):  # the shade along the walls
            for reach in (0.5, 0.9, 1.4):
                edges = sorted((side * SIDE_M, side * (SIDE_M - reach)))
                self.floor((edges[0], edges[1]), (NEAREST_M, END_M), (70, 68, 68), soft=0.86)

    def end(self) -> None:
        """The house that closes the street, and trees before it."""
        self.facing((-14, 14), (0, 11), END_M, (176, 164, 152))
        self.facing((-14.5, 14.5), (11, 12), END_M, (122, 116, 114))
        for y in (0.9, 4.2, 7.5):
            for x in np.arange(-12, 12.1, 2.2):
                self.facing((x - 0.55, x + 0.55), (y - 0.1, y + 2.0), END_M, (196, 190, 182))
                self.facing((x - 0.45, x + 0.45), (y, y + 1.9), END_M, (112, 120, 128))
                self.facing((x - 0.03, x + 0.03), (y, y + 1.9), END_M, (190, 186, 180))
        for x in (-3.2, -0.8, 1.9, 3.6):
            z = END_M - 8
            self.facing((x - 0.12, x + 0.12), (0, 3), z, (104, 96, 90))
            self.foliage(x, 3.6, z, 1.3, 170)

    def foliage(self, x: float, y: float, z: float, size: float, leaves: int) -> None:
        """A round mass of leaves."""
        haze = min(0.42, z / 130)
        leaf = _toned((70, 88, 58), float(self.rng.uniform(0.85, 1.15)), haze)
        for _ in range(leaves):
            a, b = self.rng.normal(0, 0.42, 2) * size
            radius = float(self.rng.uniform(0.05, 0.17)) * size
            tint = _toned(leaf, float(self.rng.uniform(0.72, 1.28)) - 0.12 * b / size, 0)
            column, row = self.view.project(x + a, y + b, z)
            px = max(1, round(radius * self.view.focal_px / z))
            centre = (round(column * 16), round(row * 16))
            cv2.circle(self.image, centre, px * 16, tint, -1, cv2.LINE_AA, 4)

    def houses(self, side: int) -> None:
        """One row of house fronts with shops, far ones first."""
        far = END_M
        while far > NEAREST_M:
            near = max(far - float(self.rng.uniform(5, 8)), NEAREST_M)
            colour = _BRICK[int(self.rng.integers(len(_BRICK)))]
            shade = (0.84 if side > 0 else 1.02) * float(self.rng.uniform(0.92, 1.05))
            self.front(side, (near, far), colour, shade)
            far = near

    def front(self, side: int, zs: Pair, colour: Colour, shade: float) -> None:
        """One house: wall, windows above, a shop below."""
        x, (near, far) = side * SIDE_M, zs
        haze = min(0.45, far / 130)

        def toned(tint: Sequence[float], factor: float = 1.0) -> Colour:
            return _toned(tint, shade * factor, haze)

        self.wall(x, (0, float(self.rng.uniform(8, 11))), zs, toned(colour))
        self.wall(x, (0, 3.2), (near + 0.12, far - 0.12), toned((62, 60, 60)))
        self.wall(x, (0, 0.45), (near + 0.12, far - 0.12), toned((84, 82, 80)))
        sign = _SIGN[int(self.rng.integers(len(_SIGN)))]
        self.wall(x, (2.6, 3.2), (near + 0.12, far - 0.12), toned(sign))
        self.lettering(x, (near, far), toned((224, 218, 200)))
        panes = max(2, round((far - near) / 1.5))
        step = (far - near - 0.5) / panes
        door = int(self.rng.integers(panes))
        for pane in range(panes):
            a = near + 0.3 + pane * step
            b = a + step - 0.1
            low = 0.06 if pane == door else 0.5
            self.wall(
                x, (low, 2.48), (a, b), toned((74, 80, 84), float(self.rng.uniform(0.8, 1.2)))
            )
            self.wall(x, (1.7, 2.48), (a, b), toned((196, 176, 138)), soft=0.72)
            for _ in range(3):  # what stands in the window
                at = float(self.rng.uniform(a, max(a + 0.01, b - 0.3)))
                tall = float(self.rng.uniform(0.4, 1.1))
                grey = float(self.rng.uniform(70, 170))
                tint = toned((grey, grey * 0.93, grey * self.rng.uniform(0.75, 1.05)))
                self.wall(x, (low + 0.1, low + 0.1 + tall), (at, min(at + 0.3, b)), tint, soft=0.5)
            glare = [(x, 1.2, a), (x, 2.0, b), (x, 2.48, b), (x, 2.48, a)]
            self.quad(glare, (206, 214, 222), soft=0.8)
        if self.rng.random() < AWNINGS:
            self.awning(side, (near + 0.3, far - 0.3), toned)
        for y in (4.2, 7.1):
            count = max(1, round((far - near) / 2.2))
            for place in range(count):
                middle = near + (place + 0.5) * (far - near) / count
                self.wall(
                    x, (y - 0.12, y + 1.75), (middle - 0.55, middle + 0.55), toned((208, 204, 198))
                )
                self.wall(x, (y, y + 1.65), (middle - 0.45, middle + 0.45), toned((86, 96, 106)))
                self.wall(
                    x,
                    (y + 0.8, y + 1.65),
                    (middle - 0.45, middle + 0.45),
                    toned((150, 164, 178)),
                    soft=0.6,
                )
                self.wall(x, (y, y + 1.65), (middle - 0.03, middle + 0.03), toned((200, 196, 190)))

    def lettering(self, x: float, zs: Pair, colour: Colour) -> None:
        """Strokes that look like a shop's name from afar and say nothing from near."""
        near, far = zs
        at = near + 0.25 * (far - near)
        while at < far - 0.3 * (far - near):
            wide = float(self.rng.uniform(0.1, 0.24))
            high = float(self.rng.uniform(0.16, 0.26))
            if self.rng.random() < 0.85:  # noqa: PLR2004 - the rest are gaps between words
                self.wall(x, (2.8, 2.8 + high), (at, at + wide * 0.7), colour, soft=0.25)
            at += wide

    def awning(self, side: int, zs: Pair, toned: Callable[..., Colour]) -> None:
        """A striped awning over a shop window."""
        near, far = zs
        stripe = _SIGN[int(self.rng.integers(len(_SIGN)))]
        edges = np.arange(near, far, 0.5)
        for place, at in enumerate(edges[::-1]):
            end = min(float(at) + 0.5, far)
            tint = toned((216, 210, 198)) if place % 2 else toned(stripe, 1.2)
            inner, outer = side * SIDE_M, side * (SIDE_M - 0.9)
            self.quad(
                [(inner, 2.75, at), (inner, 2.75, end), (outer, 2.3, end), (outer, 2.3, at)], tint
            )

    def furniture(self) -> None:
        """Lamp posts and tubs with shrubs, far ones first."""
        for z in (38.0, 29.0, 21.0, 14.0, 9.0):
            for side in (-1, 1):
                x = side * 3.75
                haze = min(0.4, z / 130)
                if (round(z) + side) % 4:
                    post = _toned((58, 60, 62), 1.0, haze)
                    self.facing((x - 0.045, x + 0.045), (0, 5.2), z, post)
                    self.facing(
                        (x - 0.16, x + 0.16), (5.0, 5.4), z, _toned((214, 212, 200), 1.0, haze)
                    )
                else:
                    self.facing((x - 0.4, x + 0.4), (0, 0.55), z, _toned((120, 104, 90), 1.0, haze))
                    self.foliage(x, 0.95, z, 0.5, 150)

    def finished(self) -> NDArray[np.uint8]:
        """Weathered, a little out of focus, and 8-bit."""
        height, width = self.image.shape[:2]
        for cells, depth in ((6, 0.05), (28, 0.035), (160, 0.03)):
            rows = max(2, round(cells * height / width))
            blobs = self.rng.standard_normal((rows, cells)).astype(np.float32)
            self.image *= (
                1
                + depth
                * cv2.resize(blobs, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
            )
        soft = cv2.GaussianBlur(self.image, (0, 0), max(0.4, width / 1280))
        return np.clip(soft, 0, 255).astype(np.uint8)


def _toned(colour: Sequence[float], shade: float, haze: float) -> Colour:
    """A colour made lighter or darker, then paler with distance."""
    r, g, b = (
        c * shade * (1 - haze) + h * haze for c, h in zip(colour, (206, 212, 218), strict=True)
    )
    return (float(r), float(g), float(b))

"""The empty street: sky, house fronts, shop windows and pavement in perspective."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.floats import floats
from overt.street.view import HORIZON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.street.looks import Colour
    from overt.street.view import View

    Point3 = tuple[float, float, float]

SIDE_M = 4.6
"""Half the width of the street."""
END_M = 60.0
"""Where a house closes it off."""
NEAREST_M = 1.2
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
        limit = 4 * max(self.view.width, self.view.height)
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

    def ground(self) -> None:
        """Paving slabs, a gutter down the middle, and older patches."""
        self.quad(
            [(-9, 0, NEAREST_M), (9, 0, NEAREST_M), (9, 0, END_M), (-9, 0, END_M)], (138, 134, 128)
        )
        for _ in range(60):
            x, z = self.rng.uniform(-SIDE_M, SIDE_M), float(self.rng.uniform(2, 9) ** 1.5)
            x = round(float(x) / 0.6) * 0.6
            z = round(z / 0.6) * 0.6
            shade = float(self.rng.uniform(118, 152))
            self.quad(
                [(x, 0, z), (x + 0.6, 0, z), (x + 0.6, 0, z + 0.6), (x, 0, z + 0.6)],
                (shade, shade * 0.975, shade * 0.94),
                soft=0.35,
            )
        for x in np.arange(-4.8, 4.9, 0.6):
            self.quad(
                [
                    (x - 0.01, 0, NEAREST_M),
                    (x + 0.01, 0, NEAREST_M),
                    (x + 0.01, 0, 30),
                    (x - 0.01, 0, 30),
                ],
                (112, 108, 103),
                soft=0.3,
            )
        for z in np.arange(1.8, 26, 0.6):
            self.quad(
                [(-5, 0, z - 0.008), (5, 0, z - 0.008), (5, 0, z + 0.008), (-5, 0, z + 0.008)],
                (112, 108, 103),
                soft=0.3,
            )
        for x in (-3.3, 3.3):
            self.quad(
                [
                    (x - 0.16, 0, NEAREST_M),
                    (x + 0.16, 0, NEAREST_M),
                    (x + 0.16, 0, END_M),
                    (x - 0.16, 0, END_M),
                ],
                (104, 101, 98),
                soft=0.2,
            )

    def end(self) -> None:
        """The house that closes the street."""
        self.quad(
            [(-14, 0, END_M), (14, 0, END_M), (14, 11, END_M), (-14, 11, END_M)], (166, 152, 138)
        )
        self.quad(
            [(-14.5, 11, END_M), (14.5, 11, END_M), (12, 14.5, END_M), (-12, 14.5, END_M)],
            (96, 88, 86),
        )
        for floor in range(3):
            for x in np.arange(-12, 12.1, 2.6):
                y = 1.2 + 3.3 * floor
                self.quad(
                    [
                        (x - 0.6, y, END_M),
                        (x + 0.6, y, END_M),
                        (x + 0.6, y + 1.8, END_M),
                        (x - 0.6, y + 1.8, END_M),
                    ],
                    (92, 100, 108),
                )

    def houses(self, side: int) -> None:
        """One row of house fronts with shops."""
        z = END_M
        x = side * SIDE_M
        while z > NEAREST_M:
            width = float(self.rng.uniform(5, 8))
            near = max(z - width, NEAREST_M)
            wall = _BRICK[int(self.rng.integers(len(_BRICK)))]
            shade = (0.86 if side > 0 else 1.02) * float(self.rng.uniform(0.92, 1.05))
            haze = min(0.45, z / 130)
            self.front(x, near, z, _toned(wall, shade, haze), haze)
            z = near

    def front(self, x: float, near: float, far: float, wall: Colour, haze: float) -> None:
        """One house: wall, windows above, a shop below."""
        height = float(self.rng.uniform(8, 11))
        self.quad([(x, 0, near), (x, 0, far), (x, height, far), (x, height, near)], wall)
        sign = _toned(_SIGN[int(self.rng.integers(len(_SIGN)))], 1.0, haze)
        glass = _toned((66, 76, 82), float(self.rng.uniform(0.8, 1.3)), haze)
        dark = _toned((44, 44, 46), 1.0, haze)
        span = far - near
        self.quad(
            [(x, 0, near + 0.15), (x, 0, far - 0.15), (x, 3.1, far - 0.15), (x, 3.1, near + 0.15)],
            dark,
        )
        self.quad(
            [
                (x, 2.55, near + 0.15),
                (x, 2.55, far - 0.15),
                (x, 3.15, far - 0.15),
                (x, 3.15, near + 0.15),
            ],
            sign,
        )
        panes = max(2, round(span / 1.5))
        for pane in range(panes):
            a, b = (
                near + 0.3 + pane * (span - 0.6) / panes,
                near + 0.2 + (pane + 1) * (span - 0.6) / panes,
            )
            bottom = 0.1 if pane == panes // 2 else 0.55
            self.quad([(x, bottom, a), (x, bottom, b), (x, 2.4, b), (x, 2.4, a)], glass)
            for _ in range(4):  # what is in the window, and what it mirrors
                at = float(self.rng.uniform(a, max(a + 0.01, b - 0.2)))
                low = float(self.rng.uniform(bottom, 1.6))
                tint = _toned(tuple(self.rng.uniform(60, 170, 3)), 1.0, haze)
                self.quad(
                    [
                        (x, low, at),
                        (x, low, at + 0.25),
                        (x, low + 0.5, at + 0.25),
                        (x, low + 0.5, at),
                    ],
                    tint,
                    soft=0.55,
                )
            self.quad(
                [(x, 1.5, a), (x, 1.9, b), (x, 2.4, b), (x, 2.4, a)], (196, 206, 214), soft=0.75
            )
        for floor in range(2):
            y = 4.1 + 2.9 * floor
            count = max(1, round(span / 2.2))
            for place in range(count):
                middle = near + (place + 0.5) * span / count
                self.quad(
                    [
                        (x, y - 0.1, middle - 0.55),
                        (x, y - 0.1, middle + 0.55),
                        (x, y + 1.7, middle + 0.55),
                        (x, y + 1.7, middle - 0.55),
                    ],
                    _toned((206, 202, 196), 1.0, haze),
                )
                self.quad(
                    [
                        (x, y, middle - 0.45),
                        (x, y, middle + 0.45),
                        (x, y + 1.6, middle + 0.45),
                        (x, y + 1.6, middle - 0.45),
                    ],
                    glass,
                )

    def furniture(self) -> None:
        """Lamp posts, bollards and tubs, far ones first."""
        for z in (38.0, 29.0, 21.0, 14.0, 9.0):
            for side in (-1, 1):
                x = side * 3.75
                haze = min(0.4, z / 130)
                post = _toned((58, 60, 62), 1.0, haze)
                if (round(z) + side) % 2:
                    self.quad(
                        [
                            (x - 0.05, 0, z),
                            (x + 0.05, 0, z),
                            (x + 0.035, 5.2, z),
                            (x - 0.035, 5.2, z),
                        ],
                        post,
                    )
                    self.quad(
                        [
                            (x - 0.2, 5.0, z),
                            (x + 0.2, 5.0, z),
                            (x + 0.14, 5.45, z),
                            (x - 0.14, 5.45, z),
                        ],
                        _toned((214, 212, 200), 1.0, haze),
                    )
                else:
                    tub = _toned((120, 104, 90), 1.0, haze)
                    leaf = _toned((72, 94, 62), float(self.rng.uniform(0.8, 1.2)), haze)
                    self.quad(
                        [
                            (x - 0.4, 0, z),
                            (x + 0.4, 0, z),
                            (x + 0.45, 0.55, z),
                            (x - 0.45, 0.55, z),
                        ],
                        tub,
                    )
                    for _ in range(26):
                        a, b = float(self.rng.normal(0, 0.26)), float(self.rng.uniform(0.5, 1.35))
                        s = float(self.rng.uniform(0.08, 0.2))
                        tint = _toned(leaf, float(self.rng.uniform(0.75, 1.3)), 0)
                        self.quad(
                            [
                                (x + a - s, b, z),
                                (x + a, b - s, z),
                                (x + a + s, b, z),
                                (x + a, b + s, z),
                            ],
                            tint,
                        )

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

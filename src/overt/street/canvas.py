"""A sheet to paint a person on, in the units of the cast model, with soft masks and noise."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.floats import Floats, Numbers, floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.street.looks import Colour


SHIFT = 4
"""Fractional bits of the polygon corners."""


@lru_cache(maxsize=1)
def _grain() -> Floats:
    """(512, 512) float32 normal noise that wraps around, the same in every run."""
    noise = np.random.Generator(np.random.Philox(key=20)).standard_normal((512, 512))
    return noise.astype(np.float32)


@lru_cache(maxsize=8)
def _axes(left: int, top: int, right: int, bottom: int, scale: float) -> tuple[Floats, Floats]:
    width, height = round((right - left) * scale), round((bottom - top) * scale)
    x = (np.arange(width, dtype=np.float32) + 0.5) / scale + left
    y = (np.arange(height, dtype=np.float32) + 0.5) / scale + top
    xs, ys = np.meshgrid(x, y)
    return xs, ys


class Canvas:
    """Premultiplied RGB and coverage over a rectangle of the figure.

    Args:
        left: units, as are `top`, `right` and `bottom`; the origin lies at the nose's root.
        top: units.
        right: units.
        bottom: units.
        scale: pixels per unit.
    """

    def __init__(self, left: int, top: int, right: int, bottom: int, scale: float) -> None:
        self.left, self.top, self.scale = left, top, scale
        self.x, self.y = _axes(left, top, right, bottom, scale)
        self.rgb = np.zeros((*self.x.shape, 3), np.float32)
        self.alpha = np.zeros(self.x.shape, np.float32)

    def copy(self) -> Canvas:
        """A canvas of the same size with its own pixels."""
        other = copy.copy(self)
        other.rgb, other.alpha = self.rgb.copy(), self.alpha.copy()
        return other

    def pixels(self) -> NDArray[np.uint8]:
        """(h, w, 4) uint8: premultiplied RGB, and coverage."""
        both = np.dstack([self.rgb, self.alpha * 255])
        return np.clip(both + 0.5, 0, 255).astype(np.uint8)

    def polygon(self, corners: Sequence[tuple[float, float]], *, soft: float = 0.8) -> Floats:
        """(h, w) float32 0 to 1: coverage of a closed polygon.

        Args:
            corners: in units.
            soft: blur of the edge, units.
        """
        mask = np.zeros(self.x.shape, np.uint8)
        points = (np.asarray(corners) - [self.left, self.top]) * self.scale - 0.5
        whole = np.rint(points * 2**SHIFT).astype(np.int32)
        cv2.fillPoly(mask, [whole], 255, cv2.LINE_AA, SHIFT)
        return self.softened(floats(mask.astype(np.float32) / 255), soft)

    def curve(self, corners: Sequence[tuple[float, float]], *, soft: float = 0.8) -> Floats:
        """`polygon` with its corners rounded off by a closed Catmull–Rom spline."""
        p = np.asarray(corners, float)
        before, after, further = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
        t = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
        b, p0, a, f = (v[:, None, :] for v in (before, p, after, further))
        smooth = 0.5 * (
            2 * p0
            + (a - b) * t
            + (2 * b - 5 * p0 + 4 * a - f) * t**2
            + (3 * p0 - b - 3 * a + f) * t**3
        )
        return self.polygon([(float(x), float(y)) for x, y in smooth.reshape(-1, 2)], soft=soft)

    def softened(self, mask: Floats, radius: float) -> Floats:
        """The mask blurred by `radius` units."""
        sigma = radius * self.scale
        return mask if sigma < 0.3 else floats(cv2.GaussianBlur(mask, (0, 0), sigma))  # noqa: PLR2004 - no visible blur

    def blend(
        self, colour: NDArray[np.float32] | Colour, mask: Floats, tone: Floats | None = None
    ) -> None:
        """Paint over what is there, touching no more of the sheet than the mask covers.

        Args:
            colour: one RGB colour, or (h, w, 3).
            mask: (h, w) 0 to 1.
            tone: (h, w) factors on the colour; None leaves it flat.
        """
        covered = mask > 0.004  # noqa: PLR2004 - one grey level
        rows, columns = np.flatnonzero(covered.any(1)), np.flatnonzero(covered.any(0))
        if not len(rows):
            return
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        near = mask[part][..., None]
        paint = np.asarray(colour, np.float32)
        paint = paint[part] if paint.ndim > 1 else paint
        if tone is not None:
            paint = paint * tone[part][..., None]
        self.rgb[part] += near * (paint - self.rgb[part])
        self.alpha[part] += mask[part] * (1 - self.alpha[part])

    def shade(self, factor: Floats) -> None:
        """Darken or lighten what is there: (h, w) factors."""
        self.rgb *= factor[..., None]

    def rounded(self, mask: Floats, radius: float, *, depth: float = 0.4) -> Floats:
        """(h, w) factors that make a flat mask look round: darker within `radius` of its edge."""
        inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3)  # noqa: PLR2004
        near = np.clip(1 - inside / (radius * self.scale), 0, 1)
        factor = 1 - depth * (1 - np.sqrt(np.clip(1 - near**2, 0, 1)))
        return floats(cv2.GaussianBlur(floats(factor), (0, 0), max(1.0, 2 * self.scale)))

    def noise(self, cell: float, seed: int) -> Floats:
        """(h, w) float32 smooth noise of about unit deviation, with blobs `cell` units across."""
        return self.along(self.x / cell, self.y / cell, seed)

    def along(self, u: Numbers, v: Numbers, seed: int) -> Floats:
        """(h, w) float32 noise in coordinates of one's own, one blob to a unit of `u` and `v`."""
        du, dv = float(seed % 509), float(seed // 509 % 499)
        return floats(
            cv2.remap(
                _grain(),
                floats(u + du),
                floats(v + dv),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            )
        )

"""Turning a painted head: a displacement of the shape grid, and the same backwards."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.floats import Floats, floats
from overt.street.model import GRID, GRID_H, GRID_LEFT, GRID_TOP, GRID_W

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.street.canvas import Canvas

MAX_YAW, MAX_PITCH, MAX_ROLL = 24.0, 18.0, 15.0
"""Degrees up to which warping one picture looks like turning a head."""
PIVOT_Y, PIVOT_Z = 40.0, 62.0
"""About which the head turns, units."""
_STEPS, _DAMPING = 12, 0.7
"""Of the fixed-point iteration that inverts the displacement."""


class Head:
    """The shape of one head, in every pose.

    Args:
        displacement: (GRID_H, GRID_W, 3) against the mean head, units.
        depth: (GRID_H, GRID_W) of the mean head, units.
    """

    def __init__(self, displacement: Floats, depth: Floats) -> None:
        self._displacement, self._depth = displacement, depth

    def forward(self, yaw_deg: float, pitch_deg: float, roll_deg: float) -> Floats:
        """(GRID_H, GRID_W, 2) by how much each node moves, units. Angles are bounded."""
        xs, ys, follow = _nodes()
        x = xs + self._displacement[..., 0]
        y = ys + self._displacement[..., 1] - PIVOT_Y
        z = self._depth + self._displacement[..., 2] - PIVOT_Z
        a = np.radians(np.clip(yaw_deg, -MAX_YAW, MAX_YAW))
        b = np.radians(np.clip(pitch_deg, -MAX_PITCH, MAX_PITCH))
        c = np.radians(np.clip(roll_deg, -MAX_ROLL, MAX_ROLL))
        x1, z1 = x * np.cos(a) - z * np.sin(a), x * np.sin(a) + z * np.cos(a)
        y1 = y * np.cos(b) - z1 * np.sin(b)
        x2, y2 = x1 * np.cos(c) - y1 * np.sin(c), x1 * np.sin(c) + y1 * np.cos(c)
        return floats(np.dstack([(x2 - xs) * follow, (y2 + PIVOT_Y - ys) * follow]))

    def posed(self, canvas: Canvas, image: NDArray[np.uint8], forward: Floats) -> NDArray[np.uint8]:
        """A picture painted on the mean head, as it looks on this one in a pose.

        Args:
            canvas: whose sheet the picture was painted on.
            image: (h, w, 4) uint8.
            forward: from `forward`.
        """
        u = (canvas.x - GRID_LEFT) / GRID
        v = (canvas.y - GRID_TOP) / GRID
        away = cv2.remap(_inverse(forward), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        columns = (canvas.x - away[..., 0] - canvas.left) * canvas.scale - 0.5
        rows = (canvas.y - away[..., 1] - canvas.top) * canvas.scale - 0.5
        return np.asarray(
            cv2.remap(image, floats(columns), floats(rows), cv2.INTER_LINEAR), np.uint8
        )


def placed(points: Floats, forward: Floats) -> Floats:
    """(n, 2) where points of the mean face lie in a pose, units.

    Args:
        points: (n, 2) units.
        forward: from `Head.forward`.
    """
    u = floats((points[:, :1] - GRID_LEFT) / GRID)
    v = floats((points[:, 1:2] - GRID_TOP) / GRID)
    return floats(points + cv2.remap(forward, u, v, cv2.INTER_LINEAR).reshape(-1, 2))


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats, Floats]:
    """Grid positions, and how much of the head's turn each follows."""
    xs, ys = np.meshgrid(
        np.arange(GRID_W, dtype=np.float32) * GRID + GRID_LEFT,
        np.arange(GRID_H, dtype=np.float32) * GRID + GRID_TOP,
    )
    follow = np.clip((150 - ys) / 70, 0, 1)
    return floats(xs), floats(ys), floats(follow * follow * (3 - 2 * follow))


def _inverse(forward: Floats) -> Floats:
    """(GRID_H, GRID_W, 2) by how much what shows at each node has moved, units."""
    columns, rows = np.meshgrid(
        np.arange(GRID_W, dtype=np.float32), np.arange(GRID_H, dtype=np.float32)
    )
    away = forward.copy()
    for _ in range(_STEPS):
        back = cv2.remap(
            forward,
            floats(columns - away[..., 0] / GRID),
            floats(rows - away[..., 1] / GRID),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        away += _DAMPING * (floats(back) - away)
    return away

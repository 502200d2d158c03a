"""Where things of the street appear in the picture: a level camera with a shifted lens."""

from __future__ import annotations

import math
from dataclasses import dataclass

from overt.street.clothes import UNITS_PER_M

HORIZON = 0.36
"""Height of the horizon in the picture, from the top."""


@dataclass(frozen=True, slots=True)
class View:
    """A camera looking straight down the street.

    x runs to the right, y up from the pavement, z away from the camera, all in metres. The lens
    is shifted instead of tilted, so that upright things stay upright.
    """

    width: int
    height: int
    camera_height_m: float
    field_of_view_deg: float
    """Across the picture."""

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(math.radians(self.field_of_view_deg) / 2)

    def project(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Column and row of a point, pixels."""
        f = self.focal_px / z
        return (
            self.width / 2 + f * x,
            self.height * HORIZON + f * (self.camera_height_m - y),
        )

    def px_per_unit(self, z: float) -> float:
        """Pixels per unit of a figure at a distance."""
        return self.focal_px / z / UNITS_PER_M

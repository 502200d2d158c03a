"""What is known about a generated scene: who was where, and who could have been recognised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overt.values import Box, Landmarks


@dataclass(frozen=True, slots=True)
class Presence:
    """One person in one frame."""

    walk: int
    """Number of the walk in the scene."""
    person: int
    distance_m: float
    facing: bool
    """False where the person is seen from behind."""
    box: Box
    """The face, from brow to chin and cheek to cheek, pixels."""
    landmarks: Landmarks
    occluded: float
    """Share of the face's box that others cover, 0 to 1."""
    in_frame: bool
    """Whether the face lies wholly in the picture."""

    @property
    def inter_eye_px(self) -> float:
        """Pixels between the eyes."""
        return self.landmarks.inter_eye_px


@dataclass(frozen=True, slots=True)
class Pass:
    """One person's way through the zone of recognition."""

    walk: int
    person: int
    start_s: float
    """Seconds from the scene's first frame to the first in which the face was in the zone."""
    end_s: float
    """To the last such frame."""
    frames: int
    """How many frames had the face in the zone and at least three quarters uncovered."""
    most_inter_eye_px: float
    """The largest that the face became, pixels between the eyes."""

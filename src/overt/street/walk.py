"""One walk down the street: where somebody is, and where they look, at every moment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class Heading(StrEnum):
    """Which way somebody walks."""

    TOWARDS = "towards the camera"
    AWAY = "away from the camera"
    ACROSS = "across the street"


@dataclass(frozen=True, slots=True)
class Stance:
    """A walker at one moment."""

    x: float
    """Metres to the right of the camera."""
    z: float
    """Metres from the camera."""
    bob_m: float
    """Rise and fall of the whole body with each step."""
    phase: float
    """0 to 1 through a stride of two steps."""
    yaw_deg: float
    """Turn of the head as the camera sees it, to the image's right."""
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody's way through the street."""

    index: int
    """Number of the walk in its scene."""
    person: int
    take: int
    heading: Heading
    start_s: float
    speed: float
    """Metres a second."""
    lane: float
    """Metres to the right at which the walker keeps; for a crossing, the distance."""
    far: float
    """Metres from the camera at the start (towards) or end (away); for a crossing, the width."""
    near: float
    """Metres from the camera at the end (towards) or start (away)."""
    sway: float
    """Metres by which the way bends."""
    look_deg: float
    """How far the head turns about while walking."""
    look_s: float
    """Seconds for one such turn there and back."""
    down_deg: float
    """How far the head is bowed, as over a telephone."""
    phase: float

    @property
    def seconds(self) -> float:
        """How long the walk takes."""
        if self.heading is Heading.ACROSS:
            return 2 * abs(self.far) / self.speed
        return (self.far - self.near) / self.speed

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.seconds

    def at(self, media_s: float, camera_height_m: float) -> Stance | None:
        """Where the walker is, or None before and after the walk.

        Args:
            media_s: seconds from the scene's first frame.
            camera_height_m: from which the camera looks down on the head.
        """
        t = media_s - self.start_s
        if not 0 <= t <= self.seconds:
            return None
        turn = self.look_deg * math.sin(2 * math.pi * (t / self.look_s + self.phase))
        stride = 1.25 / self.speed + 0.15
        phase = (t / stride + self.phase) % 1
        if self.heading is Heading.ACROSS:
            x, z = -self.far + math.copysign(self.speed, self.far) * t, self.lane
            yaw = math.copysign(24.0, self.far)
        else:
            towards = self.heading is Heading.TOWARDS
            z = self.far - self.speed * t if towards else self.near + self.speed * t
            x = self.lane + self.sway * math.sin(z * 0.35 + self.phase * 6)
            yaw = math.degrees(math.atan2(x, z)) + turn
        below = math.degrees(math.atan2(camera_height_m - 1.6, z))
        return Stance(
            x=x,
            z=z,
            bob_m=0.022 * abs(math.sin(2 * math.pi * phase)),
            phase=phase,
            yaw_deg=yaw,
            pitch_deg=below + self.down_deg,
            roll_deg=1.5 * math.sin(2 * math.pi * phase),
        )

"""One walker ready for the street: parts painted once, posed and scaled as often as needed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.bust import BOTTOM, LEFT, RIGHT, TOP, Bust, light
from overt.street.canvas import Canvas
from overt.street.clothes import SOLE, UNITS_PER_M, paint_arms, paint_legs, paint_top
from overt.street.looks import Garment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.street.cast import Cast, Person, Take
    from overt.street.floats import Floats
    from overt.street.walk import Stance

HEAD_SCALE = 1.1
"""Pixels per unit of the head's sprite: 57 between the eyes."""
BODY_SCALE = 0.6
LEG_SCALE = 0.36
BODY_LEFT, BODY_TOP, BODY_RIGHT, BODY_BOTTOM = -236, 60, 236, 720
LEG_TOP, LEG_BOTTOM = 600, 1306
ARM_PHASES = (0.75, 0.0, 0.25)
"""Moments of a stride in which the arms are painted: back, middle, forward."""
LEG_PHASES = 8
FADE_FROM = 146.0
"""Where the bust begins to give way to the body's sprite, units."""
SHOULDER = 96.0
AIR = (206.0, 212.0, 218.0)
"""Colour that far things fade to."""
HAZE_STEP = 0.02
MAX_LEVEL = 4
"""Smallest copy of a sprite: a sixteenth of its size."""
TURN_STEP_DEG, COARSE_STEP_DEG = 2.0, 6.0
COARSE_BELOW = 0.3
"""Pixels per unit below which a head is too small for fine steps to show."""
MAX_KEPT = 40
"""Posed heads kept of one walker, about 350 kB each."""


class Sprite:
    """A premultiplied picture of a part, with smaller and hazier copies, made when wanted.

    Args:
        image: (h, w, 4) uint8, RGB times coverage, and coverage.
        left: units, where its corner lies on the figure.
        top: units.
        scale: pixels per unit.
    """

    def __init__(self, image: NDArray[np.uint8], left: float, top: float, scale: float) -> None:
        self.left, self.top, self.scale = left, top, scale
        self._levels = [image]
        self._hazy: tuple[tuple[int, int], NDArray[np.uint8]] | None = None

    def level(self, wanted: float, haze: float) -> tuple[NDArray[np.uint8], float]:
        """The smallest copy that still has `wanted` pixels per unit, and its scale.

        Args:
            wanted: pixels per unit.
            haze: share of the air's colour, in steps of which the last is kept.
        """
        step, scale = 0, self.scale
        while scale * 0.5 >= wanted and step < MAX_LEVEL:
            step, scale = step + 1, scale * 0.5
            if step == len(self._levels):
                last = self._levels[-1]
                size = (max(1, last.shape[1] // 2), max(1, last.shape[0] // 2))
                self._levels.append(
                    np.asarray(cv2.resize(last, size, interpolation=cv2.INTER_AREA), np.uint8)
                )
        key = (step, round(haze / HAZE_STEP))
        if key[1] == 0:
            return self._levels[step], scale
        if self._hazy is None or self._hazy[0] != key:
            self._hazy = key, _hazed(self._levels[step], key[1] * HAZE_STEP)
        return self._hazy[1], scale


def _hazed(image: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """A sprite seen through air: its colours drawn towards `AIR`, its coverage kept."""
    air = cv2.merge([cv2.convertScaleAbs(image[..., 3], alpha=c / 255) for c in (*AIR, 255.0)])
    return np.asarray(cv2.addWeighted(image, 1 - share, air, share, 0), np.uint8)


@lru_cache(maxsize=1)
def _hand_over() -> NDArray[np.uint8]:
    """(h, w, 4) uint8: 255 on the head, fading to 0 where the body's sprite takes over."""
    canvas = Canvas(LEFT, TOP, RIGHT, BOTTOM, HEAD_SCALE)
    down = np.clip((BOTTOM - 4 - canvas.y) / (BOTTOM - 4 - FADE_FROM), 0, 1)
    aside = np.clip((RIGHT - 2 - np.abs(canvas.x)) / 12, 0, 1)
    fade = down * np.where(canvas.y > SHOULDER, aside, 1)
    return np.repeat((fade * 255).astype(np.uint8)[..., None], 4, axis=2)


class Figure:
    """A person in one take, walking.

    Args:
        cast: whose model.
        person: who.
        take: light, expression and clothes of this walk.
        brightness: of the daylight.
        away: whether the person is seen from behind.
    """

    def __init__(
        self,
        cast: Cast,
        person: Person,
        take: Take,
        *,
        brightness: float = 1.0,
        away: bool = False,
    ) -> None:
        self.person = person
        # From behind, a collar has no front.
        clothes = replace(take.clothes, garment=Garment.CREW) if away else take.clothes
        self._take = replace(take, brightness=take.brightness * brightness, clothes=clothes)
        self._away = away
        self._cast = cast
        self._bust: Bust | None = None
        self._heads: dict[tuple[float, float, float], tuple[Sprite, Floats]] = {}
        self._bodies: dict[int, Sprite] = {}
        self._torso: Canvas | None = None
        self._legs: dict[int, Sprite] = {}
        self.stretch = (person.height_m * UNITS_PER_M - 208) / (SOLE - 100)
        """Length of body and legs against the average; the head keeps its size."""

    def prepare(self) -> None:
        """Paint what every picture needs."""
        self.head((0.0, 0.0, 0.0), 0.0)
        self.body(0.0)

    @property
    def bust(self) -> Bust:
        """Head and shoulders, painted on first use."""
        if self._bust is None:
            self._bust = Bust(self._cast, self.person, self._take, HEAD_SCALE, away=self._away)
        return self._bust

    def angles(self, stance: Stance) -> tuple[float, float, float]:
        """Yaw, pitch and roll of the head, degrees."""
        take = self._take
        return (
            stance.yaw_deg + take.yaw_deg * 0.5,
            stance.pitch_deg + take.pitch_deg * 0.5,
            stance.roll_deg + take.roll_deg * 0.5,
        )

    def head(self, angles: tuple[float, float, float], scale: float) -> tuple[Sprite, Floats]:
        """Head and shoulders with the head turned, and where the face is.

        Args:
            angles: yaw, pitch and roll, degrees; rounded to steps, which are kept.
            scale: pixels per unit wanted; smaller heads turn in larger steps.

        Returns:
            The sprite, and (9, 2) places as `Bust.posed` gives them.
        """
        step = TURN_STEP_DEG if scale > COARSE_BELOW else COARSE_STEP_DEG
        yaw, pitch, roll = (step * round(angle / step) for angle in angles)
        key = (yaw, pitch, roll)
        if key not in self._heads:
            if len(self._heads) >= MAX_KEPT:
                self._heads.clear()
            picture, places = self.bust.posed(*key)
            faded = np.asarray(cv2.multiply(picture, _hand_over(), scale=1 / 255), np.uint8)
            self._heads[key] = Sprite(faded, LEFT, TOP, HEAD_SCALE), places
        return self._heads[key]

    def body(self, phase: float) -> Sprite:
        """Chest and arms at one moment of a stride."""
        swing = round(np.sin(2 * np.pi * phase)) % 3
        if swing not in self._bodies:
            if self._torso is None:
                self._torso = Canvas(BODY_LEFT, BODY_TOP, BODY_RIGHT, BODY_BOTTOM, BODY_SCALE)
                paint_top(self._torso, self._take.clothes, self.person.build)
            canvas = self._torso.copy()
            arms = {0: 0.0, 1: 0.25, 2: 0.75}[swing]
            paint_arms(canvas, self._take.clothes, self.person.build, self.bust.jaw, arms)
            light(canvas, self._take)
            self._bodies[swing] = Sprite(canvas.pixels(), canvas.left, canvas.top, canvas.scale)
        return self._bodies[swing]

    def legs(self, phase: float) -> Sprite:
        """Both legs at one moment of a stride."""
        step = int(phase * LEG_PHASES) % LEG_PHASES
        if step not in self._legs:
            canvas = Canvas(BODY_LEFT, LEG_TOP, BODY_RIGHT, LEG_BOTTOM, LEG_SCALE)
            paint_legs(canvas, self._take.clothes, self.person.build, step / LEG_PHASES)
            light(canvas, self._take)
            self._legs[step] = Sprite(canvas.pixels(), canvas.left, canvas.top, canvas.scale)
        return self._legs[step]

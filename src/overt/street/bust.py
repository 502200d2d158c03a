"""Head and shoulders: face, ears, hair, neck and collar, painted once and posed at will."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.canvas import Canvas
from overt.street.clothes import paint_neck, paint_top
from overt.street.floats import Floats, floats
from overt.street.hair import paint_behind, paint_over
from overt.street.model import FACE_X, FACE_Y
from overt.street.pose import Head, placed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.street.cast import Cast, Person, Take

LEFT, TOP, RIGHT, BOTTOM = -112, -136, 112, 184
"""What a bust shows, units; the shape grid covers just this."""
_BROW, _CHIN, _CHEEK = -84.0, 70.0, 58.0
FRAME: tuple[float, float, float] = (36.0, 32.0, 30.0)
"""Colour of spectacles."""


class Bust:
    """Head and shoulders on a transparent ground.

    Args:
        cast: whose model.
        person: who.
        take: in which moment.
        scale: pixels per unit; 1 gives 52 pixels between the eyes.
        away: whether the person is seen from behind.
    """

    def __init__(
        self, cast: Cast, person: Person, take: Take, scale: float, *, away: bool = False
    ) -> None:
        coefficients = cast.coefficients(person, take)
        self._shape = Head(cast.model.displacement(coefficients), cast.model.depth)
        self._points = floats(
            [*cast.model.landmarks, (-_CHEEK, -8), (_CHEEK, -8), (0, _BROW), (0, _CHIN)]
        )
        self.canvas = Canvas(LEFT, TOP, RIGHT, BOTTOM, scale)
        """The head's sheet; its axes are the bust's."""
        head, rest = self.canvas, Canvas(LEFT, TOP, RIGHT, BOTTOM, scale)
        face = _face(head, cast, person, coefficients)
        self.jaw = _colour_at(head, face, 44, 34)
        """(3,) float32 RGB of the skin."""
        hat = take.clothes.hat
        paint_behind(rest, person.looks, hat=hat is not None)
        paint_neck(rest, self.jaw, person.build)
        paint_top(rest, take.clothes, person.build)
        _paint_ears(head, _colour_at(head, face, 44, 4))
        _paint_head(head, face)
        paint_over(head, person.looks, hat, away=away)
        if person.looks.spectacles and not away:
            _paint_spectacles(head)
        light(head, take)
        light(rest, take)
        self._head, self._rest = head.pixels(), rest.pixels()

    def posed(
        self, yaw_deg: float, pitch_deg: float, roll_deg: float
    ) -> tuple[NDArray[np.uint8], Floats]:
        """The bust with the head turned.

        Returns:
            (h, w, 4) uint8 premultiplied RGB and coverage; and (9, 2) float32 units: the five
            landmarks, then left, right, top and bottom of the face.
        """
        forward = self._shape.forward(yaw_deg, pitch_deg, roll_deg)
        head = self._shape.posed(self.canvas, self._head, forward)
        # Composed after the pose, so that the shoulders stay where they are.
        clear = cv2.merge([cv2.bitwise_not(head[..., 3])] * 4)
        whole = cv2.add(cv2.multiply(self._rest, clear, scale=1 / 255), head)
        return np.asarray(whole, np.uint8), placed(self._points, forward)


def light(canvas: Canvas, take: Take) -> None:
    """Light the whole picture from one side, from above, warm or cold."""
    side = 1 + 0.24 * take.side_light * np.clip(canvas.x / 70, -1.2, 1.2)
    above = 1 - 0.13 * take.top_light * np.clip(canvas.y / 90, -1.2, 1.2)
    factor = floats(side * above * take.brightness)
    warm = floats([1 + 0.05 * take.warmth, 1.0, 1 - 0.07 * take.warmth])
    canvas.rgb *= factor[..., None] * warm
    np.minimum(canvas.rgb, 255 * canvas.alpha[..., None], out=canvas.rgb)


def _face(canvas: Canvas, cast: Cast, person: Person, coefficients: NDArray[np.float64]) -> Floats:
    """(h, w, 3) RGB: the face's texture in place, skin all round it, with the skin's own grain."""
    texture = cast.model.face(coefficients)
    luma = texture[..., 0]
    texture[..., 0] = luma + 0.7 * (luma - cv2.GaussianBlur(luma, (0, 0), 1.6))
    rgb = cv2.cvtColor(np.clip(texture, 0, 255) / 255, cv2.COLOR_YCrCb2RGB)
    placed = cv2.remap(
        rgb * 255,
        canvas.x + FACE_X,
        canvas.y + FACE_Y,
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    grain = 0.013 * canvas.noise(0.9, person.looks.seed) + 0.014 * canvas.noise(
        2.5, person.looks.seed + 1
    )
    grain += 0.012 * canvas.noise(9, person.looks.seed + 2)
    placed *= (1 + grain)[..., None]
    rng = np.random.Generator(np.random.Philox(key=person.looks.seed))
    for x, y, size in rng.uniform((-46, -60, 0.4), (46, 60, 1.0), (int(rng.integers(3)), 3)):
        mole = np.exp(-((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / (2 * size**2))
        placed *= 1 - floats([0.22, 0.3, 0.33]) * mole[..., None]
    return np.clip(placed, 0, 255).astype(np.float32)


def _colour_at(canvas: Canvas, image: Floats, x: float, y: float) -> Floats:
    """(3,) the colour of both sides of the face at ±x, y units, on the whole."""
    reach = 7
    near = (np.abs(np.abs(canvas.x) - x) < reach) & (np.abs(canvas.y - y) < reach)
    return floats(np.median(image[near], axis=0))


def _paint_ears(canvas: Canvas, skin: Floats) -> None:
    for side in (-1, 1):
        ear = canvas.curve(
            [
                (side * 56, -22),
                (side * 66, -30),
                (side * 72, -22),
                (side * 70, 0),
                (side * 65, 18),
                (side * 58, 22),
            ]
        )
        inner = canvas.curve(
            [(side * 60, -16), (side * 66, -21), (side * 67, -8), (side * 62, 8)], soft=1.6
        )
        tone = canvas.rounded(ear, 7, depth=0.35) * (1 - 0.28 * inner) * 0.93
        canvas.blend(skin * floats([1.03, 0.97, 0.96]), ear, floats(tone))


def _paint_head(canvas: Canvas, face: Floats) -> None:
    outline = canvas.curve(
        [(0, 70), (17, 68), (33, 58), (46, 40), (53, 18), (58, -8), (61, -36), (60, -66), (46, -94),
         (22, -106), (0, -108), (-22, -106), (-46, -94), (-60, -66), (-61, -36), (-58, -8),
         (-53, 18), (-46, 40), (-33, 58), (-17, 68)],
        soft=0.9,
    )  # fmt: skip
    canvas.blend(face * canvas.rounded(outline, 22, depth=0.3)[..., None], outline)


def _paint_spectacles(canvas: Canvas) -> None:
    for side in (-1, 1):
        corners = [
            (8, -34),
            (24, -38),
            (42, -35),
            (45, -26),
            (41, -15),
            (26, -11),
            (12, -15),
            (8, -24),
        ]
        rim = canvas.curve([(side * x, y) for x, y in corners], soft=0.4)
        lens = canvas.curve(
            [(side * (25 + (x - 25) * 0.9), -25 + (y + 25) * 0.86) for x, y in corners], soft=0.4
        )
        canvas.blend(FRAME, floats(np.clip(rim - lens, 0, 1) * 0.9))
        arm = canvas.polygon(
            [(side * 44, -31), (side * 62, -29), (side * 62, -26), (side * 44, -28)]
        )
        canvas.blend(FRAME, arm * 0.8)
    bridge = canvas.polygon([(-9, -30), (9, -30), (9, -27), (-9, -27)])
    canvas.blend(FRAME, bridge * 0.8)

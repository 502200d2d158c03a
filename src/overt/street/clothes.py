"""Neck, shoulders and clothes, down to the shoes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from overt.street.floats import Floats, floats
from overt.street.looks import Clothes, Garment

if TYPE_CHECKING:
    from overt.street.canvas import Canvas
    from overt.street.looks import Colour

UNITS_PER_M = 825.0
"""The mean head has 52 units between the pupils, which are 63 mm apart."""
HIP, KNEE, SOLE = 640.0, 950.0, 1290.0
"""Heights of a person of average size, units below the nose's root."""


_COARSE = 0.4
"""Pixels per unit below which no weave can be seen."""


def _weave(canvas: Canvas, clothes: Clothes) -> Floats:
    """(h, w) folds and weave of a cloth, about 1."""
    if canvas.scale < _COARSE:
        return floats(1 + 0.1 * canvas.noise(40, clothes.seed))
    folds = canvas.along(canvas.x / 34 + canvas.y / 160, canvas.y / 90, clothes.seed)
    broad = canvas.noise(70, clothes.seed + 1)
    fine = canvas.noise(2.2, clothes.seed + 2)
    return floats(1 + 0.07 * folds + 0.06 * broad + 0.025 * fine)


def paint_neck(canvas: Canvas, skin: Floats, build: float) -> None:
    """The neck, in the chin's shadow.

    Args:
        canvas: painted on.
        skin: (3,) float32 RGB of the jaw.
        build: width against the average.
    """
    half = 41 * (0.6 + 0.4 * build)
    neck = canvas.curve(
        [(-half + 1, 16), (-half, 62), (-half - 3, 82), (-half - 12, 112), (0, 150),
         (half + 12, 112), (half + 3, 82), (half, 62), (half - 1, 16)]
    )  # fmt: skip
    fall = np.clip((canvas.y - 58) / 40, 0, 1)
    tone = (0.62 + 0.3 * fall) * (1 - 0.3 * np.clip(np.abs(canvas.x) / (half + 8), 0, 1) ** 3)
    tone = tone + 0.03 * canvas.noise(14, 11)
    canvas.blend(skin, neck, floats(tone))


_COLLAR = {
    Garment.CREW: 90,
    Garment.SHIRT: 88,
    Garment.SUIT: 86,
    Garment.HOOD: 86,
    Garment.COAT: 80,
}
"""Height of the collar, units."""


def paint_top(canvas: Canvas, clothes: Clothes, build: float) -> None:
    """Shoulders and chest with a collar, without the arms."""
    b = build
    neck = _COLLAR[clothes.garment]
    body = canvas.curve(
        [(-46, neck), (-88 * b, 110), (-146 * b, 128), (-174 * b, 166), (-172 * b, 320),
         (-146 * b, 470), (-152 * b, 690), (152 * b, 690), (146 * b, 470), (172 * b, 320),
         (174 * b, 166), (146 * b, 128), (88 * b, 110), (46, neck), (24, neck + 22), (0, neck + 28),
         (-24, neck + 22)]
    )  # fmt: skip
    weave = _weave(canvas, clothes)
    canvas.blend(clothes.colour, body, weave * canvas.rounded(body, 62, depth=0.38))
    if clothes.garment is Garment.CREW:
        rim = canvas.curve(
            [(-46, neck - 4), (-26, neck + 19), (0, neck + 26), (26, neck + 19), (46, neck - 4),
             (51, neck), (28, neck + 26), (0, neck + 34), (-28, neck + 26), (-51, neck)]
        )  # fmt: skip
        canvas.blend(clothes.colour, rim, weave * 0.82)
    elif clothes.garment is Garment.SHIRT:
        _paint_collar(canvas, clothes.colour, neck, weave)
        buttons = canvas.polygon([(-1.2, neck + 40), (1.2, neck + 40), (1.2, 690), (-1.2, 690)])
        canvas.blend(clothes.colour, buttons * 0.6, weave * 0.7)
    elif clothes.garment is Garment.SUIT:
        _paint_suit(canvas, clothes, neck, weave)
    elif clothes.garment is Garment.HOOD:
        hood = canvas.curve(
            [(-40, 66), (-70, 74), (-86, 100), (-40, 128), (0, 138), (40, 128), (86, 100), (70, 74),
             (40, 66), (30, 102), (0, 114), (-30, 102)]
        )  # fmt: skip
        canvas.blend(clothes.colour, hood, weave * canvas.rounded(hood, 18, depth=0.4) * 0.93)
        for x in (-22, 22):
            cord = canvas.polygon([(x - 1.6, 124), (x + 1.6, 124), (x + 2, 190), (x - 2, 190)])
            canvas.blend((208.0, 206.0, 200.0), cord * 0.8)
    else:
        for side in (-1, 1):
            lapel = canvas.polygon(
                [(side * 44, 84), (side * 84, 106), (side * 66, 180), (side * 6, 310)]
            )
            canvas.blend(clothes.colour, lapel, weave * 0.84)
        scarf = canvas.curve(
            [(-46, 62), (-62, 86), (-40, 120), (0, 130), (40, 120), (62, 86), (46, 62), (20, 82),
             (0, 86), (-20, 82)]
        )  # fmt: skip
        ribs = canvas.along(canvas.x / 40, (canvas.y - canvas.x * 0.15) / 6, clothes.seed + 8)
        tone = floats(0.9 + 0.12 * ribs) * canvas.rounded(scarf, 14, depth=0.45)
        canvas.blend(clothes.second, scarf, tone)


def _paint_suit(canvas: Canvas, clothes: Clothes, neck: float, weave: Floats) -> None:
    shirt = canvas.polygon(
        [(-44, neck), (0, neck + 16), (44, neck), (34, neck + 40), (0, 280), (-34, neck + 40)]
    )
    canvas.blend((216.0, 218.0, 222.0), shirt, weave)
    _paint_collar(canvas, (226.0, 227.0, 230.0), neck, weave)
    tie = canvas.polygon(
        [(-8, neck + 22), (8, neck + 22), (6, neck + 38), (15, 250), (0, 272), (-15, 250),
         (-6, neck + 38)]
    )  # fmt: skip
    canvas.blend(clothes.second, tie, weave)
    for side in (-1, 1):
        lapel = canvas.polygon(
            [(side * 46, neck + 2), (side * 72, neck + 50), (side * 52, neck + 62), (side * 4, 280),
             (side * 36, neck + 36)]
        )  # fmt: skip
        canvas.blend(clothes.colour, lapel, weave * 0.86)


def _paint_collar(canvas: Canvas, colour: Colour, neck: float, weave: Floats) -> None:
    for side in (-1, 1):
        flap = canvas.polygon(
            [(side * 47, neck - 12), (side * 52, neck + 8), (side * 34, neck + 46),
             (side * 2, neck + 30), (side * 26, neck + 16)]
        )  # fmt: skip
        canvas.blend(colour, flap, weave * 1.04)
        edge = canvas.polygon(
            [
                (side * 34, neck + 46),
                (side * 2, neck + 30),
                (side * 2, neck + 33),
                (side * 34, neck + 49),
            ]
        )
        canvas.blend(colour, edge * 0.6, weave * 0.6)


def paint_legs(canvas: Canvas, clothes: Clothes, build: float, phase: float) -> None:
    """Both legs in one moment of a stride seen from in front.

    Args:
        canvas: painted on.
        clothes: whose trousers.
        build: width against the average.
        phase: 0 to 1, one stride of two steps.
    """
    swing = math.sin(2 * math.pi * phase)
    for side, lift in sorted(((-1, swing), (1, -swing)), key=lambda leg: leg[1], reverse=True):
        # The leg swung back looks shorter, darker and bent.
        back = max(0.0, lift)
        sole = SOLE - 95 * back
        knee = KNEE - 30 * back
        hip, thigh = side * 66 * build, 72 * build
        leg = canvas.curve(
            [(hip - thigh, HIP - 20), (hip - thigh * 0.86, (HIP + knee) / 2),
             (hip * 0.92 - 44, knee), (hip * 0.8 - 34, sole - 40), (hip * 0.8 + 34, sole - 40),
             (hip * 0.92 + 44, knee),
             (hip + thigh * 0.86, (HIP + knee) / 2), (hip + thigh, HIP - 20)]
        )  # fmt: skip
        tone = _weave(canvas, clothes) * canvas.rounded(leg, 34, depth=0.5) * (1 - 0.3 * back)
        shoe = canvas.curve(
            [
                (hip * 0.8 - 34, sole - 48),
                (hip * 0.86 - 40, sole - 8),
                (hip * 0.86, sole),
                (hip * 0.86 + 40, sole - 8),
                (hip * 0.8 + 34, sole - 48),
            ]
        )
        canvas.blend((34, 31, 30), shoe, canvas.rounded(shoe, 20) * (1 - 0.3 * back))
        canvas.blend(clothes.trousers, leg, tone)


def paint_arms(canvas: Canvas, clothes: Clothes, build: float, skin: Floats, phase: float) -> None:
    """Both arms, swinging against the legs."""
    swing = math.sin(2 * math.pi * phase)
    for side in (-1, 1):
        forward = side * swing
        b = build * side
        reach = 660 + 26 * forward
        outer = 204 + 6 * forward
        arm = canvas.curve(
            [(146 * b, 130), (176 * b, 164), ((outer - 4) * b, 380), (outer * b, reach - 30),
             ((outer - 44) * b, reach - 24), (146 * b, 400), (138 * b, 220)]
        )  # fmt: skip
        hand = canvas.curve(
            [
                ((outer - 4) * b, reach - 40),
                (outer * b, reach + 36),
                ((outer - 30) * b, reach + 44),
                ((outer - 40) * b, reach - 40),
            ]
        )
        canvas.blend(skin, hand, canvas.rounded(hand, 16))
        tone = (
            _weave(canvas, clothes) * canvas.rounded(arm, 28, depth=0.5) * (0.94 + 0.05 * forward)
        )
        canvas.blend(clothes.colour, arm, tone)

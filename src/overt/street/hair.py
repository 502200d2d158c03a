"""Hair, hats and headscarves, painted round a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.street.floats import Floats, floats
from overt.street.looks import HairStyle, Looks

if TYPE_CHECKING:
    from overt.street.canvas import Canvas
    from overt.street.looks import Colour

_CLOSE = (HairStyle.BALD, HairStyle.CROPPED)
_BUN_FROM = 0.5
_BEHIND = (HairStyle.BOB, HairStyle.LONG)


def _strands(canvas: Canvas, looks: Looks, *, curl: float) -> Floats:
    """(h, w) about 0.55 to 1.35: light and dark locks that fall from the parting."""
    dx = canvas.x - looks.parting * 22
    dy = np.maximum(canvas.y + 112, 0) + 26
    angle = dx / dy**0.62 * 3.2
    length = np.hypot(dx, dy)
    wave = canvas.noise(26, looks.seed + 5) * curl
    fine = canvas.along(angle * 9 + wave, length / 38, looks.seed)
    broad = canvas.along(angle * 2.2 + wave, length / 70, looks.seed + 77)
    sheen = np.exp(-(((length - 58 - 6 * broad) / 24) ** 2))
    return floats(np.clip(0.84 + 0.13 * fine + 0.16 * broad + 0.3 * sheen, 0.4, 1.6))


def _curls(canvas: Canvas, looks: Looks) -> Floats:
    """(h, w) tight curls instead of strands."""
    blobs = canvas.noise(5, looks.seed) + 0.8 * canvas.noise(2.4, looks.seed + 3)
    return floats(np.clip(0.8 + 0.17 * blobs, 0.35, 1.5))


def _ragged(canvas: Canvas, mask: Floats, looks: Looks, amount: float) -> Floats:
    """The mask with its edge broken up into locks, `amount` units deep."""
    noise = 0.7 * canvas.along(canvas.x / 1.1, canvas.y / 12, looks.seed + 9)
    noise += 0.6 * canvas.along(canvas.x / 2.8, canvas.y / 11, looks.seed + 19)
    soft = canvas.softened(mask, amount)
    near = np.clip(soft * 6, 0, 1) * np.clip((1 - soft) * 6, 0, 1)
    return floats(np.clip((soft - 0.5 + 0.16 * noise * near) * 2.6 + 0.5, 0, 1))


def _crown(looks: Looks, *, lift: float, side: float, ends: float) -> list[tuple[float, float]]:
    """The outer line of hair that lies round the head, from left to right over the top.

    Args:
        looks: whose volume and parting bend the line.
        lift: units above the skull.
        side: half width at the temples.
        ends: how far down it comes at the sides.
    """
    tip = looks.parting * 8
    top = -107 - lift
    return [
        (-side + 3, ends),
        (-side - 1, -22),
        (-side * 0.97, -58),
        (-side * 0.72, top + 20),
        (-side * 0.36 + tip, top + 4),
        (tip, top),
        (side * 0.36 + tip, top + 4),
        (side * 0.72, top + 20),
        (side * 0.97, -58),
        (side + 1, -22),
        (side - 3, ends),
    ]


def _hairline(looks: Looks) -> list[tuple[float, float]]:
    """The line between hair and brow, from right to left."""
    high = -86 - 15 * looks.hairline
    temple = 46 - 9 * looks.hairline * (looks.style in (*_CLOSE, HairStyle.SHORT, HairStyle.PARTED))
    if looks.style is HairStyle.FRINGE:
        slant = 9 * looks.parting
        low = -52 - 18 * looks.hairline
        return [
            (57, -8),
            (54, -36),
            (46, low - 2 - slant),
            (22, low + 2 - slant / 2),
            (0, low - 4),
            (-22, low + 2 + slant / 2),
            (-46, low - 2 + slant),
            (-54, -36),
            (-57, -8),
        ]
    if looks.style in _BEHIND:
        p = looks.parting * 20
        return [
            (58, 40),
            (55, -8),
            (49, -46),
            (p + 22, -78),
            (p, -94),
            (p - 22, -78),
            (-49, -46),
            (-55, -8),
            (-58, 40),
        ]
    if looks.style is HairStyle.PARTED:
        swept = 7 if looks.parting > 0 else -7
        return [
            (57, -4),
            (55, -40),
            (temple, -70 + swept),
            (20, high + 3 + swept),
            (-20, high + 3 - swept),
            (-temple, -70),
            (-55, -40),
            (-57, -4),
        ]
    return [
        (57, -4),
        (55, -40),
        (temple, -72),
        (20, high),
        (0, high + 2),
        (-20, high),
        (-temple, -72),
        (-55, -40),
        (-57, -4),
    ]


def paint_behind(canvas: Canvas, looks: Looks, *, hat: bool) -> None:
    """What hangs behind the neck: long hair, or the folds of a scarf."""
    if looks.style is HairStyle.LONG or looks.style is HairStyle.BOB:
        low = (150 if looks.style is HairStyle.LONG else 76) + 22 * (looks.volume - 0.5)
        wide = 70 + 14 * looks.volume
        mask = canvas.curve(
            [(-wide + 6, -70), (-wide, 0), (-wide - 4, 60), (-wide + 10, low), (0, low + 4),
             (wide - 10, low), (wide + 4, 60), (wide, 0), (wide - 6, -70), (0, -100)]
        )  # fmt: skip
        shade = _strands(canvas, looks, curl=0.8) * 0.72
        canvas.blend(looks.hair, _ragged(canvas, mask, looks, 2.2), shade)
    elif looks.style is HairStyle.TIED and looks.volume > _BUN_FROM and not hat:
        bun = canvas.curve([(-22, -104), (-16, -124), (0, -131), (16, -124), (22, -104), (0, -96)])
        shade = _strands(canvas, looks, curl=0.8) * 0.8
        canvas.blend(looks.hair, _ragged(canvas, bun, looks, 1.5), shade)


def paint_over(canvas: Canvas, looks: Looks, hat: Colour | None, *, away: bool = False) -> None:
    """What lies on the head: hair, a woollen hat over it, or a headscarf.

    Args:
        canvas: painted on.
        looks: how the hair is cut.
        hat: a woollen hat's colour, or None.
        away: whether the head is seen from behind.
    """
    if away and looks.style is not HairStyle.BALD:
        outline = _crown(looks, lift=5, side=66, ends=30)
        back = canvas.curve([*outline, (40, 62), (0, 68), (-40, 62)])
        tone = _strands(canvas, looks, curl=0.5) * canvas.rounded(back, 30)
        canvas.blend(looks.hair, back, tone)
    if looks.style is HairStyle.SCARF:
        _paint_scarf(canvas, looks)
        return
    if looks.style is not HairStyle.BALD or looks.hairline > 0.3:  # noqa: PLR2004 - some keep a fringe of stubble
        _paint_hair(canvas, looks)
    if hat is not None:
        _paint_hat(canvas, looks, hat)


def _paint_hair(canvas: Canvas, looks: Looks) -> None:
    style, volume = looks.style, looks.volume
    if style is HairStyle.CURLY:
        outline = _crown(looks, lift=8 + 22 * volume, side=72 + 16 * volume, ends=6 + 30 * volume)
        tone = _curls(canvas, looks)
    elif style in _CLOSE:
        outline = _crown(looks, lift=2, side=64, ends=-6)
        tone = floats(np.clip(0.9 + 0.12 * canvas.noise(1.2, looks.seed), 0.5, 1.4))
    elif style in _BEHIND:
        low = 120 if style is HairStyle.LONG else 62
        outline = _crown(looks, lift=5 + 8 * volume, side=69 + 8 * volume, ends=low)
        tone = _strands(canvas, looks, curl=0.5)
    elif style is HairStyle.TIED:
        outline = _crown(looks, lift=3 + 3 * volume, side=64, ends=-14)
        tone = _strands(canvas, looks, curl=0.2)
    else:
        outline = _crown(looks, lift=5 + 11 * volume, side=64 + 4 * volume, ends=-10)
        tone = _strands(canvas, looks, curl=0.5)
    mask = canvas.curve(outline + _hairline(looks), soft=0.5)
    rough = {HairStyle.CURLY: 2.6, HairStyle.FRINGE: 3.4}
    mask = _ragged(canvas, mask, looks, rough.get(style, 1.8))
    if style is HairStyle.CROPPED:
        mask = canvas.softened(mask, 2.5) * np.clip(
            0.72 + 0.1 * canvas.noise(1.5, looks.seed + 2), 0, 1
        )
    elif style in (HairStyle.SHORT, HairStyle.PARTED):
        fade = 1 - 0.65 * np.clip((canvas.y + 52) / 44, 0, 1)
        mask = floats(canvas.softened(mask, 0.8) * fade)
    elif style is HairStyle.BALD:
        mask = canvas.softened(mask, 3.0) * 0.28 * np.clip((np.abs(canvas.x) - 34) / 14, 0, 1)
    # The hair's shadow on the brow.
    below = np.roll(canvas.softened(mask, 5), round(4 * canvas.scale), 0)
    canvas.shade(floats(1 - 0.22 * np.clip(below - mask, 0, 1)))
    tone = tone * canvas.rounded(mask, 26, depth=0.35)
    canvas.blend(looks.hair, floats(mask), tone)


def _paint_hat(canvas: Canvas, looks: Looks, colour: Colour) -> None:
    dome = canvas.curve(
        [
            (-67, -50),
            (-66, -88),
            (-44, -118),
            (0, -128),
            (44, -118),
            (66, -88),
            (67, -50),
            (34, -62),
            (0, -66),
            (-34, -62),
        ],
        soft=0.6,
    )
    ribs = 0.9 + 0.1 * np.sin(canvas.x * 1.1) + 0.05 * canvas.noise(2, looks.seed)
    tone = floats(ribs) * canvas.rounded(dome, 34, depth=0.5)
    shadow = np.roll(canvas.softened(dome, 4), round(4 * canvas.scale), 0)
    canvas.shade(floats(1 - 0.3 * np.clip(shadow - dome, 0, 1)))
    canvas.blend(colour, dome, tone)


def _paint_scarf(canvas: Canvas, looks: Looks) -> None:
    outer = canvas.curve(
        [(-74, -40), (-60, -98), (0, -122), (60, -98), (74, -40), (76, 40), (96, 130), (60, 165),
         (0, 172), (-60, 165), (-96, 130), (-76, 40)]
    )  # fmt: skip
    inner = canvas.curve(
        [
            (-50, -40),
            (-38, -76),
            (0, -88),
            (38, -76),
            (50, -40),
            (52, 10),
            (42, 48),
            (20, 70),
            (0, 74),
            (-20, 70),
            (-42, 48),
            (-52, 10),
        ]
    )
    mask = floats(np.clip(outer - inner, 0, 1))
    folds = canvas.along(np.hypot(canvas.x * 0.9, canvas.y + 10) / 11, canvas.y / 90, looks.seed)
    tone = floats(np.clip(0.88 + 0.1 * folds, 0.5, 1.3)) * canvas.rounded(outer, 40, depth=0.45)
    shadow = canvas.softened(mask, 4)
    canvas.shade(floats(1 - 0.35 * np.clip(shadow - mask, 0, 1)))
    canvas.blend(looks.hair, mask, tone)

"""What a person wears and how their hair is cut: drawn once per person, or once per day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Colour = tuple[float, float, float]
"""RGB, each 0 to 255."""


SPECTACLES = 0.12
"""Share of people who wear them."""


class HairStyle(StrEnum):
    """How the hair is cut or covered; each has its painter in `hair`."""

    BALD = "bald"
    CROPPED = "cropped"
    SHORT = "short"
    PARTED = "parted"
    FRINGE = "fringe"
    CURLY = "curly"
    TIED = "tied back"
    BOB = "bob"
    LONG = "long"
    SCARF = "headscarf"


class Garment(StrEnum):
    """What is worn at the neck; each has its painter in `clothes`."""

    CREW = "crew neck"
    SHIRT = "open shirt"
    SUIT = "suit and tie"
    HOOD = "hooded top"
    COAT = "coat and scarf"


_SHORTER = {
    HairStyle.BALD: 0.10,
    HairStyle.CROPPED: 0.24,
    HairStyle.SHORT: 0.30,
    HairStyle.PARTED: 0.22,
    HairStyle.FRINGE: 0.03,
    HairStyle.CURLY: 0.08,
}
_LONGER = {
    HairStyle.SHORT: 0.04,
    HairStyle.FRINGE: 0.10,
    HairStyle.CURLY: 0.10,
    HairStyle.TIED: 0.18,
    HairStyle.BOB: 0.22,
    HairStyle.LONG: 0.28,
    HairStyle.SCARF: 0.06,
}
_DARK_HAIR: tuple[Colour, ...] = ((34, 29, 28), (40, 33, 30), (48, 38, 32), (68, 62, 60))
_ANY_HAIR: tuple[Colour, ...] = (
    *((34, 27, 23), (48, 35, 27), (66, 46, 33), (88, 62, 42), (112, 82, 52)),
    *((152, 118, 74), (124, 62, 34), (126, 122, 118), (170, 167, 162)),
)
_CLOTH: tuple[Colour, ...] = (
    *((38, 42, 54), (28, 28, 30), (62, 66, 72), (96, 98, 102), (178, 174, 168), (214, 212, 208)),
    *((44, 62, 92), (72, 92, 120), (108, 44, 44), (60, 76, 58), (132, 108, 82), (92, 70, 56)),
    *((146, 86, 60), (84, 58, 92), (176, 148, 96), (52, 92, 96)),
)


@dataclass(frozen=True, slots=True)
class Looks:
    """The drawn part of a person; only the clothes change from day to day."""

    style: HairStyle
    hair: Colour
    volume: float
    """0 flat to 1 full."""
    hairline: float
    """0 low to 1 receding."""
    parting: float
    """−1 to 1, where the parting lies."""
    seed: int
    """Of strands, moles and weave."""
    spectacles: bool


@dataclass(frozen=True, slots=True)
class Clothes:
    """What is worn today."""

    garment: Garment
    colour: Colour
    second: Colour
    trousers: Colour
    hat: Colour | None
    """A woollen hat's colour, or None."""
    seed: int


def draw_looks(rng: np.random.Generator, masculinity: float, skin_tone: float) -> Looks:
    """Draw hair and spectacles that go with a face.

    Args:
        rng: used up by a fixed number of draws.
        masculinity: −1 feminine to 1 masculine; leads the choice of style.
        skin_tone: 0 light to 1 dark; leads the choice of hair colour.
    """
    table = _SHORTER if rng.random() < 0.5 + 0.75 * masculinity else _LONGER
    share = rng.random() * sum(table.values())
    style = list(table)[-1]
    for name, weight in table.items():
        share -= weight
        if share <= 0:
            style = name
            break
    colours = _DARK_HAIR if rng.random() < 0.15 + 1.1 * skin_tone else _ANY_HAIR
    hair = colours[int(rng.integers(len(colours)))]
    if style is HairStyle.SCARF:
        hair = _CLOTH[int(rng.integers(len(_CLOTH)))]
    shade = 0.85 + 0.3 * rng.random()
    return Looks(
        style=style,
        hair=(hair[0] * shade, hair[1] * shade, hair[2] * shade),
        volume=float(rng.random()),
        hairline=float(rng.random() ** 1.5 * (1.0 if masculinity > 0 else 0.4)),
        parting=float(rng.uniform(-1, 1)),
        seed=int(rng.integers(2**31)),
        spectacles=bool(rng.random() < SPECTACLES),
    )


def draw_clothes(rng: np.random.Generator, *, outdoors: bool) -> Clothes:
    """Draw what is worn in one picture.

    Args:
        rng: used up by a fixed number of draws.
        outdoors: whether a coat, a hood or a hat is likely.
    """
    weights = (0.22, 0.2, 0.16, 0.2, 0.22) if outdoors else (0.5, 0.28, 0.08, 0.14, 0.0)
    share = rng.random()
    garment = Garment.CREW
    for name, weight in zip(Garment, weights, strict=True):
        share -= weight
        if share <= 0:
            garment = name
            break
    picks = rng.integers(len(_CLOTH), size=3)
    hat = rng.random() < (0.08 if outdoors else 0.0)
    dark = rng.random()
    trousers = _CLOTH[int(picks[2]) % 8]
    return Clothes(
        garment=garment,
        colour=_CLOTH[int(picks[0])],
        second=_CLOTH[int(picks[1])],
        trousers=(trousers[0] * 0.7, trousers[1] * 0.7, trousers[2] * (0.7 + 0.15 * dark)),
        hat=_CLOTH[int(picks[1])] if hat else None,
        seed=int(rng.integers(2**31)),
    )

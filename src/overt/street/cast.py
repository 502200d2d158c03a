"""An endless cast of people who do not exist: person *k* of a seed is the same for ever."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import Misuse
from overt.street.looks import Clothes, Looks, draw_clothes, draw_looks
from overt.street.model import CastModel, load_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_SEED = 2**63 - 1
MAX_PEOPLE = 10**9
SPREAD = 1.0
"""Standard deviations of identity; above 1 people differ more than the photographs did."""
MOMENT = 0.3
"""Share of the measured difference between two pictures of one person that a take draws."""


@dataclass(frozen=True, slots=True)
class Group:
    """A share of the cast with an appearance of its own, to plant an effect of known size.

    The product never groups passers-by (N7); these labels belong to the makers of the crowd.
    """

    name: str
    share: float
    """Of the cast, 0 to 1; the shares add up to 1."""
    masculinity: float | None = None
    """−1 feminine to 1 masculine; None draws it."""
    skin_tone: float | None = None
    """0 light to 1 dark; None draws it."""
    spread: float = 1.0
    """0.1 to 1.5: below 1 the members look more alike, which raises their false alerts."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """Somebody who does not exist."""

    number: int
    group: str | None
    identity: NDArray[np.float64]
    """(i,) unit normal numbers; what every picture of the person has in common."""
    masculinity: float
    skin_tone: float
    looks: Looks
    build: float
    """Width of the body against the average, 0.85 to 1.2."""
    height_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """What differs between two pictures of one person."""

    moment: NDArray[np.float64]
    """(m,) expression and all else that the model knows to vary."""
    yaw_deg: float
    """Positive: the head turns to the image's right."""
    pitch_deg: float
    """Positive: the head nods down."""
    roll_deg: float
    side_light: float
    """−1 from the image's left to 1 from its right."""
    top_light: float
    """0 even to 1 from above."""
    warmth: float
    """−1 cold to 1 warm light."""
    brightness: float
    """Factor on all grey levels."""
    age_years: float
    """How long ago the picture was taken: the face has changed a little since."""
    clothes: Clothes


class Cast:
    """People numbered from 0, each drawn from a counter-based generator keyed by seed and number.

    Args:
        seed: 0 to 2⁶³ − 1; another seed is another town.
        groups: shares of the cast with an appearance of their own; empty for one ordinary crowd.

    Raises:
        Misuse: if the seed or a group's figures are out of range.
        overt.errors.BadModel: if the cast model is missing or altered.
    """

    def __init__(self, seed: int = 0, *, groups: tuple[Group, ...] = ()) -> None:
        check_whole("seed", seed, 0, MAX_SEED)
        for group in groups:
            check_range(f"share of group {group.name}", group.share, 0.0, 1.0)
            check_range(f"masculinity of group {group.name}", group.masculinity or 0.0, -1.0, 1.0)
            check_range(f"skin tone of group {group.name}", group.skin_tone or 0.0, 0.0, 1.0)
            check_range(f"spread of group {group.name}", group.spread, 0.1, 1.5)
        total = sum(group.share for group in groups)
        if groups and abs(total - 1) > 1e-6:  # noqa: PLR2004 - rounding of decimal shares
            msg = f"the groups' shares add up to {total:g}"
            raise Misuse(msg, advice="Make them add up to 1")
        self.seed = seed
        self.groups = groups
        self.model: CastModel = load_model()

    def person(
        self, number: int, *, masculinity: float | None = None, skin_tone: float | None = None
    ) -> Person:
        """Person `number`, the same in every run.

        Args:
            number: 0 or more.
            masculinity: −1 to 1 in place of what was drawn.
            skin_tone: 0 to 1 in place of what was drawn.

        Raises:
            Misuse: if an argument is out of range.
        """
        check_whole("person", number, 0, MAX_PEOPLE)
        check_range("masculinity", masculinity or 0.0, -1.0, 1.0)
        check_range("skin tone", skin_tone or 0.0, 0.0, 1.0)
        rng = self.rng(number, 0)
        group = self._group(float(rng.random()))
        identity = rng.standard_normal(len(self.model.identity)) * SPREAD
        drawn = float(np.clip((1 if rng.random() < 0.5 else -1) * rng.normal(0.75, 0.2), -1, 1))  # noqa: PLR2004 - half and half
        tone = float(rng.beta(1.1, 1.6))
        if group is not None:
            identity *= group.spread
            masculinity = group.masculinity if masculinity is None else masculinity
            skin_tone = group.skin_tone if skin_tone is None else skin_tone
        masculinity = drawn if masculinity is None else masculinity
        skin_tone = tone if skin_tone is None else skin_tone
        for direction, value in (
            (self.model.masculine, (0.85 * masculinity - 0.22) * self.model.masculine_gap),
            (self.model.tone, 2.2 - 5.2 * skin_tone),
        ):
            identity += (value - identity @ direction) * direction
        return Person(
            number=number,
            group=None if group is None else group.name,
            identity=identity,
            masculinity=masculinity,
            skin_tone=skin_tone,
            looks=draw_looks(rng, masculinity, skin_tone),
            build=float(np.clip(rng.normal(1.0, 0.08), 0.85, 1.2)),
            height_m=float(np.clip(rng.normal(1.69 + 0.065 * masculinity, 0.06), 1.5, 1.95)),
        )

    def take(self, number: int, take: int, *, outdoors: bool = False) -> Take:
        """How person `number` looks in picture `take`.

        Args:
            number: 0 or more.
            take: 0 or more; another number is another picture.
            outdoors: a street's light and clothes, in place of a custody suite's.

        Raises:
            Misuse: if an argument is out of range.
        """
        check_whole("take", take, 0, 10**6)
        rng = self.rng(number, 1 + 2 * take + int(outdoors))
        wide = 1.0 if outdoors else 0.45
        return Take(
            moment=rng.standard_normal(len(self.model.moment)) * MOMENT * (0.6 + 0.4 * wide),
            yaw_deg=float(rng.normal(0, 5.0) * wide),
            pitch_deg=float(rng.normal(0, 3.0) * wide),
            roll_deg=float(rng.normal(0, 3.0) * wide),
            side_light=float(np.clip(rng.normal(0, 0.45) * wide, -1, 1)),
            top_light=float(rng.random() * wide),
            warmth=float(np.clip(rng.normal(0, 0.4), -1, 1)),
            brightness=float(np.clip(rng.normal(1.0, 0.09), 0.75, 1.25)),
            age_years=0.0 if outdoors else float(rng.uniform(0, 6)),
            clothes=draw_clothes(rng, outdoors=outdoors),
        )

    def coefficients(self, person: Person, take: Take) -> NDArray[np.float64]:
        """(t + s,) what the model needs to show this person in this picture."""
        identity = person.identity
        if take.age_years:
            drift = self.rng(person.number, 2**40).standard_normal(len(identity))
            identity = identity + drift * 0.02 * take.age_years
        return np.asarray(identity @ self.model.identity + take.moment @ self.model.moment)

    def facing(self, take: Take, *, yaw_deg: float, pitch_deg: float) -> Take:
        """The same moment with the head turned further."""
        return replace(take, yaw_deg=take.yaw_deg + yaw_deg, pitch_deg=take.pitch_deg + pitch_deg)

    def rng(self, number: int, purpose: int) -> np.random.Generator:
        """A generator of its own for each person and purpose, whatever the order of asking."""
        return np.random.Generator(
            np.random.Philox(key=[self.seed, number], counter=[0, 0, 0, purpose])
        )

    def _group(self, share: float) -> Group | None:
        for group in self.groups:
            share -= group.share
            if share < 0:
                return group
        return self.groups[-1] if self.groups else None


def check_whole(field: str, value: int, low: int, high: int) -> None:
    """Refuse what is not a whole number in a range.

    Raises:
        Misuse: naming the field and the range.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not low <= value <= high
    ):
        msg = f"{field} = {value!r} is not a whole number from {low} to {high}"
        raise Misuse(msg)


def check_range(field: str, value: float, low: float, high: float) -> None:
    """Refuse what is not a finite number in a range.

    Raises:
        Misuse: naming the field and the range.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.number)
        or not low <= value <= high
    ):
        msg = f"{field} = {value!r} is not a number from {low:g} to {high:g}"
        raise Misuse(msg)

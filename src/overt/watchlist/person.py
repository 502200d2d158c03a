"""People on a list: why they are on it, their number there, and their pictures."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.values import EntryId
from overt.vocabulary import Vulnerability

if TYPE_CHECKING:
    from datetime import date

    from overt.values import RecordPlace
    from overt.vocabulary import Category, Provenance
    from overt.watchlist.gallery import ListedImage

MIN_DIGITS = 4
"""Of an entry's number: ``E-0001``."""
_CHANCE = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why somebody is on a list, and what asks for care (R3, R7)."""

    name: EntryId = field(repr=False)
    """As the list gives it. It stands in memory and in the vault, and nowhere else."""
    category: Category
    reason: str = field(repr=False)
    """This person's own, in words."""
    under_18: bool | None
    """On the day of the deployment, by the date of birth given; None if none was given."""
    vulnerability: Vulnerability

    @property
    def needs_sign_off(self) -> bool:
        """Whether a second authoriser must agree to this entry (R7)."""
        return self.under_18 is True or self.vulnerability is not Vulnerability.NONE


@dataclass(frozen=True, slots=True)
class OfferedPicture:
    """One picture that a list offers, before it is read."""

    image: ListedImage
    provenance: Provenance
    held_since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPerson(Grounds):
    """Somebody whom a list offers."""

    pictures: tuple[OfferedPicture, ...] = field(repr=False)
    """At least one."""


@dataclass(frozen=True, slots=True)
class ListedPicture:
    """One picture of an entry, in the vault."""

    place: RecordPlace
    """Where it lies in the sealed file of pictures."""
    sha256: str
    """Of its bytes, hex."""
    provenance: Provenance
    held_since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPerson(Grounds):
    """Somebody on a list."""

    entry: EntryId
    """Drawn for this deployment: it tells nothing of the person, or of their place in a list."""
    pictures: tuple[ListedPicture, ...] = field(repr=False)
    """At least one, the best first."""

    @property
    def provenance(self) -> tuple[Provenance, ...]:
        """Where the pictures come from, each once."""
        return tuple(dict.fromkeys(picture.provenance for picture in self.pictures))


def draw_entries(count: int, chance: random.Random = _CHANCE) -> tuple[EntryId, ...]:
    """The numbers 1 to `count` in random order, as ``E-0001``, so that an order tells nothing.

    Args:
        count: how many people there are.
        chance: the system's own source of randomness, unless a test wants to know the order.
    """
    digits = max(MIN_DIGITS, len(str(count)))
    numbers = list(range(1, count + 1))
    chance.shuffle(numbers)
    return tuple(EntryId(f"E-{number:0{digits}}") for number in numbers)

"""Who is on a list, in numbers, against the numbers that were authorised (R3, R7)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from overt.vocabulary import Vulnerability
from overt.watchlist.person import Grounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from overt.vocabulary import Category

Person = TypeVar("Person", bound=Grounds)


class CompositionLimits(Protocol):
    """The most that the authority allows: the table `watchlist` of an application is one."""

    @property
    def max_entries(self) -> int:
        """People in all."""

    @property
    def categories(self) -> Mapping[Category, int]:
        """People of each category; one that is not here may not be on the list at all."""

    @property
    def max_under_18(self) -> int:
        """People under 18."""

    @property
    def max_vulnerable(self) -> int:
        """People with a vulnerability; those under 18 without another are not among them."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A list in numbers. It names nobody, so that it may be logged and published."""

    entries: int
    categories: Mapping[Category, int]
    """Those that occur, in order of name."""
    under_18: int
    not_known_if_under_18: int
    """People without a date of birth."""
    vulnerable: int
    """People with a vulnerability, whatever their date of birth."""
    needing_sign_off: int
    """People under 18, vulnerable, or both."""

    def over(self, limits: CompositionLimits) -> tuple[str, ...]:
        """Each number that is over its limit, with its rule; empty if none is."""
        numbers = [("R3", "entries", self.entries, limits.max_entries)]
        numbers += [
            ("R3", f"category {category}", count, limits.categories.get(category, 0))
            for category, count in self.categories.items()
        ]
        numbers += [
            ("R7", "under 18", self.under_18, limits.max_under_18),
            ("R7", "vulnerable", self.vulnerable, limits.max_vulnerable),
        ]
        return tuple(
            f"{rule}: {what}: {count:,} listed, {allowed:,} authorised"
            for rule, what, count, allowed in numbers
            if count > allowed
        )


@dataclass(frozen=True, slots=True)
class NeedingSignOff(Generic[Person]):
    """Whom a second officer must agree to (R7)."""

    people: tuple[Person, ...]
    """In order of name."""
    sha256: str
    """Names exactly these people on exactly these grounds: a sign-off of others is none."""

    def __bool__(self) -> bool:
        return bool(self.people)


def composition_of(people: Iterable[Grounds]) -> Composition:
    """Count a list."""
    everybody = tuple(people)
    categories = Counter(person.category for person in everybody)
    return Composition(
        entries=len(everybody),
        categories=dict(sorted(categories.items())),
        under_18=sum(person.under_18 is True for person in everybody),
        not_known_if_under_18=sum(person.under_18 is None for person in everybody),
        vulnerable=sum(person.vulnerability is not Vulnerability.NONE for person in everybody),
        needing_sign_off=sum(person.needs_sign_off for person in everybody),
    )


def needing_sign_off(people: Iterable[Person]) -> NeedingSignOff[Person]:
    """The people under 18, vulnerable, or both, and what a sign-off must name (R7)."""
    needing = sorted(
        (person for person in people if person.needs_sign_off), key=lambda person: person.name
    )
    digest = hashlib.sha256()
    for person in needing:
        grounds = [person.name, person.category, person.reason, person.under_18]
        line = json.dumps([*grounds, person.vulnerability], ensure_ascii=False)
        digest.update(line.encode() + b"\n")
    return NeedingSignOff(tuple(needing), digest.hexdigest())

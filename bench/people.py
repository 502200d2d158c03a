"""The people of `../shared/data/people.csv`: who has one still, who has more, who is listed."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


TWICE = {
    "p0702": "p0458",
    "p2561": "p0861",
    "p2387": "p0909",
    "p2411": "p1278",
    "p2140": "p1302",
    "p1464": "p1325",
    "p1150": "p0881",
    "p2847": "p2418",
    "p2821": "p0781",
    "p1539": "p0853",
    "p2878": "p0417",
    "p1960": "p0776",
    "p1495": "p1025",
}
"""Numbers that, by eye, show a person who has another number too: mistakes of the original
labels, found among the pairs of numbers that score highest by two models. The first three are
one photograph under two numbers. Each would count as a false match that is none."""


@dataclass(frozen=True, slots=True)
class Still:
    """One photograph of one person."""

    name: str
    """File name; ends in the still's number."""
    person: str
    path: Path

    def pixels(self) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB."""
        with Image.open(self.path) as image:
            return np.asarray(image.convert("RGB"))


@dataclass(frozen=True, slots=True)
class Split:
    """Who is on the list, and who passes by. Numbers are positions in the list of stills."""

    enrolled: list[int]
    """One still for each listed person: their first by number."""
    mated: list[int]
    """The other stills of listed people."""
    non_mated: list[int]
    """Stills of people who are on no list."""


def read_stills(data: Path = DATA) -> list[Still]:
    """Every still, in the order of its name."""
    with (data / "people.csv").open(encoding="utf-8") as file:
        rows = sorted((row["image"], row["person"]) for row in csv.DictReader(file))
    return [Still(name, person, data / "people" / name) for name, person in rows]


def once_each(stills: list[Still]) -> list[int]:
    """Positions of the stills of people who have one number only, see `TWICE`."""
    return [n for n, still in enumerate(stills) if still.person not in TWICE]


def split(stills: list[Still], listed: int, seed: int) -> Split:
    """Choose the list at random among the people with two stills or more.

    Args:
        stills: every still, in order.
        listed: how many people to list.
        seed: another seed, another list.
    """
    by_person: dict[str, list[int]] = {}
    for number, still in enumerate(stills):
        by_person.setdefault(still.person, []).append(number)
    several = sorted(person for person, own in by_person.items() if len(own) > 1)
    chosen = set(random.Random(seed).sample(several, listed))  # noqa: S311 - no secret
    return Split(
        enrolled=[own[0] for person, own in by_person.items() if person in chosen],
        mated=[n for person, own in by_person.items() if person in chosen for n in own[1:]],
        non_mated=[n for person, own in by_person.items() if person not in chosen for n in own],
    )

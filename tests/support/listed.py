"""Operational lists for tests: a CSV with painted pictures, and the numbers an authority allows."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from painted import paint

from overt.values import RecordPlace
from overt.vocabulary import Category
from overt.watchlist.listing import Listing, read_listing
from overt.watchlist.listing_row import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 25)
SOUND = {
    "image": "ada.png",
    "person": "Ada",
    "category": "wanted-on-warrant",
    "reason": "failed to appear at Anytown Crown Court in March",
    "provenance": "custody",
    "date_of_birth": "1990-02-01",
    "held_since": "2022-05-03",
    "vulnerability": "none",
}


def row(**changes: str) -> dict[str, str]:
    return SOUND | changes


def write(folder: Path, *rows: dict[str, str]) -> Path:
    """A CSV of these rows, with an empty file for each picture that is not there."""
    file = folder / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    for one in rows:
        if one["image"] and not (folder / one["image"]).exists():
            (folder / one["image"]).write_bytes(b"x")
    return file


def read(file: Path, *, on: date = TODAY) -> Listing:
    return read_listing(file, today=TODAY, on=on)


@dataclass(frozen=True)
class Numbers:
    """What an authority allows; generous unless a test says otherwise."""

    max_entries: int = 1_000
    categories: dict[Category, int] = field(default_factory=lambda: dict.fromkeys(Category, 1_000))
    max_under_18: int = 1_000
    max_vulnerable: int = 1_000


@dataclass
class Kept:
    """Pictures in the order given; a record each."""

    jpegs: list[bytes] = field(default_factory=list)

    def append(self, record: bytes) -> RecordPlace:
        self.jpegs.append(record)
        return RecordPlace(len(self.jpegs) - 1, 0)


NAMES = ("Ada", "Bo", "Cem", "Dora", "Ema")


def painted_list(folder: Path, **changes: str) -> Path:
    """Five people, Ada with two pictures; `Bo="date_of_birth=2010-01-01"` changes Bo's rows."""
    changed: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name, words in changes.items():
        column, _, value = words.partition("=")
        changed[name][column] = value
    rows = []
    for person, name in enumerate(NAMES, start=1):
        for shade in (0, 9) if name == "Ada" else (0,):
            image = f"{name}-{shade}.png".lower()
            paint(folder / image, (person, 100, None), shade=shade)
            rows.append(row(image=image, person=name) | changed[name])
    return write(folder, *rows)

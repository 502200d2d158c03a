"""One line of an operational list's CSV, checked field by field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from overt.errors import BadListing, OvertError, Refusal
from overt.vocabulary import Category, Provenance, Vulnerability
from overt.watchlist.gallery import ListedImage, entry_name, unprintable
from overt.watchlist.person import OfferedPicture
from overt.watchlist.table import iso_date

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from overt.values import EntryId
    from overt.watchlist.table import Row

COLUMNS = (
    "image",
    "person",
    "category",
    "reason",
    "provenance",
    "date_of_birth",
    "held_since",
    "vulnerability",
)
MIN_REASON_CHARACTERS, MAX_REASON_CHARACTERS = 20, 1_000
MIN_REASON_WORDS = 4
OLDEST_YEARS = 120
"""A date of birth before that is a slip of the pen."""

OPERATIONAL_CATEGORIES = tuple(
    c for c in Category if c not in {Category.BLUE_LIST_VOLUNTEER, Category.GENERATED_PERSON}
)
OPERATIONAL_PROVENANCES = tuple(
    p for p in Provenance if p not in {Provenance.CONSENT, Provenance.GENERATED}
)

Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One picture of one person, and why that person is listed."""

    line: int
    name: EntryId
    category: Category
    reason: str
    born: date | None
    vulnerability: Vulnerability
    provenance: Provenance
    held_since: date
    image: ListedImage | None = None

    @property
    def picture(self) -> OfferedPicture:
        """The picture, once it is known to be there.

        Raises:
            ValueError: if it is not.
        """
        if self.image is None:
            msg = "the picture was not looked for"
            raise ValueError(msg)
        return OfferedPicture(self.image, self.provenance, self.held_since)

    def with_image(self, path: Path, within: Path) -> ListingRow:
        """The row, its picture found."""
        return replace(self, image=ListedImage(self.name, path, within))

    def disagreements(self, first: ListingRow, file: str) -> list[OvertError]:
        """Where this row says otherwise of its person than the first one did."""
        mine = (self.category, self.reason, self.born, self.vulnerability)
        theirs = (first.category, first.reason, first.born, first.vulnerability)
        names = ("category", "reason", "date_of_birth", "vulnerability")
        return [
            BadListing(
                f"{file}, line {self.line}, column {name}: {self.name} has another one on line "
                f"{first.line}",
                rule="R3",
                advice="All rows of one person must agree; name two people apart.",
            )
            for name, here, there in zip(names, mine, theirs, strict=True)
            if here != there
        ]


def parsed(row: Row, file: str, today: date) -> tuple[ListingRow | None, list[OvertError]]:
    """A row, or None with every fault in it."""
    checks = _Checks(f"{file}, line {row.line}", today)
    _, person, category, reason, provenance, born, held_since, vulnerability = row.values
    name = checks.name(person)
    listed_as = checks.member(
        category, "category", Category, OPERATIONAL_CATEGORIES, "R3", "is no category"
    )
    checks.reason(reason)
    source = checks.member(
        provenance,
        "provenance",
        Provenance,
        OPERATIONAL_PROVENANCES,
        "N4",
        "images are never used",
    )
    birth = checks.day(born, "date_of_birth", "R7") if born else None
    since = checks.day(held_since, "held_since", "R6")
    needs = checks.member(
        vulnerability, "vulnerability", Vulnerability, tuple(Vulnerability), "R7", "is no answer"
    )
    checks.together(listed_as, source, needs, birth, since)
    if checks.faults or not (name and listed_as and source and since and needs):
        return None, checks.faults
    return ListingRow(row.line, name, listed_as, reason, birth, needs, source, since), []


def years_between(earlier: date, later: date) -> int:
    """Whole years from one day to another, as birthdays count: 29 February's is 1 March."""
    before = (later.month, later.day) < (earlier.month, earlier.day)
    return later.year - earlier.year - before


class _Checks:
    """The faults of one row, collected."""

    def __init__(self, where: str, today: date) -> None:
        self.faults: list[OvertError] = []
        self._where = where
        self._today = today

    def _fault(self, rule: str, column: str, words: str, advice: str) -> None:
        self.faults.append(Refusal(rule, f"{self._where}, column {column}: {words}", advice=advice))

    def name(self, person: str) -> EntryId | None:
        try:
            return entry_name(person, f"{self._where}, column person")
        except OvertError as fault:
            self.faults.append(fault)
            return None

    def member(
        self,
        value: str,
        column: str,
        kind: type[Member],
        allowed: tuple[Member, ...],
        rule: str,
        words: str,
    ) -> Member | None:
        """The member of a closed list that a field names."""
        if value in allowed:
            return kind(value)
        shown = value if len(value) <= 40 else f"{value[:40]}…"  # noqa: PLR2004
        self._fault(rule, column, f"{shown!r} {words}", f"Use one of {', '.join(allowed)}.")
        return None

    def reason(self, text: str) -> None:
        """A reason with substance: some words, and nothing that cannot be seen."""
        words = {word.casefold() for word in text.split() if any(map(str.isalpha, word))}
        if hidden := unprintable(text):
            self._fault("R3", "reason", f"it holds the unprintable {hidden}", "Write it anew.")
        elif len(text) < MIN_REASON_CHARACTERS or len(words) < MIN_REASON_WORDS:
            self._fault(
                "R3",
                "reason",
                f"{text!r} is too little",
                f"Say why this person, in {MIN_REASON_WORDS} different words and "
                f"{MIN_REASON_CHARACTERS} characters or more.",
            )
        elif len(text) > MAX_REASON_CHARACTERS:
            words_for = f"it has {len(text):,} characters; the limit is {MAX_REASON_CHARACTERS:,}"
            self._fault("R3", "reason", words_for, "Shorten it.")

    def day(self, text: str, column: str, rule: str) -> date | None:
        """A date that is neither in the future nor before living memory; None if it is not."""
        found = iso_date(text)
        if found is None:
            self._fault(rule, column, f"{text[:40]!r} is not a date", "Write it as 2026-01-31.")
        elif found > self._today:
            self._fault(rule, column, f"{text} is in the future", "Correct it.")
        elif years_between(found, self._today) > OLDEST_YEARS:
            self._fault(rule, column, f"{text} is too long ago to be true", "Correct it.")
        else:
            return found
        return None

    def together(
        self,
        category: Category | None,
        provenance: Provenance | None,
        vulnerability: Vulnerability | None,
        born: date | None,
        held_since: date | None,
    ) -> None:
        """What no field can say of itself."""
        if born and held_since and held_since < born:
            self._fault("R6", "held_since", "it is before the date of birth", "Correct one.")
        if category is None:
            return
        if category is Category.MISSING_AT_RISK and vulnerability is Vulnerability.NONE:
            self._fault(
                "R7",
                "vulnerability",
                f"none, of somebody listed as {category}",
                f"Say {Vulnerability.MISSING}, or what else makes them vulnerable.",
            )
        if provenance is Provenance.SUPPLIED_BY_FAMILY and category is not Category.MISSING_AT_RISK:
            self._fault(
                "N4",
                "provenance",
                f"{provenance} images are for a missing person alone",
                "Use an image that is lawfully held for this purpose.",
            )

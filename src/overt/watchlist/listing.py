"""What a deployment's list offers, before a picture of it is read: who, why, and from where.

An operational list is a CSV; each person on it has a category and a reason of their own (R3),
each picture a lawful provenance and a date since which it is held (R6, N4). A trial's list is a
folder of volunteers with their consents, the demo's a folder of people who do not exist. A list
with a fault is refused whole, with every fault named. Nothing here is stored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.errors import BadListing, Misuse
from overt.policy import IMAGE_CURRENT_YEARS, IMAGE_CURRENT_YEARS_UNDER_18
from overt.vocabulary import Category, Kind, Provenance, Vulnerability
from overt.watchlist.consent import read_consents
from overt.watchlist.gallery import gallery_of, listed_path, read_folder
from overt.watchlist.listing_row import COLUMNS, ListingRow, parsed, years_between
from overt.watchlist.person import OfferedPerson, OfferedPicture
from overt.watchlist.table import header_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from overt.clock import Clock
    from overt.errors import OvertError
    from overt.values import EntryId
    from overt.watchlist.gallery import Gallery, ListedImage

SAME_REASON_AT = 10
"""People with one and the same reason, from which it is doubted that it is each one's own."""
_FAULTS_SHOWN = 3
_VOLUNTEER_REASON = "agreed in writing to be looked for in this trial"
_GENERATED_REASON = "does not exist; generated for the demo"


@dataclass(frozen=True, slots=True)
class Listing:
    """Who is offered for a deployment. In memory, until it is enrolled or dropped."""

    source: Path
    kind: Kind
    people: tuple[OfferedPerson, ...] = field(repr=False)
    """In order of name; at least one."""
    notices: tuple[str, ...] = ()
    """What was passed over, for the user to know."""
    warnings: tuple[str, ...] = field(default=(), repr=False)
    """What somebody must have read before the list is enrolled, each with its rule (R6, R7)."""

    @property
    def images(self) -> tuple[ListedImage, ...]:
        """Every picture, for `overt.watchlist.enrol`."""
        return tuple(picture.image for person in self.people for picture in person.pictures)

    @property
    def warnings_sha256(self) -> str | None:
        """What to give back to say that these very warnings were read; None if there are none."""
        if not self.warnings:
            return None
        return hashlib.sha256("\n".join(self.warnings).encode()).hexdigest()


def is_listing(source: Path) -> bool:
    """Whether a file is a CSV with a column that only an operational list has.

    Raises:
        BadList: if it cannot be read.
    """
    own = set(COLUMNS) - {"image", "person"}
    return source.is_file() and not own.isdisjoint(header_of(source))


def read_listing(file: Path, *, today: date, on: date) -> Listing:
    """Read the CSV of an operational list.

    Args:
        file: the CSV; its paths are relative to its own folder.
        today: the day of reading.
        on: the day of the deployment, on which somebody is or is not under 18.

    Raises:
        BadListing: with every fault in `problems`; nobody was listed.
        BadList: if it is no CSV with the columns wanted, or lists nobody.
    """
    table, found = read_rows(file, COLUMNS, may_be_blank=("date_of_birth",))
    faults: list[OvertError] = list(found)
    rows: list[ListingRow] = []
    first: dict[EntryId, ListingRow] = {}
    line_of: dict[tuple[str, Path], int] = {}
    for one in table:
        row, wrong = parsed(one, str(file), today)
        faults += wrong
        image, missing = listed_path(file.parent, one.values[0], f"{file}, line {one.line}")
        faults += missing
        if row is None or image is None:
            continue
        earlier = line_of.setdefault((row.name, image), row.line)
        if earlier != row.line:
            msg = f"{file}, line {row.line}: it repeats line {earlier}"
            faults.append(BadListing(msg, advice="Delete one of the two."))
        faults += row.disagreements(first.setdefault(row.name, row), str(file))
        rows.append(row.with_image(image, file.parent))
    if faults:
        raise _refused(file, faults)
    gallery = gallery_of(file, [row.picture.image for row in rows], [])
    by_name: dict[EntryId, list[ListingRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    people = tuple(_person(by_name[name], on) for name in gallery.entries)
    return Listing(file, Kind.OPERATIONAL, people, gallery.notices, _warnings(people, on))


def volunteers(folder: Path, clock: Clock) -> Listing:
    """The list of a trial: volunteers who agreed in writing (R17, N6).

    Raises:
        OvertError: as `overt.watchlist.consent.read_consents`.
    """
    blue_list = read_consents(folder, clock)
    people = tuple(
        OfferedPerson(
            name=name,
            category=Category.BLUE_LIST_VOLUNTEER,
            reason=_VOLUNTEER_REASON,
            under_18=None,  # the register does not say
            vulnerability=Vulnerability.NONE,
            pictures=_pictures(blue_list.images, name, Provenance.CONSENT, day),
        )
        for name, day in sorted(blue_list.consented_on.items())
    )
    return Listing(folder, Kind.TRIAL, people)


def generated(folder: Path, *, today: date) -> Listing:
    """The list of the demo: people who do not exist.

    Raises:
        BadList: if the folder is malformed.
    """
    gallery: Gallery = read_folder(folder)
    people = tuple(
        OfferedPerson(
            name=name,
            category=Category.GENERATED_PERSON,
            reason=_GENERATED_REASON,
            under_18=False,
            vulnerability=Vulnerability.NONE,
            pictures=_pictures(gallery.images, name, Provenance.GENERATED, today),
        )
        for name in gallery.entries
    )
    return Listing(folder, Kind.DEMO, people, gallery.notices)


def listing_for(source: Path, kind: Kind, clock: Clock, *, on: date) -> Listing:
    """The list for a deployment of this kind.

    Raises:
        Misuse: if an operational list is no CSV, or another one no folder.
        OvertError: as the function for the kind.
    """
    if kind is Kind.OPERATIONAL:
        if source.is_dir():
            msg = f"{source}: an operational list is a CSV, for a folder gives nobody's reason"
            raise Misuse(msg, rule="R3", advice=f"Write one with the columns {','.join(COLUMNS)}.")
        return read_listing(source, today=clock.now().astimezone().date(), on=on)
    if not source.is_dir():
        msg = f"{source}: a {kind} deployment lists a folder of its own people, no CSV"
        raise Misuse(msg, rule="N6", advice="Give the folder.")
    if kind is Kind.TRIAL:
        return volunteers(source, clock)
    return generated(source, today=clock.now().astimezone().date())


def _pictures(
    images: Iterable[ListedImage], name: EntryId, provenance: Provenance, day: date
) -> tuple[OfferedPicture, ...]:
    return tuple(OfferedPicture(image, provenance, day) for image in images if image.entry == name)


def _person(rows: Sequence[ListingRow], on: date) -> OfferedPerson:
    one = rows[0]
    return OfferedPerson(
        name=one.name,
        category=one.category,
        reason=one.reason,
        under_18=None if one.born is None else years_between(one.born, on) < 18,  # noqa: PLR2004
        vulnerability=one.vulnerability,
        pictures=tuple(sorted((row.picture for row in rows), key=lambda p: p.image.path)),
    )


def _warnings(people: Iterable[OfferedPerson], on: date) -> tuple[str, ...]:
    """What a person must look at: old pictures, no date of birth, one reason for many."""
    warnings = []
    of_reason: dict[str, int] = {}
    for person in people:
        years = IMAGE_CURRENT_YEARS_UNDER_18 if person.under_18 else IMAGE_CURRENT_YEARS
        oldest = min(picture.held_since for picture in person.pictures)
        if years_between(oldest, on) >= years:
            warnings.append(
                f"R6: a picture of {person.name} is held since {oldest}, {years} years or more: "
                "does it still show them as they are?"
            )
        if person.under_18 is None:
            warnings.append(f"R7: {person.name} has no date of birth: are they surely 18 or over?")
        of_reason[person.reason] = of_reason.get(person.reason, 0) + 1
    warnings += [
        f"R3: {count:,} people are listed for one and the same reason: is it each one's own?"
        for count in of_reason.values()
        if count >= SAME_REASON_AT
    ]
    return tuple(warnings)


def _refused(file: Path, faults: Sequence[OvertError]) -> BadListing:
    problems = tuple(fault.line for fault in faults)
    if len(faults) == 1:
        only = faults[0]
        return BadListing(only.message, rule=only.rule, advice=only.advice, problems=problems)
    shown = " ".join(f"({n}) {words}" for n, words in enumerate(problems[:_FAULTS_SHOWN], start=1))
    more = len(problems) - _FAULTS_SHOWN
    msg = f"{file}: {len(problems)} faults: {shown}" + (f" … and {more} more" if more > 0 else "")
    return BadListing(
        msg, advice=f"Run `overt watchlist inspect {file}` to see each.", problems=problems
    )

"""Enrol the list of a deployment: under its authority's numbers, each person with a number.

The steps, in this order; nothing is written before the fourth:
1. The list's numbers are within what was authorised (R3, R7).
2. A second officer agreed to exactly the people who need it (R7).
3. A person read the list's warnings, exactly these (R6).
4. The pictures go through the image-quality gate; the face of each accepted one is handed on.
5. Entry numbers are drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from overt.errors import Refusal
from overt.policy import ENROLMENT_LIMITS
from overt.watchlist.composition import composition_of, needing_sign_off
from overt.watchlist.enrol import enrol
from overt.watchlist.entry import Watchlist
from overt.watchlist.person import ListedPerson, ListedPicture, draw_entries

if TYPE_CHECKING:
    import random

    from overt.policy import QualityLimits
    from overt.values import EntryId, RecordPlace, Similarity
    from overt.vocabulary import Kind
    from overt.watchlist.composition import CompositionLimits
    from overt.watchlist.enrol import Progress
    from overt.watchlist.entry import Entry
    from overt.watchlist.gallery import ListedImage
    from overt.watchlist.gate import FaceReader
    from overt.watchlist.likeness import Doubt
    from overt.watchlist.listing import Listing
    from overt.watchlist.person import OfferedPerson


class PictureKeeper(Protocol):
    """Where the faces of accepted pictures go: a sealed file being written."""

    def append(self, record: bytes, /) -> RecordPlace:
        """Keep one JPEG, and say where it lies."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What people agreed to before a list is enrolled."""

    limits: CompositionLimits
    """The authority's numbers (R3)."""
    signed_off: str | None = None
    """`NeedingSignOff.sha256` that a second officer signed (R7)."""
    warnings_read: str | None = None
    """`Listing.warnings_sha256` that somebody gave back (R6)."""


@dataclass(frozen=True, slots=True)
class Strictness:
    """How the gate is held; see `overt.watchlist.enrol.enrol`."""

    on_refusal: Literal["raise", "leave out"] = "leave out"
    alike_at: Similarity | None = None
    unlike_below: Similarity | None = None
    quality: QualityLimits = ENROLMENT_LIMITS
    """Those by which the reader judges."""


BY_POLICY = Strictness()


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A whole list in memory, ready to be sealed."""

    kind: Kind
    people: tuple[ListedPerson, ...] = field(repr=False)
    """In order of entry; at least one."""
    watchlist: Watchlist
    """The same people, by entry. It names nobody."""
    left_out: tuple[str, ...] = field(default=(), repr=False)
    """Names of those without a usable picture, with the reason: they will not be found."""
    doubts: tuple[Doubt, ...] = field(default=(), repr=False)
    """Who may be whom, by name, for the person who enrols."""


def enrol_listed(
    listing: Listing,
    reader: FaceReader,
    pictures: PictureKeeper,
    agreed: Agreed,
    *,
    progress: Progress = lambda _done, _total: None,
    strictness: Strictness = BY_POLICY,
    chance: random.Random | None = None,
) -> Enrolment:
    """Make a deployment's watchlist.

    Args:
        listing: who is offered.
        reader: the face models.
        pictures: where accepted pictures' faces go.
        agreed: what the authority, a second officer and the person enrolling agreed to.
        progress: told after each picture.
        strictness: how the gate is held.
        chance: for a test that wants to know the entry numbers.

    Raises:
        Refusal: if a step refuses (R3, R6, R7), or a picture, where `strictness` says so.
        BadList: if nobody could be enrolled.
        BadModel: if the reader breaks its promises.
    """
    check_agreed(listing, agreed)  # 1, 2, 3
    kept: dict[tuple[EntryId, str], tuple[RecordPlace, str]] = {}

    def keep(image: ListedImage, jpeg: bytes) -> None:
        kept[image.entry, image.name] = pictures.append(jpeg), hashlib.sha256(jpeg).hexdigest()

    named = enrol(  # 4
        listing.images,
        reader,
        progress,
        on_refusal=strictness.on_refusal,
        alike_at=strictness.alike_at,
        unlike_below=strictness.unlike_below,
        limits=strictness.quality,
        keep_picture=keep,
    )
    drawn = draw_entries(len(named)) if chance is None else draw_entries(len(named), chance)  # 5
    offered = {person.name: person for person in listing.people}
    entries = map(_best_first, named.entries)
    numbered = sorted(zip(drawn, entries, strict=True), key=lambda pair: pair[0])
    return Enrolment(
        kind=listing.kind,
        people=tuple(_listed(number, one, offered[one.id], kept) for number, one in numbered),
        watchlist=Watchlist(tuple(_numbered(number, one) for number, one in numbered), named.model),
        left_out=named.left_out,
        doubts=named.doubts,
    )


def check_agreed(listing: Listing, agreed: Agreed) -> None:
    """Steps 1 to 3: what must be agreed to before a picture is read.

    Raises:
        Refusal: naming what is over a limit, unsigned or unread.
    """
    over = composition_of(listing.people).over(agreed.limits)  # 1
    if over:
        rule, _, words = over[0].partition(": ")
        others = "".join(f"; {reason}" for reason in over[1:])
        raise Refusal(
            rule, words + others, advice="Shorten the list, or apply for another authority."
        )
    needing = needing_sign_off(listing.people)  # 2
    if needing and agreed.signed_off != needing.sha256:
        said = "none was given" if agreed.signed_off is None else "the one given is of others"
        raise Refusal(
            rule="R7",
            message=f"under 18 or vulnerable: {len(needing.people):,} listed, who need a second "
            f"officer's sign-off, and {said}",
            advice="A second officer must agree to exactly these people.",
        )
    if listing.warnings and agreed.warnings_read != listing.warnings_sha256:  # 3
        rule, _, words = listing.warnings[0].partition(": ")
        raise Refusal(
            rule,
            f"warnings not read: {len(listing.warnings):,}; the first: {words}",
            advice="Read each and say so, or mend the list.",
        )


def _best_first(entry: Entry) -> Entry:
    order = sorted(range(len(entry.weights)), key=lambda i: -entry.weights[i])
    return replace(
        entry,
        templates=tuple(entry.templates[i] for i in order),
        weights=tuple(entry.weights[i] for i in order),
        images=tuple(entry.images[i] for i in order),
    )


def _listed(
    number: EntryId,
    entry: Entry,
    offered: OfferedPerson,
    kept: dict[tuple[EntryId, str], tuple[RecordPlace, str]],
) -> ListedPerson:
    of_name = {picture.image.name: picture for picture in offered.pictures}
    pictures = []
    for name in entry.images:
        place, digest = kept[offered.name, name]
        of = of_name[name]
        pictures.append(ListedPicture(place, digest, of.provenance, of.held_since))
    return ListedPerson(
        entry=number,
        name=offered.name,
        category=offered.category,
        reason=offered.reason,
        under_18=offered.under_18,
        vulnerability=offered.vulnerability,
        pictures=tuple(pictures),
    )


def _numbered(number: EntryId, entry: Entry) -> Entry:
    """An entry under its number, without the names of files, which may be people's."""
    names = tuple(f"{number}-{n}" for n in range(1, len(entry.images) + 1))
    return replace(entry, id=number, images=names)

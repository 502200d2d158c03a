"""A whole watchlist, sealed for one deployment and read by it alone (R5, N5).

It is written once. It cannot be added to, joined to another or given out: there is no function
for any of these, and its compartment bears the deployment's name. Templates leave it into the
matcher and nowhere else; a picture leaves it when a prompt shows it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from overt.errors import BadList, Refusal
from overt.watchlist.composition import composition_of, needing_sign_off
from overt.watchlist.enrolment import BY_POLICY, check_agreed, enrol_listed
from overt.watchlist.entry import Watchlist
from overt.watchlist.matcher import Matcher
from overt.watchlist.sealed_record import Header, entry_of, header_of, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from overt.values import EntryId, RecordPlace
    from overt.vocabulary import DeploymentId, Kind
    from overt.watchlist.composition import Composition
    from overt.watchlist.enrol import Progress
    from overt.watchlist.enrolment import Agreed, Enrolment, PictureKeeper, Strictness
    from overt.watchlist.gate import FaceReader
    from overt.watchlist.likeness import Doubt
    from overt.watchlist.listing import Listing
    from overt.watchlist.person import ListedPerson

LIST, PICTURES = "list", "pictures"


class Sealer(Protocol):
    """Where a list lies: `overt.store.vault.Vault` is one."""

    def make(self, compartment: str) -> None:
        """Make a compartment with a key of its own."""

    def exists(self, compartment: str) -> bool:
        """Whether it is there."""

    def names(self, compartment: str) -> tuple[str, ...]:
        """Of the files in it."""

    def write(self, compartment: str, name: str) -> AbstractContextManager[PictureKeeper]:
        """A file to append records to, kept whole or not at all."""

    def read(self, compartment: str, name: str) -> Iterator[bytes]:
        """Every record of a file."""

    def record(self, compartment: str, name: str, place: RecordPlace) -> bytes:
        """One record."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What may be said of a sealed list, to the gate and in the ledger. It names nobody."""

    deployment: DeploymentId
    kind: Kind
    model: str
    built_at: datetime
    composition: Composition
    need_sign_off: frozenset[EntryId]
    """The entries to which a second officer agreed (R7)."""
    pictures: int
    list_sha256: str
    """Over every record, and by their own hashes over every picture."""


@dataclass(frozen=True, slots=True)
class Built:
    """A list that was enrolled and sealed, and what the person who did so must know."""

    sealed: Sealed
    left_out: tuple[str, ...] = field(repr=False)
    """Names of those without a usable picture, with the reason: they will not be found."""
    doubts: tuple[Doubt, ...] = field(repr=False)
    """Who may be whom, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class SealedList:
    """A sealed list, opened for its deployment. Templates are in the matcher alone."""

    sealed: Sealed
    matcher: Matcher
    _people: Mapping[EntryId, ListedPerson] = field(repr=False)
    _sealer: Sealer = field(repr=False)

    def __len__(self) -> int:
        """How many people it lists."""
        return len(self._people)

    @property
    def people(self) -> tuple[ListedPerson, ...]:
        """Everybody listed, in order of entry."""
        return tuple(self._people.values())

    def person(self, entry: EntryId) -> ListedPerson:
        """Who an entry is, and why they are listed.

        Raises:
            BadList: if there is no such entry.
        """
        try:
            return self._people[entry]
        except KeyError:
            msg = f"the list has no entry {entry}"
            raise BadList(msg) from None

    def picture(self, entry: EntryId, number: int = 0) -> bytes:
        """One picture of an entry, for a prompt.

        Args:
            entry: whose.
            number: 0 for the best, up to one less than there are.

        Returns:
            A JPEG.

        Raises:
            BadList: if there is none such, or it is not the one that was sealed.
            OvertError: if the vault cannot be read.
        """
        pictures = self.person(entry).pictures
        if not 0 <= number < len(pictures):
            msg = f"{entry} has {len(pictures)} pictures, and no number {number}"
            raise BadList(msg)
        wanted = pictures[number]
        jpeg = self._sealer.record(compartment_of(self.sealed.deployment), PICTURES, wanted.place)
        if hashlib.sha256(jpeg).hexdigest() != wanted.sha256:
            msg = f"picture {number} of {entry} is not the one that was sealed"
            raise BadList(msg, advice="Close the deployment: its list was tampered with.")
        return jpeg


def compartment_of(deployment: DeploymentId) -> str:
    """The vault's compartment for a deployment's list."""
    return f"{deployment}/list"


def build_sealed(
    sealer: Sealer,
    deployment: DeploymentId,
    listing: Listing,
    reader: FaceReader,
    agreed: Agreed,
    *,
    built_at: datetime,
    progress: Progress = lambda _done, _total: None,
    strictness: Strictness = BY_POLICY,
) -> Built:
    """Enrol a deployment's list and seal it, whole or not at all.

    Args:
        sealer: the vault.
        deployment: for which alone it is built.
        listing: who is offered.
        reader: the face models.
        agreed: what was agreed to beforehand.
        built_at: now; the list's hours count from here (R5).
        progress: told after each picture.
        strictness: how the gate is held.

    Raises:
        Refusal: R5 if the deployment has a list; otherwise as `enrol_listed`.
        OvertError: as `enrol_listed`, or if the vault cannot be written. There is then no list.
    """
    check_agreed(listing, agreed)
    with pictures_of(sealer, deployment) as pictures:
        enrolment = enrol_listed(
            listing, reader, pictures, agreed, progress=progress, strictness=strictness
        )
    sealed = seal(sealer, deployment, enrolment, built_at=built_at)
    return Built(sealed, enrolment.left_out, enrolment.doubts)


def pictures_of(sealer: Sealer, deployment: DeploymentId) -> AbstractContextManager[PictureKeeper]:
    """The file that takes a new list's pictures, in its compartment, which is made if need be.

    Raises:
        Refusal: R5, if the deployment has a list.
    """
    compartment = compartment_of(deployment)
    if not sealer.exists(compartment):
        sealer.make(compartment)
    _check_unsealed(sealer, deployment)
    return sealer.write(compartment, PICTURES)


def seal(
    sealer: Sealer, deployment: DeploymentId, enrolment: Enrolment, *, built_at: datetime
) -> Sealed:
    """Seal an enrolment whose pictures went to `pictures_of` the same deployment.

    Raises:
        Refusal: R5, if the deployment has a list.
        OvertError: if the vault cannot be written; there is then no list.
    """
    _check_unsealed(sealer, deployment)
    entries = enrolment.watchlist.entries
    header = Header(
        format="overt list 1",
        deployment=deployment,
        kind=enrolment.kind,
        model=enrolment.watchlist.model,
        built_at=built_at,
        entries=len(entries),
        pictures=sum(len(person.pictures) for person in enrolment.people),
        dimensions=len(entries[0].templates[0].vector),
        salt=secrets.token_hex(32),
    )
    digest = _ListDigest()
    with sealer.write(compartment_of(deployment), LIST) as file:
        file.append(digest.took(header.record()))
        for person, entry in zip(enrolment.people, entries, strict=True):
            file.append(digest.took(record_of(person, entry)))
    return _sealed(header, enrolment.people, digest)


def open_sealed(
    sealer: Sealer, deployment: DeploymentId, *, model: str, list_sha256: str | None = None
) -> SealedList:
    """Open a deployment's list.

    Args:
        sealer: the vault.
        deployment: which one is asking.
        model: the identity of the model that will make the probes' templates.
        list_sha256: what the ledger says the list is; None where nothing is known yet.

    Raises:
        Refusal: N5 if the list was built for another deployment, R5 if it was built by another
            model, or is not the list that the ledger names.
        BadList: if it is of another version or contradicts itself.
        OvertError: if the vault cannot be read.
    """
    records = sealer.read(compartment_of(deployment), LIST)
    digest = _ListDigest()
    header = header_of(digest.took(next(records, b"")))
    if header.deployment != deployment:
        raise Refusal(
            rule="N5",
            message=f"the list was built for {header.deployment}, not for {deployment}",
            advice="Build one for this deployment.",
        )
    if header.model != model:
        raise Refusal(
            rule="R5",
            message=f"the list was built by the model {header.model}, and {model} is running",
            advice="Use the model that the authority names.",
        )
    people, entries = [], []
    for number, record in enumerate(records, start=1):
        person, entry = entry_of(digest.took(record), number, header)
        people.append(person)
        entries.append(entry)
    pictures = sum(len(person.pictures) for person in people)
    if (len(people), pictures) != (header.entries, header.pictures):
        msg = f"the sealed list has {len(people)} entries where its header says {header.entries}"
        raise BadList(msg, advice="Build a new one in a new deployment.")
    sealed = _sealed(header, people, digest)
    if list_sha256 is not None and sealed.list_sha256 != list_sha256:
        raise Refusal(
            rule="R5",
            message="the sealed list is not the one that the ledger names",
            advice="Close the deployment: its list was exchanged.",
        )
    matcher = Matcher(Watchlist(tuple(entries), model))
    return SealedList(sealed, matcher, {person.entry: person for person in people}, sealer)


def _check_unsealed(sealer: Sealer, deployment: DeploymentId) -> None:
    if LIST in sealer.names(compartment_of(deployment)):
        raise Refusal(
            rule="R5",
            message=f"{deployment} has its list, which is built once and never changed",
            advice="For another list, apply for another deployment.",
        )


def _sealed(header: Header, people: Sequence[ListedPerson], digest: _ListDigest) -> Sealed:
    return Sealed(
        header.deployment,
        header.kind,
        header.model,
        header.built_at,
        composition_of(people),
        frozenset(person.entry for person in needing_sign_off(people).people),
        header.pictures,
        digest.hex,
    )


class _ListDigest:
    """SHA-256 over records, each after its length."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def took(self, record: bytes) -> bytes:
        self._hash.update(len(record).to_bytes(8, "little") + record)
        return record

    @property
    def hex(self) -> str:
        return self._hash.hexdigest()

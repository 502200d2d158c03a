"""The records of a sealed list: what stands in them, and how they are read back strictly.

    list, record 0    header, JSON
    list, record 1…   one entry each, in order of entry:
                      length of the JSON, 4 bytes little-endian | JSON
                      | templates, (t, d) float32 | weights, (t,) float64, both little-endian
    pictures          one JPEG each

A list of another version, or one that contradicts itself, is refused as a whole.
"""

from __future__ import annotations

import re
import struct
from datetime import date  # noqa: TC003 - pydantic reads them
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from overt.errors import BadList
from overt.values import EntryId, RecordPlace, Template
from overt.vocabulary import (  # noqa: TC001 - pydantic reads them
    Category,
    DeploymentId,
    Kind,
    Provenance,
    Vulnerability,
)
from overt.watchlist.entry import Entry
from overt.watchlist.person import ListedPerson, ListedPicture

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FORMAT = b"overt list 1"
_FORMAT_OF = re.compile(rb'"format":\s*"(overt list [^"]{1,20})"')
_LENGTH = struct.Struct("<I")
_MOST_DIMENSIONS = 4_096
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Header(_Strict):
    """What a sealed list is, and for which deployment (R5)."""

    format: Literal["overt list 1"]
    deployment: DeploymentId
    kind: Kind
    model: Annotated[str, Field(min_length=1)]
    built_at: AwareDatetime
    entries: _Count
    pictures: _Count
    dimensions: Annotated[int, Field(ge=1, le=_MOST_DIMENSIONS)]
    """Of a template."""
    salt: _Sha256
    """Random: once the list is destroyed, its hash in the ledger says nothing of who was on it."""

    def record(self) -> bytes:
        """As it is sealed."""
        return self.model_dump_json().encode()


class _Picture(_Strict):
    number: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    sha256: _Sha256
    provenance: Provenance
    held_since: date


class _Person(_Strict):
    entry: Annotated[str, Field(pattern=r"^E-\d{4,}$")]
    name: Annotated[str, Field(min_length=1)]
    category: Category
    reason: Annotated[str, Field(min_length=1)]
    under_18: bool | None
    vulnerability: Vulnerability
    pictures: Annotated[tuple[_Picture, ...], Field(min_length=1)]


_Model = TypeVar("_Model", bound=_Strict)


def header_of(record: bytes) -> Header:
    """The header in record 0.

    Raises:
        BadList: if it is none, or of another version.
    """
    found = _FORMAT_OF.search(record)
    if found and found[1] != _FORMAT:
        msg = f"the sealed list has the format {found[1].decode(errors='replace')!r}"
        raise BadList(msg, advice="Use the version of Overt that sealed it.")
    return _parsed(Header, record, "header")


def record_of(person: ListedPerson, entry: Entry) -> bytes:
    """One entry as it is sealed."""
    text = (
        _Person(
            entry=person.entry,
            name=person.name,
            category=person.category,
            reason=person.reason,
            under_18=person.under_18,
            vulnerability=person.vulnerability,
            pictures=tuple(
                _Picture(
                    number=picture.place.number,
                    offset=picture.place.offset,
                    sha256=picture.sha256,
                    provenance=picture.provenance,
                    held_since=picture.held_since,
                )
                for picture in person.pictures
            ),
        )
        .model_dump_json()
        .encode()
    )
    vectors = np.stack([template.vector for template in entry.templates]).astype("<f4")
    weights = np.asarray(entry.weights, "<f8")
    return _LENGTH.pack(len(text)) + text + vectors.tobytes() + weights.tobytes()


def entry_of(record: bytes, number: int, header: Header) -> tuple[ListedPerson, Entry]:
    """The person and templates in one record.

    Args:
        record: record `number` of the list.
        number: counts from 1; the entry must have it.
        header: the list's.

    Raises:
        BadList: if it holds anything but what `record_of` writes.
    """
    where = f"record {number}"
    size = _LENGTH.unpack(record[: _LENGTH.size])[0] if len(record) >= _LENGTH.size else 0
    end = _LENGTH.size + size
    found = _parsed(_Person, record[_LENGTH.size : end], where)
    templates = len(found.pictures)
    vectors_bytes = 4 * templates * header.dimensions
    if len(record) != end + vectors_bytes + 8 * templates:
        raise _contradicts(where, "it is not as long as its templates")
    if int(found.entry.removeprefix("E-")) != number:
        raise _contradicts(where, f"it holds {found.entry}")
    # Copied, so that a template does not keep its whole record alive.
    vectors: NDArray[np.float32] = (
        np.frombuffer(record, "<f4", templates * header.dimensions, end)
        .reshape(templates, header.dimensions)
        .astype(np.float32)
    )
    weights = np.frombuffer(record, "<f8", templates, end + vectors_bytes)
    person = ListedPerson(
        entry=EntryId(found.entry),
        name=EntryId(found.name),
        category=found.category,
        reason=found.reason,
        under_18=found.under_18,
        vulnerability=found.vulnerability,
        pictures=tuple(
            ListedPicture(
                RecordPlace(one.number, one.offset), one.sha256, one.provenance, one.held_since
            )
            for one in found.pictures
        ),
    )
    names = tuple(f"{found.entry}-{n}" for n in range(1, templates + 1))
    made = tuple(Template(vector, header.model) for vector in vectors)
    return person, Entry(person.entry, made, tuple(weights.tolist()), names)


def _parsed(kind: type[_Model], record: bytes, where: str) -> _Model:
    try:
        return kind.model_validate_json(record)
    except ValidationError as fault:
        first = fault.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "it"
        raise _contradicts(where, f"{field}: {first['msg'].lower()}") from None


def _contradicts(where: str, words: str) -> BadList:
    msg = f"the sealed list cannot be read: {where}: {words}"
    return BadList(msg, advice="Build a new one in a new deployment.")

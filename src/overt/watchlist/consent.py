"""A blue list: volunteers who agreed in writing to be looked for in a trial (R17, N6).

Without this check a trial would be the back door to searching a recording for anybody.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.errors import BadList, Misuse, Refusal
from overt.policy import MAX_BLUE_LIST
from overt.watchlist.gallery import CONSENT_REGISTER, entry_name, read_folder
from overt.watchlist.table import iso_date, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from overt.clock import Clock
    from overt.values import EntryId
    from overt.watchlist.gallery import Gallery, ListedImage
    from overt.watchlist.table import Row

COLUMNS = ("person", "consented_on", "witness")
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class BlueList:
    """Volunteers who agreed, each in writing, dated and witnessed."""

    images: tuple[ListedImage, ...]
    """Their pictures, in order of name."""
    consented_on: Mapping[EntryId, date]
    """When each of them agreed."""


def read_blue_list(folder: Path, clock: Clock) -> tuple[ListedImage, ...]:
    """The pictures of `read_consents`, with its errors."""
    return read_consents(folder, clock).images


def read_consents(folder: Path, clock: Clock) -> BlueList:
    """List a folder of consenting volunteers, without reading a picture.

    Raises:
        Misuse: if it is not a folder.
        BadList: if the folder or its `consent.csv` is malformed.
        Refusal: if it lists more than `MAX_BLUE_LIST` people, or any without consent (N6).
    """
    today = clock.now().astimezone().date()  # consent is dated by the wall where it was signed
    gallery = _volunteers(folder)
    register = folder / CONSENT_REGISTER
    advice = f"Run `overt trial consent {folder}`, then fill in what volunteers signed."
    if not register.exists():
        msg = f"{folder}: no consent is recorded for {_some(gallery.entries)}"
        raise Refusal(rule="N6", message=msg, advice=advice)
    listed = frozenset(gallery.entries)
    consented: dict[EntryId, date] = {}
    lines: dict[EntryId, int] = {}
    for row in read_table(register, COLUMNS, may_be_blank=("consented_on", "witness")):
        where = f"{register}, line {row.line}"
        person = entry_name(row.values[0], f"{where}, column person")
        if person not in listed:
            msg = f"{where}, column person: there is no picture of {person} in the folder"
            raise BadList(msg, advice="Delete the line or add the picture.")
        if person in lines:
            msg = f"{where}, column person: {person} is already on line {lines[person]}"
            raise BadList(msg, advice="Delete one of the two.")
        lines[person] = row.line
        if (consented_on := _consent(person, row, where, today)) is not None:
            consented[person] = consented_on
    missing = [person for person in gallery.entries if person not in consented]
    if missing:
        msg = f"{register}: no dated and witnessed consent of {_some(missing)}"
        raise Refusal(rule="N6", message=msg, advice=advice)
    return BlueList(gallery.images, consented)


def write_consent_form(folder: Path) -> Path:
    """Write `consent.csv` with a line for each person, date and witness to be filled in.

    Returns:
        The file written.

    Raises:
        Misuse: if it is not a folder.
        BadList: if the folder is malformed, cannot be written to, or has the file already.
        Refusal: if it lists more than `MAX_BLUE_LIST` people (N6).
    """
    gallery = _volunteers(folder)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((person, "", "") for person in gallery.entries)
    register = folder / CONSENT_REGISTER
    try:
        file = register.open("xb")
    except FileExistsError:
        msg = f"{register}: it is there already and is never overwritten"
        raise BadList(msg, advice="Edit it, or move it away first.") from None
    except OSError as fault:
        msg = f"{register}: it cannot be written ({(fault.strerror or 'unknown').lower()})"
        raise BadList(msg, advice="Check the folder's permissions.") from None
    try:
        with file:
            file.write(text.getvalue().encode())
    except BaseException:  # a half-written form, after Ctrl-C too, would look like a whole one
        register.unlink(missing_ok=True)
        raise
    return register


def _volunteers(folder: Path) -> Gallery:
    """The folder's people, if they are few enough to be volunteers."""
    if folder.exists() and not folder.is_dir():
        msg = f"{folder}: a blue list is a folder of pictures with a {CONSENT_REGISTER}"
        raise Misuse(msg, advice="Give the folder.")
    gallery = read_folder(folder)
    if len(gallery.entries) > MAX_BLUE_LIST:
        msg = f"{folder} lists {len(gallery.entries):,} people; the limit is {MAX_BLUE_LIST:,}"
        raise Refusal(
            rule="N6", message=msg, advice="A trial is for volunteers; use a deployment otherwise."
        )
    return gallery


def _consent(person: EntryId, row: Row, where: str, today: date) -> date | None:
    """The date of a line that is filled in: dated, not in the future, and witnessed."""
    _, written, witness = row.values
    if not written or not witness:
        return None
    consented_on = iso_date(written)
    if consented_on is None:
        msg = f"{where}, column consented_on: {written!r} is not a date"
        raise BadList(msg, advice="Write it as 2026-01-31.")
    if consented_on > today:
        msg = f"{where}, column consented_on: {person} consents on {written}, in the future"
        raise Refusal(rule="N6", message=msg, advice="Run the trial once they have consented.")
    return consented_on


def _some(people: Sequence[EntryId]) -> str:
    more = len(people) - _NAMES_SHOWN
    return ", ".join(people[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")

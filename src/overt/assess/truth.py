"""Truth of a trial: who passed, and when, from a CSV that a person wrote."""

from __future__ import annotations

import csv
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.errors import BadTruth
from overt.values import EntryId

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

COLUMNS = ("track_start_s", "track_end_s", "person")
MAX_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Pass:
    """One person's walk past the camera."""

    start_s: float
    """Seconds from the recording's first frame."""
    end_s: float
    person: EntryId | None
    """Someone on the list; None for a passer-by who is on no list."""


def read_truth(path: Path, listed: AbstractSet[EntryId]) -> tuple[Pass, ...]:
    """Read a truth file: a row for each pass of each person, listed or not.

    Args:
        path: CSV with the columns `track_start_s, track_end_s, person`. An empty person, or
            one who is not on the list, is a passer-by.
        listed: the people on the blue list.

    Raises:
        BadTruth: naming the line and the column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        msg = f"truth file {path}: cannot be read ({reason})"
        raise BadTruth(msg) from error
    rows = csv.DictReader(text.splitlines(), strict=True)
    passes = []
    try:
        if tuple(name.strip() for name in rows.fieldnames or ()) != COLUMNS:
            msg = f"truth file {path}: the first line must be {','.join(COLUMNS)}"
            raise BadTruth(msg)
        rows.fieldnames = COLUMNS
        for row in rows:
            passes.append(_pass(row, f"truth file {path}, line {rows.line_num}", listed))
            if len(passes) > MAX_ROWS:
                msg = f"truth file {path}: more than {MAX_ROWS:,} rows"
                raise BadTruth(msg)
    except csv.Error as error:
        msg = f"truth file {path}, line {rows.line_num}: {error}"
        raise BadTruth(msg) from error
    if not passes:
        msg = f"truth file {path}: holds no passes"
        raise BadTruth(msg, advice="Leave --truth away where the truth is not known.")
    return tuple(sorted(passes, key=lambda one: (one.start_s, one.end_s, one.person or "")))


def _pass(row: dict[str, str | None], where: str, listed: AbstractSet[EntryId]) -> Pass:
    if None in row.values() or None in row:
        msg = f"{where}: wants {len(COLUMNS)} columns"
        raise BadTruth(msg)
    times = []
    for column in COLUMNS[:2]:
        try:
            seconds = float(row[column] or "")
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds) or seconds < 0:
            msg = f"{where}: {column} = {row[column]!r} is no time in seconds"
            raise BadTruth(msg)
        times.append(seconds)
    if times[1] < times[0]:
        msg = f"{where}: track_end_s = {times[1]:g} lies before track_start_s = {times[0]:g}"
        raise BadTruth(msg)
    person = EntryId(unicodedata.normalize("NFC", (row["person"] or "").strip()))
    return Pass(times[0], times[1], person if person in listed else None)

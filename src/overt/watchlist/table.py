"""Read a small CSV strictly: every fault names its line and column."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from overt.errors import BadList
from overt.watchlist.intake import read_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_TABLE_BYTES = 50_000_000
"""A larger table is refused unread."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table after the header."""

    line: int
    """Counts from 1, the header's; for a quoted field over several lines, the last of them."""
    values: tuple[str, ...]
    """One for each column, outer blanks removed."""


def read_table(
    path: Path, columns: tuple[str, ...], *, may_be_blank: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    """The rows of a UTF-8 CSV file (with or without a byte-order mark).

    Args:
        path: the file.
        columns: the header wanted, in this order, with nothing else.
        may_be_blank: the columns whose fields may be empty.

    Raises:
        BadList: naming the file, and the line and column at fault.
    """
    rows, faults = read_rows(path, columns, may_be_blank=may_be_blank)
    for fault in faults:
        raise fault
    return rows


def read_rows(
    path: Path, columns: tuple[str, ...], *, may_be_blank: tuple[str, ...] = ()
) -> tuple[tuple[Row, ...], tuple[BadList, ...]]:
    """The sound rows of a table, and a fault for each field that is wrong in the others.

    Args: as `read_table`.

    Raises:
        BadList: if it is no well-formed CSV with these columns.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    faults: list[BadList] = []
    try:
        header = next(reader, [])
        _check_header(path, tuple(name.strip() for name in header), columns)
        for fields in reader:
            row = Row(reader.line_num, tuple(field.strip() for field in fields))
            wrong = _faults(path, row, columns, may_be_blank)
            faults += wrong
            if not wrong:
                rows.append(row)
    except csv.Error as fault:
        msg = f"{path}, line {reader.line_num}: it is not a well-formed CSV ({fault})"
        raise BadList(msg, advice="Check the quotes.") from None
    return tuple(rows), tuple(faults)


def header_of(path: Path) -> tuple[str, ...]:
    """The names in a table's first line; none if that is no CSV.

    Raises:
        BadList: if the file cannot be read.
    """
    try:
        header = next(csv.reader(io.StringIO(_text(path), newline=""), strict=True), [])
    except csv.Error:
        return ()
    return tuple(name.strip() for name in header)


def iso_date(text: str) -> date | None:
    """A date written as ``2026-01-31``; None if it is anything else."""
    try:
        return date.fromisoformat(text) if _ISO_DATE.fullmatch(text) else None
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        data = read_file(path, within=path.parent, at_most=MAX_TABLE_BYTES, error=BadList)
    except BadList as fault:
        msg = f"{path}: {fault.message}"
        raise BadList(msg, advice=fault.advice) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        msg = f"{path}, line {line}: it is not UTF-8"
        raise BadList(msg, advice="Save it as CSV UTF-8.") from None
    if "\0" in text:
        msg = f"{path}, line {text.count(chr(10), 0, text.index(chr(0))) + 1}: it holds a zero byte"
        raise BadList(msg, advice="Save it as CSV UTF-8.")
    return text


def _check_header(path: Path, header: tuple[str, ...], columns: tuple[str, ...]) -> None:
    if header == columns:
        return
    wanted = ",".join(columns)
    for number, name in enumerate(header, start=1):
        if name not in columns:
            msg = f"{path}, line 1, column {number}: there is no column {name!r} in this table"
            raise BadList(msg, advice=f"The first line must be {wanted}")
    msg = f"{path}, line 1: the columns are {','.join(header) or 'missing'}"
    raise BadList(msg, advice=f"The first line must be {wanted}")


def _faults(
    path: Path, row: Row, columns: tuple[str, ...], may_be_blank: tuple[str, ...]
) -> list[BadList]:
    where = f"{path}, line {row.line}"
    if not any(row.values):
        return [BadList(f"{where}: the line is blank", advice="Fill it in or delete it.")]
    if len(row.values) != len(columns):
        msg = f"{where}: it has {len(row.values)} fields where {len(columns)} are wanted"
        return [BadList(msg, advice="Put a field that holds a comma in double quotes.")]
    return [
        BadList(f"{where}, column {name}: it is blank", advice="Fill it in or delete the line.")
        for name, value in zip(columns, row.values, strict=True)
        if not value and name not in may_be_blank
    ]

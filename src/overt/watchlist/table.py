"""Read a small CSV strictly: every fault names its line and column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.errors import BadList
from overt.watchlist.intake import read_file

if TYPE_CHECKING:
    from pathlib import Path

MAX_TABLE_BYTES = 50_000_000
"""A larger table is refused unread."""


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
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        header = next(reader, [])
        _check_header(path, tuple(name.strip() for name in header), columns)
        for fields in reader:
            row = Row(reader.line_num, tuple(field.strip() for field in fields))
            _check_row(path, row, columns, may_be_blank)
            rows.append(row)
    except csv.Error as fault:
        msg = f"{path}, line {reader.line_num}: it is not a well-formed CSV ({fault})"
        raise BadList(msg, advice="Check the quotes.") from None
    return tuple(rows)


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


def _check_row(
    path: Path, row: Row, columns: tuple[str, ...], may_be_blank: tuple[str, ...]
) -> None:
    where = f"{path}, line {row.line}"
    if not any(row.values):
        msg = f"{where}: the line is blank"
        raise BadList(msg, advice="Fill it in or delete it.")
    if len(row.values) != len(columns):
        msg = f"{where}: it has {len(row.values)} fields where {len(columns)} are wanted"
        raise BadList(msg, advice="Put a field that holds a comma in double quotes.")
    for name, value in zip(columns, row.values, strict=True):
        if not value and name not in may_be_blank:
            msg = f"{where}, column {name}: it is blank"
            raise BadList(msg, advice="Fill it in or delete the line.")

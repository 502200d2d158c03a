"""What people hand in on the command line: files and times."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from overt.errors import BadConfig, Misuse

if TYPE_CHECKING:
    from pathlib import Path


def time_of(text: str) -> datetime:
    """A time with its zone.

    Raises:
        Misuse: if it is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        msg = f"{text[:40]} is no time with its zone"
        raise Misuse(msg, advice="Write 2026-11-25T09:00+00:00.")
    return at


def text_of(path: Path) -> str:
    """A file's text. Raises: BadConfig, if it cannot be read."""
    try:
        return bytes_of(path).decode()
    except UnicodeDecodeError:
        msg = f"{path}: not UTF-8 text"
        raise BadConfig(msg, advice="Save it as UTF-8.") from None


def bytes_of(path: Path) -> bytes:
    """A file's bytes. Raises: BadConfig, if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise BadConfig(msg, advice="Check the path.") from error

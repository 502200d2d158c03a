"""The line between a live session and its desks: JSON, one document a line, on a local socket.

A desk (a terminal now, the console later) is another process. It sees open prompts and sends
decisions; it never holds the watchlist. The socket is a file that only this account can open,
in a folder that only this account can enter: nothing listens on a network (R25).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from overt.errors import BadForm

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LINE_BYTES = 8_000_000
"""A prompt with its pictures is far below; a longer line is refused unread."""


class Connection(Protocol):
    """What lines arrive by: a local socket is one."""

    def recv(self, most: int, /) -> bytes:
        """Bytes that have arrived, at least one; none once the other side has closed."""


def encode(document: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """A document from a line.

    Raises:
        BadForm: if it is no JSON object.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        msg = "the desk's line is no JSON object"
        raise BadForm(msg)
    return document


def lines(connection: Connection) -> Iterator[bytes]:
    """Each line that arrives, until the other side closes.

    Raises:
        BadForm: if a line is longer than any can be.
    """
    waiting = bytearray()
    while data := connection.recv(1 << 16):
        waiting += data
        while (end := waiting.find(b"\n")) >= 0:
            line = bytes(waiting[:end])
            del waiting[: end + 1]
            yield line
        if len(waiting) > MAX_LINE_BYTES:
            msg = "the desk's line is too long"
            raise BadForm(msg)

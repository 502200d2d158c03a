"""Lines from standard input, without ever being stuck on it while news arrives."""

from __future__ import annotations

import os
import select
import sys


class TypedLines:
    """What a person types or a program writes, line by line."""

    def __init__(self) -> None:
        self._fd = sys.stdin.fileno()
        self._waiting = b""
        self._closed = False

    @property
    def ended(self) -> bool:
        """Whether the input has ended and every line of it was given."""
        return self._closed and not self._waiting

    def next(self, wait_s: float) -> str | None:
        """The next whole line without its end, or None if none comes in `wait_s` seconds."""
        if b"\n" not in self._waiting and not self._closed:
            ready, _, _ = select.select([self._fd], [], [], wait_s)
            if ready:
                data = os.read(self._fd, 1 << 16)
                self._closed = not data
                self._waiting += data
        line, newline, rest = self._waiting.partition(b"\n")
        if not newline and not (self._closed and line):
            return None
        self._waiting = rest
        return line.decode(errors="replace").rstrip("\r")

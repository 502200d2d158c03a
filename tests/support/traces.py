"""Looks for known templates and known pictures of faces wherever they could have been left.

In any bytes: numbers as 8, 4 and 2 byte floats and as signed bytes, pixels as RGB and BGR, at any
offset; each of these in base64 and in hexadecimal too; JPEG and PNG pictures, which are decoded
and compared; and numbers written out in text. Of a template eight numbers in a row are enough, of
a picture eight pixels of every eighth row. Not found: what is encrypted, compressed otherwise, or
turned about.
"""

from __future__ import annotations

import base64
import contextlib
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

RUN = 8
"""Numbers of a template, or pixels of a picture, that are a trace of it."""
WORD = 8
"""Bytes compared at once."""
CHUNK = 1 << 22
ALIKE = 0.9
"""Correlation from which a decoded picture is the known one."""
SIDE = 32
_PICTURES = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n")
_IN_TEXT = re.compile(rb"(?:/9j/|iVBORw0KGgo)[A-Za-z0-9+/]{100,}")
_NUMBERS = re.compile(rb"(?:-?\d*\.\d+(?:[eE]-?\d+)?[\s,;\]\[]+){8,}")
MOST_PICTURE = 3_000_000
_END = b"\xff\xd9"  # of a JPEG whose own was cut off


@dataclass(frozen=True, order=True)
class Trace:
    """Something of somebody, somewhere."""

    who: str
    what: str
    where: str = field(compare=False)


@dataclass(frozen=True)
class _Needle:
    who: str
    what: str
    data: bytes
    least: int
    """Bytes in a row that are a trace."""


class Search:
    """A search for some templates and pictures, by the name of whoever they are of."""

    def __init__(
        self, templates: Mapping[str, np.ndarray], crops: Mapping[str, list[np.ndarray]]
    ) -> None:
        self._templates = dict(templates)
        self._looks = {who: [_look(c) for c in several] for who, several in crops.items()}
        self._needles = [
            *(n for who, vector in templates.items() for n in _of_template(who, vector)),
            *(n for who, several in crops.items() for c in several for n in _of_crop(who, c)),
        ]
        words, sources = [], []
        for number, needle in enumerate(self._needles):
            step = max(1, needle.least - WORD + 1)
            for start in range(0, len(needle.data) - WORD + 1, step):
                word = needle.data[start : start + WORD]
                if len(set(word)) >= 5:  # a flat piece of picture is nobody's
                    words.append(word)
                    sources.append((number, start))
        keys = np.frombuffer(b"".join(words), np.uint64)
        order = np.argsort(keys, kind="stable")
        self._keys, self._sources = keys[order], [sources[i] for i in order]
        self._likely = np.zeros(1 << 22, bool)
        self._likely[_hashed(self._keys)] = True

    def in_bytes(self, data: bytes, where: str) -> set[Trace]:
        """What some bytes hold."""
        return {
            *self._raw(data, where),
            *self._pictures(data, where),
            *(
                trace
                for found in _IN_TEXT.finditer(data)
                for trace in self._pictures(_unbased(found.group()), where + " (base64)")
            ),
            *self._written_out(data, where),
        }

    def in_tree(self, folder: Path) -> set[Trace]:
        """What the files below a folder hold."""
        found: set[Trace] = set()
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink():
                found |= self.in_bytes(file.read_bytes(), str(file))
                for value in _values_of(file):
                    found |= self.in_bytes(value, f"{file} (a value)")
        return found

    def in_memory(self, regions: Iterable[tuple[str, bytes]]) -> set[Trace]:
        """What the regions of `memory_of` hold; numbers written out are not looked for there."""
        found: set[Trace] = set()
        for where, data in regions:
            found.update(self._raw(data, where), self._pictures(data, where))
            for text in _IN_TEXT.finditer(data):
                found.update(self._pictures(_unbased(text.group()), where + " (base64)"))
        return found

    def _raw(self, data: bytes, where: str) -> Iterator[Trace]:
        seen: set[tuple[str, str]] = set()
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK + WORD]
            if chunk.count(0) == len(chunk):
                continue
            for offset in range(WORD):
                whole = (len(chunk) - offset) // WORD
                if whole < 1:
                    break
                words = np.frombuffer(chunk, np.uint64, whole, offset)
                likely = np.flatnonzero(self._likely[_hashed(words)])
                for hit in likely[self._known(words[likely])]:
                    at = start + offset + WORD * int(hit)
                    for needle in self._verified(data, at, words[hit]):
                        key = (needle.who, needle.what)
                        if key not in seen:
                            seen.add(key)
                            yield Trace(*key, f"{where} at {at:#x}")

    def _known(self, words: np.ndarray) -> np.ndarray:
        places = np.minimum(np.searchsorted(self._keys, words), len(self._keys) - 1)
        return self._keys[places] == words

    def _verified(self, data: bytes, at: int, word: np.uint64) -> Iterator[_Needle]:
        first, last = np.searchsorted(self._keys, [word, word + np.uint64(1)])
        for number, start in self._sources[first:last]:
            needle = self._needles[number]
            before, after = 0, WORD
            while (
                start > before
                and at > before
                and (data[at - before - 1] == needle.data[start - before - 1])
            ):
                before += 1
            while (
                start + after < len(needle.data)
                and at + after < len(data)
                and (data[at + after] == needle.data[start + after])
            ):
                after += 1
            if before + after >= needle.least:
                yield needle

    def _pictures(self, data: bytes, where: str) -> Iterator[Trace]:
        if not self._looks:
            return
        for found in _PICTURES.finditer(data):
            yield from self._picture(data[found.start() : found.start() + MOST_PICTURE], where)

    def _picture(self, data: bytes, where: str) -> Iterator[Trace]:
        picture = None
        with contextlib.suppress(cv2.error):
            picture = cv2.imdecode(np.frombuffer(data + _END, np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            yield from self.in_picture(picture[:, :, ::-1], where)

    def in_picture(self, picture: np.ndarray, where: str) -> Iterator[Trace]:
        """Whom a decoded picture shows, as a whole."""
        look = _look(picture)
        for who, looks in self._looks.items():
            if any(float((look * one).sum()) >= ALIKE for one in looks):
                yield Trace(who, "picture", where)

    def _written_out(self, data: bytes, where: str) -> Iterator[Trace]:
        for found in _NUMBERS.finditer(data):
            numbers = np.array([float(n) for n in re.split(rb"[\s,;\]\[]+", found.group()) if n])
            for who, vector in self._templates.items():
                for start in range(len(numbers) - RUN + 1):
                    same = (
                        np.abs(
                            np.lib.stride_tricks.sliding_window_view(vector, RUN)
                            - numbers[start : start + RUN]
                        )
                        < 5e-4
                    )
                    if same.all(axis=1).any():
                        yield Trace(who, "template, written out", where)
                        break


def _values_of(file: Path) -> Iterator[bytes]:
    """Every value of a database: a long one lies in its file in pieces."""
    with file.open("rb") as opened:
        if opened.read(15) != b"SQLite format 3":
            return
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [
            n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - its own names
                for value in row:
                    if isinstance(value, bytes | str):
                        yield value if isinstance(value, bytes) else value.encode()


def memory_of(pid: int) -> Iterator[tuple[str, bytes]]:
    """Each region of a process's memory that may be written, or is no file's.

    Raises:
        PermissionError: if this account may not read it.
    """
    process = Path(f"/proc/{pid}")
    with (process / "maps").open() as maps, (process / "mem").open("rb", 0) as memory:
        for line in maps:
            span, rights, _, _, inode, *name = line.split(maxsplit=5)
            if "r" not in rights or ("w" not in rights and inode != "0"):
                continue
            if name and name[0].strip() in {"[vvar]", "[vsyscall]", "[vdso]"}:
                continue
            low, high = (int(end, 16) for end in span.split("-"))
            with contextlib.suppress(OSError, ValueError):
                memory.seek(low)
                pieces = []
                while (left := high - low - sum(map(len, pieces))) > 0:
                    piece = memory.read(min(left, 1 << 24))
                    if not piece:
                        break
                    pieces.append(piece)
                yield f"{span} {name[0].strip() if name else ''}".strip(), b"".join(pieces)


def _hashed(words: np.ndarray) -> np.ndarray:
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(42)


def _of_template(who: str, vector: np.ndarray) -> Iterator[_Needle]:
    small = np.round(vector / np.abs(vector).max() * 127).astype(np.int8)
    kinds = {"f8": vector.astype("<f8"), "f4": vector.astype("<f4"), "f2": vector.astype("<f2")}
    for kind, values in {**kinds, "i1": small}.items():
        data = values.tobytes()
        least = max(2 * WORD, RUN * values.itemsize)
        yield from _in_every_script(who, f"template {kind}", data, least)


def _of_crop(who: str, crop: np.ndarray) -> Iterator[_Needle]:
    for kind, pixels in {"RGB": crop, "BGR": crop[:, :, ::-1]}.items():
        for row in pixels[4::8]:
            yield _Needle(who, f"crop {kind}", row.tobytes(), 3 * RUN)
        middle = pixels[len(pixels) // 2].tobytes()
        yield from _in_every_script(who, f"crop {kind}", middle, 3 * RUN)


def _in_every_script(who: str, what: str, data: bytes, least: int) -> Iterator[_Needle]:
    yield _Needle(who, what, data, least)
    yield _Needle(who, f"{what} in hex", data.hex().encode(), 2 * least)
    for start in range(3):
        text = base64.b64encode(data[start:]).rstrip(b"=")
        yield _Needle(who, f"{what} in base64", text[:-1], least * 4 // 3)


def _look(picture: np.ndarray) -> np.ndarray:
    """A picture made small, even and of unit length, to be correlated with another."""
    small = cv2.resize(np.ascontiguousarray(picture), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    grey = small.astype(np.float64).mean(axis=2)
    grey -= grey.mean()
    return grey / max(float(np.linalg.norm(grey)), 1e-9)


def _unbased(text: bytes) -> bytes:
    return base64.b64decode(text[: len(text) // 4 * 4])

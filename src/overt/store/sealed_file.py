"""The format of a sealed file: records that are each sealed by themselves, so that lists stream.

    OVERTSEALED 0x01 | prefix, 8 random bytes             the head
    length, 4 bytes  | record, sealed | tag, 16 bytes     once a record, from number 0
    16, 4 bytes      | count and file size, sealed | tag  the end

Sealing is AES-256-GCM with the compartment's key. Nonce: prefix, then the record's number in
4 bytes (the end's is all ones). Additional data: version, compartment, file name, whether it is
the end, number. So a record opens in its own place in its own file alone, and since the end has a
fixed length, a file that was cut or grew is refused before the first record is given.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overt.errors import BadVault, Misuse
from overt.values import RecordPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"OVERTSEALED\x01"
PREFIX_BYTES = 8
HEAD_BYTES = len(MAGIC) + PREFIX_BYTES
LENGTH = struct.Struct(">I")
TAG_BYTES = 16
TOTALS = struct.Struct(">QQ")
END_BYTES = LENGTH.size + TOTALS.size + TAG_BYTES
END_NUMBER = 0xFFFF_FFFF
MAX_RECORD_BYTES = 16 << 20
"""Of one record. Pictures of alerts are far smaller; a reader never allocates more."""


class _Sealing:
    """What binds each record to its key, file and place."""

    def __init__(self, key: bytes, prefix: bytes, compartment: str, name: str) -> None:
        self._cipher = AESGCM(key)
        self._prefix = prefix
        where = [part.encode() for part in (compartment, name)]
        self._context = MAGIC + b"".join(LENGTH.pack(len(part)) + part for part in where)

    def _bound(self, number: int) -> tuple[bytes, bytes]:
        counter = LENGTH.pack(number)
        last = b"\x01" if number == END_NUMBER else b"\x00"
        return self._prefix + counter, self._context + last + counter

    def seal(self, number: int, record: bytes) -> bytes:
        nonce, bound = self._bound(number)
        return self._cipher.encrypt(nonce, record, bound)

    def open(self, number: int, sealed: bytes) -> bytes:
        nonce, bound = self._bound(number)
        return self._cipher.decrypt(nonce, sealed, bound)


class SealedWriter:
    """Writes one sealed file, record by record. `overt.store.vault.Vault.write` gives one."""

    def __init__(self, stream: BinaryIO, key: bytes, compartment: str, name: str) -> None:
        prefix = os.urandom(PREFIX_BYTES)
        self._stream = stream
        self._sealing = _Sealing(key, prefix, compartment, name)
        self._label = f"{name} of {compartment}"
        self._number = 0
        self._offset = HEAD_BYTES
        self._open = True
        self._write(MAGIC + prefix)

    def append(self, record: bytes) -> RecordPlace:
        """Seal a record and write it behind the others.

        Raises:
            BadVault: if it cannot be written; the file will then not be kept, whatever follows.
            Misuse: if the record is too long, or the file is finished.
        """
        if len(record) > MAX_RECORD_BYTES:
            msg = f"a record of {self._label} has {len(record)} bytes; {MAX_RECORD_BYTES} are most"
            raise Misuse(msg)
        if not self._open or self._number >= END_NUMBER:
            msg = f"{self._label} takes no more records"
            raise Misuse(msg)
        place = RecordPlace(self._number, self._offset)
        sealed = self._sealing.seal(self._number, record)
        self._write(LENGTH.pack(len(record)) + sealed)
        self._number += 1
        self._offset += LENGTH.size + len(sealed)
        return place

    def finish(self) -> None:
        """Write the end and hand everything to the operating system.

        Raises:
            BadVault: if this or an earlier write failed.
        """
        if not self._open:
            msg = f"{self._label} could not be written"
            raise BadVault(msg)
        totals = TOTALS.pack(self._number, self._offset + END_BYTES)
        self._write(LENGTH.pack(TOTALS.size) + self._sealing.seal(END_NUMBER, totals))
        try:
            self._stream.flush()
        except OSError as error:
            raise self._failed(error) from error
        self._open = False

    def _write(self, content: bytes) -> None:
        try:
            self._stream.write(content)
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> BadVault:
        self._open = False
        msg = f"{self._label} cannot be written: {error.strerror}; nothing of it was kept"
        return BadVault(msg)


class SealedReader:
    """Reads one sealed file. The end is checked first: length and count are known to be true.

    Raises:
        BadVault: if the file was cut, lengthened or altered, or is another's.
    """

    def __init__(self, stream: BinaryIO, key: bytes, compartment: str, name: str) -> None:
        self._stream = stream
        self._label = f"{name} of {compartment}"
        size = stream.seek(0, os.SEEK_END)
        head = self._read(0, HEAD_BYTES)
        if head[: len(MAGIC)] != MAGIC:
            msg = f"{self._label} is no sealed file, or of another version"
            raise BadVault(msg, advice="Nothing was changed")
        self._sealing = _Sealing(key, head[len(MAGIC) :], compartment, name)
        self._end = size - END_BYTES
        if self._end < HEAD_BYTES:
            raise self._altered()
        ending = self._read(self._end, END_BYTES)
        if ending[: LENGTH.size] != LENGTH.pack(TOTALS.size):
            raise self._altered()
        self.count, true_size = TOTALS.unpack(self._opened(END_NUMBER, ending[LENGTH.size :]))
        if true_size != size:
            raise self._altered()

    def __iter__(self) -> Iterator[bytes]:
        """Each record in order.

        Raises:
            BadVault: at the first that was altered or lies elsewhere than where it was written.
        """
        offset = self._stream.seek(HEAD_BYTES)
        for number in range(self.count):
            record, offset = self._next(RecordPlace(number, offset))
            yield record
        if offset != self._end:
            raise self._altered()

    def record(self, place: RecordPlace) -> bytes:
        """The record at a place that `SealedWriter.append` gave for this very file.

        Raises:
            BadVault: if no such record lies there.
        """
        if not (0 <= place.number < self.count and HEAD_BYTES <= place.offset < self._end):
            raise self._altered()
        self._stream.seek(place.offset)
        return self._next(place)[0]

    def _next(self, place: RecordPlace) -> tuple[bytes, int]:
        head = self._stream.read(LENGTH.size)
        if len(head) != LENGTH.size:
            raise self._altered()
        sealed_bytes = LENGTH.unpack(head)[0] + TAG_BYTES
        after = place.offset + LENGTH.size + sealed_bytes
        if sealed_bytes > MAX_RECORD_BYTES + TAG_BYTES or after > self._end:
            raise self._altered()
        return self._opened(place.number, self._stream.read(sealed_bytes)), after

    def _read(self, offset: int, length: int) -> bytes:
        self._stream.seek(offset)
        return self._stream.read(length)

    def _opened(self, number: int, sealed: bytes) -> bytes:
        try:
            return self._sealing.open(number, sealed)
        except (InvalidTag, ValueError) as error:
            raise self._altered() from error

    def _altered(self) -> BadVault:
        msg = f"{self._label} was altered or cut short, or belongs elsewhere"
        return BadVault(msg, advice="Nothing of it can be trusted; nothing was changed")

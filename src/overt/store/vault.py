"""The vault: sealed files in compartments, each under a key of its own that can be destroyed.

    vault/keys/<compartment>          the compartment's key, wrapped by the instance key
    vault/files/<compartment>/<name>  sealed files (overt.store.sealed_file)
    vault/gone/<compartment>          tombstone (overt.store.destruction)

A compartment's name is written with "+" for "/". Nothing is cached: a key that was destroyed is
gone for each process at its next step. Why it is so: docs/decisions/0007-keys-and-vault.md
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from datetime import UTC
from typing import TYPE_CHECKING

from overt.clock import RealClock
from overt.errors import BadVault, DestructionFailed, Misuse, Refusal
from overt.store.destruction import Destruction, Tombstones
from overt.store.durable import (
    destroy_file,
    locked,
    make_folder,
    open_lock,
    open_regular,
    open_temporary,
    read_small,
    remove_abandoned,
    sync_folder,
    write_whole,
)
from overt.store.keys import KEY_BYTES, InstanceKey
from overt.store.sealed_file import SealedReader, SealedWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from overt.clock import Clock
    from overt.values import RecordPlace

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""Of a file, and of each part of a compartment's name: no separator, no leading dot."""
MOST_PARTS = 4
MOST_LENGTH = 200
MOST_KEY_BYTES = 1024
BUFFER = 1 << 18
"""Bytes that are gathered before each call of the operating system."""


class Vault:
    """Sealed compartments below one folder. Several processes may hold the same vault open.

    Args:
        folder: made at first use, for this account alone.
        key: the instance's.
        clock: read once in each destruction.

    Raises:
        BadVault: if the folder cannot be used.
    """

    def __init__(self, folder: Path, key: InstanceKey, clock: Clock | None = None) -> None:
        self._folder = folder
        self._instance_key = key
        self._clock = clock or RealClock()
        self._keys, self._files, self._gone = (folder / part for part in ("keys", "files", "gone"))
        self._stones = Tombstones(self._gone)
        with _told("the vault cannot be opened"):
            for part in (self._keys, self._files, self._gone):
                make_folder(part)
            os.close(open_lock(self._gone))  # So that a full disk does not prevent destruction.
            with locked(folder):
                for part in (self._keys, self._gone, *self._files.iterdir()):
                    remove_abandoned(part)

    def make(self, compartment: str) -> None:
        """Make an empty compartment with a fresh key.

        Raises:
            Refusal: N5, if one of this name was destroyed: it can never be made again.
            BadVault: if it exists, or cannot be made.
            Misuse: if the name is no name of a compartment.
        """
        flat = _flat(compartment)
        wrapped = self._instance_key.wrap(
            secrets.token_bytes(KEY_BYTES), purpose=_purpose(compartment)
        )
        with _told(f"{compartment} cannot be made"), locked(self._folder):
            if self._stones.stands(flat):
                rule, msg = "N5", f"{compartment} was destroyed and can never be made again"
                raise Refusal(rule, msg, advice="Begin a new deployment")
            folder = self._files / flat
            if os.path.lexists(self._keys / flat):
                msg = f"{compartment} exists"
                raise BadVault(msg, advice="It is not made twice")
            if folder.is_dir() and any(folder.iterdir()):
                msg = f"the key of {compartment} is missing, but there are files sealed with it"
                raise BadVault(msg, advice="Restore the key, or destroy the compartment")
            make_folder(folder)
            self._stones.lay_ready(flat)
            write_whole(self._keys / flat, wrapped)

    def exists(self, compartment: str) -> bool:
        """Whether a compartment is there and alive."""
        flat = _flat(compartment)
        return (self._keys / flat).is_file() and not self._stones.stands(flat)

    def compartments(self) -> tuple[str, ...]:
        """The names of all that are alive, sorted."""
        names = [path.name.replace("+", "/") for path in self._keys.iterdir()]
        return tuple(sorted(name for name in names if _is_name(name) and self.exists(name)))

    def names(self, compartment: str) -> tuple[str, ...]:
        """The names of the files in a compartment, sorted.

        Raises:
            BadVault: if there is no such compartment.
        """
        self._key(compartment)
        with _told(f"{compartment} cannot be read"):
            found = [path.name for path in (self._files / _flat(compartment)).iterdir()]
        return tuple(sorted(name for name in found if NAME.fullmatch(name)))

    @contextlib.contextmanager
    def write(self, compartment: str, name: str) -> Iterator[SealedWriter]:
        """Write a sealed file, whole or not at all. One of the same name is replaced at the end.

        Raises:
            BadVault: if there is no such compartment, it is destroyed meanwhile, or the disk is
                full; nothing of the file is kept.
            Misuse: if a name is none.
        """
        _check_file_name(name)
        folder = self._files / _flat(compartment)
        with _told(f"{name} of {compartment} cannot be written"), locked(self._folder):
            key = self._key(compartment)
            fd, temporary = open_temporary(folder)
        stream = os.fdopen(fd, "wb", buffering=BUFFER)
        try:
            writer = SealedWriter(stream, key, compartment, name)
            yield writer
            writer.finish()
            with _told(f"{name} of {compartment} cannot be kept"):
                os.fsync(fd)
                with locked(self._folder):
                    self._key(compartment)  # It may have been destroyed meanwhile.
                    temporary.replace(folder / name)
                    sync_folder(folder)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()  # Only what was not kept still has this name.
            with contextlib.suppress(OSError):
                stream.close()

    def read(self, compartment: str, name: str) -> Iterator[bytes]:
        """All records of a file, in order, in bounded memory.

        Length and count are checked before the first record is given, each record as it comes:
        use none before the iterator has ended without an error.

        Raises:
            BadVault: if the file is missing, altered, cut short, reordered or another's.
            BadKey: if the compartment's key was altered or is another's.
            Misuse: if a name is none.
        """
        with self._opened(compartment, name) as reader:
            yield from reader

    def record(self, compartment: str, name: str, place: RecordPlace) -> bytes:
        """One record, from where `SealedWriter.append` said that it lies.

        Raises:
            BadVault: if that record does not lie there; otherwise as `read`.
        """
        with self._opened(compartment, name) as reader:
            return reader.record(place)

    def destroy(self, compartment: str) -> Destruction:
        """Destroy a compartment for good: its key first, then what the key could open (R10, R11).

        Each step can be repeated: after a crash, call it again. For one that is destroyed already
        it gives the same answer.

        Raises:
            DestructionFailed: N13, naming what is left; what could be destroyed is.
            BadVault: if there never was such a compartment.
            Misuse: if the name is none.
        """
        flat = _flat(compartment)
        cannot_begin = f"the destruction of {compartment} cannot begin"
        # Destructions wait for one another; whoever writes elsewhere waits only for the tombstone.
        with _failing(cannot_begin, compartment), locked(self._gone):
            with locked(self._folder):
                if not (
                    self._stones.stands(flat)
                    or os.path.lexists(self._keys / flat)
                    or (self._files / flat).is_dir()
                ):
                    msg = f"there is no compartment {compartment}"
                    raise BadVault(msg)
                self._stones.raise_one(flat)
            return self._destroy(compartment, flat)

    def pending(self) -> tuple[str, ...]:
        """Compartments that are dead and not all gone. `destroy` them at each start.

        Those whose destruction did not end, and those of which something was put back since.
        """
        return tuple(
            flat.replace("+", "/")
            for flat in self._stones.names()
            if not self._stones.read(flat).finished
            or os.path.lexists(self._keys / flat)
            or os.path.lexists(self._files / flat)
        )

    def _destroy(self, compartment: str, flat: str) -> Destruction:
        key, folder = self._keys / flat, self._files / flat
        said = self._stones.read(flat)
        if not said.counted:
            files, size = _measure(folder)
            said = said.model_copy(update={"files": files, "bytes": size, "counted": True})
            self._stones.note(flat, said)
        with _failing(f"the key of {compartment} was not destroyed", f"key of {compartment}"):
            with contextlib.suppress(FileNotFoundError):  # After a crash it may be gone.
                destroy_file(key)
            sync_folder(self._keys)
        gone_at = said.key_destroyed_at
        if gone_at is None:
            gone_at = self._clock.now()  # Not before the key is gone: a certificate says this.
            said = said.model_copy(update={"key_destroyed_at": gone_at})
            self._stones.note(flat, said)
        left = _destroy_files(folder)
        if left:
            msg = f"the key of {compartment} is destroyed, but not all that it sealed"
            raise _destruction_failed(msg, left)
        if not said.finished:
            with _failing(f"the end of {compartment} cannot be written down", "its tombstone"):
                self._stones.write(flat, said.model_copy(update={"finished": True}))
        return Destruction(compartment, gone_at.astimezone(UTC), said.files, said.bytes)

    @contextlib.contextmanager
    def _opened(self, compartment: str, name: str) -> Iterator[SealedReader]:
        _check_file_name(name)
        key = self._key(compartment)
        with _told(f"{name} of {compartment} cannot be read"):
            stream = os.fdopen(
                open_regular(self._files / _flat(compartment) / name), "rb", buffering=BUFFER
            )
            with stream:
                yield SealedReader(stream, key, compartment, name)

    def _key(self, compartment: str) -> bytes:
        flat = _flat(compartment)
        if self._stones.stands(flat):
            msg = f"{compartment} was destroyed"
            raise BadVault(msg, advice="Nothing of it can be read or written again")
        with _told(f"there is no compartment {compartment}, or its key cannot be read"):
            wrapped = read_small(self._keys / flat, MOST_KEY_BYTES)
        return self._instance_key.unwrap(wrapped, purpose=_purpose(compartment))


def _purpose(compartment: str) -> str:
    return f"compartment {compartment}"


def _is_name(compartment: str) -> bool:
    parts = compartment.split("/")
    return (
        len(parts) <= MOST_PARTS
        and len(compartment) <= MOST_LENGTH
        and all(NAME.fullmatch(part) for part in parts)
    )


def _flat(compartment: str) -> str:
    if not _is_name(compartment):
        msg = f"{compartment[:80]!r} is no name of a compartment"
        raise Misuse(msg, advice='Use one to four parts of A-Z a-z 0-9 . _ -, with "/" between')
    return compartment.replace("/", "+")


def _check_file_name(name: str) -> None:
    if not NAME.fullmatch(name):
        msg = f"{name[:80]!r} is no name of a sealed file"
        raise Misuse(msg, advice="Use A-Z a-z 0-9 . _ -, beginning with a letter or digit")


def _measure(folder: Path) -> tuple[int, int]:
    sizes = [path.lstat().st_size for path in _inside(folder)]
    return len(sizes), sum(sizes)


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _destroy_files(folder: Path) -> tuple[str, ...]:
    """Destroy each file in a folder, and the folder. Returns what could not be, with the reason."""
    left = []
    for path in _inside(folder):
        try:
            destroy_file(path)
        except FileNotFoundError:
            continue  # Another process is destroying it too.
        except OSError as error:
            left.append(f"{path.name} ({error.strerror})")
    if not left:
        try:
            with contextlib.suppress(FileNotFoundError):
                sync_folder(folder)
                folder.rmdir()
            sync_folder(folder.parent)
        except OSError as error:
            left.append(f"its folder ({error.strerror})")
    return tuple(left)


def _destruction_failed(message: str, left: tuple[str, ...]) -> DestructionFailed:
    advice = "Mend the cause and destroy it again; until then it is listed as unfinished"
    return DestructionFailed(f"{message}; left: {', '.join(left)}", rule="N13", advice=advice)


@contextlib.contextmanager
def _failing(message: str, left: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _destruction_failed(message, (f"{left} ({error.strerror})",)) from error


@contextlib.contextmanager
def _told(message: str) -> Iterator[None]:
    """Turn what the operating system refuses into one line."""
    try:
        yield
    except OSError as error:
        line = f"{message}: {error.strerror}"
        raise BadVault(line, advice="Nothing was changed") from error

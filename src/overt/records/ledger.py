"""The writer of a ledger: append, flush to the disk, and only then say so (R21, N13).

The file is the truth. Whoever records something acts on it only after `append` has returned.
If anything about the file is not as it was left, the ledger refuses this and everything after.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING, Self

from overt.errors import (
    BadLedger,
    LedgerFailed,
    LedgerInUse,
    Misuse,
    OvertError,
    Refusal,
)
from overt.records.canonical import sha256
from overt.records.checkpoint import (
    CHECKPOINT_SECONDS,
    Signer,
    public_key_of,
    sign_checkpoint,
)
from overt.records.event import SYSTEM, Event, moment, read_moment
from overt.records.events import Checkpointed, LedgerOpened, TornLineCut
from overt.records.line import (
    FIRST_PREV,
    MAX_LINE_BYTES,
    Line,
    follows,
    read_chain,
    read_line,
    write_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from overt.clock import Clock
    from overt.vocabulary import AccountId, DeploymentId

MAX_CLOCK_STEP_BACK = timedelta(seconds=60)
"""A clock that is set back further would let things live too long; time servers step by less."""
_TAIL_BYTES = 1 << 20


class Ledger:
    """One chain, open for appending by this process alone. Safe to share between threads.

    Make one with `create` or `open`.
    """

    def __init__(
        self, path: Path, fd: int, signer: Signer, clock: Clock, chain: DeploymentId
    ) -> None:
        self._path = path
        self._fd = fd
        self._signer = signer
        self._clock = clock
        self._chain = chain
        self._last: Line | None = None
        self._last_checkpoint: datetime | None = None
        self._size = 0
        self._failed: str | None = None
        self._lock = RLock()

    @classmethod
    def create(
        cls, path: Path, chain: DeploymentId, signer: Signer, clock: Clock, opened: LedgerOpened
    ) -> Self:
        """Begin a new chain; the file appears with its first line and checkpoint, or not at all.

        Raises:
            Refusal: if the chain exists already.
            LedgerFailed: if the file cannot be written.
        """
        if opened.public_key != public_key_of(signer):
            msg = f"{path}: the first line names another key than the one that signs"
            raise LedgerFailed(msg, rule="R21")
        new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            fd = os.open(
                new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise _failed(path, error) from error
        ledger = cls(path, fd, signer, clock, chain)
        try:
            _lock(fd, path)
            ledger._write(new, ((opened, SYSTEM),), checkpoint=True)
            os.link(new, path)
            _flush_folder(path)
        except FileExistsError as error:
            os.close(fd)
            msg = f"the ledger {path} exists already"
            raise Refusal("R21", msg, advice="Open it.") from error  # noqa: EM101
        except OSError as error:
            os.close(fd)
            raise _failed(path, error) from error
        except OvertError:
            os.close(fd)
            raise
        finally:
            new.unlink(missing_ok=True)
        return ledger

    @classmethod
    def open(cls, path: Path, chain: DeploymentId, signer: Signer, clock: Clock) -> Self:
        """Go on with a chain; only its newest lines are checked (`verify` checks all).

        What follows the last newline was never acknowledged: a crash cut it short. It is moved
        to a ``.torn`` file beside the ledger, and that is recorded.

        Raises:
            LedgerFailed: if it cannot be opened, another process has it, it belongs to another
                chain or key, or its newest lines do not hold together.
        """
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            raise _failed(path, error) from error
        ledger = cls(path, fd, signer, clock, chain)
        try:
            _lock(fd, path)
            ledger._resume()
        except OSError as error:
            os.close(fd)
            raise _failed(path, error) from error
        except BadLedger as error:
            os.close(fd)
            raise LedgerFailed(error.message, rule="N13", advice=error.advice) from error
        except OvertError:
            os.close(fd)
            raise
        return ledger

    @property
    def path(self) -> Path:
        """Where the chain stands."""
        return self._path

    @property
    def chain(self) -> DeploymentId:
        """Which deployment, or ``instance``."""
        return self._chain

    @property
    def last(self) -> Line:
        """The newest line; its hash is the head."""
        if self._last is None:
            msg = f"{self._path}: the ledger holds nothing yet"
            raise LedgerFailed(msg, rule="R21")
        return self._last

    def append(self, event: Event, by: AccountId = SYSTEM) -> Line:
        """Record an event; when this returns, it is on the disk.

        An event that moves the deployment on is followed by a signed checkpoint.

        Args:
            event: what happened.
            by: whose account, or the system itself.

        Returns:
            The event's line: its place in the chain and its hash.

        Raises:
            Misuse: if `by` is no account's id, or the event may only be written by the ledger.
            LedgerFailed: if it cannot be recorded: whatever it records must not happen (N13).
        """
        if isinstance(event, LedgerOpened | Checkpointed | TornLineCut):
            msg = f"{type(event).__name__} is written by the ledger itself"
            raise Misuse(msg)
        return self._write(self._path, ((event, by),), checkpoint=event.changes_step)[0]

    def checkpoint(self) -> Line:
        """Sign the chain so far.

        Raises:
            LedgerFailed: if it cannot be recorded.
        """
        return self._write(self._path, (), checkpoint=True)[0]

    def checkpoint_due(self, now: datetime) -> bool:
        """Whether a minute has passed since the last checkpoint; asked at each tick while live."""
        with self._lock:
            before = self._last_checkpoint
            return before is None or (now - before).total_seconds() >= CHECKPOINT_SECONDS

    def lines(self) -> Iterator[Line]:
        """The whole chain from the file, its hashes checked on the way.

        Raises:
            BadLedger: at the first line that does not hold.
        """
        return read_chain(self._path)

    def close(self) -> None:
        """Let another process have the chain. May be called again."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
                self._failed = self._failed or _CLOSED

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _write(
        self, path: Path, events: tuple[tuple[Event, AccountId], ...], *, checkpoint: bool
    ) -> tuple[Line, ...]:
        """Write events, and a checkpoint after them, with one flush.

        1. Refuse if an earlier write failed.
        2. Take the time, never earlier than the newest line's.
        3. Make the lines; nothing is on the disk yet, so a wrong argument changes nothing.
        4. See that the file is the one that was left.
        5. Write and flush; whatever fails here is final.
        """
        with self._lock:
            if self._failed:  # 1
                msg = f"{self._path}: {self._failed}"
                raise LedgerFailed(msg, rule="N13", advice=_STOP)
            at = self._now()  # 2
            lines: list[Line] = []  # 3
            data = b""
            last = self._last
            for event, by in (*events, *(((None, SYSTEM),) if checkpoint else ())):
                seq, prev = (last.seq + 1, last.sha256) if last else (0, FIRST_PREV)
                last, written = write_line(
                    event
                    or sign_checkpoint(self._signer, chain=self._chain, seq=seq, at=at, prev=prev),
                    seq=seq,
                    at=at,
                    by=by,
                    chain=self._chain,
                    prev=prev,
                )
                lines.append(last)
                data += written + b"\n"
            try:
                self._see_unchanged(path)  # 4
                _write_all(self._fd, data)  # 5
                os.fsync(self._fd)
            except OSError as error:
                self._failed = f"cannot be written: {error.strerror or error}"
                raise _failed(self._path, error) from error
            self._size += len(data)
            self._last = last
            if checkpoint:
                self._last_checkpoint = at
            return tuple(lines)

    def _now(self) -> datetime:
        """The time of the next line, to the millisecond."""
        at = read_moment(moment(self._clock.now()))
        if self._last is None or at >= self._last.at:
            return at
        behind = self._last.at - at
        if behind > MAX_CLOCK_STEP_BACK:
            msg = (
                f"{self._path}: the clock is {behind.total_seconds():.0f} s behind the newest line"
            )
            raise LedgerFailed(msg, rule="N13", advice="Set the machine's clock right.")
        return self._last.at

    def _see_unchanged(self, path: Path) -> None:
        """Raise OSError if the file was replaced, shortened or lengthened beneath us."""
        held = os.fstat(self._fd)
        there = path.lstat()
        if (held.st_dev, held.st_ino) != (there.st_dev, there.st_ino):
            raise OSError(0, "another file stands in its place")
        if held.st_size != self._size:
            raise OSError(0, f"it holds {held.st_size} bytes where {self._size} were written")

    def _resume(self) -> None:
        """Find the newest line, and set aside what a crash left after it."""
        size = os.fstat(self._fd).st_size
        opening, newline, _ = os.pread(self._fd, MAX_LINE_BYTES + 1, 0).partition(b"\n")
        first = read_line(opening) if newline else None
        if (
            first is None
            or not isinstance(first.event, LedgerOpened)
            or first.chain != self._chain
            or first.event.public_key != public_key_of(self._signer)
        ):
            msg = f"{self._path}: its first line does not open the chain {self._chain} for this key"
            raise LedgerFailed(msg, rule="N13", advice=_STOP)
        start = max(0, size - _TAIL_BYTES)
        whole, newline, torn = os.pread(self._fd, size - start, start).rpartition(b"\n")
        written = whole.split(b"\n")[1 if start else 0 :]
        if not newline or not written:
            msg = f"{self._path}: its end is no line"
            raise LedgerFailed(msg, rule="N13", advice=_STOP)
        before: Line | None = None
        for one in written:
            line = read_line(one)
            if before or not start:
                follows(before, line, self._path)
            if isinstance(line.event, Checkpointed):
                self._last_checkpoint = line.at
            before = line
        self._last = before
        self._size = size
        if torn:
            self._cut(torn)

    def _cut(self, torn: bytes) -> None:
        """Move a torn line to a file beside the ledger, and record that."""
        aside = os.open(
            self._path.with_name(self._path.name + ".torn"),
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW,
            0o600,
        )
        try:
            _write_all(aside, torn + b"\n")
            os.fsync(aside)
        finally:
            os.close(aside)
        _flush_folder(self._path)
        self._size -= len(torn)
        os.ftruncate(self._fd, self._size)
        cut = TornLineCut(len(torn), sha256(torn))
        self._write(self._path, ((cut, SYSTEM),), checkpoint=True)


_CLOSED = "it is closed"
_STOP = "Stop what it records, keep the file, and verify it."


def _failed(path: Path, error: OSError) -> LedgerFailed:
    msg = f"the ledger {path} cannot be written: {error.strerror or error}"
    return LedgerFailed(msg, rule="N13", advice=_STOP)


def _lock(fd: int, path: Path) -> None:
    """Keep every other process, and every other `Ledger` of this one, off the chain."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        msg = f"the ledger {path} is in use by another process"
        raise LedgerInUse(msg, rule="R21", advice="End that one first.") from error


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _flush_folder(path: Path) -> None:
    """Make a file's name as lasting as its content."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

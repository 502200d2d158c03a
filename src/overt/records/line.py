"""One line of a ledger: the envelope around an event, written and read strictly."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overt.errors import BadLedger, Misuse
from overt.records.canonical import canonical, sha256
from overt.records.event import Event, Sha256, is_account, is_chain, moment, read_moment
from overt.records.events import body_of, parse
from overt.vocabulary import AccountId, DeploymentId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

FIRST_PREV = Sha256("0" * 64)
"""What stands before the first line."""
MAX_LINE_BYTES = 65_536
"""No event comes near it; a longer line is not ours."""
_ENVELOPE = {"at": str, "body": dict, "by": str, "chain": str, "event": str, "prev": str}


@dataclass(frozen=True, slots=True)
class Line:
    """An event, who did it and when, and its place in the chain."""

    seq: int
    """0 for a chain's first line."""
    at: datetime
    """When it was recorded, UTC, to the millisecond."""
    by: AccountId
    """A person's account, or ``overt`` for the system itself."""
    chain: DeploymentId
    event: Event
    prev: Sha256
    """SHA-256 of the line before, without its newline; 64 zeros for the first."""
    sha256: Sha256
    """Of this line, without its newline: the chain's head while it is the last."""


def write_line(
    event: Event, *, seq: int, at: datetime, by: AccountId, chain: DeploymentId, prev: Sha256
) -> tuple[Line, bytes]:
    """The line of an event, and its bytes without the newline.

    Raises:
        Misuse: if `by` or `chain` has not the form of an id.
    """
    if not is_account(by) or not is_chain(chain):
        msg = f"{by!r} or {chain!r} is no id that the ledger knows"
        raise Misuse(msg)
    written = canonical(
        {
            "at": moment(at),
            "body": body_of(event),
            "by": by,
            "chain": chain,
            "event": type(event).__name__,
            "prev": prev,
            "seq": seq,
        }
    )
    return read_line(written), written


def read_line(written: bytes) -> Line:
    """Parse one line, without its newline; strict.

    Raises:
        BadLedger: if it is not the canonical form of a known event.
    """
    try:
        envelope: dict[str, Any] = json.loads(written.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        msg = "the line is no JSON"
        raise BadLedger(msg, rule="R21") from error
    if not isinstance(envelope, dict) or envelope.keys() != {*_ENVELOPE, "seq"}:
        msg = "the line has not exactly at, body, by, chain, event, prev and seq"
        raise BadLedger(msg, rule="R21")
    seq = envelope["seq"]
    typed = all(isinstance(envelope[name], kind) for name, kind in _ENVELOPE.items())
    if not typed or type(seq) is not int or seq < 0:
        msg = "a field of the line is of the wrong type"
        raise BadLedger(msg, rule="R21")
    if not is_account(envelope["by"]) or not is_chain(envelope["chain"]):
        msg = "by or chain is no id"
        raise BadLedger(msg, rule="R21")
    try:
        same = canonical(envelope) == written
    except (Misuse, UnicodeError) as error:
        msg = "the line holds what no line may hold"
        raise BadLedger(msg, rule="R21") from error
    if not same:
        msg = "the line is not in its canonical form"
        raise BadLedger(msg, rule="R21")
    return Line(
        seq=seq,
        at=read_moment(envelope["at"]),
        by=AccountId(envelope["by"]),
        chain=DeploymentId(envelope["chain"]),
        event=parse(envelope["event"], envelope["body"]),
        prev=Sha256(envelope["prev"]),
        sha256=sha256(written),
    )


def read_chain(path: Path, *, torn_end: bool = False) -> Iterator[Line]:
    """Each line of a ledger in order, its place in the chain checked; signatures are not.

    Args:
        path: of the ledger.
        torn_end: pass over what follows the last newline: it is being written, or a crash cut it
            short, and it was acknowledged to nobody.

    Raises:
        BadLedger: at the first line that is malformed or does not follow the one before.
    """
    before: Line | None = None
    try:
        with path.open("rb") as file:
            while written := file.readline(MAX_LINE_BYTES + 1):
                if torn_end and not written.endswith(b"\n") and len(written) <= MAX_LINE_BYTES:
                    return
                number = before.seq + 1 if before else 0
                line = _numbered(written, number, path)
                follows(before, line, path)
                yield line
                before = line
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise BadLedger(msg, rule="R21") from error


def follows(before: Line | None, line: Line, path: Path) -> None:
    """Check that a line follows the one before it (None: that it is the first).

    Raises:
        BadLedger: if it does not.
    """
    seq, prev = (before.seq + 1, before.sha256) if before else (0, FIRST_PREV)
    if (line.seq, line.prev) != (seq, prev) or (
        before and (line.chain != before.chain or line.at < before.at)
    ):
        msg = f"{path}: line {seq} does not follow the line before it"
        raise BadLedger(msg, rule="R21", advice="overt ledger verify says how.")


def _numbered(written: bytes, number: int, path: Path) -> Line:
    """Parse a line with its newline; an error names the line."""
    fault = "the line does not end, or is longer than any event"
    if written.endswith(b"\n"):
        try:
            return read_line(written[:-1])
        except BadLedger as error:
            fault = error.message
    msg = f"{path}: line {number}: {fault}"
    raise BadLedger(msg, rule="R21", advice="overt ledger verify says how.")

"""Checks a ledger; see docs/ledger-format.md. Imports nothing of Overt: hand it to anyone (R24).

Copy this folder alone and run ``python verify LEDGER [--head HASH] [--key HEX] [--other LEDGER]``.
It needs Python 3.11 and the package `cryptography`, and shares no code with what writes ledgers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .chain import check_chain
from .rules import check_rules
from .story import Finding, Story

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Finding", "Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """What a ledger shows."""

    ok: bool
    """Nothing was found. It says nothing of what never reached the ledger."""
    findings: tuple[Finding, ...]
    """In the order of the lines."""
    shown: dict[str, str]
    """For each requirement: ``shown``, ``broken`` or ``not in this ledger``."""
    chain: str
    """The deployment's id, as the first line has it."""
    lines: int
    head: str
    """SHA-256 of the last line: compare it with one that was published or noted elsewhere."""
    unsigned: int
    """Lines after the last good checkpoint; only a head from elsewhere protects them."""


def verify(
    path: Path, *, head: str | None = None, key: str | None = None, others: Iterable[Path] = ()
) -> Verification:
    """Check a ledger: the chain, then requirement by requirement.

    Without `head`, lines cut off after a checkpoint are not missed; without `key`, a whole
    ledger written anew with another key is not told from the true one.

    Args:
        path: the ledger.
        head: SHA-256 of its last line, from elsewhere.
        key: the instance's public key from elsewhere, 64 hexadecimal digits.
        others: further ledgers in which its watchlist must not stand (N5).

    Raises:
        OSError: if a file cannot be read.
    """
    chain = check_chain(path, head, key)
    lists = frozenset(
        event.body["list_sha256"]
        for other in others
        for event in check_chain(other, None, None).events
        if event.name == "WatchlistSealed"
    )
    broken, shown = check_rules(Story(chain.events, lists))
    findings = sorted((*chain.findings, *broken), key=lambda one: one.seq)
    return Verification(
        ok=not findings,
        findings=tuple(findings),
        shown=shown,
        chain=chain.name,
        lines=chain.lines,
        head=chain.head,
        unsigned=chain.unsigned,
    )

"""R21: what is done is logged, and the log cannot be altered unseen.

Here: a change of any one byte of a signed ledger is found. The table of tamperings, each found by
two verifiers that share no code, is in tests/records/test_tampering.py.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.clock import ManualClock
from overt.errors import LedgerFailed
from overt.records.checkpoint import public_key_of
from overt.records.event import Word
from overt.records.events import (
    EVENTS,
    EndReason,
    LedgerOpened,
    SessionEnded,
    WatchlistOpened,
)
from overt.records.ledger import Ledger
from overt.records.verify import verify
from overt.vocabulary import DeploymentId, Kind

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = DeploymentId("D-20261125-7K3Q9M")
# Collection, change, consultation, disclosure and erasure: DPA 2018 s.62.
LOGGED = {
    *("WatchlistEnrolled", "PromptRaised", "OperatorDecided", "OutcomeRecorded"),
    *("WatchlistOpened", "PromptShown", "AlertDisclosed", "DeploymentPublished"),
    *("WatchlistDestroyed", "AlertDestroyed", "TextsDestroyed"),
}


def test_collection_change_consultation_disclosure_and_erasure_have_events() -> None:
    assert set(EVENTS) >= LOGGED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    signer, clock = Ed25519PrivateKey.generate(), ManualClock(datetime(2026, 11, 25, tzinfo=UTC))
    opened = LedgerOpened(Kind.DEMO, Word("UK"), Word("overt/0"), public_key_of(signer))
    with Ledger.create(tmp_path / "x.jsonl", CHAIN, signer, clock, opened) as ledger:
        ledger.append(WatchlistOpened(Word("sign-off")))
        clock.wall += timedelta(minutes=1)
        assert ledger.checkpoint_due(clock.wall)
        ledger.checkpoint()
    return tmp_path / "x.jsonl"


def test_no_byte_can_be_changed_unseen(path: Path) -> None:
    true = path.read_bytes()
    assert verify(path).ok
    for place in range(len(true)):
        for bit in (1, 32):
            path.write_bytes(true[:place] + bytes([true[place] ^ bit]) + true[place + 1 :])
            assert not verify(path).ok, (place, bit)


def findings(path: Path, **known: str) -> set[str]:
    return {one.rule for one in verify(path, **known).findings}


def test_the_head_and_the_key_known_from_elsewhere_must_be_its_own(path: Path) -> None:
    lines = path.read_bytes().splitlines()
    head = hashlib.sha256(lines[-1]).hexdigest()
    key = json.loads(lines[0])["body"]["public_key"]
    assert findings(path, head=head, key=key) == set()
    assert findings(path, head=hashlib.sha256(lines[-2]).hexdigest()) == {"9 head"}
    other = verify(path, key="f" * 64).findings
    assert {one.rule for one in other} == {"7 checkpoint"}
    assert other[0].seq == 0  # its first line already names another


def test_a_step_stands_only_once_it_is_signed(tmp_path: Path) -> None:
    signer, clock = Ed25519PrivateKey.generate(), ManualClock(datetime(2026, 11, 25, tzinfo=UTC))
    opened = LedgerOpened(Kind.DEMO, Word("UK"), Word("overt/0"), public_key_of(signer))
    path = tmp_path / "y.jsonl"
    with Ledger.create(path, CHAIN, signer, clock, opened) as ledger:
        ledger.append(SessionEnded(EndReason.ORDERED))
    *lines, last = path.read_bytes().splitlines(keepends=True)
    assert json.loads(last)["event"] == "Checkpointed"  # at once, and not a minute later
    assert "8 sealed" not in findings(path)
    path.write_bytes(b"".join(lines))
    assert "8 sealed" in findings(path)


@pytest.mark.parametrize("beneath", [b"x", b"{}\n", None])
def test_nothing_is_written_after_what_somebody_else_wrote(
    tmp_path: Path, beneath: bytes | None
) -> None:
    signer, clock = Ed25519PrivateKey.generate(), ManualClock(datetime(2026, 11, 25, tzinfo=UTC))
    opened = LedgerOpened(Kind.DEMO, Word("UK"), Word("overt/0"), public_key_of(signer))
    path = tmp_path / "y.jsonl"
    with Ledger.create(path, CHAIN, signer, clock, opened) as ledger:
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] if beneath is None else whole + beneath)
        left = path.read_bytes()
        with pytest.raises(LedgerFailed):
            ledger.append(WatchlistOpened(Word("sign-off")))
        assert path.read_bytes() == left

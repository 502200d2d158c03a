"""N13: if logging or erasure fails, it stops.

Here: a ledger that cannot be written refuses everything from then on, what is late is named and
blocks, and a failed destruction stays due. A full disk, a replaced file and a disk that does not
flush are in tests/records/test_ledger.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from broken import alone, see_refused
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.clock import ManualClock
from overt.errors import LedgerFailed
from overt.records.checkpoint import public_key_of
from overt.records.event import Word
from overt.records.events import (
    EndReason,
    EnrolmentBegan,
    ErasureFailed,
    Kept,
    LedgerOpened,
    SessionEnded,
    SignsConfirmed,
)
from overt.records.ledger import Ledger
from overt.records.retention import due, holdings_of, overdue
from overt.records.verify import verify
from overt.vocabulary import DeploymentId, Kind

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 25, 14, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    signer = Ed25519PrivateKey.generate()
    opened = LedgerOpened(Kind.TRIAL, Word("UK"), Word("overt/0"), public_key_of(signer))
    chain = DeploymentId("D-20261125-7K3Q9M")
    with Ledger.create(tmp_path / "x", chain, signer, ManualClock(AT), opened) as ledger:
        yield ledger


def test_a_ledger_that_fails_once_refuses_everything_after(ledger: Ledger) -> None:
    moved = ledger.path.rename(ledger.path.with_name("moved"))
    for _ in range(3):
        with pytest.raises(LedgerFailed) as failed:
            ledger.append(SignsConfirmed(1))
        assert failed.value.rule == "N13"
    moved.rename(ledger.path)
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerFailed):  # though the file is back
        ledger.append(SignsConfirmed(1))
    assert ledger.path.read_bytes() == before


def test_a_destruction_that_failed_is_due_at_once_and_late_in_time(ledger: Ledger) -> None:
    ledger.append(EnrolmentBegan())
    ledger.append(SessionEnded(EndReason.ORDERED))
    ledger.append(ErasureFailed(Kept.WATCHLIST, None))
    held = holdings_of(ledger.lines())
    (duty,) = due(held, AT)
    assert duty.failed
    assert overdue([held], AT) == ()
    late = overdue([held], AT + timedelta(hours=24, seconds=1))
    assert {one.line.split(" until")[0] for one in late} == {
        "R10: watchlist of D-20261125-7K3Q9M",
        "R11: texts of D-20261125-7K3Q9M",
    }
    assert ("N13", "the watchlist was never destroyed") in [
        (one.rule, one.what) for one in verify(ledger.path).findings
    ]


@pytest.mark.parametrize("name", alone("N13"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

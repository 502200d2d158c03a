"""R10: the watchlist is destroyed within 24 hours of the end, and a certificate says so.

The limit is computed from the ledger alone and can only be lower than a day, whoever closed the
deployment or not; the verifier finds a list that outlived it (tests/records/test_verify_rules.py).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from broken import alone, see_refused
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.errors import BadLedger
from overt.policy import MAX_LIST_AFTER_END_HOURS
from overt.records import retention
from overt.records.certificate import certify, read_certificate
from overt.records.checkpoint import public_key_of
from overt.records.event import Figure, PublicKey, Sha256, Signature, Word, moment
from overt.records.events import (
    AuthorityGranted,
    EndReason,
    EnrolmentBegan,
    Event,
    Kept,
    SessionEnded,
    WatchlistDestroyed,
)
from overt.records.line import FIRST_PREV, Line
from overt.records.retention import due, duties, holdings_of, overdue
from overt.vocabulary import AccountId, DeploymentId, UseCase

NOW = datetime(2026, 11, 25, 14, tzinfo=UTC)
ENDS = NOW + timedelta(hours=6)
H = Sha256("a" * 64)
GRANTED = AuthorityGranted(
    authority_sha256=H,
    application_sha256=H,
    public_key=PublicKey("b" * 64),
    signature=Signature("c" * 128),
    use_case=UseCase.HOTSPOT,
    threshold=Figure("0.64"),
    model=Word("builtin"),
    evidence_sha256=H,
    list_limit=10,
    cameras=1,
    starts_at=moment(NOW),
    ends_at=moment(ENDS),
)


def line(event: Event, at: datetime = NOW) -> Line:
    chain = DeploymentId("D-20261125-7K3Q9M")
    return Line(0, at, AccountId("overt"), chain, event, FIRST_PREV, H)


def test_the_limit_is_a_day() -> None:
    assert MAX_LIST_AFTER_END_HOURS == 24
    assert timedelta(hours=24) == retention.LIST_AFTER_END


@pytest.mark.parametrize("ended_after", [timedelta(minutes=1), timedelta(hours=5), None])
def test_whatever_the_end_the_list_is_due_before_a_day_is_over(
    ended_after: timedelta | None,
) -> None:
    lines = [line(GRANTED), line(EnrolmentBegan())]
    end = ENDS
    if ended_after is not None:
        end = NOW + ended_after
        lines.append(line(SessionEnded(EndReason.ORDERED), end))
    held = holdings_of(lines)
    (duty,) = [one for one in duties(held) if one.kept is Kept.WATCHLIST]
    assert duty.limit_at == end + timedelta(hours=24)
    assert duty.due_at < duty.limit_at
    assert duty in due(held, duty.due_at)
    assert duty in overdue([held], duty.limit_at + timedelta(milliseconds=1))
    gone = holdings_of([*lines, line(WatchlistDestroyed(H, H), end)])
    assert not gone.list_kept
    assert [one for one in duties(gone) if one.kept is Kept.WATCHLIST] == []


@pytest.mark.parametrize("name", alone("R10"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_a_certificate_cannot_be_altered_or_made_by_another() -> None:
    """Whoever reads it sees which list was destroyed, when, and by whose key."""
    signer, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    written, sha256 = certify(
        signer,
        deployment=DeploymentId("D-20261125-7K3Q9M"),
        kept=Kept.WATCHLIST,
        ref=None,
        rule="R10",
        limit_at=ENDS + timedelta(hours=24),
        destroyed_at=ENDS + timedelta(hours=3),
        files=3,
        size=4_096,
    )
    assert hashlib.sha256(written).hexdigest() == sha256
    said = read_certificate(written, public_key_of(signer))
    assert (said.kept, said.destroyed_at) == ("watchlist", moment(ENDS + timedelta(hours=3)))
    for forged, key in (
        (written, public_key_of(other)),
        (written.replace(b'"files":3', b'"files":2'), public_key_of(signer)),
        (written.replace(b'"files":3', b'"files": 3'), public_key_of(signer)),
        (written.replace(b'"rule":"R10"', b'"rule":"R11"'), None),
    ):
        with pytest.raises(BadLedger):
            read_certificate(forged, key)

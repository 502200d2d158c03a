"""What is due and what is late, from the ledger's lines and the time alone (R10, R11, N13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from whole_story import (
    APPLICANT,
    END_AT,
    FALSE,
    LIVE_AT,
    SOME,
    SYSTEM,
    TRUE,
    UNSEEN,
    Told,
    after_live,
    before_live,
    live,
    whole,
    write,
)

from overt.errors import BadLedger
from overt.records import events as e
from overt.records.certificate import certify, read_certificate
from overt.records.checkpoint import public_key_of
from overt.records.event import moment
from overt.records.line import read_chain
from overt.records.retention import AHEAD, Duty, Holdings, due, duties, holdings_of, overdue

if TYPE_CHECKING:
    from pathlib import Path

DAY = timedelta(days=1)
AUTHORITY_ENDS = LIVE_AT + timedelta(hours=5)


def held(tmp_path: Path, signer: Ed25519PrivateKey, story: list[Told]) -> Holdings:
    return holdings_of(read_chain(write(tmp_path / "x", signer, story)))


def by_kind(found: tuple[Duty, ...]) -> dict[tuple[e.Kept, object], datetime]:
    return {(duty.kept, duty.ref): duty.limit_at for duty in found}


def test_a_list_dies_a_day_after_the_session(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # R10
    limits = by_kind(duties(held(tmp_path, signer, [*before_live(), *live()])))
    assert limits[e.Kept.WATCHLIST, None] == END_AT + DAY


def test_a_list_dies_though_nobody_ever_closed(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # R10: the machine died while live, or nobody ever went live; the authority's end counts.
    for number, story in enumerate(([*before_live(), *live()[:5]], before_live())):
        limits = by_kind(duties(held(tmp_path / str(number), signer, story)))
        assert limits[e.Kept.WATCHLIST, None] == AUTHORITY_ENDS + DAY


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in "01":
        (tmp_path / name).mkdir()


def test_a_broken_off_enrolment_must_be_destroyed_too(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    story = [*before_live()[:9], Told(LIVE_AT, APPLICANT, e.EnrolmentBegan())]
    assert held(tmp_path, signer, story).list_kept
    story.append(Told(LIVE_AT + timedelta(hours=1), APPLICANT, e.DeploymentCancelled(None)))
    one = held(tmp_path / "0", signer, story)
    assert by_kind(duties(one))[e.Kept.WATCHLIST, None] == LIVE_AT + timedelta(hours=25)


def test_each_alert_dies_a_day_after_its_capture(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # R11
    limits = by_kind(duties(held(tmp_path, signer, [*before_live(), *live()])))
    assert limits[e.Kept.ALERT, TRUE] == LIVE_AT + timedelta(seconds=99) + DAY
    assert limits[e.Kept.ALERT, FALSE] == LIVE_AT + timedelta(seconds=199) + DAY
    assert (e.Kept.TEXTS, None) in limits
    assert limits[e.Kept.TEXTS, None] == max(limits.values())


@pytest.mark.parametrize(("hold", "until"), [(20, 20), (40, 31)])
def test_a_hold_keeps_one_alert_and_31_days_at_most(
    tmp_path: Path, signer: Ed25519PrivateKey, hold: int, until: int
) -> None:
    # R11
    captured = LIVE_AT + timedelta(seconds=99)
    placed = e.HoldPlaced(TRUE, moment(captured + timedelta(days=hold)), SOME)
    story = [*before_live(), *live(), Told(END_AT, APPLICANT, placed)]
    limits = by_kind(duties(held(tmp_path, signer, story)))
    assert limits[e.Kept.ALERT, TRUE] == captured + timedelta(days=until)
    assert limits[e.Kept.ALERT, FALSE] == LIVE_AT + timedelta(seconds=199) + DAY


def test_an_authority_may_say_less_than_a_day(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    story = [
        replace(told, event=replace(told.event, alert_hours=2))
        if isinstance(told.event, e.AuthorityGranted)
        else told
        for told in [*before_live(), *live()]
    ]
    limits = by_kind(duties(held(tmp_path, signer, story)))
    assert limits[e.Kept.ALERT, TRUE] == LIVE_AT + timedelta(hours=2, seconds=99)


def test_what_is_due_comes_before_what_is_late(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    one = held(tmp_path, signer, [*before_live(), *live()])
    limit = END_AT + DAY
    early = limit - AHEAD - timedelta(seconds=1)
    assert (e.Kept.WATCHLIST, None) not in by_kind(due(one, early))
    assert (e.Kept.WATCHLIST, None) in by_kind(due(one, limit - AHEAD))
    assert overdue([one], LIVE_AT + timedelta(seconds=99) + DAY) == ()
    late = overdue([one], limit + timedelta(seconds=1))
    assert {duty.ref or duty.kept for duty in late} == {"watchlist", TRUE, FALSE, UNSEEN, "texts"}
    assert late[0].line.startswith(f"R11: alert {TRUE} of D-20261125-7K3Q9M until 2026-11-26")


def test_a_failure_is_tried_again_at_once(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # N13
    failed = Told(END_AT, SYSTEM, e.ErasureFailed(e.Kept.ALERT, FALSE))
    one = held(tmp_path, signer, [*before_live(), *live(), failed])
    assert [duty.ref for duty in due(one, END_AT)] == [FALSE]
    done = Told(END_AT, SYSTEM, e.AlertDestroyed(FALSE, SOME))
    one = held(tmp_path / "0", signer, [*before_live(), *live(), failed, done])
    assert due(one, END_AT) == ()


def test_nothing_is_owed_at_the_end(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    texts = Told(LIVE_AT + timedelta(days=19), SYSTEM, e.TextsDestroyed(4, SOME))
    before, after = whole(), held(tmp_path, signer, [*whole()[:-2], texts, *whole()[-2:]])
    assert after.everything_gone
    assert duties(after) == ()
    assert not held(tmp_path / "0", signer, before).everything_gone  # its texts are still there
    assert len(after_live()) == 8


def test_the_instances_own_chain_owes_nothing(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    one = held(tmp_path, signer, [])
    assert duties(one) == ()
    with pytest.raises(ValueError, match="without a line"):
        holdings_of([])


# --- certificates -------------------------------------------------------------------------------


def certificate(signer: Ed25519PrivateKey) -> bytes:
    written, _ = certify(
        signer,
        deployment="D-20261125-7K3Q9M",
        kept=e.Kept.ALERT,
        ref=TRUE,
        rule="R11",
        limit_at=END_AT + DAY,
        destroyed_at=END_AT,
        files=3,
        size=70_000,
    )
    return written


def test_a_certificate_reads_back_and_vouches_for_itself(signer: Ed25519PrivateKey) -> None:
    # R10
    said = read_certificate(certificate(signer), public_key_of(signer))
    assert (said.deployment, said.kept, said.ref, said.files) == (
        "D-20261125-7K3Q9M",
        "alert",
        TRUE,
        3,
    )
    assert said.destroyed_at == moment(END_AT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"files":3', b'"files":4'),
        (b'"files":3', b'"files": 3'),
        (b'"files":3', b'"files":3,"name":"x"'),
        (b'"files":3', b'"files":[3]'),
        (b'"files":3', b'"files":3,"files":3'),
        (b"overt-certificate-1", b"overt-certificate-2"),
        (b'{"deployment"', b'[{"deployment"'),
        (b'"signature":"', b'"signature":"zz'),
        (b"K7QD", b"K7QE"),
    ],
)
def test_an_altered_certificate_is_refused(
    signer: Ed25519PrivateKey, old: bytes, new: bytes
) -> None:
    written = certificate(signer)
    assert old in written
    with pytest.raises(BadLedger):
        read_certificate(written.replace(old, new))


def test_a_certificate_of_another_instance_is_refused(signer: Ed25519PrivateKey) -> None:
    other = public_key_of(Ed25519PrivateKey.generate())
    with pytest.raises(BadLedger, match="another key"):
        read_certificate(certificate(signer), other)
    for garbage in (b"", b"null", b"[]", b"\xff", b"{}"):
        with pytest.raises(BadLedger):
            read_certificate(garbage)

"""R11: alerts are destroyed after 24 hours by default, 31 days at the very most.

Computed from the ledger alone; the verifier finds an alert that outlived its limit, and a hold
that came too late or goes too far (tests/records/test_verify_rules.py).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from broken import alone, see_refused
from hypothesis import given
from hypothesis import strategies as st

from overt.records.event import (
    EntryNumber,
    Event,
    Figure,
    PublicKey,
    Sha256,
    Signature,
    moment,
)
from overt.records.events import AuthorityGranted, HoldPlaced, Kept, PromptRaised
from overt.records.line import FIRST_PREV, Line
from overt.records.retention import duties, holdings_of, overdue
from overt.values import CameraId
from overt.vocabulary import AccountId, AlertRef, Category, DeploymentId, UseCase

AT = datetime(2026, 11, 25, 14, tzinfo=UTC)
REF = AlertRef("K7QD-3M2P")
RAISED = PromptRaised(
    ref=REF,
    number=1,
    entry=EntryNumber("E-0001"),
    category=Category.MISSING_AT_RISK,
    camera=CameraId("north"),
    captured_at=moment(AT),
    similarity=Figure("0.9"),
    one_in=None,
    frames_used=1,
    expires_at=moment(AT),
)


def told(event: Event) -> Line:
    chain = DeploymentId("D-20261125-7K3Q9M")
    return Line(0, AT, AccountId("a"), chain, event, FIRST_PREV, Sha256("a" * 64))


def limit(*events: Event) -> datetime:
    held = holdings_of([told(one) for one in events])
    (duty,) = [one for one in duties(held) if one.kept is Kept.ALERT]
    return duty.limit_at


def hold(days: float) -> HoldPlaced:
    return HoldPlaced(REF, moment(AT + timedelta(days=days)), Sha256("a" * 64))


def test_a_day_by_default() -> None:
    assert limit(RAISED) == AT + timedelta(hours=24)


@pytest.mark.parametrize(("days", "kept"), [(0.5, 1), (2, 2), (31, 31), (31.1, 31), (400, 31)])
def test_a_hold_lengthens_it_to_31_days_and_never_shortens(days: float, kept: float) -> None:
    assert limit(RAISED, hold(days)) == AT + timedelta(days=kept)


@given(st.lists(st.floats(-1, 1000), max_size=5))
def test_no_row_of_holds_reaches_beyond_31_days(days: list[float]) -> None:
    at = limit(RAISED, *map(hold, days))
    assert AT + timedelta(days=1) <= at <= AT + timedelta(days=31)


@pytest.mark.parametrize("name", alone("R11"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_it_is_late_the_moment_that_its_limit_is_past() -> None:
    held = holdings_of([told(RAISED)])
    end = AT + timedelta(hours=24)
    assert [one.kept for one in overdue([held], end)] == []
    assert [one.kept for one in overdue([held], end + timedelta(milliseconds=1))] == [Kept.ALERT]


@pytest.mark.parametrize(("hours", "kept_h"), [(1, 1), (24, 24), (744, 744), (9_000, 744)])
def test_an_authority_keeps_them_for_31_days_at_most(hours: int, kept_h: int) -> None:
    h = Sha256("a" * 64)
    granted = AuthorityGranted(
        authority_sha256=h,
        application_sha256=h,
        public_key=PublicKey("b" * 64),
        signature=Signature("c" * 128),
        use_case=UseCase.HOTSPOT,
        threshold=Figure("0.64"),
        model=None,
        evidence_sha256=None,
        list_limit=10,
        cameras=1,
        starts_at=moment(AT),
        ends_at=moment(AT),
        alert_hours=hours,
    )
    assert limit(granted, RAISED) == AT + timedelta(hours=kept_h)

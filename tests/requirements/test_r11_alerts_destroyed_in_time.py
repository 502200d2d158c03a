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

from overt.records.event import EntryNumber, Event, Figure, Sha256, moment
from overt.records.events import HoldPlaced, Kept, PromptRaised
from overt.records.line import FIRST_PREV, Line
from overt.records.retention import duties, holdings_of
from overt.values import CameraId
from overt.vocabulary import AccountId, AlertRef, Category, DeploymentId

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


def limit(*events: Event) -> datetime:
    chain = DeploymentId("D-20261125-7K3Q9M")
    lines = [
        Line(0, AT, AccountId("a"), chain, one, FIRST_PREV, Sha256("a" * 64)) for one in events
    ]
    (duty,) = [one for one in duties(holdings_of(lines)) if one.kept is Kept.ALERT]
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

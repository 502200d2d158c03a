"""R5: the list is built for one deployment, at most 24 hours before it starts (see also N5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from broken import alone, see_refused
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import HOUR, NOW, START, facts_of, live

from overt.authority.facts import Asked, Facts, Permitted, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import TRANSITIONS, Move, Standing, due
from overt.errors import BadConfig
from overt.policy import UK
from overt.vocabulary import Step

DAY = timedelta(hours=24)
GOOD = facts_of()


def aged(age: timedelta, facts: Facts = GOOD) -> Facts:
    assert facts.watchlist
    return replace(facts, watchlist=replace(facts.watchlist, built_at=NOW - age))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60 * 3600))
def test_a_list_may_start_within_a_day_and_never_after(seconds: int) -> None:
    answer = ask(Asked.GO_LIVE, aged(timedelta(seconds=seconds)), NOW)
    if seconds <= 24 * 3600:
        assert isinstance(answer, Permitted)
    else:
        assert isinstance(answer, Refused)
        assert answer.rules == ("R5",)


def test_configuration_cannot_allow_an_older_list() -> None:
    with pytest.raises(BadConfig):
        UK.tightened(max_list_age_hours=25.0)
    looser = replace(aged(DAY + HOUR), profile=replace(UK, max_list_age_hours=48.0))
    answer = ask(Asked.GO_LIVE, looser, NOW)
    assert isinstance(answer, Refused)
    assert "R26" in answer.rules
    tighter = replace(aged(5 * HOUR), profile=UK.tightened(max_list_age_hours=4.0))
    answer = ask(Asked.GO_LIVE, tighter, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R5",)


def test_a_list_is_built_once_and_a_stale_one_ends_the_deployment() -> None:
    assert [key for key in TRANSITIONS if key[1] is Move.ENROL] == [(Step.AUTHORISED, Move.ENROL)]
    standing = Standing(Step.NOTICED, UK, START, START + 4 * HOUR, list_built_at=START - DAY)
    assert due(standing, START) is None
    fallen = due(standing, START + timedelta(seconds=1))
    assert fallen is not None
    assert (fallen.move, fallen.rule) == (Move.CANCEL, "R5")


def test_the_age_is_judged_at_the_start_and_not_forgotten_later() -> None:
    facts = live(GOOD)
    assert facts.session
    assert facts.session.live_since
    old = aged(NOW - (facts.session.live_since - DAY - HOUR), facts)
    answer = ask(Asked.STAY_LIVE, old, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R5",)


@pytest.mark.parametrize("name", alone("R5"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_a_list_is_not_built_before_the_day() -> None:
    facts = replace(GOOD, step=Step.AUTHORISED, watchlist=None)
    early = ask(Asked.ENROL, facts, START - DAY - timedelta(seconds=1))
    assert isinstance(early, Refused)
    assert "R5" in early.rules
    in_time = ask(Asked.ENROL, facts, START - DAY)
    assert isinstance(in_time, Permitted) or "R5" not in in_time.rules

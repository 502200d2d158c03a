"""The gate: with everything in order it permits; for each fact broken alone it names the rule."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from broken import BROKEN, GOOD, listed, machine, see_refused, session
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import (
    HOUR,
    NOW,
    START,
    facts_of,
    live,
)

from overt.authority.facts import (
    Asked,
    Facts,
    ListFacts,
    MachineFacts,
    Permitted,
    Refused,
    SessionFacts,
)
from overt.authority.gate import ask
from overt.vocabulary import Kind, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    Break = Callable[[Facts], Facts]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("profile", ["uk", "eu"])
def test_with_everything_in_order_it_permits(kind: Kind, profile: str) -> None:
    facts = facts_of(kind, profile=profile)
    assert ask(Asked.GO_LIVE, facts, NOW) == Permitted(Asked.GO_LIVE, NOW)
    assert ask(Asked.STAY_LIVE, live(facts), NOW) == Permitted(Asked.STAY_LIVE, NOW)


@pytest.mark.parametrize("asked", [Asked.GO_LIVE, Asked.STAY_LIVE])
@pytest.mark.parametrize("name", BROKEN)
def test_each_fact_broken_alone_is_refused_by_its_rule(asked: Asked, name: str) -> None:
    see_refused(name, asked)


@pytest.mark.parametrize(
    ("facts", "prefix"),
    [
        (Facts, ""),
        (ListFacts, "watchlist."),
        (MachineFacts, "machine."),
        (SessionFacts, "session."),
    ],
)
def test_no_fact_is_left_unbroken(facts: Any, prefix: str) -> None:
    elsewhere = {"step", "approval", "consented", "machine", "watchlist", "session"}
    for field in dataclasses.fields(facts):
        if prefix or field.name not in elsewhere:
            assert any(name.startswith(prefix + field.name) for name in BROKEN), field.name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(BROKEN)), min_size=1, max_size=4, unique=True))
def test_several_broken_facts_are_refused_too(names: list[str]) -> None:
    facts = GOOD
    for name in names:
        try:
            facts = BROKEN[name][0](facts)
        except (AssertionError, AttributeError):
            continue  # what it would spoil is gone already
    # Two faults may be of one field, of which the last stands: it is a fault still.
    assert isinstance(ask(Asked.GO_LIVE, facts, NOW), Refused)


def test_every_reason_is_given_at_once_in_the_order_of_the_steps() -> None:
    facts = machine(ledger_healthy=False)(listed(built_at=NOW - 30 * HOUR)(GOOD))
    facts = session(at_desk=frozenset())(replace(facts, signs=None))
    answer = ask(Asked.GO_LIVE, facts, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N13", "R5", "R8", "R12")
    assert answer.lines[1] == (
        "2. R5: the watchlist was built 30.0 h before the start; the limit is 24 h. "
        "Cancel, and apply anew"
    )


# --- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "permitted"),
    [(-1, False), (0, True), (4 * 3600 - 1, True), (4 * 3600, False), (10**6, False)],
)
def test_live_is_for_the_authorised_time_alone(seconds: int, permitted: bool) -> None:  # noqa: FBT001
    now = START + timedelta(seconds=seconds)
    answer = ask(Asked.GO_LIVE, GOOD, now)
    assert isinstance(answer, Permitted) is permitted
    if not permitted:
        assert isinstance(answer, Refused)
        assert "N3" in answer.rules


@settings(max_examples=60, deadline=None)
@given(st.integers(-200_000, 200_000))
def test_staying_live_is_never_permitted_outside_the_window(seconds: int) -> None:
    now = START + timedelta(seconds=seconds)
    answer = ask(Asked.STAY_LIVE, live(GOOD), now)
    if not 0 <= seconds < 4 * 3600:
        assert isinstance(answer, Refused)


def test_the_age_of_a_list_is_that_at_the_start() -> None:
    old = listed(built_at=START - timedelta(hours=23.9))
    late = START + 2 * HOUR
    assert isinstance(ask(Asked.STAY_LIVE, old(live(GOOD)), late), Permitted)
    answer = ask(Asked.GO_LIVE, old(GOOD), late)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R5",)


def test_a_session_at_the_wrong_step_is_refused() -> None:
    for step in (None, *Step):
        for asked, right in ((Asked.GO_LIVE, Step.NOTICED), (Asked.STAY_LIVE, Step.LIVE)):
            facts = live(GOOD) if asked is Asked.STAY_LIVE else GOOD
            answer = ask(asked, replace(facts, step=step), NOW)
            assert isinstance(answer, Permitted) is (step is right)
            if step is not right:
                assert isinstance(answer, Refused)
                assert answer.rules == ("R1",)

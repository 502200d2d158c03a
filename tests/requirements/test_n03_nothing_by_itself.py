"""N3: nothing runs without a live authority, a notice and an in-date list, or extends itself."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import timedelta

import pytest
from broken import alone, see_refused
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import HOUR, NOW, START, facts_of, live

from overt.authority import facts as facts_module
from overt.authority.facts import Asked, Permitted, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import Move, Standing, due, session_end
from overt.policy import UK
from overt.vocabulary import Kind, Step


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("missing", ["authority", "application", "watchlist", "notice", "signs"])
def test_with_one_missing_nothing_runs(kind: Kind, missing: str) -> None:
    good = facts_of(kind)
    for asked, facts in ((Asked.GO_LIVE, good), (Asked.STAY_LIVE, live(good))):
        assert isinstance(ask(asked, facts, NOW), Permitted)
        answer = ask(asked, replace(facts, **{missing: None}), NOW)  # type: ignore[arg-type]
        assert isinstance(answer, Refused)
        assert {"N3", "R8"} & set(answer.rules)


def test_with_nothing_known_nothing_runs() -> None:
    good = facts_of()
    nothing = facts_module.Facts(
        deployment=None, step=None, kind=good.kind, profile=UK, machine=good.machine
    )
    for asked in sorted(set(Asked) - {Asked.APPLY}):
        assert isinstance(ask(asked, nothing, NOW), Refused)


@settings(deadline=None, max_examples=80)
@given(st.integers(-10 * 3600, 30 * 3600))
def test_leave_ends_with_the_authority(seconds: int) -> None:
    answer = ask(Asked.STAY_LIVE, live(facts_of()), START + timedelta(seconds=seconds))
    if seconds >= 4 * 3600:
        assert isinstance(answer, Refused)
        assert "N3" in answer.rules


def test_what_has_ended_ends_without_being_asked() -> None:
    standing = Standing(Step.LIVE, UK, START, START + 4 * HOUR, live_since=START)
    for late in (0, 1, 10_000):
        fallen = due(standing, START + 4 * HOUR + timedelta(seconds=late))
        assert fallen is not None
        assert fallen.move is Move.CLOSE


def test_no_move_and_no_question_extends_anything() -> None:
    words = " ".join([*Move, *Asked])
    assert not any(word in words for word in ("extend", "renew", "prolong", "refresh", "resume"))
    standing = Standing(Step.LIVE, UK, START, START + 4 * HOUR, live_since=START)
    assert session_end(standing) == START + 4 * HOUR
    assert session_end(replace(standing, live_since=START + 3 * HOUR)) == START + 4 * HOUR


def test_setting_the_clock_back_gains_nothing() -> None:
    good = live(facts_of())
    assert good.session
    later = replace(good, session=replace(good.session, live_s=12 * 3600 + 1.0))
    answer = ask(Asked.STAY_LIVE, later, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N3",)
    moved = replace(good, machine=replace(good.machine, clock_drift_s=-3600.0))
    answer = ask(Asked.STAY_LIVE, moved, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N3",)


def test_the_gate_reads_no_clock() -> None:
    from overt.authority import gate, lifecycle  # noqa: PLC0415

    for module in (gate, lifecycle):
        source = inspect.getsource(module)
        assert not any(word in source for word in (".now(", "time.time", "monotonic(", "utcnow"))


@pytest.mark.parametrize("name", alone("N3"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

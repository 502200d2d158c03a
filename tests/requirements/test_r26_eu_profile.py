"""R26: under the EU profile an independent authority approves beforehand; refused: stop, delete."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from broken import alone, see_refused
from papers import HOUR, NOW, START, approval_of, facts_of, live

from overt.authority.facts import Asked, Facts, Permitted, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import Move, Standing, due, next_step
from overt.errors import BadConfig
from overt.policy import EU, UK
from overt.vocabulary import Category, Step

GOOD = facts_of(profile="eu")


def approved(**changes: Any) -> Facts:
    assert GOOD.authority
    return replace(GOOD, approval=approval_of(GOOD.authority, **changes))


def test_with_a_fitting_approval_it_runs() -> None:
    assert isinstance(ask(Asked.GO_LIVE, approved(), NOW), Permitted)
    free = approved(body="independent-administrative", max_entries=5000, cameras=("gate", "x"))
    assert isinstance(ask(Asked.GO_LIVE, free, NOW), Permitted)


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, approval=None),
        approved(decision="refused"),
        approved(approver="super.intendent"),
        approved(approver="app.licant"),
        approved(decided_at=START + timedelta(seconds=1)),
        approved(ends_at=START + HOUR),
        approved(starts_at=START + HOUR),
        approved(cameras=("another",)),
        approved(max_entries=404),
        approved(application_sha256="1" * 64),
        approved(signer="app.licant"),
    ],
    ids=[
        "none",
        "refused",
        "by the authoriser",
        "by the applicant",
        "afterwards",
        "ends sooner",
        "begins later",
        "another place",
        "fewer people",
        "another application",
        "forged",
    ],
)
def test_without_one_nothing_is_built_and_nothing_runs(facts: Facts) -> None:
    for asked, step in (
        (Asked.ENROL, Step.AUTHORISED),
        (Asked.GIVE_NOTICE, Step.ENROLLED),
        (Asked.GO_LIVE, Step.NOTICED),
    ):
        answer = ask(asked, replace(facts, step=step), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("R26",)
    answer = ask(Asked.STAY_LIVE, live(facts), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R26",)


@pytest.mark.parametrize(
    ("step", "move"),
    [
        (Step.APPLICATION, Move.CANCEL),
        (Step.AUTHORISED, Move.CANCEL),
        (Step.ENROLLED, Move.CANCEL),
        (Step.NOTICED, Move.CANCEL),
        (Step.LIVE, Move.CLOSE),
        (Step.CLOSED, Move.ERASE),
        (Step.CANCELLED, Move.ERASE),
    ],
)
def test_refused_means_stop_and_delete_at_once(step: Step, move: Move) -> None:
    standing = Standing(
        step,
        EU,
        START,
        START + 4 * HOUR,
        live_since=START if step in {Step.LIVE, Step.CLOSED} else None,
        ended_at=NOW if step in {Step.CLOSED, Step.CANCELLED} else None,
        refused_at=NOW,
    )
    fallen = due(standing, NOW)
    assert fallen is not None
    assert (fallen.move, fallen.rule) == (move, "R26")
    after = next_step(step, move)
    if after is not Step.ERASED:
        fallen = due(replace(standing, step=after, ended_at=NOW), NOW)
        assert fallen is not None
        assert fallen.move is Move.ERASE


def test_its_limits_are_tighter_and_cannot_be_loosened() -> None:
    assert EU.max_session_hours < UK.max_session_hours
    assert EU.max_area_km2 < UK.max_area_km2
    assert Category.COURT_ORDER_CONDITIONS not in EU.categories
    with pytest.raises(BadConfig):
        EU.tightened(require_independent_approval=False)
    looser = replace(GOOD, approval=None, profile=replace(EU, require_independent_approval=False))
    answer = ask(Asked.GO_LIVE, looser, NOW)
    assert isinstance(answer, Refused)
    assert "R26" in answer.rules
    assert isinstance(ask(Asked.GO_LIVE, replace(GOOD, profile=UK), NOW), Refused)


@pytest.mark.parametrize("name", alone("R26"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

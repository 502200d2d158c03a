"""R1: a deployment takes every step in order; what the software cannot do is skip one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken import alone, see_refused
from papers import NOW, facts_of, live

from overt.authority.facts import Asked, Permitted, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import TRANSITIONS, Move, moves, next_step
from overt.errors import Refusal
from overt.vocabulary import Step

WAY = (
    (Move.APPLY, Step.APPLICATION),
    (Move.AUTHORISE, Step.AUTHORISED),
    (Move.ENROL, Step.ENROLLED),
    (Move.GIVE_NOTICE, Step.NOTICED),
    (Move.GO_LIVE, Step.LIVE),
    (Move.CLOSE, Step.CLOSED),
    (Move.ERASE, Step.ERASED),
    (Move.PUBLISH, Step.PUBLISHED),
)


def test_the_steps_are_those_of_the_rule() -> None:
    step = None
    for move, after in WAY:
        step = next_step(step, move)
        assert step is after


@pytest.mark.parametrize("skipped", range(len(WAY) - 1))
def test_no_step_can_be_skipped(skipped: int) -> None:
    step = WAY[skipped - 1][1] if skipped else None
    move = WAY[skipped + 1][0]
    with pytest.raises(Refusal, match="R1"):
        next_step(step, move)
    assert move not in moves(step)


def test_the_cameras_run_at_one_step_alone() -> None:
    facts = live(facts_of())
    for step in (None, *Step):
        answer = ask(Asked.STAY_LIVE, replace(facts, step=step), NOW)
        assert isinstance(answer, Permitted) is (step is Step.LIVE)
        assert isinstance(answer, Permitted) or "R1" in answer.rules


def test_the_gate_refuses_what_the_steps_refuse() -> None:
    facts = facts_of()
    for step in (None, *Step):
        for move in Move:
            answer = ask(Asked(move.value), replace(facts, step=step), NOW)
            if (step, move) not in TRANSITIONS:
                assert isinstance(answer, Refused)
                assert "R1" in answer.rules


@pytest.mark.parametrize("name", alone("R1"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


@pytest.mark.parametrize("asked", [Asked.START_TRIAL, Asked.START_DEMO])
def test_what_runs_alone_is_no_way_round_the_steps(asked: Asked) -> None:
    for step in Step:
        answer = ask(asked, replace(facts_of(), step=step), NOW)
        assert isinstance(answer, Refused)
        assert "R1" in answer.rules

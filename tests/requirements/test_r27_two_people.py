"""R27: two different people confirm a possible match before anyone is approached. Always."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import pytest
from broken import alone, see_refused
from desk_moves import (
    ACCEPT,
    BOTH,
    CONFIRMED,
    DISMISSED,
    ENGAGE,
    ERIN,
    EVAN,
    LOSE,
    MOVES,
    NOT_CONFIRMED,
    OLGA,
    PEOPLE,
    POSSIBLE,
    STRANGER,
    UNDO,
    live_session,
    made,
    searched,
)
from hypothesis import given
from hypothesis import strategies as st

from overt.live.commands import RecordDecision, RefuseDecision
from overt.live.step import Rules, SessionState, step
from overt.policy import PromptLimits
from overt.review.desk import Desk
from overt.values import Similarity
from overt.vocabulary import AccountId, Act, PromptStatus

if TYPE_CHECKING:
    from overt.review.prompt import Move

RULES = Rules(Similarity(0.9), cool_down_s=60)


def pending() -> SessionState:
    return step(live_session(), searched(), RULES)[0]


def status(state: SessionState) -> PromptStatus:
    assert state.desk is not None
    return state.desk.open[1].status


def played(*line: tuple[AccountId, Move]) -> SessionState:
    state = pending()
    for by, move in line:
        state, commands = step(state, made(by, move), RULES)
        assert isinstance(commands[0], RecordDecision)
    return state


def refused(state: SessionState, by: AccountId, move: Move, rule: str = "R27") -> None:
    after, (command,) = step(state, made(by, move), RULES)
    assert isinstance(command, RefuseDecision)
    assert command.refusal.rule == rule
    assert after == state


def test_an_operator_and_then_an_engagement_officer() -> None:
    state = played((OLGA, POSSIBLE), (ERIN, ACCEPT), (ERIN, CONFIRMED), (ERIN, ENGAGE))
    assert status(state) is PromptStatus.ENGAGED


@pytest.mark.parametrize("move", [CONFIRMED, NOT_CONFIRMED, ACCEPT, LOSE])
def test_one_account_with_both_roles_is_still_one_person(move: Move) -> None:
    refused(played((BOTH, POSSIBLE)), BOTH, move)


def test_who_confirmed_may_engage_and_who_found_it_possible_may_not() -> None:
    state = played((BOTH, POSSIBLE), (ERIN, CONFIRMED))
    refused(state, BOTH, ENGAGE)
    refused(state, BOTH, ACCEPT)  # not by taking it over either
    assert status(step(state, made(ERIN, ENGAGE), RULES)[0]) is PromptStatus.ENGAGED


@pytest.mark.parametrize("first", [POSSIBLE, DISMISSED])
def test_taking_a_decision_back_does_not_make_a_second_person_of_the_first(first: Move) -> None:
    state = played((BOTH, first), (BOTH, UNDO), (OLGA, POSSIBLE))
    refused(state, BOTH, CONFIRMED)
    assert status(step(state, made(EVAN, CONFIRMED), RULES)[0]) is PromptStatus.CONFIRMED


def test_nobody_is_approached_before_both_have_spoken() -> None:
    for line in ((), ((OLGA, POSSIBLE),), ((OLGA, POSSIBLE), (ERIN, ACCEPT))):
        refused(played(*line), ERIN, ENGAGE)


def test_nobody_confirms_before_the_operator_has_spoken() -> None:
    refused(pending(), ERIN, CONFIRMED)
    refused(pending(), BOTH, CONFIRMED)


def test_the_second_person_gives_grounds_of_their_own() -> None:
    assert CONFIRMED.act is Act.CONFIRM
    assert type(CONFIRMED).model_fields["ground"].is_required()
    refused(played((OLGA, POSSIBLE)), ERIN, POSSIBLE, rule="R12")  # the operator's form is not it


def test_no_setting_switches_it_off() -> None:
    assert {field.name for field in dataclasses.fields(PromptLimits)} == {
        "pending_s",
        "possible_s",
        "confirmed_s",
        "undo_s",
    }
    assert {field.name for field in dataclasses.fields(Desk)} == {
        "people",
        "limits",
        "open",
        "raised",
    }
    assert {field.name for field in dataclasses.fields(Rules)} == {
        "threshold",
        "cool_down_s",
        "ends_at_s",
        "ceiling",
    }


people = st.sampled_from([*PEOPLE, STRANGER])


@given(st.lists(st.tuples(people, st.sampled_from(MOVES)), max_size=14))
def test_over_any_sequence_an_engagement_has_two_people_behind_it(
    line: list[tuple[AccountId, Move]],
) -> None:
    state = pending()
    operators: set[AccountId] = set()
    confirmers: set[AccountId] = set()
    for by, move in line:
        state, commands = step(state, made(by, move), RULES)
        for one in commands:
            if not isinstance(one, RecordDecision):
                continue
            if move.act in {Act.FIND_POSSIBLE, Act.DISMISS}:
                operators.add(by)
            if move.act is Act.CONFIRM:
                confirmers.add(by)
            if one.after.status is PromptStatus.ENGAGED:
                assert operators
                assert confirmers
                assert not operators & confirmers


def test_each_pair_of_accounts_gets_as_far_as_the_rule_lets_it() -> None:
    for first, second in itertools.product(PEOPLE, PEOPLE):
        state, _ = step(pending(), made(first, POSSIBLE), RULES)
        state, _ = step(state, made(second, CONFIRMED), RULES)
        able = first in {OLGA, "oscar", BOTH} and second in {ERIN, EVAN, BOTH}
        assert (status(state) is PromptStatus.CONFIRMED) == (able and first != second)


@pytest.mark.parametrize("name", alone("R27"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

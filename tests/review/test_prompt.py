from __future__ import annotations

import itertools

import pytest
from desk_moves import (
    ACCEPT,
    BOTH,
    CONFIRMED,
    DISMISSED,
    ENGAGE,
    ERIN,
    EVAN,
    IS_ANOTHER,
    IS_THE_PERSON,
    LOSE,
    MOVES,
    NOT_CONFIRMED,
    NOT_NOW,
    OLGA,
    OSCAR,
    POSSIBLE,
    UNDO,
    UNRESOLVED,
)

from overt.errors import BadConfig, Refusal
from overt.policy import PromptLimits
from overt.review.prompt import ENDS, FROM, Move, Prompt, decide, lapse, standing
from overt.values import CameraId, EntryId, TrackId
from overt.vocabulary import AccountId, AlertStanding, PromptStatus

LIMITS = PromptLimits()
FRESH = Prompt(1, EntryId("E-0001"), CameraId("camera-1"), TrackId(7), captured_s=0.0)
Line = tuple[AccountId, Move]


def after(*line: Line, at_s: float = 1.0) -> Prompt:
    prompt = FRESH
    for by, move in line:
        prompt = decide(prompt, by, move, at_s, LIMITS)
    return prompt


def refused(prompt: Prompt, by: AccountId, move: Move, at_s: float = 1.0) -> Refusal:
    before = repr(prompt)
    with pytest.raises(Refusal) as caught:
        decide(prompt, by, move, at_s, LIMITS)
    assert repr(prompt) == before
    assert caught.value.rule
    return caught.value


TO_ENGAGED: tuple[Line, ...] = ((OLGA, POSSIBLE), (ERIN, CONFIRMED), (ERIN, ENGAGE))


@pytest.mark.parametrize(
    ("line", "status", "worth"),
    [
        (
            (*TO_ENGAGED, (ERIN, IS_THE_PERSON)),
            PromptStatus.CONCLUDED,
            AlertStanding.TRUE_CONFIRMED,
        ),
        ((*TO_ENGAGED, (ERIN, IS_ANOTHER)), PromptStatus.CONCLUDED, AlertStanding.FALSE_CONFIRMED),
        ((*TO_ENGAGED, (ERIN, UNRESOLVED)), PromptStatus.CONCLUDED, AlertStanding.TRUE_UNCONFIRMED),
        (((OLGA, DISMISSED),), PromptStatus.DISMISSED, AlertStanding.FALSE_UNCONFIRMED),
        (((OLGA, NOT_NOW),), PromptStatus.DISMISSED, AlertStanding.TRUE_UNCONFIRMED),
        (
            ((OLGA, POSSIBLE), (ERIN, NOT_CONFIRMED)),
            PromptStatus.NOT_CONFIRMED,
            AlertStanding.FALSE_UNCONFIRMED,
        ),
        (((OLGA, POSSIBLE), (ERIN, LOSE)), PromptStatus.LOST, AlertStanding.TRUE_UNCONFIRMED),
        (
            ((OLGA, POSSIBLE), (ERIN, CONFIRMED), (ERIN, LOSE)),
            PromptStatus.LOST,
            AlertStanding.TRUE_UNCONFIRMED,
        ),
    ],
)
def test_a_prompt_ends_and_says_what_its_alert_was_worth(
    line: tuple[Line, ...], status: PromptStatus, worth: AlertStanding
) -> None:
    prompt = after(*line)
    assert prompt.status is status
    assert standing(prompt) is worth


def test_after_an_end_nothing_changes_it() -> None:
    for line in ((*TO_ENGAGED, (ERIN, IS_THE_PERSON)), ((OLGA, POSSIBLE), (ERIN, LOSE))):
        ended = after(*line)
        for by, move in itertools.product((OLGA, OSCAR, ERIN, EVAN, BOTH), MOVES):
            refused(ended, by, move)
        assert lapse(ended) == ended


def test_an_act_out_of_its_place_is_refused() -> None:
    for line in ((), ((OLGA, POSSIBLE),), ((OLGA, POSSIBLE), (ERIN, CONFIRMED)), TO_ENGAGED):
        prompt = after(*line)
        for by, move in itertools.product((OSCAR, EVAN), MOVES):
            if prompt.status not in FROM[move.act]:
                refused(prompt, by, move)


@pytest.mark.parametrize(
    ("line", "limit_s", "by", "move", "ends"),
    [
        ((), LIMITS.pending_s, OLGA, POSSIBLE, PromptStatus.EXPIRED),
        (((OLGA, POSSIBLE),), LIMITS.possible_s, ERIN, CONFIRMED, PromptStatus.EXPIRED),
        (
            ((OLGA, POSSIBLE), (ERIN, CONFIRMED)),
            LIMITS.confirmed_s,
            ERIN,
            ENGAGE,
            PromptStatus.LOST,
        ),
    ],
)
def test_what_comes_too_late_is_refused_and_the_prompt_lapses(
    line: tuple[Line, ...], limit_s: float, by: AccountId, move: Move, ends: PromptStatus
) -> None:
    prompt = after(*line)
    assert prompt.due_s(LIMITS) == limit_s
    decide(prompt, by, move, limit_s - 0.001, LIMITS)
    assert "too late" in refused(prompt, by, move, limit_s).line
    assert "too late" in refused(prompt, by, move, float("nan")).line
    assert lapse(prompt).status is ends


def test_an_engagement_has_no_deadline_but_owes_an_outcome() -> None:
    engaged = after(*TO_ENGAGED)
    assert engaged.due_s(LIMITS) is None
    assert engaged.outcome_owed
    assert lapse(engaged) == engaged
    done = decide(engaged, ERIN, IS_THE_PERSON, 40_000, LIMITS)
    assert not done.outcome_owed


@pytest.mark.parametrize("decision", [POSSIBLE, DISMISSED])
def test_an_operator_takes_a_slip_back_for_a_moment(decision: Move) -> None:
    decided = after((OLGA, decision), at_s=10.0)
    undone = decide(decided, OLGA, UNDO, 14.9, LIMITS)
    assert undone.status is PromptStatus.PENDING
    assert (undone.operator, undone.ground, undone.decided_s) == (None, None, None)
    assert OLGA in undone.operators  # what she decided is not forgotten (R27)
    refused(decided, OLGA, UNDO, 15.0)
    refused(decided, OSCAR, UNDO, 11.0)


@pytest.mark.parametrize("act", [ACCEPT, CONFIRMED])
def test_what_somebody_acted_on_is_not_taken_back(act: Move) -> None:
    refused(after((OLGA, POSSIBLE), (ERIN, act)), OLGA, UNDO)


def test_an_engagement_officer_keeps_what_they_accepted_until_another_takes_it_over() -> None:
    accepted = after((OLGA, POSSIBLE), (ERIN, ACCEPT))
    assert accepted.officer == ERIN
    refused(accepted, EVAN, CONFIRMED)
    refused(accepted, ERIN, ACCEPT)
    taken_over = decide(accepted, EVAN, ACCEPT, 2, LIMITS)
    refused(taken_over, ERIN, LOSE)
    assert decide(taken_over, EVAN, CONFIRMED, 2, LIMITS).confirmer == EVAN


def test_no_status_but_an_end_is_without_a_way_out() -> None:
    left_by = set().union(*FROM.values())
    assert set(PromptStatus) - left_by == ENDS - {PromptStatus.DISMISSED}  # which can be undone


@pytest.mark.parametrize(
    "change",
    [
        {"pending_s": 60.1},
        {"possible_s": 181.0},
        {"confirmed_s": 901.0},
        {"undo_s": 5.5},
        {"pending_s": 0.0},
        {"pending_s": float("nan")},
        {"possible_s": 30.0},
    ],
)
def test_limits_are_only_ever_tightened(change: dict[str, float]) -> None:
    with pytest.raises(BadConfig):
        PromptLimits(**change)
    assert PromptLimits(pending_s=20, possible_s=40, confirmed_s=60, undo_s=2).pending_s == 20

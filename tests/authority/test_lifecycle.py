"""Steps, moves, and what the time does by itself."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from overt.authority.lifecycle import (
    BEFORE_LIVE,
    TRANSITIONS,
    Move,
    Standing,
    due,
    moves,
    next_step,
    session_end,
)
from overt.errors import Refusal
from overt.policy import EU, UK
from overt.vocabulary import Step

START = datetime(2026, 11, 25, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
WAY = [
    Step.APPLICATION,
    Step.AUTHORISED,
    Step.ENROLLED,
    Step.NOTICED,
    Step.LIVE,
    Step.CLOSED,
    Step.ERASED,
    Step.PUBLISHED,
]


def standing(step: Step, **changes: object) -> Standing:
    whole = Standing(step, UK, START, START + 4 * HOUR)
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_the_whole_way() -> None:
    step = None
    way = []
    for move in (
        Move.APPLY,
        Move.AUTHORISE,
        Move.ENROL,
        Move.GIVE_NOTICE,
        Move.GO_LIVE,
        Move.CLOSE,
        Move.ERASE,
        Move.PUBLISH,
    ):
        step = next_step(step, move)
        way.append(step)
    assert way == WAY


def test_every_other_move_is_refused_with_the_rule() -> None:
    refused = 0
    for step in (None, *Step):
        for move in Move:
            if (step, move) not in TRANSITIONS:
                refused += 1
                with pytest.raises(Refusal, match="not possible"):
                    next_step(step, move)
    assert refused == (len(Step) + 1) * len(Move) - len(TRANSITIONS)


def test_nothing_follows_publication_and_nothing_leads_back() -> None:
    assert moves(Step.PUBLISHED) == ()
    order = {step: place for place, step in enumerate(WAY)}
    for (before, _), after in TRANSITIONS.items():
        if before in order and after in order:
            assert order[after] - order[before] in {0, 1}


def test_live_is_reached_from_noticed_and_left_by_closing_alone() -> None:
    assert [key for key, after in TRANSITIONS.items() if after is Step.LIVE] == [
        (Step.NOTICED, Move.GO_LIVE)
    ]
    assert moves(Step.LIVE) == (Move.CLOSE,)


@pytest.mark.parametrize("step", sorted(BEFORE_LIVE))
def test_what_never_went_live_is_cancelled_at_its_end(step: Step) -> None:
    end = START + 4 * HOUR
    assert due(standing(step), end - timedelta(seconds=1)) is None
    fallen = due(standing(step), end)
    assert fallen is not None
    assert (fallen.move, fallen.rule, fallen.at) == (Move.CANCEL, "R1", end)


@pytest.mark.parametrize("step", [Step.ENROLLED, Step.NOTICED])
def test_a_stale_list_cancels(step: Step) -> None:
    built = START - 23 * HOUR
    one = standing(step, list_built_at=built)
    assert due(one, built + 24 * HOUR) is None
    fallen = due(one, built + 24 * HOUR + timedelta(seconds=1))
    assert fallen is not None
    assert (fallen.move, fallen.rule) == (Move.CANCEL, "R5")


def test_a_list_may_grow_old_while_live() -> None:
    one = standing(Step.LIVE, list_built_at=START - 23 * HOUR, live_since=START)
    assert due(one, START + 3 * HOUR) is None


def test_live_ends_with_the_authority() -> None:
    one = standing(Step.LIVE, live_since=START)
    assert due(one, START + 4 * HOUR - timedelta(microseconds=1)) is None
    fallen = due(one, START + 4 * HOUR)
    assert fallen is not None
    assert (fallen.move, fallen.rule) == (Move.CLOSE, "N3")


def test_live_ends_at_the_profiles_longest_session() -> None:
    one = standing(Step.LIVE, live_since=START, ends_at=START + 40 * HOUR)
    assert session_end(one) == START + 12 * HOUR
    assert session_end(replace(one, profile=EU)) == START + 6 * HOUR
    assert due(one, START + 12 * HOUR) is not None


@pytest.mark.parametrize("step", [Step.CLOSED, Step.REFUSED, Step.CANCELLED])
def test_what_is_over_is_erased_at_its_hour_even_if_that_was_long_ago(step: Step) -> None:
    one = standing(step, ended_at=START)
    assert due(one, START + 23.9 * HOUR) is None
    for late in (0, 1, 1000):
        fallen = due(one, START + 24 * HOUR + late * HOUR)
        assert fallen is not None
        assert (fallen.move, fallen.rule, fallen.at) == (Move.ERASE, "R10", START + 24 * HOUR)
    sooner = replace(one, erase_at=START + HOUR)
    assert due(sooner, START + HOUR) is not None


@pytest.mark.parametrize("step", [Step.ERASED, Step.PUBLISHED])
def test_nothing_falls_due_after_erasure(step: Step) -> None:
    assert due(standing(step, ended_at=START), START + 10_000 * HOUR) is None


class Deployments(RuleBasedStateMachine):
    """Anybody tries anything while the time runs; what falls due happens."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START - 48 * HOUR
        self.one: Standing | None = None
        self.past: list[Step] = []

    def enter(self, move: Move) -> None:
        step = next_step(self.one.step if self.one else None, move)
        one = replace(self.one, step=step) if self.one else standing(step)
        if move is Move.ENROL:
            one = replace(one, list_built_at=self.now)
        elif move is Move.GO_LIVE:
            one = replace(one, live_since=self.now)
        elif move in {Move.CLOSE, Move.CANCEL, Move.REFUSE}:
            one = replace(one, ended_at=self.now)
        elif move is Move.ERASE:
            one = replace(one, list_built_at=None)
        self.one = one
        self.past.append(step)

    @rule(move=st.sampled_from(Move))
    def somebody_tries(self, move: Move) -> None:
        before = self.one
        if move in moves(before.step if before else None):
            self.enter(move)
            return
        with pytest.raises(Refusal, match="R1"):
            self.enter(move)
        assert self.one is before

    @precondition(lambda self: self.one and moves(self.one.step))
    @rule(data=st.data())
    def somebody_may(self, data: st.DataObject) -> None:
        assert self.one
        self.enter(data.draw(st.sampled_from(moves(self.one.step))))

    @rule(minutes=st.integers(1, 1500))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for _ in WAY:
            fallen = due(self.one, self.now) if self.one else None
            if fallen is None:
                return
            assert fallen.at <= self.now
            self.enter(fallen.move)
        pytest.fail("something falls due for ever")

    @invariant()
    def no_step_was_skipped(self) -> None:
        on_way = [step for step in dict.fromkeys(self.past) if step in WAY[:6]]
        assert on_way == WAY[: len(on_way)]

    @invariant()
    def nothing_outlives_its_time(self) -> None:
        one = self.one
        if one is None:
            return
        if one.step is Step.LIVE:
            assert one.list_built_at is not None
        if one.list_built_at and one.ended_at and due(one, self.now) is None:
            assert self.now < one.ended_at + 24 * HOUR


Deployments.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestDeployments = Deployments.TestCase


def test_a_million_random_moves_skip_no_step() -> None:
    chance = random.Random(5)  # noqa: S311 - no secret
    choices = list(Move)
    step: Step | None = None
    lives = steps = 0
    seen: list[Step] = []
    while steps < 1_000_000:
        steps += 1
        move = choices[int(chance.random() * len(choices))]
        if (step, move) not in TRANSITIONS:
            continue  # refused: proven above for each pair
        step = next_step(step, move)
        seen.append(step)
        if step is Step.LIVE:
            lives += 1
            assert list(dict.fromkeys(seen)) == WAY[:5]
        if step is Step.PUBLISHED:
            step, seen = None, []
    assert lives > 500

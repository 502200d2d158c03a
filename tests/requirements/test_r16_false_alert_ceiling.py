"""R16: false alerts stay under 1 in 1,000 faces; the session halts when they surely do not."""

from __future__ import annotations

import pytest
from broken import alone, see_refused
from desk_moves import (
    CONFIRMED,
    DISMISSED,
    ENGAGE,
    ERIN,
    IS_ANOTHER,
    IS_THE_PERSON,
    LOSE,
    NOT_CONFIRMED,
    NOT_NOW,
    OLGA,
    POSSIBLE,
    UNDO,
    live_session,
    made,
    searched,
)
from scipy.stats import binom

from overt import policy
from overt.errors import BadConfig
from overt.live.commands import Command, Drop, ExpirePrompt, Halt, RefuseDecision, SettlePrompt
from overt.live.events import FacesCounted, StopAsked, Ticked
from overt.live.step import Rules, SessionState, step
from overt.review.prompt import Move
from overt.values import Similarity
from overt.vocabulary import AccountId, AlertStanding, PromptStatus

RULES = Rules(Similarity(0.9), cool_down_s=60)
Line = tuple[tuple[AccountId, Move], ...]


def surely_above(false: int, faces: int) -> bool:
    """By the interval's definition, not by the code's formula.

    The lower Clopper-Pearson bound is above 1/1,000 exactly if so many false alerts or more would
    come with probability below 2.5% at that rate.
    """
    return bool(binom.sf(false - 1, faces, 1 / 1_000) < 0.025)


def prompted(state: SessionState, n: int, at_s: float) -> SessionState:
    state, _ = step(state, Ticked(at_s), RULES)
    state, _ = step(state, searched(f"E-{n:04}", at_s=at_s, track=n), RULES)
    return state


def ended(
    state: SessionState, n: int, line: Line, at_s: float
) -> tuple[SessionState, list[Command]]:
    """One alert raised, decided and past its undoing."""
    state = prompted(state, n, at_s)
    said: list[Command] = []
    for by, move in line:
        state, commands = step(state, made(by, move, at_s, n), RULES)
        said += commands
    state, commands = step(state, Ticked(at_s + policy.MAX_UNDO_S), RULES)
    return state, [*said, *commands]


def test_the_ceiling_is_a_constant() -> None:
    assert policy.CEILING_FALSE_ALERTS_PER_FACE == 1 / 1_000
    assert policy.FALSE_ALERT_LEVEL == 0.95
    for looser in (0.0011, 1.0, 0.0, float("nan")):
        with pytest.raises(BadConfig, match="R16"):
            Rules(Similarity(0.9), 60, ceiling=looser)
    assert Rules(Similarity(0.9), 60, ceiling=0.0005).ceiling == 0.0005


@pytest.mark.parametrize("faces", [10, 26, 300, 1_000, 2_500, 8_000])
def test_it_halts_at_the_first_false_alert_that_makes_it_sure(faces: int) -> None:
    state, _ = step(live_session(), FacesCounted(faces), RULES)
    for n in range(1, 40):
        state, said = ended(state, n, ((OLGA, DISMISSED),), at_s=10.0 * n)
        halts = [one for one in said if isinstance(one, Halt)]
        assert bool(halts) == surely_above(n, faces), (n, faces)
        assert state.false_alerts == n
        if halts:
            assert halts[0].rule == "R16"
            assert f"{n} of {faces:,}" in halts[0].reason
            return
    pytest.fail("it never halted")


def test_more_faces_let_it_go_on() -> None:
    state = live_session()
    for n in range(1, 11):
        state, _ = step(state, FacesCounted(314_744 * n), RULES)
        state, said = ended(state, n, ((OLGA, DISMISSED),), at_s=10.0 * n)
        assert not any(isinstance(one, Halt) for one in said)
    assert state.standings == {AlertStanding.FALSE_UNCONFIRMED: 10}


def test_a_count_of_faces_never_falls() -> None:
    state, _ = step(live_session(), FacesCounted(500, 40), RULES)
    state, _ = step(state, FacesCounted(3, 1), RULES)
    assert (state.faces, state.unassessable) == (500, 40)


APPROACH: Line = ((OLGA, POSSIBLE), (ERIN, CONFIRMED), (ERIN, ENGAGE))


@pytest.mark.parametrize(
    ("line", "worth"),
    [
        (((OLGA, DISMISSED),), AlertStanding.FALSE_UNCONFIRMED),
        (((OLGA, POSSIBLE), (ERIN, NOT_CONFIRMED)), AlertStanding.FALSE_UNCONFIRMED),
        ((*APPROACH, (ERIN, IS_ANOTHER)), AlertStanding.FALSE_CONFIRMED),
        ((*APPROACH, (ERIN, IS_THE_PERSON)), AlertStanding.TRUE_CONFIRMED),
        (((OLGA, NOT_NOW),), AlertStanding.TRUE_UNCONFIRMED),
        (((OLGA, POSSIBLE), (ERIN, LOSE)), AlertStanding.TRUE_UNCONFIRMED),
    ],
)
def test_what_counts_as_a_false_alert(line: Line, worth: AlertStanding) -> None:
    state, _ = step(live_session(), FacesCounted(10), RULES)
    state, said = ended(state, 1, line, at_s=1.0)
    assert state.standings == {worth: 1}
    assert [one.standing for one in said if isinstance(one, SettlePrompt)] == [worth]
    assert isinstance(state.over, Halt) == worth.startswith("false")


def test_an_alert_that_nobody_judged_is_neither_true_nor_false() -> None:
    state = prompted(live_session(), 1, 1.0)
    state, _ = step(state, Ticked(100), RULES)
    assert state.standings == {AlertStanding.UNDECIDED: 1}
    assert state.false_alerts == 0


def test_a_slip_that_was_taken_back_does_not_count() -> None:
    state = prompted(live_session(), 1, 1.0)
    state, _ = step(state, made(OLGA, DISMISSED, 2.0), RULES)
    state, _ = step(state, made(OLGA, UNDO, 3.0), RULES)
    state, _ = step(state, Ticked(30), RULES)
    assert state.false_alerts == 0
    assert state.over is None


def halted() -> tuple[SessionState, list[Command]]:
    state = prompted(prompted(prompted(live_session(), 1, 1.0), 2, 1.0), 3, 1.0)
    for by, move in APPROACH:
        state, _ = step(state, made(by, move, 1.5, 1), RULES)
    for by, move in APPROACH[:2]:
        state, _ = step(state, made(by, move, 1.5, 2), RULES)
    return ended(state, 4, ((OLGA, DISMISSED),), at_s=2.0)


def test_a_halt_withdraws_what_nobody_is_engaged_on() -> None:
    state, said = halted()
    assert isinstance(state.over, Halt)
    expired = {
        one.prompt.number: one.prompt.status for one in said if isinstance(one, ExpirePrompt)
    }
    assert expired == {2: PromptStatus.LOST, 3: PromptStatus.EXPIRED}
    assert state.desk is not None
    assert [one.number for one in state.desk.owed] == [1]


def test_a_halt_is_final() -> None:
    state, _ = halted()
    over = state.over
    state, commands = step(state, searched("E-0009", at_s=9.0, track=9), RULES)
    assert commands == (Drop(),)
    for event in (Ticked(50_000.0), FacesCounted(10_000_000), StopAsked("R1", "closed")):
        state, commands = step(state, event, RULES)
        assert commands == ()
    state, (refused,) = step(state, made(ERIN, ENGAGE, 9.0, 2), RULES)
    assert isinstance(refused, RefuseDecision)
    state, _ = step(state, made(ERIN, IS_ANOTHER, 9.0, 1), RULES)  # R23: the stop is recorded
    assert state.over is over
    assert state.prompts == 4
    assert sum(state.ended.values()) == 4


@pytest.mark.parametrize("name", alone("R16"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

"""The whole live session's step: the desk, time, cameras, floods, and how little it remembers."""

from __future__ import annotations

import random
import sys
from dataclasses import replace

import pytest
from desk_moves import (
    CONFIRMED,
    DISMISSED,
    ENGAGE,
    ERIN,
    NOT_CONFIRMED,
    NOT_NOW,
    OLGA,
    PEOPLE,
    POSSIBLE,
    UNDO,
    live_session,
    made,
    searched,
)

from overt.errors import BadConfig
from overt.live.camera_events import OutageBegan
from overt.live.commands import (
    Drop,
    EndSession,
    ExpirePrompt,
    RaisePrompt,
    RecordCamera,
    RecordDecision,
    RefuseDecision,
    Repeat,
    SettlePrompt,
    Suppress,
    WarnFlooded,
)
from overt.live.events import CameraHappened, FacesCounted, StopAsked, Ticked
from overt.live.state import Rules, SessionState
from overt.live.step import FORGET_TRACK_S, MAX_TRACKS, SWEEP_EVERY_S, step
from overt.policy import FLOODED_DESK, PromptLimits
from overt.review.desk import Desk
from overt.values import CameraId, Similarity
from overt.vocabulary import PromptStatus

RULES = Rules(Similarity(0.9), cool_down_s=60)


def told(state: SessionState, *events: object) -> tuple[SessionState, list[object]]:
    said: list[object] = []
    for event in events:
        state, commands = step(state, event, RULES)  # type: ignore[arg-type]
        said += commands
    return state, said


def busy() -> SessionState:
    """So many faces that no false alert halts anything."""
    return told(live_session(), FacesCounted(1_000_000))[0]


def open_status(state: SessionState) -> dict[int, str]:
    assert state.desk is not None
    return {number: str(one.status) for number, one in state.desk.open.items()}


def test_one_entry_has_one_open_prompt_whatever_the_cool_down() -> None:
    rules = Rules(Similarity(0.9), cool_down_s=1)
    state, _ = step(live_session(), searched(), rules)
    state, _ = step(state, Ticked(30), rules)
    state, commands = step(state, searched(at_s=30, track=2, camera="camera-2"), rules)
    assert isinstance(commands[0], Suppress)
    assert open_status(state) == {1: "pending"}


@pytest.mark.parametrize("rejection", [DISMISSED, NOT_NOW])
def test_a_rejection_suppresses_the_entry_for_that_track_for_good(rejection: object) -> None:
    state, _ = told(busy(), searched(), made(OLGA, rejection), Ticked(200))  # type: ignore[arg-type]
    state, said = told(state, searched(at_s=200))
    assert said == [Suppress(searched(at_s=200))]
    assert state.suppressed == 0  # its alert is counted as a prompt already
    _, said = told(state, searched(at_s=201, track=2))  # another passage is another question
    assert isinstance(said[0], RaisePrompt)


def test_the_second_persons_rejection_does_too() -> None:
    state, _ = told(busy(), searched(), made(OLGA, POSSIBLE), made(ERIN, NOT_CONFIRMED))
    _, said = told(state, Ticked(200), searched(at_s=200))
    assert said == [Suppress(searched(at_s=200))]


def test_a_rejection_taken_back_is_none() -> None:
    state, _ = told(busy(), searched(), made(OLGA, DISMISSED, 1.0))
    assert told(state, searched(at_s=1.0))[1] == [Suppress(searched(at_s=1.0))]
    state, _ = told(state, made(OLGA, UNDO, 2.0))
    _, said = told(state, searched(at_s=2.0))
    assert said == [Repeat(searched(at_s=2.0))]


def test_undoing_after_the_operators_time_leaves_a_prompt_that_nobody_judged() -> None:
    state, _ = told(busy(), searched(), made(OLGA, POSSIBLE, 58.0))
    state, said = told(state, made(OLGA, UNDO, 61.0))
    assert [type(one) for one in said] == [RecordDecision, ExpirePrompt, SettlePrompt]
    assert state.standings == {"undecided": 1}


def test_what_nobody_judged_may_be_put_to_a_person_again() -> None:
    state, said = told(busy(), searched(), Ticked(60))
    assert isinstance(said[1], ExpirePrompt)
    state, said = told(state, searched(at_s=60))
    assert isinstance(said[0], RaisePrompt)


def test_a_capture_that_comes_too_late_is_raised_counted_and_expired_at_once() -> None:
    state, _ = told(busy(), Ticked(100))
    state, said = told(state, searched(at_s=39))
    assert [type(one) for one in said] == [RaisePrompt, ExpirePrompt, SettlePrompt]
    assert open_status(state) == {}


@pytest.mark.parametrize("at_s", [1e12, float("inf"), float("nan")])
def test_a_camera_that_dates_its_frames_in_the_future_silences_nobody(at_s: float) -> None:
    state, _ = told(busy(), Ticked(10), searched(at_s=at_s))
    assert state.now_s == 10
    assert state.desk is not None
    assert state.desk.open[1].captured_s == 10
    state, said = told(state, Ticked(71), searched(at_s=71, track=2))
    assert [type(one) for one in said][-1] is RaisePrompt


def test_a_decision_on_what_is_overdue_is_refused_and_the_prompt_expires() -> None:
    state, _ = told(busy(), searched())
    state, said = told(state, made(OLGA, POSSIBLE, 60.0))
    assert [type(one) for one in said] == [ExpirePrompt, SettlePrompt, RefuseDecision]


def test_time_never_runs_backwards() -> None:
    state, _ = told(busy(), Ticked(50), Ticked(20))
    assert state.now_s == 50


def test_a_flooded_desk_is_said_once_and_drops_nothing() -> None:
    state, said = busy(), []
    for n in range(3 * FLOODED_DESK):
        state, new = told(state, searched(f"E-{n:04}", track=n))
        said += new
    assert [one for one in said if isinstance(one, WarnFlooded)] == [WarnFlooded(FLOODED_DESK)]
    assert len(open_status(state)) == 3 * FLOODED_DESK
    state, said = told(state, Ticked(60))
    assert sum(isinstance(one, ExpirePrompt) for one in said) == 3 * FLOODED_DESK
    assert not state.flooded
    assert state.ended == {PromptStatus.EXPIRED: 3 * FLOODED_DESK}


def test_what_befalls_a_camera_is_recorded_and_changes_nothing() -> None:
    event = OutageBegan(CameraId("camera-1"), 3.0, "no route")
    state = busy()
    assert told(state, CameraHappened(event)) == (state, [RecordCamera(event)])


def test_the_authoritys_end_ends_the_session_by_itself() -> None:
    rules = replace(RULES, ends_at_s=600)
    state, _ = step(busy(), searched(), rules)
    state, _ = step(state, Ticked(599.9), rules)
    assert state.over is None
    state, commands = step(state, Ticked(600), rules)
    assert commands == (EndSession("N3", "the authority's time is over"),)
    state, commands = step(state, searched(at_s=600, track=5), rules)
    assert commands == (Drop(),)
    assert state.unraised == 1


def test_a_stop_that_was_asked_for_is_the_end() -> None:
    state, _ = told(busy(), searched(), made(OLGA, POSSIBLE), made(ERIN, CONFIRMED))
    state, _ = told(state, searched("E-0002", track=2))
    stop = StopAsked("N13", "the ledger cannot be written")
    state, said = told(state, stop)
    assert [type(one) for one in said] == [
        EndSession,
        ExpirePrompt,
        ExpirePrompt,
        SettlePrompt,
        SettlePrompt,
    ]
    assert state.ended == {PromptStatus.LOST: 1, PromptStatus.EXPIRED: 1}
    assert told(state, stop) == (state, [])
    assert isinstance(told(state, made(ERIN, ENGAGE))[1][0], RefuseDecision)


@pytest.mark.parametrize("ends_at_s", [43_200.1, 0.0, float("nan")])
def test_no_session_is_longer_than_the_limit(ends_at_s: float) -> None:
    with pytest.raises(BadConfig, match="R1"):
        Rules(Similarity(0.9), 60, ends_at_s=ends_at_s)


def test_tighter_limits_hold() -> None:
    state = SessionState(desk=Desk(PEOPLE, PromptLimits(pending_s=10)))
    state, _ = told(state, searched(), Ticked(9.9))
    assert open_status(state) == {1: "pending"}
    assert told(state, Ticked(10))[0].ended == {PromptStatus.EXPIRED: 1}


def size_of(state: SessionState) -> int:
    """Bytes of what grows: the state's mappings and what they hold."""
    assert state.desk is not None
    return sum(
        sys.getsizeof(held) + sum(sys.getsizeof(k) + sys.getsizeof(v) for k, v in held.items())
        for held in (state.tracks, state.last_prompt_s, state.desk.open)
    )


@pytest.mark.parametrize("tracks", [40_000])
def test_twelve_hours_of_passers_by_leave_a_bounded_state(tracks: int) -> None:
    """Each track sighted once; 1 in 50 over the threshold, of 300 entries; nobody at the desk."""
    dice = random.Random(5)  # noqa: S311
    state, most, marks = busy(), 0, 0
    for track in range(tracks):
        at_s = track * 43_000 / tracks
        if track % 4 == 0:
            state, _ = told(state, Ticked(at_s))
        similarity = 0.95 if dice.random() < 0.02 else 0.5
        entry = f"E-{dice.randrange(300):04}"
        state, _ = told(state, searched(entry, similarity, at_s, track))
        most, marks = max(most, size_of(state)), max(marks, len(state.tracks))
    alerts_a_second = 0.02 * tracks / 43_000
    assert marks < 2 * alerts_a_second * (FORGET_TRACK_S + SWEEP_EVERY_S) + 20
    assert most < 100_000
    assert state.sightings == tracks


def test_a_flood_of_alerts_is_remembered_only_so_far() -> None:
    state = busy()
    for track in range(MAX_TRACKS + 500):
        state, _ = told(state, searched(track=track))
        assert len(state.tracks) <= MAX_TRACKS
    assert state.suppressed == MAX_TRACKS + 499

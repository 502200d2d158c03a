"""Long random histories of whole live sessions, held against a shadow that keeps its own books.

The suite takes 20,000 steps. By hand:
``PYTHONPATH=src:tests/support python tests/live/test_million_steps.py 1000000 [SEED]``.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from desk_moves import MOVES, PEOPLE, STRANGER

from overt.assess.rates import Rate
from overt.live.camera_events import FramesDropped
from overt.live.commands import (
    Drop,
    EndSession,
    ExpirePrompt,
    Halt,
    RaisePrompt,
    RecordDecision,
    RefuseDecision,
    Repeat,
    SettlePrompt,
    Suppress,
)
from overt.live.events import (
    CameraHappened,
    DecisionMade,
    FacesCounted,
    SightingSearched,
    StopAsked,
    Ticked,
)
from overt.live.state import Fate, Rules, Seen, SessionState
from overt.live.step import FORGET_TRACK_S, MAX_TRACKS, SWEEP_EVERY_S, step
from overt.policy import CEILING_FALSE_ALERTS_PER_FACE
from overt.review.desk import Desk
from overt.review.prompt import ENDS
from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId
from overt.vocabulary import Act, PromptStatus, Role

if TYPE_CHECKING:
    from overt.live.commands import Command
    from overt.live.events import Event
    from overt.vocabulary import AccountId

THRESHOLD, COOL_DOWN_S = 0.9, 60.0
ENTRIES, CAMERAS = 40, 3
ANYONE = (*PEOPLE, STRANGER)
FORWARD = {
    Act.FIND_POSSIBLE: {PromptStatus.POSSIBLE},
    Act.DISMISS: {PromptStatus.DISMISSED},
    Act.UNDO: {PromptStatus.PENDING},
    Act.ACCEPT: {PromptStatus.POSSIBLE, PromptStatus.CONFIRMED, PromptStatus.ENGAGED},
    Act.CONFIRM: {PromptStatus.CONFIRMED},
    Act.NOT_CONFIRM: {PromptStatus.NOT_CONFIRMED},
    Act.ENGAGE: {PromptStatus.ENGAGED},
    Act.CONCLUDE: {PromptStatus.CONCLUDED},
    Act.LOSE: {PromptStatus.LOST},
}


@dataclass
class Shadow:
    """What an observer of events and commands knows, by books of its own."""

    status: dict[int, PromptStatus] = field(default_factory=dict)
    operators: dict[int, set[str]] = field(default_factory=dict)
    confirmers: dict[int, set[str]] = field(default_factory=dict)
    settled: set[int] = field(default_factory=set)
    last_raised_s: dict[str, float] = field(default_factory=dict)
    over: Command | None = None
    false_alerts: int = 0
    faces: int = 0

    def heed(self, event: Event, command: Command, now_s: float) -> None:
        """Check one command against the books, and enter it."""
        match command:
            case RaisePrompt(number, searched):
                assert self.over is None, "halt is final"
                assert number == len(self.status) + 1
                entry = searched.candidate.entry
                at_s = min(searched.at_s, now_s)
                assert searched.candidate.similarity >= THRESHOLD
                assert at_s - self.last_raised_s.get(entry, -1e9) >= COOL_DOWN_S
                self.last_raised_s[entry] = at_s
                self.status[number] = PromptStatus.PENDING
                self.operators[number], self.confirmers[number] = set(), set()
            case RecordDecision(made, before, after):
                assert made is event, "only a person moves a prompt forward (N1, R12)"
                number = after.number
                assert number not in self.settled, "what has ended stays (R12)"
                act = made.move.act
                assert self.status[number] is before.status
                assert before.status not in ENDS or act is Act.UNDO
                assert after.status in FORWARD[act]
                self._people(number, act, made.by)
                self.status[number] = after.status
            case RefuseDecision(made, refusal):
                assert made is event
                assert refusal.rule
            case ExpirePrompt(prompt):
                assert prompt.status in {PromptStatus.EXPIRED, PromptStatus.LOST}
                assert self.status[prompt.number] not in {*ENDS, PromptStatus.ENGAGED}
                self.status[prompt.number] = prompt.status
            case SettlePrompt(prompt, worth):
                assert prompt.number not in self.settled
                assert self.status[prompt.number] is prompt.status
                assert prompt.status in ENDS
                self.settled.add(prompt.number)
                self.false_alerts += worth.startswith("false")
            case Halt() | EndSession():
                assert self.over is None
                self.over = command

    def _people(self, number: int, act: Act, by: AccountId) -> None:
        roles = PEOPLE[by]
        if act in {Act.FIND_POSSIBLE, Act.DISMISS, Act.UNDO}:
            assert Role.OPERATOR in roles
            self.operators[number].add(by)
            return
        assert Role.ENGAGEMENT_OFFICER in roles
        assert by not in self.operators[number], "R27"
        if act is Act.CONFIRM:
            self.confirmers[number].add(by)
        if act is Act.ENGAGE:
            assert self.operators[number], "R27: an operator found it possible"
            assert self.confirmers[number] - self.operators[number], "R27: a second person"


@dataclass
class Driver:
    """Random events for one session after another."""

    dice: random.Random
    tally: Counter[str] = field(default_factory=Counter)
    most: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        self.rules = Rules(
            Similarity(THRESHOLD), COOL_DOWN_S, ends_at_s=self.dice.choice([600, 7200, 43_200])
        )
        self.state = SessionState(desk=Desk(PEOPLE))
        self.shadow = Shadow()
        self.now_s = 0.0
        self.track = 0
        self.pace_s = self.dice.choice([0.1, 0.5, 2.0])
        self.faces_a_step = self.dice.choice([1, 40, 4000])
        self.after_end = 0
        self.tally["sessions"] += 1

    def event(self) -> Event:
        dice = self.dice
        self.now_s += dice.expovariate(1 / self.pace_s) * (self.after_end == 0)
        roll = dice.random()
        if roll < 0.45:
            self.track += dice.random() < 0.5
            similarity = dice.uniform(-1, THRESHOLD) if dice.random() < 0.6 else THRESHOLD
            if dice.random() < 0.001:
                similarity = float("nan")
            entry = EntryId(f"E-{dice.randrange(ENTRIES):04}")
            camera = CameraId(f"camera-{dice.randrange(CAMERAS)}")
            late_s = dice.choice([0, 0, 0, 1, 5, 70, -1000])
            return SightingSearched(
                camera,
                TrackId(max(0, self.track - dice.randrange(4))),
                self.now_s - late_s,
                Candidate(entry, Similarity(similarity)),
            )
        if roll < 0.85:
            return self.decision()
        if roll < 0.95:
            return Ticked(self.now_s)
        if roll < 0.998:
            self.shadow.faces += dice.randrange(2 * self.faces_a_step)
            return FacesCounted(self.shadow.faces, self.shadow.faces // 3)
        if roll < 0.9999:
            return CameraHappened(FramesDropped(CameraId("camera-1"), 3))
        return StopAsked("N13", "the ledger cannot be written")

    def decision(self) -> DecisionMade:
        dice = self.dice
        desk = self.state.desk
        assert desk is not None
        number = dice.randrange(-1, desk.raised + 3)
        if desk.open and dice.random() < 0.9:
            number = dice.choice(list(desk.open))
        by, move = dice.choice(ANYONE), dice.choice(MOVES)
        if dice.random() < 0.7:  # mostly what may be done, so that prompts come far
            may = [(who, act) for who in PEOPLE for act in sorted(desk.acts(number, who))]
            if may:
                by, act = dice.choice(may)
                move = dice.choice([one for one in MOVES if one.act is act])
        return DecisionMade(self.now_s, number, by, move)

    def turn(self) -> None:
        event = self.event()
        before = self.state
        self.state, commands = step(before, event, self.rules)
        for command in commands:
            self.tally[type(command).__name__] += 1
            self.shadow.heed(event, command, self.state.now_s)
        self.check(event, before, commands)
        if self.state.over is not None:
            self.after_end += 1
            if self.after_end > 50:
                self.begin()

    def check(self, event: Event, before: SessionState, commands: tuple[Command, ...]) -> None:
        state, shadow, desk = self.state, self.shadow, self.state.desk
        assert desk is not None
        assert before.desk is not None
        if isinstance(event, SightingSearched):
            alert = event.candidate.similarity >= THRESHOLD
            assert [c for c in commands if isinstance(c, RaisePrompt | Repeat | Suppress | Drop)]
            if not alert:  # R9, N2
                assert commands == (Drop(),)
                assert state == replace(before, sightings=before.sightings + 1)
            seen = Seen(event.camera, event.track, event.candidate.entry)
            mark = before.tracks.get(seen)
            if alert and mark is not None and mark.fate is Fate.REJECTED:
                assert commands == (Suppress(event),)
        entries = [one.entry for one in desk.open.values()]
        assert len(set(entries)) == len(entries), "two open prompts of one entry"
        assert all(desk.open[n].status is shadow.status[n] for n in desk.open)
        assert not shadow.settled & desk.open.keys()
        raised = len(shadow.status)
        assert state.prompts == desk.raised == raised
        assert raised == len(desk.open) + sum(state.ended.values())
        assert sum(state.ended.values()) == sum(state.standings.values()) == len(shadow.settled)
        if commands and isinstance(commands[-1], RefuseDecision):
            unchanged = {n: before.desk.open[n] for n in desk.open}
            assert desk.open == unchanged, "a refusal changed something"
        assert state.over is shadow.over
        if state.over is not None:  # halt is final
            assert before.over is None or state.over is before.over
            assert all(one.outcome_owed for one in desk.open.values())
            assert not state.tracks
        self.check_ceiling()
        if isinstance(event, Ticked | DecisionMade):
            for one in desk.open.values():
                due_s = one.due_s(desk.limits)
                assert due_s is None or due_s > state.now_s
        self.check_bounds(event)

    def check_ceiling(self) -> None:
        state, shadow = self.state, self.shadow
        assert state.false_alerts == shadow.false_alerts
        if not shadow.false_alerts:
            return
        rate = Rate(shadow.false_alerts, max(state.faces, state.prompts))
        if isinstance(state.over, Halt):
            return
        if shadow.false_alerts / rate.trials > CEILING_FALSE_ALERTS_PER_FACE and not state.over:
            assert rate.interval()[0] <= CEILING_FALSE_ALERTS_PER_FACE, "R16: it must halt"

    def check_bounds(self, event: Event) -> None:
        state = self.state
        assert len(state.tracks) <= MAX_TRACKS
        assert len(state.last_prompt_s) <= ENTRIES
        self.most["tracks"] = max(self.most["tracks"], len(state.tracks))
        self.most["open"] = max(self.most["open"], len(state.desk.open))
        if isinstance(event, Ticked):  # a prompt's mark stays until a minute after its end
            oldest = state.now_s - FORGET_TRACK_S - 2 * SWEEP_EVERY_S
            assert all(
                mark.seen_s > oldest - 100 or mark.number is not None
                for mark in state.tracks.values()
            )


def drive(steps: int, seed: int) -> Driver:
    driver = Driver(random.Random(seed))  # noqa: S311
    driver.begin()
    for _ in range(steps):
        driver.turn()
    return driver


@pytest.mark.parametrize("seed", range(4))
def test_over_long_random_histories_no_invariant_breaks(seed: int) -> None:
    tally = drive(5_000, seed).tally
    # A history that never gets anywhere would prove nothing.
    for kind in ("RaisePrompt", "RecordDecision", "RefuseDecision", "ExpirePrompt", "Suppress"):
        assert tally[kind] > 10, tally
    assert tally["Halt"] + tally["EndSession"] >= 1


if __name__ == "__main__":
    began = time.perf_counter()
    done = drive(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - began
    print(f"{sys.argv[1]} steps in {seconds:.1f} s, no invariant broken; peak {peak:.0f} MB")  # noqa: T201
    print(dict(done.tally), dict(done.most))  # noqa: T201

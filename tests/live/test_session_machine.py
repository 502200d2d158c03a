"""Hypothesis looks for the shortest history that breaks a promise of the live session."""

from __future__ import annotations

from desk_moves import MOVES, PEOPLE, STRANGER, live_session, searched
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from overt.live.commands import RaisePrompt, RecordDecision, RefuseDecision, SettlePrompt
from overt.live.events import DecisionMade, Event, FacesCounted, StopAsked, Ticked
from overt.live.step import Command, Rules, step
from overt.review.prompt import ENDS, Prompt
from overt.values import Similarity
from overt.vocabulary import Act, PromptStatus

RULES = Rules(Similarity(0.9), cool_down_s=60, ends_at_s=2_000)


class LiveSession(RuleBasedStateMachine):
    """Any order of sightings, decisions, time, counts and the end."""

    def __init__(self) -> None:
        super().__init__()
        self.state = live_session()
        self.now_s = 0.0
        self.settled: dict[int, Prompt] = {}
        self.people: dict[int, dict[Act, set[str]]] = {}

    def tell(self, event: Event) -> tuple[Command, ...]:
        before = self.state
        self.state, commands = step(before, event, RULES)
        for one in commands:
            if isinstance(one, RaisePrompt):
                assert before.over is None
            if isinstance(one, SettlePrompt):
                assert one.prompt.number not in self.settled
                assert one.prompt.status in ENDS
                self.settled[one.prompt.number] = one.prompt
            if isinstance(one, RecordDecision):
                assert one.made is event
                assert one.after.number not in self.settled
        assert before.over is None or self.state.over is before.over
        return commands

    @rule(
        entry=st.sampled_from(["E-0001", "E-0002", "E-0003"]),
        similarity=st.sampled_from([0.2, 0.8999, 0.9, 1.0]),
        track=st.integers(0, 5),
        camera=st.sampled_from(["north", "south"]),
        late_s=st.sampled_from([-500.0, 0.0, 3.0, 70.0]),
    )
    def sighting(
        self, entry: str, similarity: float, track: int, camera: str, late_s: float
    ) -> None:
        self.tell(searched(entry, similarity, self.now_s - late_s, track, camera))

    @rule(
        by=st.sampled_from([*PEOPLE, STRANGER]),
        move=st.sampled_from(MOVES),
        number=st.integers(0, 4),
        after_s=st.sampled_from([0.0, 0.0, 1.0, 20.0]),
    )
    def decision(self, by: str, move: object, number: int, after_s: float) -> None:
        self.now_s += after_s
        assert self.state.desk is not None
        before = dict(self.state.desk.open)
        commands = self.tell(DecisionMade(self.now_s, number, by, move))  # type: ignore[arg-type]
        acted = [one for one in commands if isinstance(one, RecordDecision | RefuseDecision)]
        assert len(acted) == 1
        if isinstance(acted[0], RefuseDecision):
            assert acted[0].refusal.rule
            left = self.state.desk.open
            assert all(left[n] == before[n] for n in left)
            return
        self.people.setdefault(number, {}).setdefault(acted[0].made.move.act, set()).add(by)

    @rule(seconds=st.sampled_from([0.5, 5.0, 59.0, 61.0, 700.0]))
    def time(self, seconds: float) -> None:
        self.now_s += seconds
        self.tell(Ticked(self.now_s))

    @rule(faces=st.integers(0, 20_000))
    def faces(self, faces: int) -> None:
        assert self.tell(FacesCounted(faces)) == ()

    @rule(really=st.integers(0, 40))
    def stop(self, really: int) -> None:
        if really == 0:
            self.tell(StopAsked("R1", "closed"))

    @invariant()
    def one_open_prompt_an_entry(self) -> None:
        assert self.state.desk is not None
        entries = [one.entry for one in self.state.desk.open.values()]
        assert len(entries) == len(set(entries))

    @invariant()
    def counts_add_up(self) -> None:
        state = self.state
        assert state.desk is not None
        ended = sum(state.ended.values())
        assert state.prompts == len(state.desk.open) + ended
        assert ended == sum(state.standings.values()) == len(self.settled)
        assert not self.settled.keys() & state.desk.open.keys()

    @invariant()
    def nobody_is_approached_before_two_people_agree(self) -> None:
        assert self.state.desk is not None
        for number, prompt in self.state.desk.open.items():
            if prompt.status not in {PromptStatus.CONFIRMED, PromptStatus.ENGAGED}:
                continue
            acts = self.people[number]
            operators = set().union(
                *(acts.get(act, set()) for act in (Act.FIND_POSSIBLE, Act.DISMISS))
            )
            assert acts[Act.FIND_POSSIBLE]
            assert acts[Act.CONFIRM]
            assert not operators & acts[Act.CONFIRM]
            assert not operators & acts.get(Act.ENGAGE, set())

    @invariant()
    def after_the_end_only_stops_are_open(self) -> None:
        assert self.state.desk is not None
        if self.state.over is not None:
            assert all(one.outcome_owed for one in self.state.desk.open.values())


LiveSession.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestLiveSession = LiveSession.TestCase

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.live.step import (
    Drop,
    RaisePrompt,
    Repeat,
    Rules,
    SessionState,
    SightingSearched,
    Suppress,
    step,
)
from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId

RULES = Rules(Similarity(0.9), 60)


def searched(
    entry: str = "ann",
    similarity: float = 0.95,
    at_s: float = 0.0,
    track: int = 1,
    camera: str = "camera-1",
) -> SightingSearched:
    candidate = Candidate(EntryId(entry), Similarity(similarity))
    return SightingSearched(CameraId(camera), TrackId(track), at_s, candidate)


def test_below_the_threshold_only_a_count_is_left() -> None:
    state, (command,) = step(SessionState(), searched(similarity=0.8999), RULES)
    assert command == Drop()
    assert state == SessionState(sightings=1)


def test_at_the_threshold_it_is_an_alert() -> None:
    _, (command,) = step(SessionState(), searched(similarity=0.9), RULES)
    assert isinstance(command, RaisePrompt)


def test_what_is_no_number_is_dropped() -> None:
    _, (command,) = step(SessionState(), searched(similarity=float("nan")), RULES)
    assert command == Drop()


def test_one_prompt_per_entry_and_cool_down_across_cameras() -> None:
    state, (first,) = step(SessionState(), searched(), RULES)
    assert first == RaisePrompt(1, searched())
    state, (second,) = step(state, searched(at_s=59.9, track=7, camera="camera-2"), RULES)
    assert isinstance(second, Suppress)
    state, (again,) = step(state, searched(at_s=59.95, track=7, camera="camera-2"), RULES)
    assert isinstance(again, Suppress)
    assert state.suppressed == 1  # one track, however often it is seen
    state, (third,) = step(state, searched(at_s=60.0, track=8), RULES)
    assert isinstance(third, RaisePrompt)
    assert third.number == 2


def test_another_entry_is_not_held_back() -> None:
    state, (_,) = step(SessionState(), searched(), RULES)
    _, (command,) = step(state, searched(entry="bob", at_s=1, track=2), RULES)
    assert isinstance(command, RaisePrompt)


def test_a_track_raises_one_prompt_for_an_entry_however_long_it_lasts() -> None:
    state, (_,) = step(SessionState(), searched(), RULES)
    after, (command,) = step(state, searched(at_s=500), RULES)
    assert isinstance(command, Repeat)
    assert (after.sightings, after.prompts, after.suppressed) == (2, 1, 0)


events = st.builds(
    searched,
    entry=st.sampled_from("abc"),
    similarity=st.floats(0.8, 1),
    at_s=st.floats(0, 300),
    track=st.integers(0, 4),
    camera=st.sampled_from(["camera-1", "camera-2"]),
)


@given(st.lists(events, max_size=60))
def test_over_any_history_the_promises_hold(history: list[SightingSearched]) -> None:
    state = SessionState()
    raised: list[SightingSearched] = []
    for event in sorted(history, key=lambda one: one.at_s):
        before = state
        state, (command,) = step(state, event, RULES)
        assert state.sightings == before.sightings + 1
        if isinstance(command, RaisePrompt):
            assert command.number == len(raised) + 1 == state.prompts
            assert event.candidate.similarity >= RULES.threshold
            for earlier in raised:
                if earlier.candidate.entry == event.candidate.entry:
                    assert event.at_s - earlier.at_s >= RULES.cool_down_s
            raised.append(event)
        elif isinstance(command, Drop):
            assert event.candidate.similarity < RULES.threshold
            assert state == replace(before, sightings=state.sightings)


def test_rules_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        RULES.threshold = Similarity(0.1)  # type: ignore[misc]

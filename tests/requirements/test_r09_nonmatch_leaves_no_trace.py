"""R9, N2: what does not match is gone at once; nothing of it is kept, exported or searched again.

On the step and the matcher: after the search of someone on no list, only counts are left. What a
whole live session leaves is looked for in `test_r09_session_leaves_no_trace.py`.
"""

from __future__ import annotations

import dataclasses
import gc
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest
from desk_moves import ERIN, MOVES, OLGA, live_session, made
from desk_moves import searched as searched_in_session
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.live.events import StopAsked
from overt.live.step import Drop, Rules, SessionState, SightingSearched, step
from overt.values import CameraId, Candidate, EntryId, Similarity, Template, TrackId
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from overt.review.prompt import Move

THRESHOLD = Similarity(0.9)
RULES = Rules(THRESHOLD, cool_down_s=60)


def unit(seed: int, length: int = 128) -> np.ndarray:
    vector = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
    return vector / np.linalg.norm(vector)


def matcher() -> Matcher:
    entries = tuple(
        Entry(EntryId(f"e{n}"), (Template(unit(n), "m"),), (1.0,), (f"e{n}.jpg",))
        for n in range(20)
    )
    return Matcher(Watchlist(entries=entries, model="m"))


def searched(similarity: float, track: int = 1) -> SightingSearched:
    candidate = Candidate(EntryId("e1"), Similarity(similarity))
    return SightingSearched(CameraId("camera-1"), TrackId(track), 1.0, candidate)


@settings(deadline=None)
@given(st.lists(st.floats(-1, float(THRESHOLD), exclude_max=True), max_size=50))
def test_of_any_number_of_non_matches_only_their_count_is_left(below: list[float]) -> None:
    state = SessionState()
    for track, similarity in enumerate(below):
        state, (command,) = step(state, searched(similarity, track), RULES)
        assert command == Drop()
    assert state == SessionState(sightings=len(below))


@settings(deadline=None)
@given(st.lists(st.sampled_from(MOVES), max_size=6), st.lists(st.floats(-1, 0.8999), max_size=20))
def test_in_a_live_session_too_whatever_people_decided(
    moves: list[Move], below: list[float]
) -> None:
    state, _ = step(live_session(), searched_in_session("E-0001"), RULES)
    for move in moves:
        for by in (OLGA, ERIN):
            state, _ = step(state, made(by, move), RULES)
    before = state
    for track, similarity in enumerate(below):
        event = searched_in_session("E-0002", similarity, 0.0, 100 + track)
        state, commands = step(state, event, RULES)
        assert commands == (Drop(),)
    assert state == dataclasses.replace(before, sightings=before.sightings + len(below))


def test_the_command_to_drop_carries_nothing() -> None:
    assert dataclasses.fields(Drop) == ()


def test_a_similarity_that_is_no_number_is_dropped() -> None:
    assert step(SessionState(), searched(float("nan")), RULES)[1] == (Drop(),)


def test_a_possible_match_is_not_dropped() -> None:
    assert step(SessionState(), searched(THRESHOLD), RULES)[1] != (Drop(),)


@pytest.mark.parametrize("seed", range(100, 103))
def test_the_template_of_a_non_match_is_freed_when_its_sighting_is(seed: int) -> None:
    listed = matcher()
    before = listed.vectors.copy()
    vector = unit(seed)
    gone = weakref.ref(vector)
    probe = Template(vector, "m")
    candidate = listed.best(probe)
    assert candidate.similarity < THRESHOLD
    state, (command,) = step(
        SessionState(), SightingSearched(CameraId("c"), TrackId(1), 0.0, candidate), RULES
    )
    del vector, probe, candidate
    gc.collect()
    assert gone() is None
    assert (command, state.sightings) == (Drop(), 1)
    assert np.array_equal(listed.vectors, before)


def test_a_command_of_the_step_has_no_room_for_a_template() -> None:
    names = {field.name for field in dataclasses.fields(SightingSearched)}
    assert names == {"camera", "track", "at_s", "candidate", "category"}
    assert {field.name for field in dataclasses.fields(Candidate)} == {"entry", "similarity"}


def test_after_the_end_nothing_is_kept_of_a_match_either() -> None:
    state, _ = step(SessionState(), StopAsked("R1", "ended"), RULES)
    after, commands = step(state, searched(0.99), RULES)
    assert commands == (Drop(),)
    assert after.tracks == {}
    assert (after.prompts, after.suppressed) == (0, 0)

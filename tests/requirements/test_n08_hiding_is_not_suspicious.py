"""N8: avoiding the camera, or covering the face, is never treated as suspicious.

A face that cannot be assessed is a number and nothing else, and a covering can only cast doubt on
a comparison.
"""

from __future__ import annotations

import dataclasses
import re

import pytest
from desk_moves import AGREE, adjudication, live_session, searched
from hypothesis import given
from hypothesis import strategies as st

from overt import values, vocabulary
from overt.errors import BadForm
from overt.live.events import FacesCounted, Ticked
from overt.live.step import Rules, step
from overt.values import Similarity
from overt.vocabulary import Category, Ground, SubjectFactor

RULES = Rules(Similarity(0.9), cool_down_s=60)
AVOIDING = re.compile(r"avoid|evad|evasi|hid(e|ing)|turn(ed|s)-away|cover|mask|hood|suspic|refus")


def closed_lists() -> list[type]:
    return [
        one
        for one in vars(vocabulary).values()
        if isinstance(one, type) and issubclass(one, vocabulary.StrEnum) and len(one)
    ]


def test_no_closed_list_has_a_word_for_it_but_the_doubt_it_casts() -> None:
    found = {
        (kind.__name__, str(member))
        for kind in closed_lists()
        for member in kind
        if AVOIDING.search(str(member)) and kind.__name__ != "Step"
    }
    assert found == {("SubjectFactor", "partly-covered")}
    assert len(closed_lists()) > 15


@pytest.mark.parametrize("claimed", ["partly-covered", "face-covered", "avoided-the-camera"])
def test_it_is_no_ground(claimed: str) -> None:
    assert claimed not in set(Ground) | set(Category)
    with pytest.raises(BadForm, match="ground"):
        adjudication("possible", claimed)


def test_a_covering_is_weighed_beside_a_ground_and_never_in_its_place() -> None:
    form = adjudication("possible", AGREE, subject="partly-covered")
    assert form.subject is SubjectFactor.PARTLY_COVERED
    assert form.ground is Ground.FACIAL_FEATURES_AGREE
    with pytest.raises(BadForm, match="R12"):
        adjudication("possible", "picture-too-poor", subject="partly-covered")


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=40))
def test_any_number_of_faces_that_cannot_be_assessed_leads_to_nothing(
    counts: list[tuple[int, int]],
) -> None:
    state = live_session()
    for at_s, (faces, unassessable) in enumerate(counts):
        state, commands = step(state, FacesCounted(faces + unassessable, unassessable), RULES)
        assert commands == ()
        state, commands = step(state, Ticked(float(at_s)), RULES)
        assert commands == ()
    assert state.prompts == 0
    plain = dataclasses.replace(live_session(), faces=state.faces, now_s=state.now_s)
    assert dataclasses.replace(state, unassessable=0, swept_s=0) == plain


def test_what_cannot_be_assessed_has_no_name_no_track_and_no_place() -> None:
    assert {field.name for field in dataclasses.fields(FacesCounted)} == {"faces", "unassessable"}


def test_it_does_not_bear_on_who_is_prompted() -> None:
    calm, _ = step(live_session(), FacesCounted(1_000, 0), RULES)
    hidden, _ = step(live_session(), FacesCounted(1_000, 999), RULES)
    for similarity in (0.89, 0.9, 0.95):
        event = searched(similarity=similarity)
        assert step(calm, event, RULES)[1] == step(hidden, event, RULES)[1]


def test_a_problem_with_a_picture_speaks_of_the_picture() -> None:
    assert [one for one in values.Problem if AVOIDING.search(one)] == []

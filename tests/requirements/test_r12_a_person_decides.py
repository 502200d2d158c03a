"""R12: a named person decides, on grounds; a similarity is none; identity by ordinary means."""

from __future__ import annotations

import dataclasses
import typing

import pytest
from broken import alone, see_refused
from desk_moves import (
    AGREE,
    DIFFER,
    IS_THE_PERSON,
    OLGA,
    OUTCOME,
    POSSIBLE,
    WEIGHED,
    adjudication,
    live_session,
    made,
    outcome,
    searched,
)
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BadForm
from overt.live.commands import ExpirePrompt, RecordDecision, RefuseDecision
from overt.live.events import DecisionMade, FacesCounted, SightingSearched, Ticked
from overt.live.step import Rules, SessionState, step
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm, read_form
from overt.review.prompt import Move, Prompt
from overt.values import Similarity
from overt.vocabulary import Ground, Identity, IdentityBy, PromptStatus

RULES = Rules(Similarity(0.9), cool_down_s=60)
SCORE = ("similarity", "score", "threshold", "confidence", "rarity", "system")


def test_no_ground_is_a_score() -> None:
    assert [ground for ground in Ground if any(word in ground for word in SCORE)] == []
    for claimed in ("similarity", "score", "0.97", "high-similarity"):
        with pytest.raises(BadForm, match="ground"):
            adjudication("possible", claimed)


@pytest.mark.parametrize("form", [AdjudicationForm, ConfirmationForm])
@pytest.mark.parametrize("left_out", ["decision", "ground"])
def test_there_is_no_decision_without_its_grounds(form: type, left_out: str) -> None:
    said = {
        "decision": "possible" if form is AdjudicationForm else "confirmed",
        "ground": AGREE,
        **WEIGHED,
    }
    read_form(form, said)
    del said[left_out]
    with pytest.raises(BadForm, match=left_out):
        read_form(form, said)


@pytest.mark.parametrize(
    ("decision", "ground"),
    [
        ("possible", DIFFER),
        ("possible", "picture-too-poor"),
        ("possible", "known-to-be-elsewhere"),
        ("possible", "not-proportionate"),
        ("dismissed", AGREE),
    ],
)
def test_a_ground_that_speaks_against_the_decision_is_refused(decision: str, ground: str) -> None:
    with pytest.raises(BadForm, match="R12"):
        adjudication(decision, ground, reason="because")


@pytest.mark.parametrize(
    ("decision", "ground"),
    [("possible", "other-information"), ("dismissed", "known-to-be-elsewhere")],
)
def test_a_ground_that_says_nothing_alone_needs_a_reason_in_words(
    decision: str, ground: str
) -> None:
    with pytest.raises(BadForm, match="R12"):
        adjudication(decision, ground)
    adjudication(decision, ground, reason="A colleague saw her in custody at noon.")


def test_only_the_ways_out_of_a_decision_need_no_form() -> None:
    plain = {move.__name__ for move in typing.get_args(Move) if dataclasses.is_dataclass(move)}
    assert plain == {"Undo", "Accept", "Engage", "Lose"}


def test_each_decision_is_recorded_with_its_person_and_its_form() -> None:
    state, _ = step(live_session(), searched(), RULES)
    state, commands = step(state, made(OLGA, POSSIBLE), RULES)
    (recorded,) = commands
    assert isinstance(recorded, RecordDecision)
    assert (recorded.made.by, recorded.made.move) == (OLGA, POSSIBLE)
    assert (recorded.before.status, recorded.after.status) == ("pending", "possible")


def test_a_session_without_a_desk_decides_nothing() -> None:
    state, _ = step(SessionState(), searched(), RULES)
    after, (command,) = step(state, made(OLGA, POSSIBLE), RULES)
    assert isinstance(command, RefuseDecision)
    assert command.refusal.rule == "R12"
    assert after == state


passing = st.one_of(
    st.builds(
        searched,
        entry=st.sampled_from(["E-0001", "E-0002"]),
        similarity=st.floats(0.9, 1),
        at_s=st.floats(0, 400),
        track=st.integers(0, 9),
    ),
    st.builds(Ticked, st.floats(0, 400)),
    st.builds(FacesCounted, st.integers(0, 10_000)),
)


@given(st.lists(passing, max_size=60))
def test_whatever_the_score_nothing_but_a_person_moves_a_prompt_forward(
    history: list[SightingSearched | Ticked | FacesCounted],
) -> None:
    state = live_session()
    for event in history:
        state, commands = step(state, event, RULES)
        assert not any(isinstance(one, RecordDecision) for one in commands)
        for one in commands:
            if isinstance(one, ExpirePrompt):
                assert one.prompt.status is PromptStatus.EXPIRED
        assert state.desk is not None
        assert {one.status for one in state.desk.open.values()} <= {PromptStatus.PENDING}
    assert not any(isinstance(event, DecisionMade) for event in history)


def test_a_prompt_before_people_holds_no_score() -> None:
    assert not {field.name for field in dataclasses.fields(Prompt)} & set(SCORE)


@pytest.mark.parametrize(
    ("identity", "by"),
    [
        (Identity.IS_THE_PERSON, IdentityBy.NOT_ESTABLISHED),
        (Identity.IS_THE_PERSON, IdentityBy.PLAINLY_ANOTHER),
        (Identity.IS_NOT_THE_PERSON, IdentityBy.NOT_ESTABLISHED),
        (Identity.UNRESOLVED, IdentityBy.DOCUMENT),
    ],
)
def test_identity_is_settled_by_ordinary_means_alone(identity: str, by: str) -> None:
    with pytest.raises(BadForm, match="R12"):
        outcome(identity=identity, identity_by=by)


def test_no_means_of_identity_is_the_systems() -> None:
    words = (*SCORE, "face", "facial", "likeness", "picture", "alert", "match")
    assert [means for means in IdentityBy if any(word in means for word in words)] == []
    for claimed in ("similarity", "facial-recognition"):
        with pytest.raises(BadForm, match="identity_by"):
            outcome(identity_by=claimed)
    assert read_form(OutcomeForm, OUTCOME) == IS_THE_PERSON


@pytest.mark.parametrize("name", alone("R12"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

from __future__ import annotations

import json

import pytest
from desk_moves import AGREE, OUTCOME, WEIGHED

from overt.errors import BadForm
from overt.policy import MAX_REASON_CHARS, MAX_STOP_S
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm, read_form
from overt.vocabulary import Act, Ground

ADJUDICATION = {**WEIGHED, "decision": "possible", "ground": AGREE}


def test_a_form_is_read_from_a_mapping_or_from_json() -> None:
    form = read_form(AdjudicationForm, ADJUDICATION)
    assert read_form(AdjudicationForm, json.dumps(ADJUDICATION)) == form
    assert (form.act, form.ground) == (Act.FIND_POSSIBLE, Ground.FACIAL_FEATURES_AGREE)


BAD = {
    "unknown field": ({"score": 0.9}, "score"),
    "unknown ground": ({"ground": "similarity"}, "ground"),
    "unknown decision": ({"decision": "match"}, "decision"),
    "several factors": ({"subject": ["no-concern", "age-gap"]}, "subject"),
    "no factor": ({"system": None}, "system"),
    "empty factor": ({"environment": ""}, "environment"),
    "reason is no text": ({"reason": 7}, "reason"),
    "reason too long": ({"reason": "x" * (MAX_REASON_CHARS + 1)}, "reason"),
    "reason unprintable": ({"reason": "a\x1b[2Jb"}, "reason"),
    "not of JSON": ({"reason": object()}, "adjudication"),
    "infinite": ({"reason": float("inf")}, "adjudication"),
}


@pytest.mark.parametrize(("change", "named"), BAD.values(), ids=BAD)
def test_a_malformed_form_is_refused_in_one_line_that_names_the_field(
    change: dict[str, object], named: str
) -> None:
    with pytest.raises(BadForm, match=named) as caught:
        read_form(AdjudicationForm, {**ADJUDICATION, **change})
    assert "\n" not in caught.value.line


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"decision": "possible"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadForm, match="adjudication"):
        read_form(AdjudicationForm, text)


def test_a_refusal_never_repeats_what_was_written() -> None:
    with pytest.raises(BadForm) as caught:
        read_form(AdjudicationForm, {**ADJUDICATION, "reason": "Ada Lovelace" * 100})
    assert "Ada" not in caught.value.line
    assert "Ada" not in repr(caught.value.__cause__)


def test_several_faults_are_counted() -> None:
    with pytest.raises(BadForm, match=r"and 4 more"):
        read_form(ConfirmationForm, {})


def test_space_around_a_reason_is_no_reason() -> None:
    with pytest.raises(BadForm, match="needs a reason"):
        read_form(
            AdjudicationForm, {**ADJUDICATION, "ground": "other-information", "reason": " \n"}
        )


@pytest.mark.parametrize("seconds", [0, -5, MAX_STOP_S + 1, 3.5, "240", True, None])
def test_a_duration_is_whole_seconds_within_a_day(seconds: object) -> None:
    with pytest.raises(BadForm, match="stop_seconds"):
        read_form(OutcomeForm, {**OUTCOME, "stop_seconds": seconds})


@pytest.mark.parametrize("answer", ["yes", 1, None, "true"])
def test_whether_identity_was_asked_is_yes_or_no(answer: object) -> None:
    with pytest.raises(BadForm, match="identity_asked"):
        read_form(OutcomeForm, {**OUTCOME, "identity_asked": answer})

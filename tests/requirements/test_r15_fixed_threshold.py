"""R15: the threshold is fixed in the authority; a change needs a new authority (see also N9)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from broken import alone, see_refused
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import NOW, facts_of, form_with, live
from pydantic import ValidationError

from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask

GOOD = live(facts_of())


@settings(deadline=None, max_examples=60)
@given(st.decimals(min_value="0.0001", max_value="0.9999", places=4))
def test_any_other_threshold_ends_the_session(threshold: Decimal) -> None:
    assert GOOD.session
    assert GOOD.authority
    facts = replace(GOOD, session=replace(GOOD.session, threshold=threshold))
    answer = ask(Asked.STAY_LIVE, facts, NOW)
    authorised = GOOD.authority.recognition.threshold
    if threshold != authorised:
        assert isinstance(answer, Refused)
        assert ("N9" if threshold < authorised else "R15") in answer.rules
    else:
        assert not isinstance(answer, Refused)


def test_a_written_authority_cannot_be_changed_in_place() -> None:
    assert GOOD.authority
    with pytest.raises(ValidationError):
        GOOD.authority.recognition.threshold = Decimal("0.5")  # type: ignore[misc]
    with pytest.raises(ValidationError):
        GOOD.authority.max_entries = 10**5  # type: ignore[misc]


def test_an_edited_authority_is_none() -> None:
    assert GOOD.authority
    assert GOOD.session
    lower = form_with(GOOD.authority.recognition, threshold=Decimal("0.92"))
    edited = form_with(GOOD.authority, recognition=lower)
    session = replace(GOOD.session, threshold=Decimal("0.92"))
    answer = ask(Asked.STAY_LIVE, replace(GOOD, authority=edited, session=session), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules[:2] == ("R4", "N9")


def test_templates_of_another_model_are_not_searched() -> None:
    assert GOOD.watchlist
    other = replace(GOOD.watchlist, model="another-model")
    answer = ask(Asked.STAY_LIVE, replace(GOOD, watchlist=other), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R15",)


@pytest.mark.parametrize("name", alone("R15"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("pack", "another"),
        ("identity", "another-1"),
        ("engine", "openvino"),
        ("precision", "bf16"),
        ("normalisation", "list"),
        ("detector_px", 320),
    ],
)
def test_nothing_else_recognises_than_was_authorised(field: str, other: object) -> None:
    assert GOOD.session
    used = form_with(GOOD.session.combination, **{field: other})
    answer = ask(
        Asked.STAY_LIVE, replace(GOOD, session=replace(GOOD.session, combination=used)), NOW
    )
    assert isinstance(answer, Refused)
    assert "R15" in answer.rules

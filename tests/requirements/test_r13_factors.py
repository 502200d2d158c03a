"""R13: an adjudication, and the second person's, weighs subject, system and environment."""

from __future__ import annotations

import pytest
from desk_moves import AGREE, WEIGHED, adjudication, confirmation

from overt.errors import BadForm
from overt.review.forms import AdjudicationForm, ConfirmationForm, read_form
from overt.vocabulary import EnvironmentFactor, SubjectFactor, SystemFactor

FACTORS = {"subject": SubjectFactor, "system": SystemFactor, "environment": EnvironmentFactor}
FORMS = {AdjudicationForm: "possible", ConfirmationForm: "confirmed"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("factor", FACTORS)
def test_each_factor_is_weighed_or_there_is_no_decision(form: type, factor: str) -> None:
    said = {**WEIGHED, "decision": FORMS[form], "ground": AGREE}
    read_form(form, said)
    del said[factor]
    with pytest.raises(BadForm, match=factor):
        read_form(form, said)


@pytest.mark.parametrize("form", FORMS)
def test_no_factor_is_filled_in_for_anybody(form: type) -> None:
    fields = form.model_fields  # type: ignore[attr-defined]
    assert all(fields[name].is_required() for name in (*FACTORS, "decision", "ground"))


@pytest.mark.parametrize(
    ("factor", "value"), [(name, value) for name, values in FACTORS.items() for value in values]
)
def test_every_factor_of_the_closed_list_can_be_said(factor: str, value: str) -> None:
    assert getattr(adjudication("possible", AGREE, **{factor: value}), factor) is value
    assert getattr(confirmation("confirmed", AGREE, **{factor: value}), factor) is value


@pytest.mark.parametrize("factor", FACTORS)
def test_no_concern_is_said_and_free_text_is_not(factor: str) -> None:
    assert "no-concern" in set(FACTORS[factor])
    with pytest.raises(BadForm, match=factor):
        adjudication("possible", AGREE, **{factor: "seems fine"})

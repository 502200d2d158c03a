"""R19: what describes a person is what an officer recorded, and "not recorded" is an answer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from desk_moves import OUTCOME, outcome
from told_lines import REFS, decided, document_of, raised
from told_lines import outcome as ended

import overt
from overt.errors import BadForm
from overt.records.events import EngagementBegan
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm, read_form
from overt.vocabulary import Identity, RecordedAge, RecordedSex, SelfDefinedEthnicity

SOURCE = Path(overt.__file__).parent
RECORDED = {"ethnicity": SelfDefinedEthnicity, "sex": RecordedSex, "age": RecordedAge}
SEES_PASSERS_BY = ("video", "faces", "watchlist", "live")


@pytest.mark.parametrize("field", RECORDED)
def test_each_is_answered_and_none_is_filled_in(field: str) -> None:
    assert OutcomeForm.model_fields[field].is_required()
    left_out = {name: value for name, value in OUTCOME.items() if name != field}
    with pytest.raises(BadForm, match=field):
        read_form(OutcomeForm, left_out)
    with pytest.raises(BadForm, match=field):
        outcome(**{field: "guessed"})


def test_not_recorded_and_not_asked_are_answers() -> None:
    form = outcome(ethnicity="not-asked", sex="not-recorded", age="not-recorded")
    assert {form.ethnicity, form.sex, form.age} == {"not-asked", "not-recorded"}
    assert outcome(ethnicity="not-stated").ethnicity is SelfDefinedEthnicity.NOT_STATED


def test_they_are_asked_for_at_an_engagement_and_nowhere_before() -> None:
    for form in (AdjudicationForm, ConfirmationForm):
        assert not form.model_fields.keys() & RECORDED.keys()


def filled_in(tree: ast.AST) -> set[str]:
    """How a module brings officers' fields in, or makes an outcome other than by reading one."""
    kinds = {kind.__name__ for kind in RECORDED.values()}
    found = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in kinds or (alias.name == "OutcomeForm" and alias.asname)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("OutcomeForm"):
            found.add(ast.unparse(node.func))
        changes = isinstance(node, ast.Attribute) and node.attr in {"model_construct", "model_copy"}
        if changes and "form" in ast.unparse(node).lower():
            found.add(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "module",
    sorted(path for part in SEES_PASSERS_BY for path in (SOURCE / part).rglob("*.py")),
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_nothing_that_sees_passers_by_can_fill_them_in(module: Path) -> None:
    assert filled_in(ast.parse(module.read_text(encoding="utf-8"))) == set()


@pytest.mark.parametrize(
    "planted",
    [
        "from overt.vocabulary import RecordedSex",
        "from overt.review.forms import OutcomeForm as F",
        "OutcomeForm(sex='female')",
        "OutcomeForm.model_validate({})",
        "form.model_copy(update={})",
    ],
)
def test_the_search_finds_a_module_that_could(planted: str) -> None:
    assert filled_in(ast.parse(planted))


def test_the_search_lets_an_officers_own_form_pass() -> None:
    assert not filled_in(ast.parse("form = read_form(OutcomeForm, data)"))


def test_the_record_has_them_of_all_who_were_stopped_and_of_those_wrongly() -> None:
    stopped = [
        one for ref in REFS[:2] for one in (*decided(ref, confirmed=True), EngagementBegan(ref))
    ]
    found = document_of(
        *raised(*REFS),
        *stopped,
        ended(REFS[0], Identity.IS_THE_PERSON, RecordedSex.FEMALE),
        ended(REFS[1], Identity.IS_NOT_THE_PERSON, RecordedSex.MALE),
    )["recorded_by_officers"]
    assert found["engagements"]["sex"] == {"female": 1, "male": 1}
    assert found["false_alerts"]["sex"] == {"male": 1}

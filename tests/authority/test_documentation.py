"""docs/authority.md explains every field of an application, and gives the limits in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from overt.authority.application import (
    Application,
    Camera,
    Complaints,
    Composition,
    Document,
    NoticePlan,
    Place,
    Recognition,
    Retention,
    Window,
)
from overt.policy import EU, UK
from overt.vocabulary import DocumentKind, Kind, UseCase

PAGE = (Path(__file__).parents[2] / "docs" / "authority.md").read_text(encoding="utf-8")
WHOLE = {"window", "place", "cameras", "watchlist", "documents", "recognition", "retention"}
WHOLE |= {"complaints", "notice"}
FORMS = [Application, Camera, Complaints, Composition, Document, NoticePlan, Place, Recognition]


@pytest.mark.parametrize("form", [*FORMS, Retention, Window], ids=lambda form: form.__name__)
def test_every_field_is_explained(form: type[Application]) -> None:
    for field in set(form.model_fields) - WHOLE:
        assert any(f"{before}{field}" in PAGE for before in ("`", ".")), field


@pytest.mark.parametrize("word", [*Kind, *UseCase, *DocumentKind])
def test_every_word_of_a_closed_list_is_there(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_limits_are_those_in_force() -> None:
    for said in (
        f"| longest session | {UK.max_session_hours:g} h | {EU.max_session_hours:g} h |",
        f"| notice | {UK.min_notice_hours:g} h | {EU.min_notice_hours:g} h |",
        f"24 h, {UK.max_alert_hours / 24:g} days | 24 h, {EU.max_alert_hours / 24:g} days",
        f"16; {UK.max_area_km2:g} km² | 16; {EU.max_area_km2:g} km²",
        f"at least {UK.min_tpir:g}",
        f"at most {UK.max_fpir:g}",
        f"{UK.min_non_mated:,} non-mated, {UK.min_mated} mated",
        f"over {UK.max_group_fpir_ratio:g} times",
        f"{UK.min_group_non_mated} non-mated searches a group, {UK.min_group_false_alerts} false",
    ):
        assert said in PAGE, said

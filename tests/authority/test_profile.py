"""Profiles only tighten."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest

from overt.authority.limits import held
from overt.errors import BadConfig
from overt.policy import EU, MAX_SESSION_HOURS, UK, Profile
from overt.vocabulary import Category, DocumentKind

NUMBERS = [f.name for f in fields(Profile) if f.name.startswith(("min_", "max_", "default_"))]


@pytest.mark.parametrize("profile", [UK, EU], ids=["uk", "eu"])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_only_tightens(profile: Profile, name: str) -> None:
    limit = getattr(profile, name)
    tighter = limit + 1 if name.startswith("min_") else limit / 2
    looser = limit / 2 if name.startswith("min_") else limit + 1
    if isinstance(limit, int):
        tighter, looser = int(tighter), int(looser)
    assert getattr(profile.tightened(**{name: tighter}), name) == tighter
    for wrong in (looser, math.nan, "1", None, True, -1):
        with pytest.raises(BadConfig, match="looser"):
            profile.tightened(**{name: wrong})
    assert getattr(profile, name) == limit


def test_requirements_are_added_and_categories_taken_away() -> None:
    assert UK.tightened(require_independent_approval=True).require_independent_approval
    with pytest.raises(BadConfig):
        EU.tightened(require_independent_approval=False)
    few = frozenset({Category.MISSING_AT_RISK})
    assert UK.tightened(categories=few).categories == few
    for wrong in (frozenset(), frozenset(Category)):
        with pytest.raises(BadConfig):
            EU.tightened(categories=wrong)
    with pytest.raises(BadConfig):
        UK.tightened(required_documents=frozenset({DocumentKind.DPIA}))


@pytest.mark.parametrize("name", ["two_people", "ledger", "blur", "name", "min_nothing"])
def test_there_is_nothing_else_to_set(name: str) -> None:
    with pytest.raises(BadConfig, match="no limit"):
        UK.tightened(**{name: False})


def test_no_field_switches_two_people_the_ledger_or_the_blur() -> None:
    names = " ".join(f.name for f in fields(Profile))
    assert not any(word in names for word in ("two", "confirm", "ledger", "blur", "log", "people"))


def test_a_profile_made_by_hand_is_held_to_the_shipped_one() -> None:
    assert held(UK.tightened(max_cameras=2)).max_cameras == 2
    for wrong in (
        replace(UK, max_session_hours=MAX_SESSION_HOURS + 1),
        replace(EU, require_independent_approval=False),
        replace(UK, name="home-made"),
    ):
        with pytest.raises(BadConfig, match="R26"):
            held(wrong)


def test_the_eu_profile_is_nowhere_looser() -> None:
    names = [f.name for f in fields(Profile) if f.name != "name"]
    assert UK.tightened(**{name: getattr(EU, name) for name in names}) == replace(EU, name="uk")

"""R3: who is justified: closed categories, each with the most that may be listed."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from broken import alone, see_refused
from papers import NOW, application_of, facts_of, resigned

from overt.authority.application import canonical, parse_application
from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.errors import BadApplication
from overt.vocabulary import Category


def with_categories(categories: dict[str, Any]) -> str:
    whole = json.loads(canonical(application_of()))
    whole["watchlist"]["categories"] = categories
    return json.dumps(whole)


@pytest.mark.parametrize("name", ["other", "person-of-interest", "any", "", "WANTED-ON-WARRANT"])
def test_there_is_no_catch_all(name: str) -> None:
    with pytest.raises(BadApplication, match=r"watchlist\.categories"):
        parse_application(with_categories({name: 5}))


def test_each_category_has_its_most() -> None:
    for most in (None, 0, -1, "many", True):
        with pytest.raises(BadApplication, match="wanted-on-warrant"):
            parse_application(with_categories({"wanted-on-warrant": most}))


@pytest.mark.parametrize(
    "counts",
    [
        {Category.WANTED_ON_WARRANT: 401},
        {Category.WANTED_FOR_ARREST: 1},
        {Category.WANTED_ON_WARRANT: 401, Category.MISSING_AT_RISK: 6},
    ],
)
def test_a_list_beyond_what_was_authorised_does_not_run(counts: dict[Category, int]) -> None:
    facts = facts_of()
    assert facts.watchlist
    listed = replace(facts.watchlist, counts=MappingProxyType(counts))
    answer = ask(Asked.GO_LIVE, replace(facts, watchlist=listed), NOW)
    assert isinstance(answer, Refused)
    assert "R3" in answer.rules


@pytest.mark.parametrize("name", alone("R3"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_no_more_are_listed_in_all_than_the_authority_allows() -> None:
    answer = ask(Asked.GO_LIVE, resigned(facts_of(), max_entries=304), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R3",)

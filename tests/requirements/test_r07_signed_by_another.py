"""R7: under-18s and vulnerable people need a justification and a second officer's sign-off."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from broken import alone, see_refused
from papers import (
    DEPLOYMENT,
    LONG,
    NOW,
    VULNERABLE,
    application_of,
    facts_of,
    public,
    sign_off_of,
    signed,
)

from overt.authority import limits
from overt.authority.application import canonical, parse_application
from overt.authority.facts import Asked, Facts, Permitted, Refused, Signature
from overt.authority.gate import ask
from overt.authority.signoff import signing_bytes
from overt.policy import UK

GOOD = facts_of()


def signed_off(officer: str = "second.officer", key: str | None = None, **changes: Any) -> Facts:
    one = sign_off_of(VULNERABLE, officer, **changes)
    by = Signature(signed(key or officer, signing_bytes(one)).signature, public(officer))
    return replace(GOOD, sign_offs=((one, by),))


def test_a_second_officer_may_sign() -> None:
    assert isinstance(ask(Asked.GO_LIVE, signed_off(), NOW), Permitted)
    assert isinstance(ask(Asked.GO_LIVE, signed_off("a.third"), NOW), Permitted)


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, sign_offs=()),
        signed_off("super.intendent"),
        signed_off("app.licant"),
        signed_off("en.gineer"),
        signed_off(key="super.intendent"),
        signed_off(justifications={"E-0001": LONG}),
        signed_off(justifications={"E-0001": LONG, "E-0003": LONG}),
        signed_off(deployment=DEPLOYMENT[:-1] + "X"),
    ],
    ids=[
        "nobody",
        "the authoriser",
        "the applicant",
        "who built the list",
        "another's key",
        "fewer people",
        "other people",
        "another deployment",
    ],
)
def test_without_a_genuine_second_officer_nothing_follows(facts: Facts) -> None:
    for asked in (Asked.GIVE_NOTICE, Asked.CONFIRM_SIGNS, Asked.GO_LIVE, Asked.STAY_LIVE):
        answer = ask(asked, facts, NOW)
        assert isinstance(answer, Refused)
        assert "R7" in answer.rules


def test_a_list_with_nobody_vulnerable_needs_none() -> None:
    assert GOOD.watchlist
    plain = replace(GOOD.watchlist, under_18=0, vulnerable=0, need_sign_off=frozenset())
    assert isinstance(
        ask(Asked.GO_LIVE, replace(GOOD, watchlist=plain, sign_offs=()), NOW), Permitted
    )


def test_who_may_be_listed_is_justified_and_bounded_beforehand() -> None:
    whole = json.loads(canonical(application_of()))
    del whole["watchlist"]["vulnerable_justification"]
    application = parse_application(json.dumps(whole))
    found = [problem for problem in limits.problems(application, UK) if "R7" in problem]
    assert len(found) == 1
    assert GOOD.watchlist
    for changes in ({"under_18": 4}, {"vulnerable": 4}):
        more = replace(GOOD.watchlist, **changes)  # type: ignore[arg-type]
        answer = ask(Asked.GO_LIVE, replace(GOOD, watchlist=more), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("R7",)


@pytest.mark.parametrize("name", alone("R7"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

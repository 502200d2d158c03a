"""R4: necessity, proportionality and alternatives are written; the authoriser is another person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from papers import NOW, application_of, authority_of, facts_of, resigned

from overt.authority.application import canonical, parse_application
from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.errors import BadApplication, Refusal


@pytest.mark.parametrize("field", ["necessity", "proportionality", "alternatives"])
@pytest.mark.parametrize("text", [None, "", "n/a", "yes " * 50, "z" * 200])
def test_each_reason_is_written(field: str, text: str | None) -> None:
    whole = json.loads(canonical(application_of()))
    if text is None:
        del whole[field]
    else:
        whole[field] = text
    with pytest.raises(BadApplication, match=field):
        parse_application(json.dumps(whole))


def test_the_authoriser_writes_reasons_of_their_own() -> None:
    with pytest.raises(BadApplication, match="reasons"):
        authority_of(application_of(), reasons="Agreed.")


def test_the_authoriser_is_not_the_applicant() -> None:
    with pytest.raises(Refusal) as caught:
        authority_of(application_of(), authoriser="app.licant")
    assert caught.value.rule == "R4"


def test_an_authority_that_the_applicant_signed_runs_nothing() -> None:
    facts = resigned(facts_of(), applicant="super.intendent")
    for asked in (Asked.GO_LIVE, Asked.STAY_LIVE, Asked.ENROL):
        answer = ask(asked, facts, NOW)
        assert isinstance(answer, Refused)
        assert "R4" in answer.rules


def test_who_holds_no_such_role_authorises_nothing() -> None:
    answer = ask(Asked.GO_LIVE, replace(facts_of(), authoriser_may=False), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R4",)

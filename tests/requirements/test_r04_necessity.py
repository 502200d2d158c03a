"""R4: necessity, proportionality and alternatives are written; the authoriser is another person."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from broken import alone, see_refused
from papers import LONG, NOW, application_of, authority_of, facts_of, resigned, signed

from overt.authority.application import canonical, parse_application
from overt.authority.facts import Asked, Refused
from overt.authority.forms import canonical as of_form
from overt.authority.gate import ask
from overt.authority.written import refuse
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


@pytest.mark.parametrize("name", alone("R4"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_a_signature_counts_for_what_it_was_given_for_alone() -> None:
    """Nobody can be made to authorise by signing something else of the same content."""
    facts = facts_of()
    assert facts.authority
    for words in (of_form(facts.authority), b"overt-sign-off-1\n" + of_form(facts.authority)):
        other = signed("super.intendent", words)
        answer = ask(Asked.GO_LIVE, replace(facts, authority_signature=other), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("R4",)


def test_the_applicant_does_not_refuse_either() -> None:
    with pytest.raises(Refusal) as caught:
        refuse(
            application_of(),
            deployment="D-20261125-7K3Q9M",
            applicant="app.licant",
            authoriser="app.licant",
            decided_at=NOW,
            reasons=LONG,
        )
    assert caught.value.rule == "R4"

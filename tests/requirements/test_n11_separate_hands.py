"""N11: the applicant does not authorise. (That nobody changes the log: with the ledger.)"""

from __future__ import annotations

from dataclasses import replace

import pytest
from papers import NOW, application_of, authority_of, facts_of, resigned, signed

from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.authority.written import signing_bytes
from overt.errors import Refusal
from overt.vocabulary import Step


def test_the_applicant_cannot_write_an_authority() -> None:
    with pytest.raises(Refusal, match="R4"):
        authority_of(application_of(), applicant="same.person", authoriser="same.person")


def test_an_authority_in_which_both_are_one_is_refused_even_if_signed() -> None:
    facts = resigned(facts_of(), applicant="super.intendent")
    for asked, step in (
        (Asked.AUTHORISE, Step.APPLICATION),
        (Asked.ENROL, Step.AUTHORISED),
        (Asked.GO_LIVE, Step.NOTICED),
    ):
        answer = ask(asked, replace(facts, step=step), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("R4",)


def test_the_applicants_signature_is_not_the_authorisers() -> None:
    facts = facts_of()
    assert facts.authority
    assert facts.authority_signature
    theirs = signed("app.licant", signing_bytes(facts.authority))
    forged = replace(facts.authority_signature, signature=theirs.signature)
    answer = ask(Asked.GO_LIVE, replace(facts, authority_signature=forged), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R4",)

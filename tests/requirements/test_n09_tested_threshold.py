"""N9: no session starts from a threshold that was not tested, nor from a lower one than written."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from broken import alone, see_refused
from papers import NOW, application_of, authority_of, evidence_of, facts_of, live, point

from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.authority.written import Conditions
from overt.errors import Refusal
from overt.vocabulary import Kind


@pytest.mark.parametrize("kind", [Kind.OPERATIONAL, Kind.DEMO])
def test_a_threshold_between_two_tested_ones_is_untested(kind: Kind) -> None:
    facts = facts_of(kind)
    other = evidence_of(
        point("0.93", 40, 980),
        point("0.95", 0, 900),
        kind="generated" if kind is Kind.DEMO else "people",
    )
    answer = ask(Asked.GO_LIVE, replace(facts, evidence=other), NOW)
    assert isinstance(answer, Refused)
    assert "N9" in answer.rules


def test_a_lower_threshold_ends_a_session() -> None:
    facts = live(facts_of())
    assert facts.session
    lower = replace(facts, session=replace(facts.session, threshold=Decimal("0.9399")))
    answer = ask(Asked.STAY_LIVE, lower, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules[-1] == "N9"


def test_an_authoriser_may_only_raise_it() -> None:
    raised = Conditions(threshold=Decimal("0.96"))
    granted = authority_of(application_of(), conditions=raised)
    assert granted.recognition.threshold == Decimal("0.96")
    with pytest.raises(Refusal, match="N9"):
        authority_of(application_of(), conditions=Conditions(threshold=Decimal("0.9")))


@pytest.mark.parametrize("name", alone("N9"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

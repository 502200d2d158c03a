"""R14: accuracy and bias of this exact model, threshold and list size are known before use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from broken import alone, see_refused
from papers import COMBINATION, NOW, evidence_file, evidence_of, facts_of, form_with, point

from overt.authority.evidence import Evidence, builtin_evidence, read_evidence
from overt.authority.facts import Asked, Facts, Permitted, Refused
from overt.authority.gate import ask
from overt.errors import BadConfig, BadEvidence
from overt.policy import UK
from overt.vocabulary import Kind

GOOD = facts_of()


def answer(facts: Facts) -> tuple[str, ...]:
    got = ask(Asked.GO_LIVE, facts, NOW)
    return got.rules if isinstance(got, Refused) else ()


def on(evidence: Evidence) -> Facts:
    return replace(GOOD, evidence=evidence)


def session(**changes: Any) -> Facts:
    assert GOOD.session
    return replace(GOOD, session=replace(GOOD.session, **changes))


def test_a_tested_combination_runs() -> None:
    assert answer(GOOD) == ()


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("detector_sha256", "8" * 64),
        ("recogniser_sha256", "8" * 64),
        ("identity", "another-1"),
        ("engine", "openvino"),
        ("precision", "bf16"),
        ("normalisation", "list"),
        ("detector_px", 320),
    ],
)
def test_an_untested_combination_does_not_run(field: str, other: object) -> None:
    assert "R14" in answer(session(combination=form_with(COMBINATION, **{field: other})))


@pytest.mark.parametrize(
    "evidence",
    [
        evidence_of(list_size=300),
        evidence_of(point("0.94", 0, 900), kind="generated"),
        evidence_of(point("0.92", 40, 980), point("0.94", 1, 900)),
        evidence_of(point("0.92", 40, 980), point("0.94", 0, 700)),
        evidence_of(point("0.92", 40, 980, first=30), point("0.94", 0, 900)),
        evidence_of(point("0.94", 0, 900)),
    ],
    ids=["list", "generated", "FPIR", "TPIR", "a group", "nothing known of groups"],
)
def test_what_misses_the_bar_does_not_run(evidence: Evidence) -> None:
    assert answer(on(evidence)) == ("R14",)


def test_the_file_is_the_one_that_the_authority_pins() -> None:
    assert answer(replace(GOOD, evidence_sha256="0" * 64)) == ("R14",)
    assert answer(replace(GOOD, evidence=None)) == ("R14",)


def test_the_built_in_pack_is_assessed_for_the_demo_alone() -> None:
    evidence, _ = read_evidence(builtin_evidence())
    assert evidence.data.kind == "generated"
    for kind, runs in ((Kind.DEMO, True), (Kind.OPERATIONAL, False)):
        facts = facts_of(kind)
        assert facts.session
        assert facts.authority
        sha256 = facts.authority.recognition.evidence_sha256
        model = form_with(
            evidence, combination=COMBINATION, points=(form_with(evidence.points[8]),)
        )
        assert model.points[0].threshold == Decimal("0.94")
        got = ask(Asked.GO_LIVE, replace(facts, evidence=model, evidence_sha256=sha256), NOW)
        assert isinstance(got, Permitted) is runs


def test_a_trial_makes_evidence_and_needs_none() -> None:
    facts = replace(facts_of(Kind.TRIAL), evidence=None, evidence_sha256=None)
    assert isinstance(ask(Asked.GO_LIVE, facts, NOW), Permitted)


def test_the_bar_is_not_for_lowering() -> None:
    for name, value in (("min_tpir", 0.5), ("max_fpir", 0.01), ("min_non_mated", 10)):
        with pytest.raises(BadConfig):
            UK.tightened(**{name: value})


@pytest.mark.parametrize("name", alone("R14"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_evidence_that_its_assessor_did_not_sign_is_none() -> None:
    evidence = evidence_of()
    assert read_evidence(evidence_file(evidence))[0] == evidence
    for file in (
        evidence_file(evidence, "app.licant"),
        evidence_file(evidence).replace(b"An assessment of", b"An essay about "),
    ):
        with pytest.raises(BadEvidence) as refused:
            read_evidence(file)
        assert refused.value.rule == "R14"

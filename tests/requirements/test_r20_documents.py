"""R20: the impact documents exist, and the versions relied on are pinned by hash."""

from __future__ import annotations

import json

import pytest
from papers import application_of, authority_of, facts_of, form_with

from overt.authority import limits
from overt.authority.application import canonical, digest, parse_application
from overt.authority.written import verify
from overt.errors import BadApplication, BadConfig
from overt.policy import EU, UK
from overt.vocabulary import DocumentKind, Kind

WHOLE = json.loads(canonical(application_of(profile="eu")))


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_each_document_is_required_for_operational_use(kind: DocumentKind) -> None:
    documents = {name: one for name, one in WHOLE["documents"].items() if name != kind}
    application = parse_application(json.dumps(WHOLE | {"documents": documents}))
    found = [problem for problem in limits.problems(application, EU) if "R20" in problem]
    assert found == [f"documents.{kind}: R20: is missing"]
    only_eu = kind is DocumentKind.FUNDAMENTAL_RIGHTS
    in_uk = [problem for problem in limits.problems(application, UK) if "R20" in problem]
    assert bool(in_uk) is not only_eu


@pytest.mark.parametrize("field", ["title", "version", "sha256"])
def test_each_is_named_versioned_and_hashed(field: str) -> None:
    documents = json.loads(json.dumps(WHOLE["documents"]))
    del documents["dpia"][field]
    with pytest.raises(BadApplication, match=rf"documents\.dpia\.{field}"):
        parse_application(json.dumps(WHOLE | {"documents": documents}))


def test_another_version_of_a_document_is_another_application() -> None:
    facts = facts_of()
    application = facts.application
    assert application
    assert facts.authority
    assert facts.authority_signature
    dpia = form_with(application.documents[DocumentKind.DPIA], sha256="f" * 64)
    changed = form_with(application, documents={**application.documents, DocumentKind.DPIA: dpia})
    assert digest(changed) != digest(application)
    found = verify(
        facts.authority,
        changed,
        signature=facts.authority_signature.signature,
        public_key=facts.authority_signature.public_key,
        profile=UK,
    )
    assert [reason.rule for reason in found] == ["R15"]
    assert authority_of(changed).application_sha256 == digest(changed)


def test_a_trial_needs_its_impact_assessment_and_its_mandate() -> None:
    whole = json.loads(canonical(application_of(Kind.TRIAL))) | {"documents": {}}
    application = parse_application(json.dumps(whole))
    assert sorted(p for p in limits.problems(application, UK) if "R20" in p) == [
        "documents.dpia: R20: is missing",
        "documents.legal-mandate: R20: is missing",
    ]


def test_no_configuration_drops_a_document() -> None:
    with pytest.raises(BadConfig):
        UK.tightened(required_documents=UK.required_documents - {DocumentKind.DPIA})

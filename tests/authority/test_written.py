"""Authorities, refusals and independent decisions: who may sign what, and how much."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from papers import (
    DEPLOYMENT,
    HOUR,
    LONG,
    START,
    application_of,
    approval_of,
    authority_of,
    form_with,
    key_of,
    public,
    signed,
)

from overt.authority.forms import canonical, parse
from overt.authority.signing import is_signed
from overt.authority.signing import signing_bytes as sign_as
from overt.authority.written import (
    Conditions,
    WrittenAuthority,
    WrittenRefusal,
    authorise,
    refuse,
    signing_bytes,
    verify,
)
from overt.errors import BadApplication, Refusal
from overt.policy import EU, UK

APPLICATION = application_of()
AUTHORITY = authority_of(APPLICATION)
SIGNED = signed("super.intendent", signing_bytes(AUTHORITY))


def faults(authority: WrittenAuthority = AUTHORITY, **changes: Any) -> list[str]:
    wanted: dict[str, Any] = {
        "signature": SIGNED.signature,
        "public_key": SIGNED.public_key,
        "profile": UK,
    }
    return [one.rule for one in verify(authority, APPLICATION, **(wanted | changes))]


def test_a_signed_authority_is_one() -> None:
    assert faults() == []
    assert AUTHORITY.recognition == APPLICATION.recognition
    assert AUTHORITY.cameras == ("gate",)


def test_it_reads_back_from_its_canonical_form() -> None:
    text = canonical(AUTHORITY).decode()
    assert parse(text, WrittenAuthority, name="authority") == AUTHORITY
    assert canonical(parse(text, WrittenAuthority, name="authority")).decode() == text


def test_the_applicant_cannot_authorise_or_refuse() -> None:
    with pytest.raises(Refusal, match="may not authorise"):
        authority_of(APPLICATION, authoriser="app.licant")
    with pytest.raises(Refusal, match="R4"):
        refusal_of(authoriser="app.licant")


def refusal_of(**changes: Any) -> WrittenRefusal:
    wanted: dict[str, Any] = {
        "deployment": DEPLOYMENT,
        "applicant": "app.licant",
        "authoriser": "super.intendent",
        "decided_at": START,
        "reasons": LONG,
    }
    return refuse(APPLICATION, **(wanted | changes))


def test_a_refusal_gives_its_reason_and_is_no_authority() -> None:
    refusal = refusal_of()
    assert refusal.reasons == LONG
    by = signed("super.intendent", signing_bytes(refusal))
    assert is_signed("refusal", refusal, by.signature, by.public_key)
    assert faults(signature=by.signature) == ["R4"]
    with pytest.raises(BadApplication):
        parse(canonical(refusal).decode(), WrittenAuthority, name="authority")
    with pytest.raises(BadApplication, match="reasons"):
        refusal_of(reasons="no")


def test_a_signature_of_one_kind_of_paper_is_none_of_another() -> None:
    message = sign_as("refusal", AUTHORITY)
    by = signed("super.intendent", message)
    assert is_signed("refusal", AUTHORITY, by.signature, by.public_key)
    assert faults(signature=by.signature) == ["R4"]


@pytest.mark.parametrize("place", [0, 20, 63])
def test_a_changed_signature_or_key_is_refused(place: int) -> None:
    for name in ("signature", "public_key"):
        whole = bytearray(getattr(SIGNED, name))
        whole[place % len(whole)] ^= 1
        assert faults(**{name: bytes(whole)}) == ["R4"]
        assert faults(**{name: bytes(whole)[:-1]}) == ["R4"]
    assert faults(public_key=public("app.licant")) == ["R4"]


@pytest.mark.parametrize("field", list(WrittenAuthority.model_fields))
def test_any_change_after_signing_is_seen(field: str) -> None:
    other: dict[str, Any] = {
        "deployment": "D-20261125-OTHERS",
        "application_sha256": "5" * 64,
        "applicant": "x.y",
        "authoriser": "x.y",
        "decided_at": START,
        "reasons": LONG + " And more.",
        "kind": "trial",
        "profile": "eu",
        "starts_at": START + HOUR,
        "ends_at": START + HOUR,
        "cameras": ("other",),
        "max_entries": 1,
        "recognition": form_with(AUTHORITY.recognition, threshold=Decimal("0.99")),
        "alert_hours": 1,
    }
    if field != "format":
        assert "R4" in faults(form_with(AUTHORITY, **{field: other[field]}))


@pytest.mark.parametrize(
    ("conditions", "name", "value"),
    [
        ({"starts_at": START + HOUR}, "starts_at", START + HOUR),
        ({"ends_at": START + HOUR}, "ends_at", START + HOUR),
        ({"cameras": ("gate",)}, "cameras", ("gate",)),
        ({"max_entries": 10}, "max_entries", 10),
        ({"alert_hours": 2}, "alert_hours", 2),
    ],
)
def test_a_condition_tightens(conditions: dict[str, Any], name: str, value: object) -> None:
    authority = authority_of(APPLICATION, conditions=Conditions(**conditions))
    assert getattr(authority, name) == value
    by = signed("super.intendent", signing_bytes(authority))
    assert faults(authority, signature=by.signature) == []


def test_a_higher_threshold_is_a_condition() -> None:
    authority = authority_of(APPLICATION, conditions=Conditions(threshold=Decimal("0.95")))
    assert authority.recognition.threshold == Decimal("0.95")


@pytest.mark.parametrize(
    ("conditions", "rule"),
    [
        ({"starts_at": START - HOUR}, "R1"),
        ({"ends_at": START + 5 * HOUR}, "R1"),
        ({"ends_at": START}, "R1"),
        ({"cameras": ("gate", "roof")}, "R25"),
        ({"threshold": Decimal("0.9399")}, "N9"),
        ({"max_entries": 406}, "R3"),
        ({"alert_hours": 25}, "R11"),
    ],
)
def test_a_condition_never_loosens(conditions: dict[str, Any], rule: str) -> None:
    with pytest.raises(Refusal, match=rule):
        authority_of(APPLICATION, conditions=Conditions(**conditions))


def test_what_is_over_is_not_authorised() -> None:
    with pytest.raises(Refusal, match="R1"):
        authority_of(APPLICATION, decided_at=START + 4 * HOUR)


def test_an_application_beyond_its_profile_is_not_authorised() -> None:
    data = json.loads(canonical(APPLICATION))
    del data["documents"]["dpia"]
    without = type(APPLICATION).model_validate(data)
    with pytest.raises(Refusal, match="R20"):
        authority_of(without)
    with pytest.raises(Refusal, match="R1"):
        authority_of(APPLICATION, profile=UK.tightened(max_session_hours=2.0))


def test_reasons_and_names_must_be_fit() -> None:
    for wrong in ({"reasons": "fine"}, {"authoriser": "Super Intendent"}, {"deployment": "D-1"}):
        with pytest.raises(BadApplication):
            authority_of(APPLICATION, **wrong)


def test_a_changed_application_loses_its_authority() -> None:
    changed = application_of(expected_footfall=5000)
    found = verify(
        AUTHORITY,
        changed,
        signature=SIGNED.signature,
        public_key=SIGNED.public_key,
        profile=UK,
    )
    assert [one.rule for one in found] == ["R15"]


def test_the_profile_is_the_one_it_was_decided_under() -> None:
    found = faults(profile=EU)
    assert "R26" in found


def test_an_independent_decision_is_bound_to_its_signer() -> None:
    application = application_of(profile="eu")
    authority = authority_of(application)
    by = signed("super.intendent", signing_bytes(authority))

    def found(approval: Any) -> list[str]:
        return [
            one.rule
            for one in verify(
                authority,
                application,
                signature=by.signature,
                public_key=by.public_key,
                profile=EU,
                approval=approval,
            )
        ]

    good = approval_of(authority)
    assert found(good) == []
    assert found(None) == ["R26"]
    wrong = key_of("judge").sign(b"something else").hex()
    assert found(form_with(good, signature=wrong)) == ["R26"]
    assert found(form_with(good, public_key=public("app.licant").hex())) == ["R26"]


def test_authorise_takes_nothing_from_the_caller_that_the_application_says() -> None:
    """What a session is held to comes from the application or a condition."""
    import inspect  # noqa: PLC0415

    taken = set(inspect.signature(authorise).parameters)
    assert not taken & {"threshold", "cameras", "starts_at", "ends_at", "max_entries", "kind"}


def test_a_tightened_instance_refuses_an_authority_given_under_the_shipped_profile() -> None:
    tight = replace(UK, max_session_hours=2.0)
    assert faults(profile=tight) == ["R1"]

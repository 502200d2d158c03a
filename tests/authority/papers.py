"""A deployment in good order, of any kind and profile, for tests to break in one place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from overt.authority.application import Application, canonical, parse_application
from overt.authority.evidence import (
    WORD,
    Combination,
    Data,
    Evidence,
    Group,
    Point,
    interval,
    read_evidence,
)
from overt.authority.example import example_toml
from overt.authority.facts import (
    Facts,
    ListFacts,
    MachineFacts,
    SessionFacts,
    Signature,
)
from overt.authority.forms import plain
from overt.authority.notice import Notice, SignsConfirmed
from overt.authority.signing import signing_bytes as sign_as
from overt.authority.signoff import SignOff
from overt.authority.signoff import signing_bytes as sign_off_bytes
from overt.authority.written import (
    IndependentDecision,
    SignedDecision,
    WrittenAuthority,
    authorise,
    signing_bytes,
)
from overt.policy import PROFILES
from overt.values import EntryId
from overt.vocabulary import Category, Kind, Step

if TYPE_CHECKING:
    from overt.authority.forms import Form

START = datetime(2026, 11, 25, 16, tzinfo=UTC)
NOW = START + timedelta(minutes=30)
HOUR = timedelta(hours=1)
DEPLOYMENT = "D-20261125-7K3Q9M"
LONG = (
    "A reason with more than ten different words in it, so that somebody could judge what it says."
)
COMBINATION = Combination(
    pack="builtin",
    identity="builtin-000000000000",
    detector_sha256="1" * 64,
    recogniser_sha256="2" * 64,
    engine="onnxruntime",
    precision="fp32",
    normalisation="none",
    detector_px=640,
)


def key_of(name: str) -> Ed25519PrivateKey:
    """The account's key, the same in every test."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def public(name: str) -> bytes:
    return key_of(name).public_key().public_bytes_raw()


def signed(name: str, message: bytes) -> Signature:
    return Signature(key_of(name).sign(message), public(name))


def bounds(events: int, trials: int) -> tuple[Decimal, Decimal]:
    low, high = interval(events, trials)
    return Decimal(f"{low:.5f}"), Decimal(f"{high:.5f}")


def point(threshold: str, false_alerts: int, found: int, **changes: Any) -> Point:
    """5,000 non-mated searches, half of each group, and 1,000 mated ones."""
    searches = {"non_mated": 5000, "mated": 1000} | changes
    non_mated, mated = searches["non_mated"], searches["mated"]
    first = searches.get("first", false_alerts // 2)
    groups = tuple(
        Group(
            attribute="self-stated sex",
            group=name,
            non_mated=non_mated // 2,
            false_alerts=own,
            mated=mated // 2,
            found=found // 2,
        )
        for name, own in (("women", first), ("men", false_alerts - first))
    )
    return Point(
        threshold=Decimal(threshold),
        non_mated=non_mated,
        false_alerts=false_alerts,
        fpir95=bounds(false_alerts, non_mated),
        mated=mated,
        found=found,
        tpir95=bounds(found, mated),
        groups=groups,
    )


def evidence_of(*points: Point, kind: str = "people", **changes: Any) -> Evidence:
    """Good enough for operational use, unless changed."""
    whole = {
        "format": 1,
        "title": "An assessment of volunteers",
        "combination": COMBINATION,
        "runtime": "onnxruntime-1.28.0/fp32/cpu",
        "list_size": 1000,
        "points": points or (point("0.92", 40, 980), point("0.94", 0, 900)),
        "data": Data(
            kind=kind,  # type: ignore[arg-type]
            description=LONG,
            unassessable_non_mated=0,
            unassessable_mated=0,
        ),
        "method": LONG,
        "assessed_at": START - 30 * 24 * HOUR,
        "assessor": "An assessor",
    } | changes
    return Evidence.model_validate(whole)


def evidence_file(evidence: Evidence, signer: str = "assessor") -> bytes:
    return rfc8785.dumps(
        {
            "evidence": plain(evidence),
            "public_key": public("assessor").hex(),
            "signature": key_of(signer).sign(sign_as(WORD, evidence)).hex(),
        }
    )


def application_of(
    kind: Kind = Kind.OPERATIONAL, *, profile: str = "uk", **changes: Any
) -> Application:
    """The shipped example, with changes of whole top-level fields."""
    evidence = evidence_of(kind="generated" if kind is Kind.DEMO else "people")
    _, sha256 = read_evidence(evidence_file(evidence))
    text = example_toml(kind, starts_at=START, evidence_sha256=sha256)
    whole = json.loads(canonical(parse_application(text)))
    if profile == "eu":
        whole["profile"] = "eu"
        document = {"title": "Fundamental rights", "version": "1", "sha256": "3" * 64}
        whole["documents"]["fundamental-rights-impact"] = document
    if kind is Kind.OPERATIONAL:
        whole["watchlist"]["max_under_18"] = whole["watchlist"]["max_vulnerable"] = 3
        whole["watchlist"]["vulnerable_justification"] = LONG
    return parse_application(json.dumps(whole | changes))


def authority_of(application: Application, **changes: Any) -> WrittenAuthority:
    wanted: dict[str, Any] = {
        "deployment": DEPLOYMENT,
        "applicant": "app.licant",
        "authoriser": "super.intendent",
        "decided_at": START - 30 * HOUR,
        "reasons": LONG,
        "profile": PROFILES[application.profile],
    }
    return authorise(application, **(wanted | changes))


def approval_of(
    authority: WrittenAuthority, signer: str = "judge", **changes: Any
) -> SignedDecision:
    whole = {
        "format": 1,
        "deployment": authority.deployment,
        "application_sha256": authority.application_sha256,
        "body": "judicial",
        "body_name": "Court of Exampleford",
        "approver": "judge",
        "decided_at": START - 18 * HOUR,
        "decision": "approved",
        "reasons": LONG,
        "starts_at": authority.starts_at,
        "ends_at": authority.ends_at,
        "cameras": authority.cameras,
        "max_entries": authority.max_entries,
    } | changes
    decision = IndependentDecision.model_validate(whole)
    by = signed(signer, signing_bytes(decision))
    return SignedDecision(
        decision=decision, signature=by.signature.hex(), public_key=public("judge").hex()
    )


MODEL = "builtin-000000000000/onnxruntime-1.28.0/fp32/cpu"
VULNERABLE = {"E-0001", "E-0002"}


def sign_off_of(entries: set[str], officer: str = "second.officer", **changes: Any) -> SignOff:
    whole = {
        "format": 1,
        "deployment": DEPLOYMENT,
        "officer": officer,
        "decided_at": START - 2 * HOUR,
        "justifications": dict.fromkeys(entries, LONG),
    } | changes
    return SignOff.model_validate(whole)


def facts_of(kind: Kind = Kind.OPERATIONAL, *, profile: str = "uk") -> Facts:
    """A deployment in good order that is about to go live at `NOW`."""
    application = application_of(kind, profile=profile)
    authority = authority_of(application)
    counts = {
        Kind.OPERATIONAL: {Category.WANTED_ON_WARRANT: 300, Category.MISSING_AT_RISK: 5},
        Kind.TRIAL: {Category.BLUE_LIST_VOLUNTEER: 100},
        Kind.DEMO: {Category.GENERATED_PERSON: 40},
    }[kind]
    special = kind is Kind.OPERATIONAL
    sign_off = sign_off_of(VULNERABLE) if special else None
    evidence = evidence_of(kind="generated" if kind is Kind.DEMO else "people")
    _, sha256 = read_evidence(evidence_file(evidence))
    return Facts(
        deployment=DEPLOYMENT,
        step=Step.NOTICED,
        kind=kind,
        profile=PROFILES[profile],
        machine=MachineFacts(
            ledger_healthy=True, overdue=(), clock_drift_s=0.2, disk_free_bytes=2**40
        ),
        application=application,
        authority=authority,
        authority_signature=signed("super.intendent", signing_bytes(authority)),
        authoriser_may=True,
        approval=approval_of(authority) if profile == "eu" else None,
        watchlist=ListFacts(
            deployment=DEPLOYMENT,
            built_at=START - 3 * HOUR,
            built_by="en.gineer",  # type: ignore[arg-type]
            counts=MappingProxyType(counts),
            under_18=1 if special else 0,
            vulnerable=1 if special else 0,
            model=MODEL,
            need_sign_off=frozenset(map(EntryId, VULNERABLE)) if special else frozenset(),
        ),
        sign_offs=((sign_off, signed("second.officer", sign_off_bytes(sign_off))),)
        if sign_off
        else (),
        notice=Notice(
            format=1,
            deployment=DEPLOYMENT,
            published_at=START - 25 * HOUR,
            published_by="press.officer",  # type: ignore[arg-type]
            where=application.notice.published_at,
        ),
        signs=SignsConfirmed(
            format=1,
            deployment=DEPLOYMENT,
            confirmed_at=START - HOUR,
            confirmed_by="con.stable",  # type: ignore[arg-type]
            places=application.notice.signs,
        ),
        evidence=evidence,
        evidence_sha256=sha256,
        session=SessionFacts(
            combination=COMBINATION,
            model=MODEL,
            threshold=authority.recognition.threshold,
            cameras=MappingProxyType(
                {name: camera.source for name, camera in application.cameras.items()}
            ),
            at_desk=frozenset({"a.jones"}),  # type: ignore[arg-type]
            on_street=frozenset({"c.smith"}),  # type: ignore[arg-type]
        ),
    )


def live(facts: Facts) -> Facts:
    """The same deployment half an hour after it went live."""
    assert facts.session
    session = replace(facts.session, live_since=START + timedelta(minutes=1), live_s=1740.0)
    return replace(facts, step=Step.LIVE, session=session)


def resigned(facts: Facts, **changes: Any) -> Facts:
    """An authority with changes that its authoriser really signed."""
    assert facts.authority
    data = {name: getattr(facts.authority, name) for name in type(facts.authority).model_fields}
    authority = WrittenAuthority.model_validate(data | changes)
    by = signed("super.intendent", signing_bytes(authority))
    return replace(facts, authority=authority, authority_signature=by)


def form_with(form: Form, **changes: Any) -> Any:
    """A document with changes, validated anew."""
    data = {name: getattr(form, name) for name in type(form).model_fields}
    return type(form).model_validate(data | changes)

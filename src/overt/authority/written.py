"""The written authority: an authoriser's signed decision, and what it may and may not do (R4, N11).

It stands on one application, by hash. Conditions only tighten: a shorter window, fewer cameras, a
higher threshold, a smaller list. The threshold is fixed in it; another one needs another authority
(R15). Under a profile that wants it, a court or independent administrative authority approved the
same application beforehand (R26).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from overt.authority.application import Recognition
from overt.authority.forms import (
    Account,
    Deployment,
    Form,
    Line,
    Number,
    Sha256,
    Statement,
    Time,
    digest,
    text_of,
    validate,
)
from overt.authority.limits import problems
from overt.authority.reason import Reason
from overt.authority.signing import is_signed
from overt.authority.signing import signing_bytes as _signing_bytes
from overt.config import CameraName
from overt.errors import Refusal
from overt.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from overt.authority.application import Application
    from overt.policy import Profile

Cameras = Annotated[tuple[CameraName, ...], Field(strict=False, min_length=1, max_length=16)]
Entries = Annotated[int, Field(ge=1, le=100_000)]
Threshold = Annotated[Number, Field(gt=0, lt=1)]


class Conditions(Form):
    """What an authoriser grants less of than was asked for; None grants what was asked."""

    starts_at: Time | None = None
    ends_at: Time | None = None
    cameras: Cameras | None = None
    threshold: Threshold | None = None
    max_entries: Entries | None = None
    alert_hours: Annotated[int, Field(ge=1)] | None = None


class WrittenAuthority(Form):
    """Leave for one deployment. Everything that a session is held to stands in it."""

    format: Literal[1]
    deployment: Deployment
    application_sha256: Sha256
    applicant: Account
    authoriser: Account
    decided_at: Time
    reasons: Statement
    """Why the authoriser holds it necessary and proportionate, in their own words (R4)."""
    kind: Annotated[Kind, Field(strict=False)]
    profile: Literal["uk", "eu"]
    starts_at: Time
    ends_at: Time
    cameras: Cameras
    """In order of name."""
    max_entries: Entries
    recognition: Recognition
    """The application's, with the threshold as granted (R15)."""
    alert_hours: Annotated[int, Field(ge=1)]


class WrittenRefusal(Form):
    """The decision that there is no leave. The deployment stops and is deleted."""

    format: Literal[1]
    deployment: Deployment
    application_sha256: Sha256
    applicant: Account
    authoriser: Account
    decided_at: Time
    reasons: Statement


class IndependentDecision(Form):
    """What a court or independent administrative authority decided on an application (R26)."""

    format: Literal[1]
    deployment: Deployment
    application_sha256: Sha256
    """Which pins the place, and whom the list may hold."""
    body: Literal["judicial", "independent-administrative"]
    body_name: Line
    approver: Account
    decided_at: Time
    decision: Literal["approved", "refused"]
    reasons: Statement
    starts_at: Time
    ends_at: Time
    cameras: Cameras
    max_entries: Entries


_WORDS: dict[type[Form], str] = {
    WrittenAuthority: "authority",
    WrittenRefusal: "refusal",
    IndependentDecision: "independent-decision",
}


def signing_bytes(decision: WrittenAuthority | WrittenRefusal | IndependentDecision) -> bytes:
    """What the decider's account signs, for `store.accounts.sign`."""
    return _signing_bytes(_WORDS[type(decision)], decision)


class SignedDecision(Form):
    """An independent decision with its signature, and the key that the instance knows."""

    decision: IndependentDecision
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """As registered with the account, never as the file itself claims."""


def authorise(
    application: Application,
    *,
    deployment: str,
    applicant: str,
    authoriser: str,
    decided_at: datetime,
    reasons: str,
    profile: Profile,
    conditions: Conditions | None = None,
) -> WrittenAuthority:
    """Write an authority, to be signed by the authoriser.

    Raises:
        Refusal: if the authoriser is the applicant (R4), the application's time is over (R1), it
            exceeds its profile, or a condition grants more than was asked for.
        BadApplication: if the reasons or an account's name are not fit.
    """
    granted = conditions or Conditions()
    recognition = application.recognition
    data = {
        "format": 1,
        "deployment": deployment,
        "application_sha256": digest(application),
        "applicant": applicant,
        "authoriser": authoriser,
        "decided_at": decided_at.replace(microsecond=0),
        "reasons": reasons,
        "kind": application.kind,
        "profile": application.profile,
        "starts_at": granted.starts_at or application.window.starts_at,
        "ends_at": granted.ends_at or application.window.ends_at,
        "cameras": sorted(granted.cameras or application.cameras),
        "max_entries": granted.max_entries or application.watchlist.max_entries,
        "recognition": recognition.model_copy(
            update={"threshold": granted.threshold or recognition.threshold}
        ),
        "alert_hours": granted.alert_hours or application.retention.alert_hours,
    }
    authority = validate(data, WrittenAuthority, name="authority")
    found = tuple(_decision_faults(authority, application, profile))
    if found:
        first = found[0]
        raise Refusal(first.rule, first.what, advice=first.advice)
    return authority


def refuse(
    application: Application,
    *,
    deployment: str,
    applicant: str,
    authoriser: str,
    decided_at: datetime,
    reasons: str,
) -> WrittenRefusal:
    """Write a refusal, to be signed by the authoriser.

    Raises:
        Refusal: if the authoriser is the applicant, who may withdraw but not decide (R4).
    """
    if applicant == authoriser:
        msg = f"{applicant} applied and may not decide"
        raise Refusal(rule="R4", message=msg, advice="Cancel the application instead.")
    data = {
        "format": 1,
        "deployment": deployment,
        "application_sha256": digest(application),
        "applicant": applicant,
        "authoriser": authoriser,
        "decided_at": decided_at.replace(microsecond=0),
        "reasons": reasons,
    }
    return validate(data, WrittenRefusal, name="refusal")


def verify(
    authority: WrittenAuthority,
    application: Application,
    *,
    signature: bytes,
    public_key: bytes,
    profile: Profile,
    approval: SignedDecision | None = None,
) -> tuple[Reason, ...]:
    """Everything that makes an authority no authority. Empty if it is one.

    1. The signature is the authoriser's.
    2. It stands on this application.
    3. The authoriser is not the applicant.
    4. It grants no more than was asked for, and decides before the end.
    5. The application keeps to its profile.
    6. Where the profile wants it, an independent authority approved before.

    Args:
        authority: the decision.
        application: what it decides on.
        signature: 64 bytes.
        public_key: 32 bytes, of the authoriser's account.
        profile: of this instance.
        approval: the independent decision, if there is one.
    """
    found: list[Reason] = []
    # 1. Signature
    if not is_signed(_WORDS[WrittenAuthority], authority, signature, public_key):
        what = f"the authority does not bear the signature of {authority.authoriser}"
        found.append(Reason("R4", what, "Have it authorised anew"))
    # 2–5
    found.extend(_decision_faults(authority, application, profile))
    # 6. Independent approval
    if profile.require_independent_approval:
        found.extend(_approval_faults(approval, authority, application))
    return tuple(found)


def _decision_faults(
    authority: WrittenAuthority, application: Application, profile: Profile
) -> Iterator[Reason]:
    # 2. This application
    if authority.application_sha256 != digest(application):
        what = "the application was changed after it was authorised"
        yield Reason("R15", what, "Apply anew; an authority is for what was authorised")
    # 3. Two people
    if authority.applicant == authority.authoriser:
        what = f"{authority.authoriser} applied and may not authorise"
        yield Reason("R4", what, "Ask another authorising officer")
    # 4. No more than asked for
    for rule, wider, what in _excesses(authority, application):
        if wider:
            yield Reason(rule, what, "Conditions may only tighten; apply anew for more")
    # 5. The profile
    if profile.name != authority.profile:
        what = f"it was decided under the {authority.profile} profile, not {profile.name}"
        yield Reason("R26", what, "Use the profile that was authorised")
    for problem in problems(application, profile):
        field, rule, what = problem.split(": ", 2)
        yield Reason(rule, f"{field}: {what}", "Apply anew within the limit")


def _excesses(
    authority: WrittenAuthority, application: Application
) -> tuple[tuple[str, bool, str], ...]:
    window, asked = application.window, application.recognition
    granted = authority.recognition
    same = granted.model_copy(update={"threshold": asked.threshold}) == asked
    wanted = text_of(asked.threshold)
    return (
        ("R1", authority.kind is not application.kind, "its kind is not the application's"),
        ("R26", authority.profile != application.profile, "its profile is not the application's"),
        ("R1", authority.starts_at < window.starts_at, "it starts before the time applied for"),
        ("R1", authority.ends_at > window.ends_at, "it ends after the time applied for"),
        ("R1", authority.starts_at >= authority.ends_at, "it ends before it starts"),
        ("R1", authority.decided_at >= authority.ends_at, "its time was over when it was decided"),
        (
            "R25",
            not set(authority.cameras) <= set(application.cameras),
            "it names a camera that was not applied for",
        ),
        (
            "R3",
            authority.max_entries > application.watchlist.max_entries,
            "its list is longer than the one applied for",
        ),
        (
            "N9",
            granted.threshold < asked.threshold,
            f"its threshold {text_of(granted.threshold)} is under the {wanted} applied for",
        ),
        ("R15", not same, "its model, engine or evidence is not the one applied for"),
        (
            "R11",
            authority.alert_hours > application.retention.alert_hours,
            "it keeps alerts for longer than applied for",
        ),
    )


def _approval_faults(
    approval: SignedDecision | None, authority: WrittenAuthority, application: Application
) -> Iterator[Reason]:
    """R26, EU AI Act art. 5(3): prior, by a court or an independent authority, and bounded."""
    ask = "Ask the court or independent administrative authority"
    if approval is None:
        yield Reason("R26", "no independent authority has approved it", ask)
        return
    one = approval.decision
    signature, key = bytes.fromhex(approval.signature), bytes.fromhex(approval.public_key)
    if not is_signed(_WORDS[IndependentDecision], one, signature, key):
        yield Reason("R26", f"the approval does not bear the signature of {one.approver}", ask)
    if one.decision != "approved":
        yield Reason("R26", f"{one.body_name} refused it", "Stop, and delete what there is")
    if one.approver in {authority.applicant, authority.authoriser}:
        yield Reason("R26", f"{one.approver} is not independent of the application", ask)
    if one.application_sha256 != digest(application) or one.deployment != authority.deployment:
        yield Reason("R26", "the approval is of another application", ask)
    if one.decided_at > authority.starts_at:
        yield Reason("R26", "the approval came after the start", ask)
    within = (
        one.starts_at <= authority.starts_at
        and authority.ends_at <= one.ends_at
        and set(authority.cameras) <= set(one.cameras)
        and authority.max_entries <= one.max_entries
    )
    if not within:
        what = "the authority exceeds the time, the cameras or the list that were approved"
        yield Reason("R26", what, "Authorise within the approval")

"""From an application to its written authority, or to no (R2, R4, R26)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.authority import written
from overt.authority.application import canonical, digest
from overt.authority.evidence import Wanted, read_evidence
from overt.authority.evidence import check as check_evidence
from overt.authority.facts import Asked, Facts, Refused
from overt.authority.gate import ask
from overt.authority.limits import check, profile_of
from overt.authority.written import IndependentDecision, SignedDecision
from overt.errors import Refusal
from overt.faces.packs.store import open_pack
from overt.live import papers as kept
from overt.live.facts import Machine
from overt.live.open_deployment import OpenDeployment, need_role, refusal_for, refusal_of
from overt.live.recognition import combination_of, config_for
from overt.records import events as e
from overt.records.event import PublicKey, RuleIds, Sha256, Signature, Word, figure, moment
from overt.review.reference import ALPHABET
from overt.store.deployments import DeploymentRow
from overt.video.open import is_camera
from overt.vocabulary import DeploymentId, Kind, Role, Step

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from overt.authority.application import Application
    from overt.authority.evidence import Evidence
    from overt.authority.reason import Reason
    from overt.authority.written import Conditions, WrittenAuthority
    from overt.live.instance import Instance
    from overt.store.accounts import Account

ID_CHARS = 6


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person whose password was right, for as long as one command takes."""

    account: Account
    password: str

    def __repr__(self) -> str:
        return f"SignedIn({self.account.id})"


def apply(
    instance: Instance, application: Application, evidence: bytes | None, by: Account
) -> DeploymentId:
    """Begin a deployment.

    1. The applicant may apply, and the application keeps to its profile.
    2. The gate permits, and the evidence covers what is asked for.
    3. Papers are kept, then the chain is begun and says so.

    Args:
        instance: where.
        application: what is asked for.
        evidence: the evidence file that it names; None if it names none.
        by: the applicant.

    Raises:
        BadApplication: naming each field at fault; nothing was made.
        Refusal: if a rule forbids it; nothing was made.
    """
    need_role(by, Role.APPLICANT, "apply")  # 1
    check(application)
    _check_sources(application)
    profile = profile_of(application)
    machine = Machine(instance.home, overdue=instance.overdue, clock_drift_s=instance.clock_drift_s)
    facts = Facts(None, None, application.kind, profile, machine.facts, application=application)
    now = instance.clock.now()
    answer = ask(Asked.APPLY, facts, now)  # 2
    if isinstance(answer, Refused):
        raise refusal_of(answer)
    _check_evidence(application, evidence)
    deployment = _new_id(now)  # 3
    row = DeploymentRow(
        id=deployment,
        kind=application.kind,
        profile=application.profile,
        step=Step.APPLICATION,
        place=application.place.name,
        starts_at=application.window.starts_at,
        ends_at=application.window.ends_at,
        created_at=now,
        changed_at=now,
    )
    instance.deployments.add(row)
    instance.deployments.put_document(deployment, kept.APPLICATION, canonical(application).decode())
    if evidence is not None:
        instance.deployments.put_document(deployment, kept.EVIDENCE, evidence.decode())
    with instance.begin_ledger(deployment, application.kind, application.profile) as ledger:
        for kind, document in sorted(application.documents.items()):
            ledger.append(e.DocumentPinned(kind, Sha256(document.sha256)), by.id)
        made = e.ApplicationMade(
            application_sha256=Sha256(digest(application)),
            use_case=application.use_case,
            starts_at=moment(application.window.starts_at),
            ends_at=moment(application.window.ends_at),
            threshold=figure(application.recognition.threshold),
            list_limit=application.watchlist.max_entries,
            cameras=len(application.cameras),
        )
        ledger.append(made, by.id)
    return deployment


def approve(
    instance: Instance, deployment: DeploymentId, decision: IndependentDecision, by: SignedIn
) -> None:
    """Record what an independent authority decided, signed by its own account (R26).

    Raises:
        Refusal: if the approver applied or authorises; nothing has changed.
    """
    need_role(by.account, Role.AUTHORISER, "approve")
    with OpenDeployment.take(instance, deployment) as one:
        if by.account.id in {one.history.applicant, one.history.authoriser}:
            rule = "R26"
            raise Refusal(rule, f"{by.account.id} is not independent of the application")
        now = instance.clock.now()
        signature = instance.accounts.sign(
            by.account.id, by.password, written.signing_bytes(decision), now
        )
        signed = SignedDecision(
            decision=decision,
            signature=signature.hex(),
            public_key=by.account.public_key.hex(),
        )
        sha256 = instance.deployments.put_document(
            deployment, kept.APPROVAL, canonical(signed).decode()
        )
        approved = e.IndependentlyApproved(
            application_sha256=Sha256(decision.application_sha256),
            approval_sha256=Sha256(sha256),
            public_key=PublicKey(signed.public_key),
            signature=Signature(signed.signature),
        )
        one.record(approved, by.account.id)
        if decision.decision == "refused":
            _stop(one, decision.reasons, by.account)


def authorise(
    instance: Instance,
    deployment: DeploymentId,
    reasons: str,
    by: SignedIn,
    conditions: Conditions | None = None,
) -> None:
    """Sign the written authority.

    1. It is written and signed in memory.
    2. The gate permits what is then there, and the evidence covers it.
    3. The authority is kept, and the chain names it.

    Raises:
        Refusal: if a rule forbids it; the refusal is in the ledger and nothing else has changed.
    """
    need_role(by.account, Role.AUTHORISER, "authorise")
    with OpenDeployment.take(instance, deployment) as one:
        application = one.application
        now = instance.clock.now()
        authority = written.authorise(  # 1
            application,
            deployment=deployment,
            applicant=str(one.history.applicant),
            authoriser=by.account.id,
            decided_at=now,
            reasons=reasons,
            profile=profile_of(application),
            conditions=conditions,
        )
        signature = instance.accounts.sign(
            by.account.id, by.password, written.signing_bytes(authority), now
        )
        facts = one.with_authority(authority, signature, by.account)  # 2
        one.permit(Asked.AUTHORISE, facts, by.account.id)
        _see_evidence(one, application, authority, by.account)
        body = canonical(authority).decode()  # 3
        sha256 = instance.deployments.put_document(deployment, kept.AUTHORITY, body)
        listed = application.watchlist
        for category, entries in sorted(listed.categories.items()):
            allowed = e.CategoryAuthorised(
                category, entries, listed.max_under_18, listed.max_vulnerable
            )
            one.record(allowed, by.account.id)
        recognition = authority.recognition
        granted = e.AuthorityGranted(
            authority_sha256=Sha256(sha256),
            application_sha256=Sha256(authority.application_sha256),
            public_key=PublicKey(by.account.public_key.hex()),
            signature=Signature(signature.hex()),
            use_case=application.use_case,
            threshold=figure(recognition.threshold),
            model=Word(recognition.identity),
            evidence_sha256=_named(recognition.evidence_sha256),
            list_limit=authority.max_entries,
            cameras=len(authority.cameras),
            starts_at=moment(authority.starts_at),
            ends_at=moment(authority.ends_at),
            alert_hours=authority.alert_hours,
        )
        one.record(granted, by.account.id)


def refuse(instance: Instance, deployment: DeploymentId, reasons: str, by: SignedIn) -> None:
    """Say no, with the reasons, which are kept until the deployment is erased.

    Raises:
        Refusal: if the refuser applied, or the deployment is past refusing.
    """
    need_role(by.account, Role.AUTHORISER, "refuse")
    with OpenDeployment.take(instance, deployment) as one:
        application = one.application
        one.permit(Asked.REFUSE, one.facts(), by.account.id)
        decision = written.refuse(
            application,
            deployment=deployment,
            applicant=str(one.history.applicant),
            authoriser=by.account.id,
            decided_at=instance.clock.now(),
            reasons=reasons,
        )
        text = instance.deployments.put_text(deployment, canonical(decision).decode())
        event = e.AuthorityRefused(Sha256(decision.application_sha256), Sha256(text.sha256))
        one.record(event, by.account.id)


def cancel(instance: Instance, deployment: DeploymentId, reasons: str, by: Account) -> None:
    """Give it up before it was live.

    Raises:
        Refusal: if it is live or over.
    """
    with OpenDeployment.take(instance, deployment) as one:
        if by.id not in {one.history.applicant, one.history.authoriser}:
            need_role(by, Role.AUTHORISER, "cancel another's deployment")
        one.permit(Asked.CANCEL, one.facts(), by.id)
        _stop(one, reasons, by)


def _see_evidence(
    one: OpenDeployment, application: Application, authority: WrittenAuthority, by: Account
) -> None:
    """What would be refused at the cameras is refused at the desk: the evidence covers it (R14).

    Raises:
        Refusal: with every reason.
    """
    if application.kind is Kind.TRIAL or one.papers.evidence is None:
        return
    threshold, entries = authority.recognition.threshold, authority.max_entries
    reasons = _uncovered(application, one.papers.evidence, threshold, entries)
    if reasons:
        rules = RuleIds(" ".join(dict.fromkeys(reason.rule for reason in reasons)))
        one.ledger.append(e.StepRefused(Step.AUTHORISED, rules), by.id)
        raise refusal_for(reasons)


def _stop(one: OpenDeployment, reasons: str, by: Account) -> None:
    text = one.instance.deployments.put_text(one.id, reasons) if reasons else None
    one.record(e.DeploymentCancelled(Sha256(text.sha256) if text else None), by.id)


def _check_sources(application: Application) -> None:
    """A deployment looks through live cameras; only `overt trial run` reads recordings (N6)."""
    if application.kind is Kind.DEMO:
        return
    for name, camera in application.cameras.items():
        if not is_camera(camera.source):
            rule, msg = "N6", f"camera {name}: {camera.source} is no live camera"
            advice = "Name rtsp://… or /dev/video…; a recording is for `overt trial run`."
            raise Refusal(rule, msg, advice=advice)


def _check_evidence(application: Application, content: bytes | None) -> None:
    """The file given is the one that the application names, and it covers what is asked (R14, N9).

    The gate asks again before any camera starts; here it is found days earlier.
    """
    wanted = application.recognition.evidence_sha256
    rule = "R14"
    if content is None:
        if wanted is None:
            return
        msg = "the application names an evidence file, and none was given"
        raise Refusal(rule, msg, advice="Give it with --evidence.")
    evidence, given = read_evidence(content)
    if wanted != given:
        msg = f"the evidence given has SHA-256 {given}; the application names {wanted}"
        raise Refusal(rule, msg, advice="Name the file that was assessed.")
    if application.kind is not Kind.TRIAL:
        threshold, entries = application.recognition.threshold, application.watchlist.max_entries
        reasons = _uncovered(application, evidence, threshold, entries)
        if reasons:
            raise refusal_for(reasons)


def _uncovered(
    application: Application, evidence: Evidence, threshold: Decimal, entries: int
) -> tuple[Reason, ...]:
    """Why evidence does not cover what would run, or not clear the bar; empty if it does."""
    config = config_for(application)
    combination = combination_of(open_pack(config.pack), config)
    wanted = Wanted(combination, entries, threshold, application.kind)
    return check_evidence(evidence, wanted, profile_of(application))


def _named(sha256: str | None) -> Sha256 | None:
    return None if sha256 is None else Sha256(sha256)


def _new_id(now: datetime) -> DeploymentId:
    chars = "".join(secrets.choice(ALPHABET) for _ in range(ID_CHARS))
    return DeploymentId(f"D-{now:%Y%m%d}-{chars}")

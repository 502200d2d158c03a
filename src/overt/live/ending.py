"""The end of a deployment: closed, erased, published; one alert held for a reason (R10, R11)."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from overt.assess.rates import Rate
from overt.authority.facts import Asked
from overt.errors import BadReport, LedgerFailed, Refusal
from overt.live.broken_off import end_session
from overt.live.caretaker import erased
from overt.live.desk_client import DeskClient
from overt.live.desk_server import is_listening
from overt.live.keeping import destroy_due
from overt.live.open_deployment import OpenDeployment, need_role
from overt.records import events as e
from overt.records.checkpoint import public_key_of
from overt.records.deployment_record import record_of
from overt.records.event import Sha256, moment
from overt.records.line import read_chain
from overt.records.retention import longest_hold
from overt.review.reference import read_reference
from overt.vocabulary import Role, Step

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from overt.live.applying import SignedIn
    from overt.live.instance import Instance
    from overt.records.line import Line
    from overt.records.retention import Duty
    from overt.store.accounts import Account
    from overt.store.deployments import Certificate
    from overt.vocabulary import AlertRef, DeploymentId

RECORD_JSON, RECORD_CSV, RECORD_TEXT, LEDGER = (
    "record.json",
    "record.csv",
    "record.txt",
    "ledger.jsonl",
)


def close(instance: Instance, deployment: DeploymentId, by: SignedIn) -> None:
    """End a live session, or close a deployment whose session broke off.

    Raises:
        Refusal: if it is not live, or the account may not.
    """
    path = instance.socket(deployment)
    if is_listening(path):
        with DeskClient(path, by.account.id, by.password) as desk:
            desk.ask(do="end")
        return
    need_role(by.account, Role.ENGINEER, "close a deployment")
    with OpenDeployment.take(instance, deployment) as one:
        one.permit(Asked.CLOSE, one.facts(), by.account.id)
        end_session(one, by.account.id)
        one.record(e.DeploymentClosed(), by.account.id)


def hold(
    instance: Instance,
    deployment: DeploymentId,
    ref: AlertRef,
    until: datetime,
    reasons: str,
    by: Account,
) -> None:
    """Keep an alert for longer, for a written reason; the record shows it (R11).

    Raises:
        Refusal: if it is longer than 31 days from its capture, has no reason, or is destroyed.
    """
    need_role(by, Role.AUTHORISER, "hold an alert")
    named = read_reference(ref)
    rule = "R11"
    if not reasons.strip():
        raise Refusal(rule, "a longer hold needs a reason in words")
    with OpenDeployment.take(instance, deployment) as one:
        alert = one.history.alerts.get(named)
        if alert is None or alert.destroyed:
            raise Refusal(rule, f"{deployment} keeps no alert {named}")
        longest = longest_hold(alert.captured_at)
        if until > longest:
            raise Refusal(
                rule,
                f"{until:%Y-%m-%d %H:%M} UTC is over 31 days from its capture",
                advice=f"{longest:%Y-%m-%d %H:%M} UTC at the latest.",
            )
        text = instance.deployments.put_text(deployment, reasons, about=f"alert/{named}")
        one.record(e.HoldPlaced(named, moment(until), Sha256(text.sha256)), by.id)
        instance.alerts.hold(named, until)


def erase(instance: Instance, deployment: DeploymentId, by: Account) -> tuple[Certificate, ...]:
    """Destroy the list at once, and each alert and text whose hour has come.

    The deployment is erased once nothing of it is kept; until then this may be called again, and
    the instance does the rest by itself at the hour. Once erased, it only gives the certificates.

    Returns:
        Every certificate of the deployment.

    Raises:
        Refusal: if it is not over.
        DestructionFailed: naming what is left (N13).
    """
    need_role(by, Role.ENGINEER, "erase a deployment")
    with OpenDeployment.take(instance, deployment) as one:
        if one.history.step not in {Step.ERASED, Step.PUBLISHED}:
            one.permit(Asked.ERASE, one.facts(), by.id)
            destroy_due(one, at_once=_is_list)
            erased(one)
        return instance.deployments.certificates(deployment)


def _is_list(duty: Duty) -> bool:
    return duty.kept is e.Kept.WATCHLIST


def publish(instance: Instance, deployment: DeploymentId, by: Account, folder: Path | None) -> Path:
    """Write the deployment record and its ledger where the public can have them (R18, R24).

    1. The gate permits.
    2. The record is computed from the ledger, and written beside its place.
    3. The ledger names it, and is copied with that line in it.
    4. All of it appears at once. After a crash in between, publish again: it is the same record.

    Args:
        instance: where.
        deployment: which.
        by: who publishes.
        folder: a new folder; `published/ID` in the home if not given.

    Raises:
        Refusal: if it is not erased.
        BadReport: if the folder exists or cannot be written.
    """
    target = folder or instance.home / "published" / deployment
    if target.exists():
        msg = f"{target}: already there"
        raise BadReport(msg, advice="Name a new folder; nothing is ever overwritten.")
    with OpenDeployment.take(instance, deployment) as one:
        told = one.history.published
        if told is None:
            one.permit(Asked.PUBLISH, one.facts(), by.id)  # 1
        place = one.papers.application.place.name if one.papers.application else None
        lines = list(takewhile(_is_before_publication, one.ledger.lines()))
        record = record_of(lines, interval=_interval, place=place)  # 2
        if told is not None and told.record_sha256 != record.sha256:
            msg = f"the record of {deployment} is not the one that its ledger names"
            raise BadReport(msg, rule="R21")
        draft = target.with_name(f".{target.name}.draft")
        try:
            shutil.rmtree(draft, ignore_errors=True)  # a crash may have left one
            draft.mkdir(parents=True, mode=0o755)
            (draft / RECORD_JSON).write_bytes(record.as_json)
            (draft / RECORD_CSV).write_text(record.as_csv, encoding="utf-8")
            (draft / RECORD_TEXT).write_text(record.as_text, encoding="utf-8")
            if told is None:
                one.record(e.DeploymentPublished(record.sha256), by.id)  # 3
            shutil.copyfile(one.ledger.path, draft / LEDGER)
            draft.rename(target)  # 4
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            msg = f"{target}: cannot be written ({error.strerror})"
            raise BadReport(msg) from error
        except LedgerFailed:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return target


def _is_before_publication(line: Line) -> bool:
    return not isinstance(line.event, e.DeploymentPublished)


@dataclass(frozen=True, slots=True)
class Noted:
    """What to tell people by another way, so that they can check a published ledger (R24)."""

    head: str
    """SHA-256 of its last line."""
    key: str
    """The instance's public key, 64 hexadecimal digits."""


def noted(instance: Instance, folder: Path) -> Noted:
    """The head of a published ledger, and the key that signs it."""
    lines = list(read_chain(folder / LEDGER))
    return Noted(lines[-1].sha256, public_key_of(instance.signer))


def _interval(events: int, trials: int) -> tuple[float, float]:
    """Exact 95% interval of a rate."""
    return Rate(events, trials).interval()


def read_record(folder: Path) -> tuple[dict[str, Any], str]:
    """A published record, as a document and as text."""
    document = json.loads((folder / RECORD_JSON).read_text(encoding="utf-8"))
    return document, (folder / RECORD_TEXT).read_text(encoding="utf-8")

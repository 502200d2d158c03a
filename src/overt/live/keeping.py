"""What is due for destruction, destroyed: list, alerts, free texts; each with its certificate.

What is due comes from the ledgers alone, so a machine that was off at the hour finds it at the
next start. A destruction that fails is recorded, said, tried again, and blocks every further
deployment until it is done (R10, R11, N13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overt.errors import BadLedger, BadVault, DestructionFailed
from overt.live import alert_pictures
from overt.records import events as e
from overt.records.certificate import certify, read_certificate
from overt.records.checkpoint import public_key_of
from overt.records.event import Sha256, read_moment
from overt.records.line import read_chain
from overt.records.retention import Duty, due, duties, holdings_of, overdue
from overt.vocabulary import Step
from overt.watchlist import sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from overt.live.instance import Instance
    from overt.live.open_deployment import OpenDeployment
    from overt.records.event import Event
    from overt.store.deployments import DeploymentRow

NEVER_SEALED = "0" * 64
"""Stands for the hash of a list whose enrolment was broken off."""


def never_began(instance: Instance, row: DeploymentRow) -> bool:
    """Whether a crash came before the first line of a deployment's ledger: nothing is kept of it.

    A ledger that is gone later on is a fault, and not passed over.
    """
    return row.step is Step.APPLICATION and not instance.ledger_path(row.id).exists()


def see_overdue(instance: Instance) -> tuple[str, ...]:
    """What is late, in words; the instance remembers it for the gate (N13).

    A ledger that cannot be read counts as late: nobody knows what it should have had destroyed.
    """
    now, late = instance.clock.now(), []
    for row in instance.deployments.list():
        if row.step is Step.PUBLISHED or never_began(instance, row):
            continue
        try:
            chain = read_chain(instance.ledger_path(row.id), torn_end=True)
            late += [duty.line for duty in overdue([holdings_of(chain)], now)]
        except BadLedger as error:
            late.append(f"R21: what {row.id} keeps is not known: {error.message}")
    instance.overdue = tuple(late)
    return instance.overdue


def destroy_due(
    one: OpenDeployment, *, at_once: Callable[[Duty], bool] = lambda _duty: False
) -> tuple[Sha256, ...]:
    """Destroy what is due of one deployment.

    Args:
        one: the deployment, its ledger in hand.
        at_once: what to destroy before its hour.

    Returns:
        Hashes of the certificates.

    Raises:
        DestructionFailed: naming what is left, after everything else was tried.
        LedgerFailed: if it cannot be recorded.
    """
    now = one.instance.clock.now()
    held = holdings_of(one.ledger.lines())
    wanted = {*due(held, now), *(duty for duty in duties(held) if at_once(duty))}
    done: list[Sha256] = []
    failures: list[DestructionFailed] = []
    for duty in sorted(wanted, key=lambda one: (one.limit_at, one.kept, one.ref or "")):
        try:
            done.append(_destroy(one, duty))
        except DestructionFailed as failed:
            one.ledger.append(e.ErasureFailed(duty.kept, duty.ref))
            failures.append(failed)
    one.refresh()
    see_overdue(one.instance)
    if failures:
        raise failures[0]
    return tuple(done)


def _destroy(one: OpenDeployment, duty: Duty) -> Sha256:
    """Destroy, certify, record: in this order, and each may be done again after a crash."""
    instance = one.instance
    files, size, at = _gone(one, duty)
    certified = _certified(one, duty)
    if certified is not None:
        files, at, sha256 = certified
        return _recorded(one, duty, files, sha256, at)
    body, sha256 = certify(
        instance.signer,
        deployment=one.id,
        kept=duty.kept,
        ref=duty.ref,
        rule=duty.rule,
        limit_at=duty.limit_at,
        destroyed_at=at,
        files=files,
        size=size,
    )
    instance.deployments.put_certificate(one.id, str(duty.kept), body.decode(), at)
    return _recorded(one, duty, files, sha256, at)


def _recorded(one: OpenDeployment, duty: Duty, files: int, sha256: Sha256, at: datetime) -> Sha256:
    one.ledger.append(_event(one, duty, files, sha256))
    if duty.ref is not None:
        one.instance.alerts.destroyed(duty.ref, at)
    return sha256


def _certified(one: OpenDeployment, duty: Duty) -> tuple[int, datetime, Sha256] | None:
    """A certificate that a crash kept from the ledger: files or texts, when, and its hash.

    What is due of one name is destroyed once: if there is a certificate, it is of this.
    """
    for kept in one.instance.deployments.certificates(one.id):
        said = read_certificate(kept.body.encode(), public_key_of(one.instance.signer))
        if (said.kept, said.ref) == (str(duty.kept), duty.ref):
            return said.files, read_moment(said.destroyed_at), Sha256(kept.sha256)
    return None


def _gone(one: OpenDeployment, duty: Duty) -> tuple[int, int, datetime]:
    """Destroy it; files or texts, bytes, and when the key was gone."""
    instance = one.instance
    if duty.kept is e.Kept.TEXTS:
        now = instance.clock.now()
        gone = instance.deployments.destroy_texts(one.id, now)
        return len(gone.sha256), 0, now
    if duty.ref is not None:
        instance.deployments.destroy_texts(one.id, instance.clock.now(), about=f"alert/{duty.ref}")
        compartment = alert_pictures.compartment_of(one.id, duty.ref)
    else:
        instance.deployments.destroy_texts(one.id, instance.clock.now(), about="list")
        compartment = sealed.compartment_of(one.id)
    try:
        gone_for_good = instance.vault.destroy(compartment)
    except BadVault:  # a crash came between the ledger's line and the vault: there is nothing
        return 0, 0, instance.clock.now()
    return gone_for_good.files, gone_for_good.bytes, gone_for_good.key_destroyed_at


def _event(one: OpenDeployment, duty: Duty, texts: int, certificate: Sha256) -> Event:
    if duty.kept is e.Kept.TEXTS:
        return e.TextsDestroyed(texts, certificate)
    if duty.ref is not None:
        return e.AlertDestroyed(duty.ref, certificate)
    list_sealed = one.history.list_sealed
    named = Sha256(NEVER_SEALED) if list_sealed is None else list_sealed.list_sha256
    return e.WatchlistDestroyed(named, certificate)


def resume_destructions(instance: Instance) -> None:
    """Go on with what a crash interrupted; its certificate comes with its duty.

    Raises:
        DestructionFailed: if it cannot be finished.
    """
    for compartment in instance.vault.pending():
        instance.vault.destroy(compartment)

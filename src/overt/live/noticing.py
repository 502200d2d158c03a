"""The public is told: the notice, and the signs in their places before any camera starts (R8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from overt.authority.application import canonical
from overt.authority.facts import Asked
from overt.authority.notice import Notice, SignsConfirmed, leaflet_text, sign_text
from overt.errors import Refusal
from overt.live import papers as kept
from overt.live.open_deployment import OpenDeployment, need_role
from overt.records import events as e
from overt.records.event import Sha256, moment
from overt.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from overt.live.instance import Instance
    from overt.store.accounts import Account
    from overt.vocabulary import DeploymentId


def texts(instance: Instance, deployment: DeploymentId) -> tuple[str, str]:
    """The words of the sign and of the leaflet, to be printed.

    Raises:
        Refusal: if there is no authority yet.
    """
    with OpenDeployment.take(instance, deployment) as one:
        application, authority = one.papers.application, one.papers.authority
        if application is None or authority is None:
            rule = "R8"
            raise Refusal(
                rule, f"{deployment} has no written authority", advice="Have it authorised first."
            )
        return sign_text(application, authority), leaflet_text(application, authority)


def give_notice(
    instance: Instance,
    deployment: DeploymentId,
    by: Account,
    *,
    published_at: datetime,
    where: Sequence[str],
) -> None:
    """Record that the notice was published.

    Args:
        instance: where.
        deployment: which.
        by: who says so.
        published_at: when it was, not later than now.
        where: each place, as the application promised.

    Raises:
        Refusal: if it is late, incomplete or out of turn; nothing has changed.
    """
    _may(by)
    with OpenDeployment.take(instance, deployment) as one:
        notice = Notice(
            format=1,
            deployment=deployment,
            published_at=published_at.replace(microsecond=0),
            published_by=by.id,
            where=tuple(where),
        )
        one.permit(Asked.GIVE_NOTICE, replace(one.facts(), notice=notice), by.id)
        body = canonical(notice).decode()
        sha256 = instance.deployments.put_document(deployment, kept.NOTICE, body)
        told = e.NoticePublished(Sha256(sha256), moment(notice.published_at))
        one.record(told, by.id)


def confirm_signs(
    instance: Instance, deployment: DeploymentId, by: Account, *, places: Sequence[str]
) -> None:
    """Record who saw the signs in their places.

    Raises:
        Refusal: if one that was promised is missing; nothing has changed.
    """
    _may(by)
    with OpenDeployment.take(instance, deployment) as one:
        seen = SignsConfirmed(
            format=1,
            deployment=deployment,
            confirmed_at=instance.clock.now().replace(microsecond=0),
            confirmed_by=by.id,
            places=tuple(places),
        )
        one.permit(Asked.CONFIRM_SIGNS, replace(one.facts(), signs=seen), by.id)
        instance.deployments.put_document(deployment, kept.SIGNS, canonical(seen).decode())
        one.record(e.SignsConfirmed(len(seen.places)), by.id)


def _may(by: Account) -> None:
    if not by.roles & {Role.APPLICANT, Role.ENGINEER, Role.ENGAGEMENT_OFFICER}:
        need_role(by, Role.ENGINEER, "give notice")

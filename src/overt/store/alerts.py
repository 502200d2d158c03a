"""When each alert must be destroyed (R11): references and times, nothing of whom it showed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from overt.errors import Misuse, Refusal
from overt.policy import MAX_ALERT_DAYS
from overt.store.database import insert_new
from overt.store.deployments import must_exist
from overt.store.schema import alerts
from overt.vocabulary import AlertRef, DeploymentId

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row

    from overt.store.database import Database

LONGEST = timedelta(days=MAX_ALERT_DAYS)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """When one alert dies."""

    ref: AlertRef
    deployment: DeploymentId
    raised_at: datetime
    destroy_after: datetime
    hold_until: datetime | None
    """A longer hold, whose reason the ledger has."""
    destroyed_at: datetime | None

    @property
    def due_at(self) -> datetime:
        """When it must be destroyed."""
        return max(self.destroy_after, self.hold_until or self.destroy_after)


class Alerts:
    """The index of alerts of one instance.

    Args:
        database: where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, ref: AlertRef, deployment: DeploymentId, raised_at: datetime, destroy_after: datetime
    ) -> bool:
        """Put an alert in the index; False if it is there already, which changes nothing.

        Raises:
            Refusal: R11, if it would live for more than `MAX_ALERT_DAYS`.
            Misuse: if there is no such deployment.
        """
        _bounded(ref, raised_at, destroy_after)
        row = {"raised_at": raised_at, "destroy_after": destroy_after}
        with self._database.begin() as connection:
            must_exist(connection, deployment)
            return insert_new(connection, alerts, ref=ref, deployment=deployment, **row)

    def hold(self, ref: AlertRef, until: datetime) -> AlertRow:
        """Keep an alert for longer; the reason belongs in the ledger first.

        Raises:
            Refusal: R11, if that is over `MAX_ALERT_DAYS` from its raising, or it is destroyed.
            Misuse: if there is no such alert.
        """
        with self._database.begin() as connection:
            row = connection.execute(
                select(alerts).where(alerts.c.ref == ref).with_for_update()
            ).one_or_none()
            if row is None:
                raise _missing(ref)
            if row.destroyed_at is not None:
                msg = f"alert {ref} is destroyed and cannot be held"
                raise Refusal(message=msg, rule="R11", advice="See its certificate.")
            _bounded(ref, row.raised_at, until)
            connection.execute(alerts.update().where(alerts.c.ref == ref).values(hold_until=until))
        return self.get(ref)

    def destroyed(self, ref: AlertRef, now: datetime) -> None:
        """Say that an alert was destroyed, after it was. Again changes nothing.

        Raises:
            Misuse: if there is no such alert.
        """
        mine = alerts.c.ref == ref
        with self._database.begin() as connection:
            if connection.execute(select(alerts.c.ref).where(mine)).first() is None:
                raise _missing(ref)
            connection.execute(
                alerts.update()
                .where(mine, alerts.c.destroyed_at.is_(None))
                .values(destroyed_at=now)
            )

    def get(self, ref: AlertRef) -> AlertRow:
        """One alert.

        Raises:
            Misuse: if there is none of this reference.
        """
        found = self._where(alerts.c.ref == ref.replace("\0", "?"))
        if not found:
            raise _missing(ref)
        return found[0]

    def list(self, deployment: DeploymentId) -> tuple[AlertRow, ...]:
        """A deployment's alerts, destroyed ones too, the oldest first."""
        return self._where(alerts.c.deployment == deployment)

    def due(self, now: datetime) -> tuple[AlertRow, ...]:
        """The alerts that must be destroyed by now, the most overdue first."""
        held = func.coalesce(alerts.c.hold_until, alerts.c.destroy_after)
        found = self._where(
            alerts.c.destroyed_at.is_(None) & (alerts.c.destroy_after <= now) & (held <= now)
        )
        return tuple(sorted(found, key=lambda row: (row.due_at, row.ref)))

    def _where(self, condition: ColumnElement[bool]) -> tuple[AlertRow, ...]:
        with self._database.read() as connection:
            rows = connection.execute(
                select(alerts).where(condition).order_by(alerts.c.raised_at, alerts.c.ref)
            ).all()
        return tuple(map(_alert, rows))


def _alert(row: Row[tuple[object, ...]]) -> AlertRow:
    return AlertRow(
        ref=AlertRef(row.ref),
        deployment=DeploymentId(row.deployment),
        raised_at=row.raised_at,
        destroy_after=row.destroy_after,
        hold_until=row.hold_until,
        destroyed_at=row.destroyed_at,
    )


def _bounded(ref: AlertRef, raised_at: datetime, until: datetime) -> None:
    if until > raised_at + LONGEST:
        msg = f"alert {ref} would be kept until {until:%Y-%m-%d %H:%M} UTC, over "
        msg += f"{MAX_ALERT_DAYS:g} days from when it was raised"
        latest = raised_at + LONGEST
        raise Refusal(message=msg, rule="R11", advice=f"At most until {latest:%Y-%m-%d %H:%M} UTC.")


def _missing(ref: str) -> Misuse:
    return Misuse(f"there is no alert {ref[:40]!r}", advice="Take the reference from the record.")

"""The index of one deployment, caught up with its ledger after a crash between the two.

The ledger is written first and is the truth. What the database has and no ledger names was relied
on by nobody, and goes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from overt.live import papers as kept

if TYPE_CHECKING:
    from overt.live.history import History
    from overt.live.instance import Instance


def catch_up(instance: Instance, history: History) -> None:
    """Make the database say what the ledger says. Only for who has the ledger in hand.

    1. The step.
    2. Each alert, with its hold and its destruction.
    3. Documents that the ledger does not name are forgotten.
    """
    if history.step is not None and history.last_at is not None:  # 1
        row = instance.deployments.get(history.id)
        if row.step is not history.step:
            instance.deployments.set_step(history.id, history.step, history.last_at)
    _alerts(instance, history)  # 2
    named = {
        kept.AUTHORITY: history.authority is not None,
        kept.APPROVAL: history.approval_sha256 is not None,
        kept.NOTICE: history.notice is not None,
        kept.SIGNS: history.signs_confirmed_at is not None,
    }
    there = instance.deployments.documents(history.id)  # 3
    for kind in there.keys() & {kind for kind, is_named in named.items() if not is_named}:
        instance.deployments.discard_document(history.id, kind)


def _alerts(instance: Instance, history: History) -> None:
    if not history.alerts:
        return
    rows = {row.ref: row for row in instance.alerts.list(history.id)}
    hours = history.authority.alert_hours if history.authority else 0
    for ref, alert in history.alerts.items():
        row = rows.get(ref)
        if row is None:
            until = alert.captured_at + timedelta(hours=hours)
            instance.alerts.add(ref, history.id, alert.captured_at, until)
        if alert.destroyed_at is not None and (row is None or row.destroyed_at is None):
            instance.alerts.destroyed(ref, alert.destroyed_at)
        elif alert.hold_until is not None and (row is None or row.hold_until is None):
            instance.alerts.hold(ref, alert.hold_until)

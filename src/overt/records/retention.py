"""What must be destroyed, by when, and what is late (R10, R11). Pure: lines and the time in.

A duty is due a little before its limit, so that a tick, a busy disk or a retry does not make it
late. What is late is loud and blocks every new deployment (N13).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from overt.policy import DEFAULT_ALERT_HOURS, MAX_ALERT_DAYS, MAX_LIST_AFTER_END_HOURS
from overt.records.event import read_moment
from overt.records.events import (
    AlertDestroyed,
    AuthorityGranted,
    AuthorityRefused,
    DeploymentCancelled,
    DeploymentClosed,
    EnrolmentBegan,
    ErasureFailed,
    HoldPlaced,
    Kept,
    LedgerOpened,
    PromptRaised,
    SessionEnded,
    SessionHalted,
    TextsDestroyed,
    WatchlistDestroyed,
    WatchlistSealed,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from overt.records.line import Line
    from overt.vocabulary import AlertRef, DeploymentId

AHEAD = timedelta(minutes=10)
"""Before its limit a duty is due."""
LIST_AFTER_END = timedelta(hours=MAX_LIST_AFTER_END_HOURS)
ALERT_AGE = timedelta(hours=DEFAULT_ALERT_HOURS)
LONGEST_HOLD = timedelta(days=MAX_ALERT_DAYS)
_ENDS = (SessionEnded, SessionHalted, DeploymentClosed, DeploymentCancelled, AuthorityRefused)


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that must be destroyed."""

    deployment: DeploymentId
    kept: Kept
    ref: AlertRef | None
    """Which alert, if it is one."""
    due_at: datetime
    """From when on to destroy it without being asked."""
    limit_at: datetime
    """When it is late (R10, R11)."""
    rule: str
    failed: bool = False
    """Whether the last try failed; try again at once."""

    def is_due(self, now: datetime) -> bool:
        """Whether to destroy it now."""
        return self.failed or now >= self.due_at

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is late, and so blocks what is new (N13)."""
        return now > self.limit_at

    @property
    def line(self) -> str:
        """For people, such as ``R11: alert K7QD-3M2P of D-… until 2026-11-26 14:00 UTC``."""
        what = f"alert {self.ref}" if self.ref else str(self.kept)
        return f"{self.rule}: {what} of {self.deployment} until {self.limit_at:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a deployment still keeps, as its ledger tells it."""

    deployment: DeploymentId
    list_kept: bool = False
    ends: tuple[datetime, ...] = ()
    """When it ended, each way that it did; and when its authority ends by itself."""
    alerts: Mapping[AlertRef, datetime] = field(default_factory=dict)
    """Each alert that is kept, and its limit."""
    captured: Mapping[AlertRef, datetime] = field(default_factory=dict)
    """Each alert that is kept, and its capture: holds count from there."""
    alert_age: timedelta = ALERT_AGE
    """As the authority says; a day by default."""
    texts_kept: bool = True
    failed: frozenset[tuple[Kept, AlertRef | None]] = frozenset()
    """What could not be destroyed at the last try."""

    @property
    def everything_gone(self) -> bool:
        """Whether the deployment can be called erased."""
        return not (self.list_kept or self.alerts or self.texts_kept)


def holdings_of(lines: Iterable[Line]) -> Holdings:
    """Fold a deployment's chain, from its first line on.

    Raises:
        ValueError: if there is no line.
    """
    held: Holdings | None = None
    for line in lines:
        held = _after(held or Holdings(line.chain), line)
    if held is None:
        msg = "a ledger without a line"
        raise ValueError(msg)
    return held


def duties(held: Holdings) -> tuple[Duty, ...]:
    """Everything that must be destroyed, by its limit.

    1. The list: a day after the end, whoever closed it or not. Its authority ends by itself, so
       the limit stands even if the machine died and nobody ever closed anything (R10).
    2. Each alert: a day after its capture, or as the authority says, or when its hold ends (R11).
    3. Free texts: they explain alerts and the list, and go with the last of them.
    """
    found: list[Duty] = []
    list_limit = min(held.ends) + LIST_AFTER_END if held.ends else None
    if held.list_kept and list_limit:  # 1
        found.append(_duty(held, Kept.WATCHLIST, None, list_limit, "R10"))
    for ref, limit in held.alerts.items():  # 2
        found.append(_duty(held, Kept.ALERT, ref, limit, "R11"))
    if held.texts_kept and list_limit:  # 3
        last = max([list_limit, *held.alerts.values()])
        found.append(_duty(held, Kept.TEXTS, None, last, "R11"))
    return tuple(sorted(found, key=lambda duty: (duty.limit_at, duty.kept, duty.ref or "")))


def due(held: Holdings, now: datetime) -> tuple[Duty, ...]:
    """What to destroy now."""
    return tuple(duty for duty in duties(held) if duty.is_due(now))


def overdue(held: Iterable[Holdings], now: datetime) -> tuple[Duty, ...]:
    """What is late, over all deployments: while there is any, nothing new begins (N13)."""
    return tuple(duty for one in held for duty in duties(one) if duty.is_overdue(now))


def longest_hold(captured_at: datetime) -> datetime:
    """Until when an alert may be held, for whatever reason (R11)."""
    return captured_at + LONGEST_HOLD


def _duty(held: Holdings, kept: Kept, ref: AlertRef | None, limit_at: datetime, rule: str) -> Duty:
    failed = (kept, ref) in held.failed
    return Duty(held.deployment, kept, ref, limit_at - AHEAD, limit_at, rule, failed)


def _after(held: Holdings, line: Line) -> Holdings:
    """The holdings after one more line."""
    event = line.event
    if isinstance(event, _ENDS):
        return replace(held, ends=(*held.ends, line.at))
    if isinstance(event, PromptRaised | HoldPlaced):
        return _after_alert(held, event)
    if isinstance(event, AlertDestroyed | WatchlistDestroyed | TextsDestroyed):
        return _after_destruction(held, event)
    match event:
        case LedgerOpened(kind=None):  # the instance's own chain keeps nothing of anyone
            held = replace(held, texts_kept=False)
        case AuthorityGranted(ends_at=ends_at, alert_hours=hours):
            age = min(timedelta(hours=hours), LONGEST_HOLD)
            held = replace(held, ends=(*held.ends, read_moment(ends_at)), alert_age=age)
        case EnrolmentBegan() | WatchlistSealed():
            held = replace(held, list_kept=True)
        case ErasureFailed(kept=kept, ref=ref):
            held = replace(held, failed=held.failed | {(kept, ref)})
    return held


def _after_alert(held: Holdings, event: PromptRaised | HoldPlaced) -> Holdings:
    ref = event.ref
    if isinstance(event, PromptRaised):
        at = read_moment(event.captured_at)
        limit = at + held.alert_age
        held = replace(held, captured={**held.captured, ref: at})
    elif ref in held.alerts:
        hold = min(read_moment(event.until), longest_hold(held.captured[ref]))
        limit = max(held.alerts[ref], hold)
    else:
        return held
    return replace(held, alerts={**held.alerts, ref: limit})


def _after_destruction(
    held: Holdings, event: AlertDestroyed | WatchlistDestroyed | TextsDestroyed
) -> Holdings:
    if isinstance(event, AlertDestroyed):
        alerts = {one: limit for one, limit in held.alerts.items() if one != event.ref}
        return replace(held, alerts=alerts, failed=held.failed - {(Kept.ALERT, event.ref)})
    if isinstance(event, WatchlistDestroyed):
        return replace(held, list_kept=False, failed=held.failed - {(Kept.WATCHLIST, None)})
    return replace(held, texts_kept=False, failed=held.failed - {(Kept.TEXTS, None)})

"""What a deployment's ledger says of it: a fold over its lines, and nothing else (R21).

The ledger is the truth. Whatever else the instance keeps can be caught up from this.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from overt.records import events as e
from overt.records.event import Event, read_moment
from overt.vocabulary import AccountId, AlertRef, DeploymentId, Kind, PromptStatus, Step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from overt.records.line import Line

_STEPS: dict[type[Event], Step] = {
    e.ApplicationMade: Step.APPLICATION,
    e.AuthorityGranted: Step.AUTHORISED,
    e.AuthorityRefused: Step.REFUSED,
    e.DeploymentCancelled: Step.CANCELLED,
    e.WatchlistSealed: Step.ENROLLED,
    e.NoticePublished: Step.NOTICED,
    e.WentLive: Step.LIVE,
    e.DeploymentClosed: Step.CLOSED,
    e.DeploymentErased: Step.ERASED,
    e.DeploymentPublished: Step.PUBLISHED,
}
_ENDS = frozenset({Step.CLOSED, Step.REFUSED, Step.CANCELLED})


@dataclass(slots=True)
class AlertHistory:
    """One alert, from its raising to its destruction. No face and no name."""

    raised: e.PromptRaised
    captured_at: datetime
    status: PromptStatus = PromptStatus.PENDING
    operator: AccountId | None = None
    operators: set[AccountId] = field(default_factory=set)
    confirmer: AccountId | None = None
    officer: AccountId | None = None
    decided_at: datetime | None = None
    ground: str | None = None
    identity: str | None = None
    hold_until: datetime | None = None
    shown_to: set[AccountId] = field(default_factory=set)
    """Who has seen its pictures."""
    destroyed: bool = False
    destroyed_at: datetime | None = None


@dataclass(slots=True)
class History:
    """A deployment so far. Times are UTC; None where it has not come to that."""

    id: DeploymentId
    kind: Kind = Kind.OPERATIONAL
    profile: str = "UK"
    step: Step | None = None
    began_at: datetime | None = None
    last_at: datetime | None = None
    applicant: AccountId | None = None
    application: e.ApplicationMade | None = None
    authoriser: AccountId | None = None
    authority: e.AuthorityGranted | None = None
    authorised_at: datetime | None = None
    approval_sha256: str | None = None
    """Of the independent decision (R26)."""
    enrolling_began_at: datetime | None = None
    list_sealed: e.WatchlistSealed | None = None
    list_built_at: datetime | None = None
    list_built_by: AccountId | None = None
    composition: list[e.CategoryCounted] = field(default_factory=list)
    """By category; of the enrolment that was sealed."""
    signed_off: set[str] = field(default_factory=set)
    """Entry numbers that a second officer signed off (R7)."""
    sign_off_texts: dict[str, None] = field(default_factory=dict)
    """Salted hashes of the sign-offs, each once, in order."""
    list_destroyed_at: datetime | None = None
    notice: e.NoticePublished | None = None
    notice_published_at: datetime | None = None
    signs_confirmed_at: datetime | None = None
    signs: int = 0
    went_live: e.WentLive | None = None
    live_since: datetime | None = None
    session_running: bool = False
    """Whether the last word of a session is that it runs."""
    halted: str | None = None
    """The rules that halted it."""
    session_ended_at: datetime | None = None
    end_reason: e.EndReason | None = None
    """Why, unless a rule halted it."""
    ended_at: datetime | None = None
    """When it closed, or was refused or cancelled."""
    counts: e.CountsTaken | None = None
    """Of the stretch since it went live, or was last recovered."""
    earlier: e.CountsTaken | None = None
    """Of the stretches before, summed."""
    alerts: dict[AlertRef, AlertHistory] = field(default_factory=dict)
    texts_destroyed: bool = False
    failing: bool = False
    """Whether the last attempt to destroy something failed (N13)."""
    published: e.DeploymentPublished | None = None

    @property
    def counted(self) -> e.CountsTaken | None:
        """Of the whole session; what a crash lost stays lost."""
        return _summed(self.earlier, self.counts)

    @property
    def session_over(self) -> bool:
        """Whether it is live no longer and not closed yet: a crash came in between."""
        return self.step is Step.LIVE and not self.session_running

    @property
    def owed(self) -> tuple[AlertRef, ...]:
        """Stops whose outcome is not recorded (R23)."""
        return tuple(ref for ref, one in self.alerts.items() if one.status is PromptStatus.ENGAGED)

    @property
    def list_waits(self) -> bool:
        """Whether a sealed list, or what an interrupted enrolment left, must still be destroyed."""
        return self.enrolling_began_at is not None and self.list_destroyed_at is None

    @property
    def alerts_waiting(self) -> tuple[AlertRef, ...]:
        """Alerts that must still be destroyed."""
        return tuple(ref for ref, one in self.alerts.items() if not one.destroyed)


def _summed(one: e.CountsTaken | None, other: e.CountsTaken | None) -> e.CountsTaken | None:
    if one is None or other is None:
        return one or other
    names = (each.name for each in fields(e.CountsTaken))
    return e.CountsTaken(**{name: getattr(one, name) + getattr(other, name) for name in names})


def history_of(lines: Iterable[Line]) -> History:
    """Fold a chain.

    Args:
        lines: a deployment's, from the first.
    """
    history: History | None = None
    for line in lines:
        history = history or History(line.chain)
        _take(history, line)
    if history is None:
        msg = "a ledger without a line"
        raise ValueError(msg)
    return history


def _take(history: History, line: Line) -> None:
    event = line.event
    history.last_at = line.at
    step = _STEPS.get(type(event))
    if step is not None:
        history.step = step
        if step in _ENDS:
            history.ended_at = line.at
    _take_before(history, line)
    _take_list(history, line)
    _take_session(history, line)
    _take_alert(history, line)
    _take_keeping(history, line)


def _take_before(history: History, line: Line) -> None:
    """What comes before a session, but the list, and after it."""
    match line.event:
        case e.LedgerOpened(kind=Kind() as kind, profile=str() as profile):
            history.kind, history.profile, history.began_at = kind, profile, line.at
        case e.ApplicationMade() as event:
            history.applicant, history.application = line.by, event
        case e.AuthorityGranted() as event:
            history.authoriser, history.authority = line.by, event
            history.authorised_at = line.at
        case e.IndependentlyApproved(approval_sha256=sha256):
            history.approval_sha256 = sha256
        case e.NoticePublished() as event:
            history.notice = event
            history.notice_published_at = read_moment(event.published_at)
        case e.SignsConfirmed(signs):
            history.signs, history.signs_confirmed_at = signs, line.at
        case e.DeploymentPublished() as event:
            history.published = event


def _take_list(history: History, line: Line) -> None:
    match line.event:
        case e.EnrolmentBegan():
            history.enrolling_began_at = line.at
            history.list_destroyed_at = None
            history.composition.clear()
            history.signed_off.clear()
            history.sign_off_texts.clear()
        case e.CategoryCounted() as event:
            history.composition.append(event)
        case e.EntrySignedOff(entry=entry, reason_sha256=sha256):
            history.signed_off.add(entry)
            history.sign_off_texts[sha256] = None
        case e.WatchlistSealed() as event:
            history.list_sealed, history.list_built_by = event, line.by
            history.list_built_at = read_moment(event.built_at)


def _take_session(history: History, line: Line) -> None:
    match line.event:
        case e.WentLive() as event:
            history.went_live, history.live_since = event, line.at
            history.session_running = True
        case e.SessionRecovered():
            history.session_running = True
            history.earlier, history.counts = history.counted, None
        case e.SessionHalted(rules):
            history.halted, history.session_running = rules, False
            history.session_ended_at = line.at
        case e.SessionEnded(reason):
            history.session_running, history.end_reason = False, reason
            history.session_ended_at = line.at
        case e.CountsTaken() as event:
            history.counts = event


def _take_alert(history: History, line: Line) -> None:
    event = line.event
    if isinstance(event, e.PromptRaised):
        captured_at = read_moment(event.captured_at)
        history.alerts[event.ref] = AlertHistory(event, captured_at)
        return
    ref = getattr(event, "ref", None)
    alert = history.alerts.get(ref) if ref is not None else None
    if alert is None:
        return
    if isinstance(event, e.PromptShown):
        alert.shown_to.add(line.by)
    elif isinstance(event, e.OperatorDecided | e.DecisionUndone):
        _take_operators(alert, line)
    else:
        _take_officers(alert, line)


def _take_operators(alert: AlertHistory, line: Line) -> None:
    match line.event:
        case e.OperatorDecided(possible=possible, ground=ground):
            alert.status = PromptStatus.POSSIBLE if possible else PromptStatus.DISMISSED
            alert.operator, alert.decided_at, alert.ground = line.by, line.at, ground
            alert.operators.add(line.by)
        case e.DecisionUndone():
            alert.status = PromptStatus.PENDING
            alert.operator = alert.decided_at = alert.ground = alert.officer = None


def _take_officers(alert: AlertHistory, line: Line) -> None:
    match line.event:
        case e.PromptAccepted():
            alert.officer = line.by
        case e.OfficerDecided(confirmed=confirmed, ground=ground):
            alert.status = PromptStatus.CONFIRMED if confirmed else PromptStatus.NOT_CONFIRMED
            alert.confirmer = alert.officer = line.by
            alert.ground = ground
        case e.EngagementBegan():
            alert.status, alert.officer = PromptStatus.ENGAGED, line.by
        case e.OutcomeRecorded(identity=identity):
            alert.status, alert.identity = PromptStatus.CONCLUDED, identity
        case e.PromptExpired():
            alert.status = PromptStatus.EXPIRED
        case e.PromptLost():
            alert.status = PromptStatus.LOST


def _take_keeping(history: History, line: Line) -> None:
    match line.event:
        case e.HoldPlaced(ref, until):
            history.alerts[ref].hold_until = read_moment(until)
        case e.AlertDestroyed(ref):
            history.alerts[ref].destroyed = True
            history.alerts[ref].destroyed_at = line.at
            history.failing = False
        case e.WatchlistDestroyed():
            history.list_destroyed_at = line.at
            history.failing = False
        case e.TextsDestroyed():
            history.texts_destroyed = True
            history.failing = False
        case e.ErasureFailed():
            history.failing = True

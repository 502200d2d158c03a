"""What each alert was worth and what came of it, folded from a ledger (R18, R19, R23)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from overt.records.events import (
    DecisionUndone,
    EngagementBegan,
    OfficerDecided,
    OperatorDecided,
    OutcomeRecorded,
    PromptExpired,
    PromptLost,
    PromptRaised,
)
from overt.vocabulary import AlertStanding, Ground, PromptStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from overt.records.event import Event
    from overt.records.line import Line
    from overt.vocabulary import AlertRef


@dataclass(frozen=True, slots=True)
class AlertTally:
    """One alert, as far as it came."""

    ref: AlertRef
    status: PromptStatus = PromptStatus.PENDING
    possible: bool = False
    """Whether an operator's "possible" stands."""
    ground: Ground | None = None
    outcome: OutcomeRecorded | None = None
    engaged: bool = False

    @property
    def standing(self) -> AlertStanding:
        """What it was worth, in the words of the public record."""
        return AlertStanding.of(
            self.status,
            ground=self.ground,
            identity=self.outcome.identity if self.outcome else None,
            found_possible=self.possible,
        )

    @property
    def false(self) -> bool:
        """Whether it counts as a false alert, confirmed or not."""
        return self.standing in {AlertStanding.FALSE_CONFIRMED, AlertStanding.FALSE_UNCONFIRMED}


def tally_alerts(lines: Iterable[Line]) -> tuple[AlertTally, ...]:
    """Every alert of a ledger, in the order of raising."""
    alerts: dict[AlertRef, AlertTally] = {}
    for line in lines:
        event = line.event
        if isinstance(event, PromptRaised):
            alerts[event.ref] = AlertTally(event.ref)
        else:
            ref = getattr(event, "ref", None)
            if ref in alerts:
                alerts[ref] = _after(alerts[ref], event)
    # What nobody decided before the ledger ended has expired, whether or not that was written.
    return tuple(
        replace(one, status=PromptStatus.EXPIRED)
        if one.status in {PromptStatus.PENDING, PromptStatus.POSSIBLE}
        else one
        for one in alerts.values()
    )


def _after(one: AlertTally, event: Event) -> AlertTally:  # noqa: PLR0911 - one for each event
    match event:
        case OperatorDecided(possible=possible, ground=ground):
            status = PromptStatus.POSSIBLE if possible else PromptStatus.DISMISSED
            return replace(one, status=status, possible=possible, ground=ground)
        case DecisionUndone():
            return replace(one, status=PromptStatus.PENDING, possible=False, ground=None)
        case OfficerDecided(confirmed=confirmed, ground=ground):
            status = PromptStatus.CONFIRMED if confirmed else PromptStatus.NOT_CONFIRMED
            return replace(one, status=status, ground=ground)
        case EngagementBegan():
            return replace(one, status=PromptStatus.ENGAGED, engaged=True)
        case OutcomeRecorded():
            return replace(one, status=PromptStatus.CONCLUDED, outcome=event)
        case PromptExpired():
            return replace(one, status=PromptStatus.EXPIRED)
        case PromptLost():
            return replace(one, status=PromptStatus.LOST)
    return one

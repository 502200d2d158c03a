"""A session that broke off, or ended and was not closed: ended in the ledger, and never resumed.

What was open when the machine died is said to have lapsed. Nobody decided it, so nothing else can
be said of it; the public record counts it as undecided and never in the system's favour (R18).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from overt.records import events as e
from overt.vocabulary import PromptStatus, Step

if TYPE_CHECKING:
    from datetime import datetime

    from overt.live.open_deployment import OpenDeployment
    from overt.vocabulary import AccountId

MOST_OWED = timedelta(hours=1)
"""After the cameras are off, officers have so long to record what came of a stop (R23)."""


def end_session(one: OpenDeployment, by: AccountId | None = None) -> None:
    """Say that a session is over which did not say so itself, and what lapsed with it.

    Each step may be done again: a crash here is found at the next start.
    """
    if one.history.session_running:
        one.record(e.SessionEnded(e.EndReason.CRASHED), by)
    lapse_open(one)


def lapse_open(one: OpenDeployment) -> None:
    """Say of each prompt that nobody decided that time ended it; owed outcomes stay owed."""
    for ref, alert in tuple(one.history.alerts.items()):
        if alert.status in {PromptStatus.PENDING, PromptStatus.POSSIBLE}:
            one.ledger.append(e.PromptExpired(ref))
        elif alert.status is PromptStatus.CONFIRMED:
            one.ledger.append(e.PromptLost(ref, None))
    one.refresh()


def may_close(one: OpenDeployment, now: datetime) -> bool:
    """Whether a session that is over waits for nobody any longer."""
    history = one.history
    if history.step is not Step.LIVE or history.session_running:
        return False
    ended_at = history.session_ended_at
    return not history.owed or ended_at is None or now >= ended_at + MOST_OWED

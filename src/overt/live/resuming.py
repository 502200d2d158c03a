"""A session that broke off, taken up again from its ledger: every acknowledged decision stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overt.live.state import SessionState
from overt.review.desk import Desk
from overt.review.prompt import ENDS, Prompt, standing
from overt.values import CameraId, EntryId, TrackId
from overt.vocabulary import Ground, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.live.history import AlertHistory, History
    from overt.live.prompt import Rarity
    from overt.live.timeline import Timeline
    from overt.vocabulary import AccountId, AlertRef, AlertStanding, PromptStatus, Role

NO_TRACK = TrackId(-1)
"""Tracks do not outlive their worker: a prompt from before belongs to none any longer."""


def state_of(
    history: History, timeline: Timeline, people: Mapping[AccountId, frozenset[Role]]
) -> SessionState:
    """What a session knows when it starts, or starts again.

    Prompts that were open are open again; time ends them by their capture's age as ever.

    Args:
        history: of the deployment; without alerts for a first start.
        timeline: of the session that starts; what was before has negative times.
        people: who the authority names, and as what.
    """
    ended: dict[PromptStatus, int] = {}
    standings: dict[AlertStanding, int] = {}
    still_open: dict[int, Prompt] = {}
    last_prompt_s: dict[EntryId, float] = {}
    for alert in history.alerts.values():
        prompt = _prompt_of(alert, timeline)
        last_prompt_s[prompt.entry] = prompt.captured_s
        if prompt.status in ENDS:
            ended[prompt.status] = ended.get(prompt.status, 0) + 1
            worth = standing(prompt)
            standings[worth] = standings.get(worth, 0) + 1
        else:
            still_open[prompt.number] = prompt
    counts = history.counted
    return SessionState(
        sightings=counts.searched if counts else 0,
        prompts=len(history.alerts),
        suppressed=counts.suppressed if counts else 0,
        last_prompt_s=last_prompt_s,
        desk=Desk(people, open=still_open, raised=len(history.alerts)),
        faces=counts.faces if counts else 0,
        unassessable=counts.unassessable if counts else 0,
        ended=ended,
        standings=standings,
    )


def said_of(history: History, rarity: Rarity) -> dict[AlertRef, dict[str, Any]]:
    """What a desk was told of each alert when it was raised; of its track nothing is left."""
    return {
        ref: {
            "entry": alert.raised.entry,
            "category": str(alert.raised.category),
            "camera": str(alert.raised.camera),
            "captured_at": alert.captured_at.isoformat(),
            "similarity": float(alert.raised.similarity),
            "rarity": rarity.in_words(float(alert.raised.similarity)),
            "frames_used": alert.raised.frames_used,
        }
        for ref, alert in history.alerts.items()
    }


def seen_by(history: History) -> set[tuple[AlertRef, str]]:
    """Who has seen which alert's pictures: once is enough in the ledger (R21)."""
    return {(ref, by) for ref, alert in history.alerts.items() for by in alert.shown_to}


def _prompt_of(alert: AlertHistory, timeline: Timeline) -> Prompt:
    raised = alert.raised
    return Prompt(
        number=raised.number,
        entry=EntryId(raised.entry),
        camera=CameraId(raised.camera),
        track=NO_TRACK,
        captured_s=timeline.of(alert.captured_at),
        status=alert.status,
        decided_s=None if alert.decided_at is None else timeline.of(alert.decided_at),
        operator=alert.operator,
        operators=frozenset(alert.operators),
        confirmer=alert.confirmer,
        officer=alert.officer,
        ground=None if alert.ground is None else Ground(alert.ground),
        identity=None if alert.identity is None else Identity(alert.identity),
    )

"""Where a deployment stands, and what may or must come next (R1, N3). Pure.

application → authorised → enrolled → noticed → live → closed → erased → published. No step is
skipped, none is taken twice, and no move prolongs anything: what runs out of time ends by itself
(`due`). A deployment that was refused or cancelled is erased and published too, so that it leaves
a record and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from overt.errors import Refusal
from overt.vocabulary import Step

if TYPE_CHECKING:
    from datetime import datetime

    from overt.policy import Profile


class Move(StrEnum):
    """What somebody, or the time, wants to do with a deployment."""

    APPLY = "apply"
    AUTHORISE = "authorise"
    REFUSE = "refuse"
    ENROL = "enrol"
    SIGN_OFF = "sign-off"
    """A second officer approves listing an under-18 or vulnerable person (R7)."""
    GIVE_NOTICE = "give-notice"
    CONFIRM_SIGNS = "confirm-signs"
    """Somebody saw the signs in their places (R8)."""
    GO_LIVE = "go-live"
    CLOSE = "close"
    ERASE = "erase"
    PUBLISH = "publish"
    CANCEL = "cancel"


TRANSITIONS = MappingProxyType(
    {
        (None, Move.APPLY): Step.APPLICATION,
        (Step.APPLICATION, Move.AUTHORISE): Step.AUTHORISED,
        (Step.APPLICATION, Move.REFUSE): Step.REFUSED,
        (Step.AUTHORISED, Move.ENROL): Step.ENROLLED,
        (Step.ENROLLED, Move.SIGN_OFF): Step.ENROLLED,
        (Step.ENROLLED, Move.GIVE_NOTICE): Step.NOTICED,
        (Step.NOTICED, Move.CONFIRM_SIGNS): Step.NOTICED,
        (Step.NOTICED, Move.GO_LIVE): Step.LIVE,
        (Step.LIVE, Move.CLOSE): Step.CLOSED,
        (Step.CLOSED, Move.ERASE): Step.ERASED,
        (Step.REFUSED, Move.ERASE): Step.ERASED,
        (Step.CANCELLED, Move.ERASE): Step.ERASED,
        (Step.ERASED, Move.PUBLISH): Step.PUBLISHED,
        (Step.APPLICATION, Move.CANCEL): Step.CANCELLED,
        (Step.AUTHORISED, Move.CANCEL): Step.CANCELLED,
        (Step.ENROLLED, Move.CANCEL): Step.CANCELLED,
        (Step.NOTICED, Move.CANCEL): Step.CANCELLED,
    }
)
"""Every move there is. Live is left by closing alone, and nothing leads back to it."""

BEFORE_LIVE = frozenset({Step.APPLICATION, Step.AUTHORISED, Step.ENROLLED, Step.NOTICED})
ENDED = frozenset({Step.CLOSED, Step.REFUSED, Step.CANCELLED})
"""Over, with something that may still have to be destroyed."""


def moves(step: Step | None) -> tuple[Move, ...]:
    """What may come next; None is a deployment that does not exist yet."""
    return tuple(move for (at, move) in TRANSITIONS if at is step)


def next_step(step: Step | None, move: Move) -> Step:
    """Where a move leads.

    Args:
        step: where the deployment stands; None before there is one.
        move: what is wanted.

    Raises:
        Refusal: if the move does not follow from that step (R1). Nothing has changed.
    """
    after = TRANSITIONS.get((step, move))
    if after is None:
        stands = f"the deployment is {step}" if step else "there is no deployment yet"
        can = ", ".join(moves(step))
        raise Refusal(
            rule="R1",
            message=f"{move} is not possible: {stands}",
            advice=f"What can come next: {can}." if can else "Nothing follows; apply anew.",
        )
    return after


@dataclass(frozen=True, slots=True)
class Standing:
    """What `due` must know of one deployment. All times are timezone-aware."""

    step: Step
    profile: Profile
    starts_at: datetime
    """Of the authority, or while there is none, of the application."""
    ends_at: datetime
    list_built_at: datetime | None = None
    """None before the watchlist is built, and once it is destroyed."""
    live_since: datetime | None = None
    ended_at: datetime | None = None
    """When it closed, or was refused or cancelled."""
    refused_at: datetime | None = None
    """When an independent authority refused or withdrew its approval (R26)."""
    erase_at: datetime | None = None
    """When the last of its list and alerts must be gone, where that is known to be sooner or,
    for alerts, later than the list's hour."""


@dataclass(frozen=True, slots=True)
class Due:
    """A move that the time makes, with nobody asking for it."""

    move: Move
    rule: str
    at: datetime
    """When it fell due."""
    why: str


def due(standing: Standing, now: datetime) -> Due | None:
    """What must happen by itself.

    1. An independent authority has refused: stop, and delete at once (R26).
    2. Live, and the authority or the longest session has ended: close (N3).
    3. Not yet live, and the authority's end has passed: cancel (R1).
    4. Not yet live, and the watchlist is too old ever to start: cancel (R5); it is never refreshed,
       for a list is built once.
    5. Over, and the hour of erasure has come: erase (R10, R11). A machine that was off at that
       hour finds it due at the next start.

    Returns:
        The one move that is due, or None. Ask again after making it.
    """
    step, profile, refused_at = standing.step, standing.profile, standing.refused_at
    # 1. Refused
    if refused_at is not None and now >= refused_at and step not in {Step.ERASED, Step.PUBLISHED}:
        stop = {Step.LIVE: Move.CLOSE}.get(step, Move.ERASE if step in ENDED else Move.CANCEL)
        return Due(stop, "R26", refused_at, "an independent authority refused: stop and delete")
    # 2. Live
    if step is Step.LIVE:
        end = session_end(standing)
        if now >= end:
            return Due(Move.CLOSE, "N3", end, "the authorised time has ended")
    # 3–4. Not yet live
    elif step in BEFORE_LIVE:
        if now >= standing.ends_at:
            why = "its time passed before it went live"
            return Due(Move.CANCEL, "R1", standing.ends_at, why)
        stale = stale_at(standing)
        if stale is not None and now > stale:
            why = f"the watchlist is older than {profile.max_list_age_hours:g} h and may not start"
            return Due(Move.CANCEL, "R5", stale, why)
    # 5. Over
    elif step in ENDED:
        erase_at = standing.erase_at
        if erase_at is None and standing.ended_at is not None:
            erase_at = standing.ended_at + timedelta(hours=profile.max_list_after_end_hours)
        if erase_at is not None and now >= erase_at:
            return Due(Move.ERASE, "R10", erase_at, "what it holds must be destroyed")
    return None


def session_end(standing: Standing) -> datetime:
    """When a live session ends at the latest: its authority's end, or its longest length."""
    if standing.live_since is None:
        return standing.ends_at
    longest = standing.live_since + timedelta(hours=standing.profile.max_session_hours)
    return min(standing.ends_at, longest)


def stale_at(standing: Standing) -> datetime | None:
    """From when on the watchlist is too old to start with; None if there is none."""
    if standing.list_built_at is None:
        return None
    return standing.list_built_at + timedelta(hours=standing.profile.max_list_age_hours)

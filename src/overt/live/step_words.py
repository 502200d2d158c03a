"""What a ledger's lines say to a person who looks at a deployment: its timeline, in plain words.

Lines that come by the hundred (prompts, counts, checkpoints) have no word here; they are counted.
No word names a listed person: the ledger knows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from overt.records import events as e
from overt.records.event import read_moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.records.event import Event, Moment


def words_of(event: Event) -> str | None:
    """What happened, in a few words; None for what is not worth a line of its own."""
    words = _WORDS.get(type(event))
    return None if words is None else words(event)


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _time(at: Moment) -> str:
    return f"{read_moment(at):%Y-%m-%d %H:%M}"


def _window(event: Any) -> str:
    start, end = read_moment(event.starts_at), read_moment(event.ends_at)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} to {last} UTC"


def _granted(event: e.AuthorityGranted) -> str:
    cameras = _many(event.cameras, "camera", "cameras")
    return f"authorised: {_window(event)}, {cameras}, threshold {event.threshold}"


def _sealed(event: e.WatchlistSealed) -> str:
    entries = _many(event.entries, "entry", "entries")
    return f"list sealed: {entries}, {_many(event.images, 'picture', 'pictures')}"


_WORDS: dict[type[Event], Callable[[Any], str]] = {
    # Before
    e.ApplicationMade: lambda event: f"applied: {_window(event)}",
    e.IndependentlyApproved: lambda _: "independent decision recorded",
    e.AuthorityGranted: _granted,
    e.AuthorityRefused: lambda _: "authority refused",
    e.DeploymentCancelled: lambda _: "cancelled",
    e.EntrySignedOff: lambda event: f"signed off {event.entry}",
    e.WatchlistSealed: _sealed,
    e.NoticePublished: lambda event: f"notice out since {_time(event.published_at)} UTC",
    e.SignsConfirmed: lambda event: f"{_many(event.signs, 'sign', 'signs')} seen standing",
    e.StepRefused: lambda event: f"not permitted: {event.step} ({event.rules})",
    # Live
    e.WatchlistOpened: lambda event: f"list opened in memory: {event.purpose}",
    e.WentLive: lambda _: "live: cameras on",
    e.SessionRecovered: lambda event: f"live again after {event.down_seconds} s down",
    e.SessionHalted: lambda event: f"halted ({event.rules})",
    e.SessionEnded: lambda event: f"session over: {event.reason}",
    # After
    e.DeploymentClosed: lambda _: "closed",
    e.WatchlistDestroyed: lambda _: "list destroyed",
    e.TextsDestroyed: lambda _: "free texts destroyed",
    e.HoldPlaced: lambda event: f"alert {event.ref} held until {_time(event.until)} UTC",
    e.ErasureFailed: lambda event: f"DESTRUCTION FAILED: {event.kept} {event.ref or ''}".rstrip(),
    e.DeploymentErased: lambda _: "erased: nothing of it is kept",
    e.DeploymentPublished: lambda _: "published",
}

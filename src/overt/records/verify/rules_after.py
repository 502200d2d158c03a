"""What a ledger shows of the end: destruction in time, and publication (R10, R11, R18, N13)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .story import DAY, HOUR, SYSTEM, Finding, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST_AFTER_END = DAY
LONGEST_HOLD = 31 * DAY
NEVER_SEALED = "0" * 64
"""Stands for the list of an enrolment that broke off."""
_ENDS = ("SessionEnded", "SessionHalted", "DeploymentClosed", "DeploymentCancelled")


def list_destroyed(story: Story) -> Iterator[Finding]:
    """R10: the list is gone within 24 hours of the end, even if nobody closed anything."""
    sealed = story.first("WatchlistSealed")
    granted = story.first("AuthorityGranted")
    began = next(reversed(story.all("EnrolmentBegan", "WatchlistSealed")), None)
    if began is None:
        return
    ends = [e.at for e in story.all(*_ENDS)] + ([granted.body["ends_at"]] if granted else [])
    if not ends:
        return
    limit = min(ends) + LIST_AFTER_END
    gone = next((e for e in story.all("WatchlistDestroyed") if e.seq > began.seq), None)
    at = gone or story.events[-1]
    if at.at > limit:
        how = "was destroyed" if gone else "still stands"
        hours = (at.at - limit) / HOUR
        yield Finding(at.seq, "R10", f"the list {how} {hours:.1f} h after its limit")
    named = sealed.body["list_sha256"] if sealed else NEVER_SEALED
    if gone and gone.body["list_sha256"] != named:
        yield Finding(gone.seq, "R10", "another list was destroyed than was sealed")
    erased = story.first("DeploymentErased")
    if erased and not (gone and gone.seq < erased.seq):
        yield Finding(erased.seq, "R10", "the list was not destroyed before it")


def _alert_age(story: Story) -> int:
    """How long the authority lets alerts be kept without a hold; a day if it says nothing."""
    granted = story.first("AuthorityGranted")
    return DAY if granted is None else int(granted.body["alert_hours"]) * HOUR


def alerts_destroyed(story: Story) -> Iterator[Finding]:
    """R11: each alert is gone in the authority's time (a day), or when its hold ends: 31 days."""
    captured = {e.body["ref"]: e.body["captured_at"] for e in story.all("PromptRaised")}
    age = _alert_age(story)
    if not HOUR <= age <= LONGEST_HOLD:
        yield Finding(0, "R11", f"alerts are kept for {age // HOUR} h; the limit is 31 days")
    limits = {ref: at + min(age, LONGEST_HOLD) for ref, at in captured.items()}
    gone = {e.body["ref"]: e for e in reversed(story.all("AlertDestroyed"))}
    for event in story.all("HoldPlaced", "AlertDestroyed"):
        if event.body["ref"] not in captured:
            yield Finding(event.seq, "R11", f"{event.name} of a prompt that was not raised")
    yield from _held(story, captured, limits)
    last = story.events[-1]
    erased = story.first("DeploymentErased")
    for ref, limit in limits.items():
        at = gone.get(ref, last)
        if at.at > limit:
            how = "was destroyed" if ref in gone else "still stands"
            late = (at.at - limit) / HOUR
            yield Finding(at.seq, "R11", f"the alert {ref} {how} {late:.1f} h after its limit")
        if erased and not (ref in gone and gone[ref].seq < erased.seq):
            yield Finding(erased.seq, "R11", f"the alert {ref} was not destroyed before it")


def published(story: Story) -> Iterator[Finding]:
    """R18: a record of what was live stands on counts."""
    for event in story.all("DeploymentPublished"):
        live = story.first("WentLive") and not story.named["SessionRecovered"]
        if live and not story.first("CountsTaken"):
            yield Finding(event.seq, "R18", "a record was published, and nothing was counted")


def failures_mended(story: Story) -> Iterator[Finding]:
    """N13: what could not be destroyed was destroyed in the end."""
    done = {"watchlist": "WatchlistDestroyed", "alert": "AlertDestroyed", "texts": "TextsDestroyed"}
    for failed in story.all("ErasureFailed"):
        later = [
            e
            for e in story.all(done.get(failed.body["kept"], "DeploymentErased"))
            if e.seq > failed.seq and e.body.get("ref") == failed.body["ref"]
        ]
        if not later:
            yield Finding(failed.seq, "N13", f"the {failed.body['kept']} was never destroyed")


def _held(story: Story, captured: dict[str, int], limits: dict[str, int]) -> Iterator[Finding]:
    """Check each hold, and let it put off the limit of its alert."""
    for hold in story.all("HoldPlaced"):
        ref, until = hold.body["ref"], hold.body["until"]
        if ref not in captured:
            continue
        if until > captured[ref] + LONGEST_HOLD:
            yield Finding(hold.seq, "R11", "an alert is held for more than 31 days")
        if hold.by == SYSTEM or hold.at > limits[ref]:
            yield Finding(hold.seq, "R11", "the hold came too late, or from no person")
        limits[ref] = max(limits[ref], min(until, captured[ref] + LONGEST_HOLD))

"""What a ledger shows of a deployment up to the moment when cameras start (R1–R8, R14–R20)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .schema import CATEGORIES, IMPACT_DOCUMENTS, STEPS, USE_CASES
from .story import DAY, SYSTEM, Finding, Story

if TYPE_CHECKING:
    from collections.abc import Iterator


def order_of_steps(story: Story) -> Iterator[Finding]:
    """R1: each step follows the one that it must follow, and none is taken twice."""
    at: str | None = None
    for event in story.all(*STEPS):
        if at not in STEPS[event.name]:
            yield Finding(event.seq, "R1", f"{event.name} follows {at or 'nothing'}")
        at = event.name


def where(story: Story) -> Iterator[Finding]:
    """R2: the use case is of the closed list, and the authority is for what was applied for."""
    applied = story.first("ApplicationMade")
    for event in story.all("ApplicationMade", "AuthorityGranted"):
        if event.body["use_case"] not in USE_CASES:
            yield Finding(event.seq, "R2", f"{event.body['use_case']} is no use case")
        if applied and event.body["use_case"] != applied.body["use_case"]:
            yield Finding(event.seq, "R2", "the use case is not the one applied for")


def who(story: Story) -> Iterator[Finding]:
    """R3: categories of the closed list, in the numbers that the authority allows."""
    allowed = {e.body["category"]: e.body for e in story.all("CategoryAuthorised")}
    for event in story.all("CategoryAuthorised", "CategoryCounted", "PromptRaised"):
        if event.body["category"] not in CATEGORIES:
            yield Finding(event.seq, "R3", f"{event.body['category']} is no category")
    counted = story.all("CategoryCounted")
    for event in counted:
        limit = allowed.get(event.body["category"], {})
        for number in ("entries", "under_18", "vulnerable"):
            if event.body[number] > limit.get(number, 0):
                what = f"{event.body[number]} {number} listed as {event.body['category']}"
                yield Finding(event.seq, "R3", f"{what}; {limit.get(number, 0)} authorised")
    granted = story.first("AuthorityGranted")
    for sealed in story.all("WatchlistSealed"):
        began = max((e.seq for e in story.all("EnrolmentBegan") if e.seq < sealed.seq), default=0)
        total = sum(e.body["entries"] for e in counted if began < e.seq < sealed.seq)
        if total != sealed.body["entries"]:
            what = f"{sealed.body['entries']} entries sealed; the categories count {total}"
            yield Finding(sealed.seq, "R3", what)
        if granted and sealed.body["entries"] > granted.body["list_limit"]:
            yield Finding(sealed.seq, "R3", "the list is longer than the authority allows")


def authoriser(story: Story) -> Iterator[Finding]:
    """R4: a person authorises what another person applied for."""
    applied = story.first("ApplicationMade")
    for event in story.all("AuthorityGranted", "AuthorityRefused"):
        if event.by == SYSTEM:
            yield Finding(event.seq, "R4", "no person authorised it")
        if applied is None or event.by == applied.by:
            yield Finding(event.seq, "R4", f"{event.by} decided on their own application")
        if applied and event.body["application_sha256"] != applied.body["application_sha256"]:
            yield Finding(event.seq, "R4", "it is for another application")


def fresh_list(story: Story) -> Iterator[Finding]:
    """R5: built at most 24 hours before the start, for this deployment, and used in no other."""
    sealed = story.first("WatchlistSealed")
    for live in story.all("WentLive"):
        if sealed is None or live.body["list_sha256"] != sealed.body["list_sha256"]:
            yield Finding(live.seq, "R5", "the list in use is not the one that was sealed")
        elif not 0 <= live.at - sealed.body["built_at"] <= DAY:
            hours = (live.at - sealed.body["built_at"]) / DAY * 24
            what = f"the list was built {hours:.1f} h before the start; the limit is 24 h"
            yield Finding(live.seq, "R5", what)
    if sealed and sealed.body["list_sha256"] in story.other_lists:
        yield Finding(sealed.seq, "R5", "the list stands in another ledger too (N5)")


def second_sign_off(story: Story) -> Iterator[Finding]:
    """R7: a second person accepted each entry that is under 18 or vulnerable."""
    signed = story.all("EntrySignedOff")
    for event in signed:
        if SYSTEM in {event.by, event.body["justified_by"]}:
            yield Finding(event.seq, "R7", "a sign-off takes two persons")
        elif event.by == event.body["justified_by"]:
            yield Finding(event.seq, "R7", f"{event.by} signed off their own justification")
    need = sum(max(e.body["under_18"], e.body["vulnerable"]) for e in story.all("CategoryCounted"))
    sealed = story.first("WatchlistSealed")
    if sealed and sealed.body["need_sign_off"] < need:
        what = f"{sealed.body['need_sign_off']} entries need a sign-off; the categories say {need}"
        yield Finding(sealed.seq, "R7", what)
    live = story.first("WentLive")
    if sealed and live:
        have = len({e.body["entry"] for e in signed if e.seq < live.seq})
        if have < sealed.body["need_sign_off"]:
            what = f"{have} of {sealed.body['need_sign_off']} entries were signed off before it"
            yield Finding(live.seq, "R7", what)


def notice(story: Story) -> Iterator[Finding]:
    """R8: the public was told, and somebody saw the signs, before cameras started."""
    for live in story.all("WentLive"):
        told = [e for e in story.all("NoticePublished") if e.seq < live.seq]
        if not any(e.body["published_at"] < live.at for e in told):
            yield Finding(live.seq, "R8", "no notice was published before it")
        seen = [e for e in story.all("SignsConfirmed") if e.seq < live.seq]
        if not any(e.body["signs"] > 0 and e.by != SYSTEM for e in seen):
            yield Finding(live.seq, "R8", "nobody confirmed the signs before it")


def tested(story: Story) -> Iterator[Finding]:
    """R14: evidence is named, and the model is the one that it is about."""
    granted = story.first("AuthorityGranted")
    for live in story.all("WentLive"):
        if granted is None or granted.body["model"] not in (None, live.body["model"]):
            yield Finding(live.seq, "R14", "the model is not the one in the authority")
        elif story.operational and None in (
            granted.body["evidence_sha256"],
            granted.body["model"],
        ):
            yield Finding(live.seq, "R14", "the authority names no evidence or model")
        sealed = story.first("WatchlistSealed")
        if sealed and sealed.body["model"] != live.body["model"]:
            yield Finding(live.seq, "R14", "the list was made with another model")


def threshold(story: Story) -> Iterator[Finding]:
    """R15, N9: one threshold from the authority to the end, and no alert below it."""
    granted = story.first("AuthorityGranted")
    lives = story.all("WentLive")
    for live in lives:
        if granted is None or live.body["authority_sha256"] != granted.body["authority_sha256"]:
            yield Finding(live.seq, "R15", "it runs under another authority")
        elif live.body["threshold"] != granted.body["threshold"]:
            what = f"threshold {live.body['threshold']}; the authority says "
            yield Finding(live.seq, "R15", what + str(granted.body["threshold"]))
    for alert in story.all("PromptRaised", "AlertSuppressed"):
        if any(alert.body["similarity"] < live.body["threshold"] for live in lives):
            what = f"similarity {alert.body['similarity']} is below the threshold"
            yield Finding(alert.seq, "R15", what)


def documents(story: Story) -> Iterator[Finding]:
    """R20: the versions of the impact documents are pinned before the authority."""
    granted = story.first("AuthorityGranted")
    if granted is None or not story.operational:
        return
    pinned = {e.body["document"] for e in story.all("DocumentPinned") if e.seq < granted.seq}
    for missing in sorted(IMPACT_DOCUMENTS - pinned):
        yield Finding(granted.seq, "R20", f"no version of the {missing} was pinned before it")

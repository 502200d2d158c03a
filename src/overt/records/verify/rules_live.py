"""What a ledger shows of the session and of each prompt (R12, R13, R16, R21–R23, R25, R27, N3)."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from .schema import FACTORS, GROUNDS
from .story import HOUR, MINUTE, SYSTEM, Finding, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKPOINT_GAP = MINUTE + MINUTE // 2
"""A minute, and half as much again for a busy machine."""
HALT_WITHIN = MINUTE
CEILING = 1 / 1_000
"""False alerts over faces seen (R16)."""
TAIL = 0.025
"""Of the exact two-sided 95% interval."""
MOST_FACES = 10**9
MAX_CAMERAS = 16
MAX_SESSION = 12 * HOUR
ALERTS = ("PromptRaised", "AlertSuppressed")
OF_A_PROMPT = (
    *("PromptShown", "OperatorDecided", "DecisionUndone", "PromptAccepted", "OfficerDecided"),
    *("EngagementBegan", "OutcomeRecorded", "PromptExpired", "PromptLost"),
)


def within_authority(story: Story) -> Iterator[Finding]:
    """N3: alerts only while live, live only within the authority, and for 12 hours at most."""
    live, end, granted = story.first("WentLive"), story.live_end, story.first("AuthorityGranted")
    for event in story.all(*ALERTS, "CameraOutageBegan", "WorkerRestarted", "FramesDropped"):
        stopped = end is not None and event.seq > end.seq and event.name in ALERTS
        if live is None or event.seq < live.seq or stopped:
            yield Finding(event.seq, "N3", f"{event.name} outside the live session")
    if live is None:
        return
    if live.by == SYSTEM:
        yield Finding(live.seq, "N3", "no person started it")
    if granted:
        starts, ends = granted.body["starts_at"], granted.body["ends_at"]
        for event in (live, *story.all(*ALERTS)):
            if not starts <= event.at <= ends:
                yield Finding(event.seq, "N3", f"{event.name} outside the authority's time")
    total = sum(last.at - first.at for first, last in story.spans())
    if total > MAX_SESSION:
        yield Finding(live.seq, "N3", f"the session lasted {total / HOUR:.1f} h; the limit is 12 h")
    closed = story.first("DeploymentClosed")
    if closed and end is closed:
        yield Finding(closed.seq, "N3", "it was closed while live: no end of the session stands")


def person_decides(story: Story) -> Iterator[Finding]:
    """R12: a named person and a ground of the closed list on each decision."""
    for event in story.all("OperatorDecided", "OfficerDecided", "OutcomeRecorded"):
        if event.by == SYSTEM:
            yield Finding(event.seq, "R12", f"{event.name} by no person")
        if event.name != "OutcomeRecorded" and event.body["ground"] not in GROUNDS:
            yield Finding(event.seq, "R12", f"{event.body['ground']} is no ground")


def factors(story: Story) -> Iterator[Finding]:
    """R13: subject, system and environment were weighed."""
    for event in story.all("OperatorDecided", "OfficerDecided"):
        for name in ("subject", "system", "environment"):
            if event.body[name] not in FACTORS:
                yield Finding(event.seq, "R13", f"{event.body[name]} is no {name} factor")


def surely_over(false_alerts: int, faces: int) -> bool:
    """Whether the exact 95% interval of the false alert rate lies above the ceiling.

    Its lower bound (Clopper and Pearson, 1934) exceeds p exactly if so many events or more have,
    at a true rate of p, a probability below 2.5%. That tail is summed here term by term.
    """
    if false_alerts <= faces * CEILING:
        return False
    log_term = (
        math.lgamma(faces + 1)
        - math.lgamma(false_alerts + 1)
        - math.lgamma(faces - false_alerts + 1)
        + false_alerts * math.log(CEILING)
        + (faces - false_alerts) * math.log1p(-CEILING)
    )
    term = math.exp(log_term)
    tail = 0.0
    odds = CEILING / (1 - CEILING)
    for count in range(false_alerts, faces + 1):
        tail += term
        if tail >= TAIL or term <= tail * 1e-16:
            break
        term *= (faces - count) / (count + 1) * odds
    return tail < TAIL


def ceiling(story: Story) -> Iterator[Finding]:
    """R16: the counts are consistent, and the session halts when the rate is surely too high."""
    ends = story.all("SessionHalted", "SessionEnded")
    before: dict[str, int] = {}
    for event in story.all("CountsTaken", "SessionRecovered"):
        counts = event.body
        if event.name == "SessionRecovered":  # counts begin again; what was lost stays lost
            before = {}
            continue
        if min(counts.values()) < 0 or any(counts[n] < before.get(n, 0) for n in counts):
            yield Finding(event.seq, "R16", "a count is negative, or fell")
        before = counts
        if not counts["false_alerts"] <= counts["faces"] <= MOST_FACES:
            yield Finding(event.seq, "R16", "more false alerts than faces, or too many to be true")
        elif surely_over(counts["false_alerts"], counts["faces"]):
            stop = next((e for e in ends if e.seq > event.seq), ends[-1] if ends else None)
            late = story.now if stop is None else stop.at
            if late - event.at > HALT_WITHIN:
                what = f"{counts['false_alerts']} false alerts in {counts['faces']} faces"
                yield Finding(event.seq, "R16", f"{what}, surely over 1 in 1,000: no halt")
    yield from _counted_at_the_end(story)


def _counted_at_the_end(story: Story) -> Iterator[Finding]:
    """A session that ended by itself leaves counts, and they agree with its prompts."""
    end = story.live_end
    broken_off = end is None or end.body.get("reason") in ("failed", "crashed")
    if end is None or broken_off or story.named["SessionRecovered"]:
        return
    raised = len(story.named["PromptRaised"])
    last = next(reversed(story.all("CountsTaken")), None)
    if last is None:
        yield Finding(end.seq, "R16", "the session ended and nothing was counted")
    elif last.body["prompts"] != raised:
        what = f"{last.body['prompts']} prompts counted; {raised} stand in the ledger"
        yield Finding(last.seq, "R16", what)


def checkpoints(story: Story) -> Iterator[Finding]:
    """R21: signed each minute while live."""
    times = [e for e in story.events if e.name == "Checkpointed"]
    for first, last in story.spans():
        inside = [e for e in times if first.seq < e.seq <= last.seq]
        for before, after in zip((first, *inside), (*inside, last), strict=True):
            if after.at - before.at > CHECKPOINT_GAP:
                what = f"{(after.at - before.at) / 1000:.0f} s while live without a checkpoint"
                yield Finding(after.seq, "R21", what)


def references(story: Story) -> Iterator[Finding]:
    """R22: each alert has a reference of its own, and prompts are numbered without a gap."""
    seen: set[str] = set()
    number = 0
    recovered = False
    for event in story.all("PromptRaised", "SessionRecovered"):
        if event.name == "SessionRecovered":
            recovered = True
            continue
        number = 1 if recovered and event.body["number"] == 1 else number + 1
        recovered = False
        if event.body["ref"] in seen:
            yield Finding(event.seq, "R22", f"the reference {event.body['ref']} stands twice")
        if event.body["number"] != number:
            what = f"prompt {event.body['number']} where {number} follows: one is missing"
            yield Finding(event.seq, "R22", what)
        seen.add(event.body["ref"])
    raised: set[str] = set()
    for event in story.all("PromptRaised", *OF_A_PROMPT):
        if event.name == "PromptRaised":
            raised.add(event.body["ref"])
        elif event.body["ref"] not in raised:
            yield Finding(event.seq, "R22", f"{event.name} of a prompt that was not raised")


def stops(story: Story) -> Iterator[Finding]:
    """R23, R19: each engagement has its outcome, recorded by an officer, once."""
    begun = Counter(e.body["ref"] for e in story.named["EngagementBegan"])
    recorded = Counter(e.body["ref"] for e in story.named["OutcomeRecorded"])
    for event in story.all("OutcomeRecorded"):
        ref = event.body["ref"]
        if not begun[ref] or recorded[ref] > 1:
            yield Finding(event.seq, "R23", f"the outcome of {ref} stands twice, or of no stop")
        if event.body["stop_seconds"] < 0:
            yield Finding(event.seq, "R23", "a stop of less than no time")
    closed = story.first("DeploymentClosed")
    for event in story.all("EngagementBegan"):
        if closed and not recorded[event.body["ref"]]:
            yield Finding(event.seq, "R23", f"the outcome of {event.body['ref']} is missing")


def cameras(story: Story) -> Iterator[Finding]:
    """R25: the cameras are named, and no more than were authorised, 16 at most."""
    granted, named = story.first("AuthorityGranted"), story.all("CameraNamed")
    names = {e.body["camera"] for e in named}
    for live in story.all("WentLive"):
        limit = min(MAX_CAMERAS, granted.body["cameras"]) if granted else MAX_CAMERAS
        if live.body["cameras"] > limit or len(names) > limit:
            yield Finding(live.seq, "R25", f"more cameras than the {limit} authorised")
        if live.body["cameras"] != len(names):
            yield Finding(live.seq, "R25", f"{live.body['cameras']} cameras; {len(names)} named")
    for event in story.all(*ALERTS):
        if event.body["camera"] not in names:
            yield Finding(event.seq, "R25", f"the camera {event.body['camera']} was not named")


def two_people(story: Story) -> Iterator[Finding]:
    """R27: nobody is approached before two different people thought it possible."""
    operators: dict[str, str | None] = {}
    officers: dict[str, str | None] = {}
    for event in story.all(*OF_A_PROMPT):
        ref = event.body["ref"]
        if event.name == "OperatorDecided":
            operators[ref] = event.by if event.body["possible"] else None
        elif event.name == "DecisionUndone":
            operators.pop(ref, None)
        elif event.name == "OfficerDecided":
            officers[ref] = event.by if event.body["confirmed"] else None
            if not operators.get(ref):
                yield Finding(event.seq, "R27", "no operator had found it possible")
            elif operators[ref] == event.by:
                yield Finding(event.seq, "R27", f"{event.by} confirmed their own decision")
        elif event.name == "EngagementBegan" and not (operators.get(ref) and officers.get(ref)):
            yield Finding(event.seq, "R27", f"{ref} was engaged before two people had confirmed it")

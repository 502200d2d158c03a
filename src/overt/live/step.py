"""What a live session does with whatever happens: pure, no clock, no input or output.

An event and the state go in; the new state and commands come out. A sighting below the threshold
leaves nothing but a count (R9, N2). Whoever runs it writes down what the commands say, and takes
the new state on only once that is safe (R21).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from overt.assess.rates import Rate
from overt.errors import Refusal
from overt.live.commands import (
    Command,
    Drop,
    EndSession,
    ExpirePrompt,
    Halt,
    RaisePrompt,
    RecordCamera,
    RecordDecision,
    RefuseDecision,
    Repeat,
    SettlePrompt,
    Suppress,
    WarnFlooded,
)
from overt.live.events import (
    CameraHappened,
    DecisionMade,
    Event,
    FacesCounted,
    SightingSearched,
    StopAsked,
    Ticked,
)
from overt.live.state import Fate, Mark, Rules, Seen, SessionState
from overt.policy import FALSE_ALERT_LEVEL, FLOODED_DESK
from overt.review.prompt import Prompt, standing
from overt.vocabulary import PromptStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Command",
    "Drop",
    "Event",
    "RaisePrompt",
    "Repeat",
    "Rules",
    "SessionState",
    "SightingSearched",
    "Suppress",
    "step",
]

FORGET_TRACK_S = 600.0
"""A track unseen for so long has passed; its number never comes again."""
SWEEP_EVERY_S = 60.0
MAX_TRACKS = 4_096
"""Remembered at most; beyond, the oldest are forgotten early."""

_Stepped = tuple[SessionState, tuple[Command, ...]]


def step(state: SessionState, event: Event, rules: Rules) -> _Stepped:
    """What one event leads to.

    Args:
        state: what the session knows.
        event: what happened.
        rules: threshold, cool-down, end and ceiling.

    Returns:
        The new state, and what to do, in this order.
    """
    match event:
        case SightingSearched():
            return _sighting(state, event, rules)
        case DecisionMade():
            return _decision(state, event, rules)
        case Ticked(at_s):
            return _tick(state, at_s, rules)
        case FacesCounted(faces, unassessable):
            # More faces only lower the rate, so nothing needs halting here (R16).
            return (
                replace(
                    state,
                    faces=max(state.faces, faces),
                    unassessable=max(state.unassessable, unassessable),
                ),
                (),
            )
        case CameraHappened(happened):
            return state, (RecordCamera(happened),)
        case StopAsked(rule, reason):
            return _end(state, EndSession(rule, reason))


def _sighting(state: SessionState, event: SightingSearched, rules: Rules) -> _Stepped:
    """What one searched sighting leads to.

    1. Below the threshold: drop. After the session's end: drop, whatever the score.
    2. This track has raised a prompt for this entry: a repeat, or nothing once that has ended.
       A person has rejected the entry for this track: suppress.
    3. The entry is before somebody, or was less than the cool-down ago, by any camera: suppress,
       and count each track once.
    4. Otherwise: raise a prompt.
    """
    state = replace(state, sightings=state.sightings + 1)
    if not event.candidate.similarity >= rules.threshold:  # 1; also drops what is no number
        return state, (Drop(),)
    if state.over is not None:
        return replace(state, unraised=state.unraised + 1), (Drop(),)
    entry = event.candidate.entry
    seen = Seen(event.camera, event.track, entry)
    # A capture cannot be later than now: a camera's worker is not to be trusted with the time.
    at_s = event.at_s
    if state.desk is not None and not at_s <= state.now_s:
        at_s = state.now_s
    mark = state.tracks.get(seen)  # 2
    if mark is not None and mark.fate is not Fate.SUPPRESSED:
        repeats = mark.fate is Fate.RAISED and _is_before_somebody(state, mark.number)
        state = _remember(state, seen, replace(mark, seen_s=at_s), at_s)
        return state, (Repeat(event) if repeats else Suppress(event),)
    last = state.last_prompt_s.get(entry)  # 3
    cooling = last is not None and at_s - last < rules.cool_down_s
    if cooling or _is_open(state, seen):
        state = replace(state, suppressed=state.suppressed + (mark is None))
        return _remember(state, seen, Mark(Fate.SUPPRESSED, at_s), at_s), (Suppress(event),)
    return _raise(_sweep(state, at_s, rules), event, seen, at_s, rules)  # 4


def _raise(
    state: SessionState, event: SightingSearched, seen: Seen, at_s: float, rules: Rules
) -> _Stepped:
    number = state.prompts + 1
    state = replace(state, prompts=number, last_prompt_s={**state.last_prompt_s, seen.entry: at_s})
    state = _remember(state, seen, Mark(Fate.RAISED, at_s, number), at_s)
    raised = RaisePrompt(number, event)
    if state.desk is None:
        return state, (raised,)
    prompt = Prompt(number, seen.entry, seen.camera, seen.track, at_s)
    state = replace(state, desk=state.desk.put(prompt))
    state, lapsed = _lapse(state, rules)  # an old capture may be too late at once
    state, warned = _watch_flood(state)
    return state, (raised, *lapsed, *warned)


def _decision(state: SessionState, event: DecisionMade, rules: Rules) -> _Stepped:
    """A person's act: first what is overdue ends, then the act is refused or recorded (R12)."""
    state = replace(state, now_s=max(state.now_s, event.at_s))
    state, commands = _lapse(state, rules)
    if state.desk is None:
        refusal = Refusal("R12", "this session puts nothing before anybody")
        return state, (RefuseDecision(event, refusal),)
    try:
        after = state.desk.check(event.number, event.by, event.move, state.now_s)
    except Refusal as refusal:
        return state, (*commands, RefuseDecision(event, refusal))
    before = state.desk.open[event.number]
    state = replace(state, desk=state.desk.decided(after))
    state = _mark(state, after)
    commands += (RecordDecision(event, before, after),)
    state, settled = _settle(state, (after,), rules)
    state, lapsed = _lapse(state, rules)  # what was taken back may be too late to decide again
    return state, (*commands, *settled, *lapsed)


def _tick(state: SessionState, at_s: float, rules: Rules) -> _Stepped:
    state = replace(state, now_s=max(state.now_s, at_s))
    state, commands = _lapse(_sweep(state, state.now_s, rules), rules)
    state, warned = _watch_flood(state)
    if state.now_s >= rules.ends_at_s and state.over is None:  # N3: it never extends itself
        state, ended = _end(state, EndSession("N3", "the authority's time is over"))
        return state, (*commands, *warned, *ended)
    return state, (*commands, *warned)


def _lapse(state: SessionState, rules: Rules) -> _Stepped:
    """End each prompt whose time is over."""
    if state.desk is None:
        return state, ()
    desk, ended = state.desk.overdue(state.now_s)
    if not ended:
        return state, ()
    before = state.desk.open
    state = replace(state, desk=desk)
    commands: list[Command] = []
    for prompt in ended:
        if prompt.status is not before[prompt.number].status:
            state = _mark(state, prompt)
            commands.append(ExpirePrompt(prompt))
    state, settled = _settle(state, ended, rules)
    return state, (*commands, *settled)


def _settle(state: SessionState, prompts: tuple[Prompt, ...], rules: Rules) -> _Stepped:
    """Count those that have ended for good, and halt if they surely say so (R16)."""
    left = () if state.desk is None else state.desk.open
    false_before = state.false_alerts
    state, commands = _count(state, [one for one in prompts if one.number not in left])
    if state.over is not None or state.false_alerts == false_before:
        return state, commands
    rate = Rate(state.false_alerts, state.faces_at_least)
    lower, _ = rate.interval(FALSE_ALERT_LEVEL)
    if lower <= rules.ceiling:
        return state, commands
    reason = f"false alerts over faces seen, {rate}, are surely above {rules.ceiling:g}"
    state, ending = _end(state, Halt("R16", reason))
    return state, (*commands, *ending)


def _count(state: SessionState, prompts: Iterable[Prompt]) -> _Stepped:
    """Count each prompt by how it ended and by what its alert was worth (R18)."""
    ended, standings = dict(state.ended), dict(state.standings)
    commands: list[Command] = []
    for prompt in prompts:
        worth = standing(prompt)
        ended[prompt.status] = ended.get(prompt.status, 0) + 1
        standings[worth] = standings.get(worth, 0) + 1
        commands.append(SettlePrompt(prompt, worth))
    if not commands:
        return state, ()
    return replace(state, ended=ended, standings=standings), tuple(commands)


def _end(state: SessionState, why: Halt | EndSession) -> _Stepped:
    """The session is over: nobody else is approached; stops already made are still recorded."""
    if state.over is not None:
        return state, ()
    state = replace(state, over=why, last_prompt_s={}, tracks={}, flooded=False)
    if state.desk is None:
        return state, (why,)
    before = state.desk.open
    desk, ended = state.desk.closed()
    expired = [ExpirePrompt(one) for one in ended if one.status is not before[one.number].status]
    state, settled = _count(replace(state, desk=desk), ended)
    return state, (why, *expired, *settled)


def _mark(state: SessionState, prompt: Prompt) -> SessionState:
    """Remember for the track what became of its prompt."""
    seen = Seen(prompt.camera, prompt.track, prompt.entry)
    mark = state.tracks.get(seen)
    if mark is None or mark.number != prompt.number:
        return state
    match prompt.status:
        case PromptStatus.DISMISSED | PromptStatus.NOT_CONFIRMED:
            marked = replace(mark, fate=Fate.REJECTED)
        case PromptStatus.PENDING | PromptStatus.POSSIBLE:
            marked = replace(mark, fate=Fate.RAISED)
        case PromptStatus.EXPIRED if prompt.operator is None:
            # Nobody has judged it: after the cool-down it may be put to a person again.
            return replace(state, tracks={k: v for k, v in state.tracks.items() if k != seen})
        case _:
            return state
    return replace(state, tracks={**state.tracks, seen: marked})


def _is_open(state: SessionState, seen: Seen) -> bool:
    """Whether the entry has a prompt on the desk, by whichever camera."""
    if state.desk is None:
        return False
    return any(one.entry == seen.entry for one in state.desk.open.values())


def _is_before_somebody(state: SessionState, number: int | None) -> bool:
    return state.desk is None or number in state.desk.open


def _remember(state: SessionState, seen: Seen, mark: Mark, at_s: float) -> SessionState:
    known = state.tracks.get(seen)
    if known is not None and known.fate is mark.fate and at_s - known.seen_s < SWEEP_EVERY_S:
        return state  # seen a moment ago: not worth a copy
    tracks = {**state.tracks, seen: mark}
    if len(tracks) > MAX_TRACKS:
        tracks = dict(sorted(tracks.items(), key=lambda item: item[1].seen_s)[MAX_TRACKS // 4 :])
    return replace(state, tracks=tracks)


def _sweep(state: SessionState, at_s: float, rules: Rules) -> SessionState:
    """Forget tracks that have passed and cool-downs that are over: the state stays bounded."""
    if at_s - state.swept_s < SWEEP_EVERY_S:
        return state
    on_desk = () if state.desk is None else state.desk.open
    return replace(
        state,
        swept_s=at_s,
        last_prompt_s={
            entry: last
            for entry, last in state.last_prompt_s.items()
            # Longer than the cool-down, which counts captures: one may come late.
            if at_s - last < rules.cool_down_s + FORGET_TRACK_S
        },
        tracks={
            seen: mark
            for seen, mark in state.tracks.items()
            if at_s - mark.seen_s < FORGET_TRACK_S or mark.number in on_desk
        },
    )


def _watch_flood(state: SessionState) -> _Stepped:
    """Say once that the desk is flooded; nothing is dropped (N13)."""
    waiting = 0 if state.desk is None else state.desk.pending
    if not state.flooded and waiting >= FLOODED_DESK:
        return replace(state, flooded=True), (WarnFlooded(waiting),)
    if state.flooded and waiting <= FLOODED_DESK // 2:
        return replace(state, flooded=False), ()
    return state, ()

"""What a live session does with each sighting: pure, no clock, no input or output.

An event and the state go in; the new state and commands come out. A sighting below the
threshold leaves nothing but a count (R9, N2).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId


@dataclass(frozen=True, slots=True)
class Rules:
    """Fixed for the whole session: a change needs a new one (R15, N9)."""

    threshold: Similarity
    """At or over it, a candidate is an alert."""
    cool_down_s: float
    """Seconds in which one entry raises at most one prompt, over all cameras."""


@dataclass(frozen=True, slots=True)
class SightingSearched:
    """A sighting was compared with the watchlist."""

    camera: CameraId
    track: TrackId
    at_s: float
    """When it was captured, on the session's one time line, seconds."""
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class RaisePrompt:
    """Put this alert to the operator as a possible match."""

    number: int
    """1 for the session's first."""
    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Suppress:
    """An alert for an entry that was prompted a moment ago: counted, not shown."""

    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Repeat:
    """The track that raised the entry's prompt, seen better: already before the operator."""

    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Drop:
    """Below the threshold: forget the sighting now."""


Command = RaisePrompt | Suppress | Repeat | Drop


@dataclass(frozen=True, slots=True)
class SessionState:
    """Counts, and when each entry was last prompted."""

    sightings: int = 0
    """Searches made."""
    prompts: int = 0
    suppressed: int = 0
    """Alerts of other tracks within an entry's cool-down: counted, not shown."""
    last_prompt_s: Mapping[EntryId, float] = field(default_factory=dict)
    prompted: frozenset[tuple[CameraId, TrackId, EntryId]] = frozenset()
    """Which track raised a prompt for which entry."""
    suppressed_tracks: frozenset[tuple[CameraId, TrackId, EntryId]] = frozenset()
    """Which track was suppressed for which entry, so that each is counted once."""


def step(
    state: SessionState, event: SightingSearched, rules: Rules
) -> tuple[SessionState, Command]:
    """What one searched sighting leads to.

    1. Below the threshold: drop.
    2. This track has raised a prompt for this entry: a repeat.
    3. The entry was prompted less than the cool-down ago, by any camera: suppress, and count
       each track once.
    4. Otherwise: raise a prompt.

    Args:
        state: what the session knows.
        event: the sighting and its best candidate.
        rules: threshold and cool-down.

    Returns:
        The new state, and the one command.
    """
    state = replace(state, sightings=state.sightings + 1)
    if not event.candidate.similarity >= rules.threshold:  # also drops what is no number
        return state, Drop()
    entry = event.candidate.entry
    seen = (event.camera, event.track, entry)
    if seen in state.prompted:
        return state, Repeat(event)
    last = state.last_prompt_s.get(entry)
    if last is not None and event.at_s - last < rules.cool_down_s:
        known = state.suppressed_tracks
        return (
            replace(
                state,
                suppressed=state.suppressed + (seen not in known),
                suppressed_tracks=known | {seen},
            ),
            Suppress(event),
        )
    number = state.prompts + 1
    state = replace(
        state,
        prompts=number,
        last_prompt_s={**state.last_prompt_s, entry: event.at_s},
        prompted=state.prompted | {seen},
    )
    return state, RaisePrompt(number, event)

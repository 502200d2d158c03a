"""Sightings → candidates → prompts: one search for a whole session, over all its cameras."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from overt.assess.trial import TrackSpan
from overt.live.prompt import Prompt, Rarity, prompt_of
from overt.live.step import RaisePrompt, Rules, SessionState, SightingSearched, step

if TYPE_CHECKING:
    from overt.clock import Clock
    from overt.values import CameraId, Sighting, TrackId
    from overt.watchlist.matcher import Matcher


class PromptListener(Protocol):
    """Who is told of a possible match."""

    def prompted(self, prompt: Prompt) -> None:
        """A possible match, as it happens."""


@dataclass(slots=True)
class Search:
    """The list and what was decided so far. In memory only (R9)."""

    matcher: Matcher
    rules: Rules
    rarity: Rarity
    clock: Clock
    listener: PromptListener
    state: SessionState = field(default_factory=SessionState)
    prompts: list[Prompt] = field(default_factory=list)
    searched: dict[tuple[CameraId, TrackId], TrackSpan] = field(default_factory=dict)

    def search(self, sighting: Sighting) -> None:
        """Search for one sighting, and prompt or forget it.

        Args:
            sighting: its times on the session's one time line.
        """
        track = sighting.camera, sighting.track
        self.searched[track] = TrackSpan(sighting.first_media_s, sighting.media_s, track)
        event = SightingSearched(*track, sighting.media_s, self.matcher.best(sighting.template))
        self.state, commands = step(self.state, event, self.rules)
        for command in commands:
            if isinstance(command, RaisePrompt):
                prompt = prompt_of(command, sighting, self.clock.monotonic(), self.rarity)
                self.prompts.append(prompt)
                self.listener.prompted(prompt)

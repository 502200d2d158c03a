"""Frames → sightings → candidates → prompts: what a trial and the demo both run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from overt.assess.trial import TrackSpan
from overt.live.prompt import Prompt, Rarity, prompt_of
from overt.live.step import RaisePrompt, Rules, SessionState, SightingSearched, step
from overt.video.capture import Capture

if TYPE_CHECKING:
    from overt.clock import Clock
    from overt.faces.path import FacePath
    from overt.values import Sighting, TrackId
    from overt.video.source import Source
    from overt.watchlist.matcher import Matcher


class SessionListener(Protocol):
    """Who is told how a session goes."""

    def analysed(self, frames: int, media_s: float) -> None:
        """A frame was analysed."""

    def prompted(self, prompt: Prompt) -> None:
        """A possible match, as it happens."""


@dataclass(slots=True)
class Session:
    """A source's frames through the path, the list and the step. In memory only (R9)."""

    path: FacePath
    matcher: Matcher
    rules: Rules
    rarity: Rarity
    clock: Clock
    listener: SessionListener
    state: SessionState = field(default_factory=SessionState)
    prompts: list[Prompt] = field(default_factory=list)
    searched: dict[TrackId, TrackSpan] = field(default_factory=dict)

    def run(self, source: Source, seconds: float | None) -> tuple[float, int]:
        """Analyse the source to its end.

        Args:
            source: closed afterwards.
            seconds: of the source's own time, after which to stop; None for no limit.

        Returns:
            Wall seconds from the capture of the first frame to the last search, and the
            number of stale frames that were dropped.
        """
        began: float | None = None
        with Capture(source) as capture:
            for frame in capture.frames():
                if began is None:
                    began = frame.captured_at
                for sighting in self.path.process(frame):
                    self._search(sighting)
                self.listener.analysed(self.path.counts.frames, frame.media_s)
                if seconds is not None and frame.media_s >= seconds:
                    break
            for sighting in self.path.finish():
                self._search(sighting)
            wall_s = self.clock.monotonic() - began if began is not None else 0.0
            return wall_s, capture.dropped

    def _search(self, sighting: Sighting) -> None:
        camera, track = sighting.camera, sighting.track
        self.searched[track] = TrackSpan(sighting.first_media_s, sighting.media_s, (camera, track))
        event = SightingSearched(
            camera, track, sighting.media_s, self.matcher.best(sighting.template)
        )
        self.state, command = step(self.state, event, self.rules)
        if isinstance(command, RaisePrompt):
            prompt = prompt_of(command, sighting, self.clock.monotonic(), self.rarity)
            self.prompts.append(prompt)
            self.listener.prompted(prompt)

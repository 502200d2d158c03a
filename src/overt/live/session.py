"""One source's frames through the path and the search, in this process and in strict order.

What a trial of a recording and the demo both run. Live cameras have workers of their own: see
`overt.live.cameras`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from overt.faces.ahead import looked_ahead
from overt.live.search import PromptListener
from overt.video.capture import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.clock import Clock
    from overt.faces.look import Looked
    from overt.faces.path import FacePath
    from overt.live.search import Search
    from overt.values import Frame
    from overt.video.source import Source


class SessionListener(PromptListener, Protocol):
    """Who is told how a session goes."""

    def analysed(self, frame: int, media_s: float) -> None:
        """A frame was analysed: the source's so-many-th, at this time of the source."""


@dataclass(slots=True)
class Session:
    """A source's frames through the path and the search. In memory only (R9)."""

    path: FacePath
    search: Search
    clock: Clock
    listener: SessionListener
    looks: Sequence[Callable[[Frame], Looked]] = ()
    """What the engine may do at once with the path's next frames."""

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
        with (
            Capture(source) as capture,
            looked_ahead(capture.frames(), self.looks) as frames,
        ):
            for frame, looked in frames:
                if began is None:
                    began = frame.captured_at
                for sighting in self.path.process(frame, looked):
                    self.search.search(sighting)
                self.listener.analysed(frame.id.index + 1, frame.media_s)
                if seconds is not None and frame.media_s >= seconds:
                    break
            for sighting in self.path.finish():
                self.search.search(sighting)
            wall_s = self.clock.monotonic() - began if began is not None else 0.0
            return wall_s, capture.dropped

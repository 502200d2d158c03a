"""Live cameras, each in a worker of its own, through one search.

Here the watchlist is; there the video is. Between them go the words of `overt.live.messages`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from overt.errors import BadModel, BadVideo
from overt.live.camera_events import CameraStarted
from overt.live.forget import forget
from overt.live.messages import SightingMade, WorkerReady
from overt.live.search import PromptListener

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.clock import Clock
    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.live.search import Search
    from overt.live.supervisor import Heard, Supervisor
    from overt.values import Sighting

POLL_S = 0.1
REPORT_S = 0.5
END_S = 3.0
"""Time that workers have to say their last words."""


class CamerasListener(PromptListener, Protocol):
    """Who is told how the cameras do."""

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each camera is doing; twice a second."""

    def happened(self, event: CameraEvent) -> None:
        """An outage, a restart, frames dropped."""


@dataclass(slots=True)
class CamerasSession:
    """Listens to the workers, and searches for what they saw."""

    supervisor: Supervisor
    search: Search
    clock: Clock
    listener: CamerasListener
    began_s: float | None = None
    """When the first frame was captured: zero of the session's time line, monotonic."""
    _reported_s: float = float("-inf")
    _some_ready: bool = False
    """Whether a worker has said that it makes the list's templates: the configuration is right."""

    def run(self, seconds: float | None) -> tuple[float, tuple[CameraHealth, ...]]:
        """Watch until the time is up.

        Args:
            seconds: from the first frame; None to watch until interrupted.

        Returns:
            Wall seconds from the first frame to the last search, and how each camera did.

        Raises:
            BadVideo: if no camera gives a single frame.
            BadModel: if a worker's templates are not comparable with the list's.
        """
        with self.supervisor as supervisor:
            while not self._over(seconds):
                self._turn()
                reason = supervisor.hopeless
                if reason is not None:
                    raise BadVideo(reason)
            supervisor.ask_to_end()
            until_s = self.clock.monotonic() + END_S
            while not supervisor.silent and self.clock.monotonic() < until_s:
                self._turn()
            health = self._health()
            now_s = self.clock.monotonic()
            return now_s - (now_s if self.began_s is None else self.began_s), health

    def _over(self, seconds: float | None) -> bool:
        if seconds is None or self.began_s is None:
            return False
        return self.clock.monotonic() - self.began_s >= seconds

    def _turn(self) -> None:
        """Take in what was said, from every camera its share."""
        heard, events = self.supervisor.poll(POLL_S)
        for event in events:
            if isinstance(event, CameraStarted) and self.began_s is None:
                self.began_s = event.at_s
            self.listener.happened(event)
        for one in heard:
            self._hear(one)
        now_s = self.clock.monotonic()
        if now_s - self._reported_s >= REPORT_S:
            self._reported_s = now_s
            self.listener.cameras(self._health())

    def _hear(self, heard: Heard) -> None:
        listed = self.search.matcher
        match heard.message:
            case WorkerReady(model) if model != listed.model:
                if self._some_ready:  # all are told one configuration, so this one is faulty
                    self.supervisor.fault(heard.camera, "made templates of another model")
                    return
                msg = f"{heard.camera} makes templates with {model}, the list with "
                raise BadModel(msg + listed.model, advice="Use one model for both.")
            case WorkerReady():
                self._some_ready = True
            case SightingMade(sighting) if (
                sighting.template.model != listed.model
                or sighting.template.vector.shape != listed.vectors.shape[1:]
            ):
                # No worker said so when it was ready; it must not end the others' session.
                self.supervisor.fault(heard.camera, "sent a template that is not the list's kind")
            case SightingMade(sighting):
                prompts = len(self.search.prompts)
                self.search.search(self._placed(sighting))
                if len(self.search.prompts) == prompts:  # else its pictures are the prompt's
                    forget(sighting)

    def _placed(self, sighting: Sighting) -> Sighting:
        """The sighting on the session's time line, which is that of captures.

        A camera's own clock counts for nothing there, and a worker that dates its frames in the
        future would silence other cameras' prompts by the cool-down.
        """
        captured_s = min(sighting.captured_at, self.clock.monotonic())
        if self.began_s is None:
            self.began_s = captured_s - max(0.0, sighting.media_s - sighting.first_media_s)
        at_s = captured_s - self.began_s
        later_s = at_s - sighting.media_s
        crops = tuple(
            replace(crop, media_s=min(at_s, crop.media_s + later_s)) for crop in sighting.crops
        )
        return replace(
            sighting,
            first_media_s=min(at_s, sighting.first_media_s + later_s),
            media_s=at_s,
            captured_at=captured_s,
            crops=crops,
        )

    def _health(self) -> tuple[CameraHealth, ...]:
        prompts = [prompt.camera for prompt in self.search.prompts]
        return tuple(
            replace(one, prompts=prompts.count(one.camera)) for one in self.supervisor.health()
        )

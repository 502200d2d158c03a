"""What the session knows of one camera, over all the workers that it has had."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.live.allowance import (
    MESSAGES_AT_ONCE,
    MESSAGES_PER_S,
    SIGHTINGS_AT_ONCE,
    SIGHTINGS_PER_S,
    Allowance,
)
from overt.live.back_off import BackOff
from overt.live.camera_events import (
    CameraStarted,
    FramesDropped,
    OutageBegan,
    OutageEnded,
    SightingsLost,
    WorkerRestarted,
)
from overt.live.health import CameraHealth
from overt.live.messages import (
    HealthReported,
    SightingMade,
    SourceLost,
    WorkerFaulted,
    WorkerHealth,
)
from overt.values import CameraId

if TYPE_CHECKING:
    from overt.live.camera_events import CameraEvent
    from overt.live.health import State
    from overt.live.messages import Message
    from overt.live.worker_process import WorkerProcess
    from overt.live.worker_spec import WorkerSpec

RATE_OVER_S = 5.0
SAY_EVERY_S = 10.0
"""Dropped frames are an event at most so often."""
STEADY_S = 20.0
"""A worker that lived for so long is replaced soon when it ends."""
TRACKS_PER_WORKER = 100_000_000_000
"""Track numbers set aside for each worker of a camera."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a camera or its worker may be silent, seconds."""

    start_s: float = 60.0
    """A worker loads its networks."""
    hang_s: float = 20.0
    """A worker's loop does not come round: it is killed. Opening a network camera takes up to 10 s
    and the look-up of its name."""
    read_s: float = 30.0
    """An open source gives nothing: its worker is killed. Sources notice silence by themselves,
    and may wait 20 s for a key frame; this is for reads that never return."""
    old_s: float = 2.0
    """Without a new frame the camera is out."""
    first_frame_s: float = 15.0
    """A camera gives its first frame, from the session's start."""


@dataclass(slots=True)
class WatchedCamera:
    """State of one camera. Not safe for threads: the supervisor holds its lock."""

    spec: WorkerSpec
    patience: Patience
    since_s: float
    """When the session started."""
    process: WorkerProcess | None = None
    retired: deque[WorkerProcess] = field(default_factory=deque)
    """Ended workers whose last messages are still to be read."""
    start_at_s: float = 0.0
    """When the next worker is to be started."""
    started_at_s: float = 0.0
    ended_at_s: float = 0.0
    """When its end was noticed; 0 while it runs."""
    workers: int = 0
    restarts: int = 0
    events: deque[CameraEvent] = field(default_factory=deque)
    fault: str | None = None
    """What the present worker said, or did, that ends it."""
    lost_before_first_frame: str | None = None
    outage: OutageBegan | None = None
    _noticed_s: float = 0.0
    """When the outage was noticed: only frames captured after it end it."""
    _captured_s: float = 0.0
    _outages: int = 0
    _outage_s: float = 0.0
    _sightings: int = 0
    _refused: int = 0
    """Sightings beyond the camera's allowance: counted, and not searched."""
    _messages_left: Allowance = field(
        default_factory=lambda: Allowance(MESSAGES_PER_S, MESSAGES_AT_ONCE)
    )
    _sightings_left: Allowance = field(
        default_factory=lambda: Allowance(SIGHTINGS_PER_S, SIGHTINGS_AT_ONCE)
    )
    _before: WorkerHealth = field(default_factory=WorkerHealth)
    _latest: WorkerHealth = field(default_factory=WorkerHealth)
    _looked: deque[tuple[float, int]] = field(default_factory=deque)
    _said_s: float = 0.0
    _said_dropped: int = 0
    _said_lost: int = 0
    _back_off: BackOff = field(init=False)

    def __post_init__(self) -> None:
        """Take the spec's pauses."""
        self._back_off = BackOff(self.spec.retry_s, self.spec.retry_most_s)

    @property
    def camera(self) -> CameraId:
        """Its name."""
        return CameraId(self.spec.camera)

    @property
    def next_spec(self) -> WorkerSpec:
        """What the next worker is told: its tracks have numbers that none had before."""
        return self.spec.model_copy(update={"track_base": self.workers * TRACKS_PER_WORKER})

    def began(self, process: WorkerProcess, now_s: float) -> None:
        """A worker was started."""
        self.process, self.started_at_s, self.ended_at_s = process, now_s, 0.0
        self.fault = None
        self.workers += 1

    def ended(self, now_s: float, reason: str) -> None:
        """The worker is dead; another comes after a pause."""
        if self.process is not None:
            self.retired.append(self.process)
            self.process = None
        if now_s - self.started_at_s >= STEADY_S:
            self._back_off.reset()
        self.start_at_s = now_s + self._back_off.next_s()
        self.restarts += 1
        self._before = self._before.followed_by(self._latest)
        self._latest = WorkerHealth()
        self.events.append(WorkerRestarted(self.camera, now_s, self.restarts, reason))
        self.out(now_s, reason)

    def silent_too_long(self, now_s: float) -> str | None:
        """Why the worker must be killed, if it must."""
        process, patience = self.process, self.patience
        if process is None:
            return None
        if self.fault is not None:
            return self.fault
        looped, progressed = process.heartbeat.looped, process.heartbeat.progressed
        if looped == 0:
            late = now_s - self.started_at_s > patience.start_s
            return f"did not start within {patience.start_s:g} s" if late else None
        # Written so that what is no number (NaN) counts as a hang.
        if not now_s - looped <= patience.hang_s:
            return f"hung for {now_s - looped:.1f} s"
        if not now_s - progressed <= patience.read_s:
            return f"a read from the camera hung for {now_s - progressed:.1f} s"
        return None

    def look(self, now_s: float) -> None:
        """Notice frames that come, and frames that do not."""
        captured_s = self.process.heartbeat.captured if self.process else 0.0
        captured_s = min(captured_s, now_s)  # a worker's word is not to be trusted
        if captured_s > self._captured_s:
            if self._captured_s == 0:
                self.events.append(CameraStarted(self.camera, captured_s))
                self.lost_before_first_frame = None
            self._captured_s = captured_s
            if self.outage is not None and captured_s > self._noticed_s:
                self._end_outage(captured_s)
        elif self._captured_s:
            if now_s - self._captured_s > self.patience.old_s:
                self.out(now_s, f"no frame for {self.patience.old_s:g} s")
        elif now_s - self.since_s > self.patience.first_frame_s:
            self.out(now_s, "no frame since the start")
        self._say_counts(now_s)

    def may_speak(self, now_s: float) -> bool:
        """Whether another of its messages is read; what it says beyond waits in its own pipe."""
        return self._messages_left.any_left(now_s)

    def heard(self, message: Message, now_s: float) -> bool:
        """Take in what its worker said.

        Returns:
            Whether it is for the session to hear: False for a sighting beyond the allowance.
        """
        self._messages_left.take(now_s)
        match message:
            case SightingMade():
                if not self._sightings_left.take(now_s):
                    self._refused += 1
                    return False
                self._sightings += 1
            case HealthReported(health):
                self._latest = health
                self._looked.append((now_s, health.analysed + health.still))
                while now_s - self._looked[0][0] > RATE_OVER_S:
                    self._looked.popleft()
            case SourceLost(reason):
                if self._captured_s == 0:
                    self.lost_before_first_frame = reason
                self.out(now_s, reason)
            case WorkerFaulted(reason):
                self.fault = reason
        return True

    def out(self, now_s: float, reason: str) -> None:
        """The camera gives no frames, from its last one on."""
        self._noticed_s = now_s
        if self.outage is None:
            start_s = self._captured_s or self.since_s
            self.outage = OutageBegan(self.camera, start_s, reason)
            self._outages += 1
            self.events.append(self.outage)

    def health(self, now_s: float) -> CameraHealth:
        """How it is doing."""
        rate = 0.0
        if len(self._looked) > 1:
            (first_s, first), (last_s, last) = self._looked[0], self._looked[-1]
            rate = max(0, last - first) / max(last_s - first_s, 1e-9)
        outage_s = self._outage_s + (now_s - self.outage.at_s if self.outage else 0.0)
        state: State = "outage" if self.outage else "live" if self._captured_s else "starting"
        return CameraHealth(
            camera=self.camera,
            state=state,
            totals=self._before.followed_by(self._latest),
            frame_age_s=now_s - self._captured_s if self._captured_s else None,
            rate=rate,
            restarts=self.restarts,
            outages=self._outages,
            outage_s=outage_s,
            reason=self.outage.reason if self.outage else None,
            sightings=self._sightings,
            sightings_refused=self._refused,
        )

    def _end_outage(self, end_s: float) -> None:
        if self.outage is None:
            return
        began = self.outage
        self._outage_s += end_s - began.at_s
        self.outage = None
        self.events.append(OutageEnded(self.camera, began.at_s, end_s, began.reason))

    def _say_counts(self, now_s: float) -> None:
        if now_s - self._said_s < SAY_EVERY_S:
            return
        self._said_s = now_s
        totals = self._before.followed_by(self._latest)
        if totals.dropped > self._said_dropped:
            self.events.append(FramesDropped(self.camera, totals.dropped - self._said_dropped))
        lost = totals.sightings_lost + self._refused
        if lost > self._said_lost:
            self.events.append(SightingsLost(self.camera, lost - self._said_lost))
        self._said_dropped, self._said_lost = totals.dropped, lost

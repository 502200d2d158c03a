"""Starts a worker for each camera, listens to all of them, and replaces those that fail.

Two threads. The watchdog starts workers, kills those that hang, and replaces those that end; it
never reads a message, so nothing that a worker says can hold it up. Whoever calls `poll` reads,
from each camera at most so much before the next has its turn.
"""

from __future__ import annotations

import contextlib
import select
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from overt.errors import Misuse
from overt.live.forget import forget_all
from overt.live.watched_camera import Patience, WatchedCamera
from overt.live.wire import BadMessage
from overt.live.worker_process import WorkerProcess
from overt.policy import MAX_CAMERAS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from overt.clock import Clock
    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.live.messages import Message
    from overt.live.worker_spec import WorkerSpec
    from overt.values import CameraId

LOOK_EVERY_S = 0.1
BYTES_PER_TURN = 2_000_000
"""Read from one camera before the next has its turn."""
DRAIN_S = 1.0
"""An ended worker's last messages are waited for so long before another is started."""
MOST_RETIRED = 4
END_S = 3.0
"""Time in which workers may end by themselves."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, and whose worker sent it."""

    camera: CameraId
    message: Message


class Supervisor:
    """Camera workers, from start to end. Use it in `with`.

    Args:
        specs: one for each camera.
        clock: the machine's.
        patience: how long silence is borne.

    Raises:
        Misuse: if there are none, too many, or two of one name.
    """

    def __init__(
        self, specs: Sequence[WorkerSpec], clock: Clock, patience: Patience | None = None
    ) -> None:
        names = [spec.camera for spec in specs]
        if not 1 <= len(names) <= MAX_CAMERAS:
            msg = f"{len(names)} cameras: 1 to {MAX_CAMERAS} can be watched"
            raise Misuse(msg)
        if len(set(names)) < len(names):
            msg = "two cameras have one name"
            raise Misuse(msg, advice="Give each its own.")
        self._clock = clock
        now_s = clock.monotonic()
        self._cameras = [WatchedCamera(spec, patience or Patience(), now_s) for spec in specs]
        self._lock = threading.Lock()
        self._turn = 0
        self._ending = False
        self._closing = threading.Event()
        # Workers are killed by the kernel when the thread that started them ends: this one, which
        # lives as long as they do.
        self._watchdog = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        self._watchdog.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def poll(self, timeout_s: float) -> tuple[list[Heard], list[CameraEvent]]:
        """What the cameras said, and what happened to them.

        Args:
            timeout_s: to wait, at most, if nothing was said.
        """
        self._await_word(timeout_s)
        heard: list[Heard] = []
        events: list[CameraEvent] = []
        order = self._cameras[self._turn :] + self._cameras[: self._turn]
        self._turn = (self._turn + 1) % len(order)
        for camera in order:
            with self._lock:
                self._read(camera, heard)
                while camera.events:
                    events.append(camera.events.popleft())
        return heard, events

    def fault(self, camera: CameraId, reason: str) -> None:
        """Have a camera's worker killed and replaced, for what it said.

        Args:
            camera: whose.
            reason: what it did, in the past tense.
        """
        with self._lock:
            for one in self._cameras:
                if one.camera == camera:
                    one.fault = one.fault or reason

    def health(self) -> tuple[CameraHealth, ...]:
        """How each camera is doing, in the order of the specs."""
        now_s = self._clock.monotonic()
        with self._lock:
            return tuple(camera.health(now_s) for camera in self._cameras)

    @property
    def hopeless(self) -> str | None:
        """Why no camera ever gave a frame, once each has failed at least once; else None."""
        with self._lock:
            reasons = [camera.lost_before_first_frame for camera in self._cameras]
        if any(reason is None for reason in reasons):
            return None
        return "; ".join(reason for reason in reasons if reason)

    def ask_to_end(self) -> None:
        """Let every worker finish what it is saying; none is started again."""
        with self._lock:
            self._ending = True
            for camera in self._cameras:
                if camera.process is not None:
                    camera.process.ask_to_end()

    @property
    def silent(self) -> bool:
        """Whether every worker has ended and everything was read."""
        with self._lock:
            return not any(
                process.messages >= 0
                for camera in self._cameras
                for process in (*camera.retired, camera.process)
                if process is not None
            )

    def close(self) -> None:
        """Kill what still runs. Bounded in time; safe to call twice."""
        self._closing.set()
        if self._watchdog.is_alive():
            self._watchdog.join()
        with self._lock:
            for camera in self._cameras:
                for process in (*camera.retired, camera.process):
                    if process is not None:
                        process.close()
                camera.retired.clear()
                camera.process = None

    def _await_word(self, timeout_s: float) -> None:
        """Wait until a worker has said something."""
        poll = select.poll()
        now_s = self._clock.monotonic()
        with self._lock:
            for camera in self._cameras:
                if camera.fault is not None or not camera.may_speak(now_s):
                    continue
                for process in (*camera.retired, camera.process):
                    if process is not None and process.messages >= 0:
                        poll.register(process.messages, select.POLLIN)
        poll.poll(timeout_s * 1000)

    def _read(self, camera: WatchedCamera, heard: list[Heard]) -> None:
        """Take what one camera has to say, up to its share."""
        now_s = self._clock.monotonic()
        while camera.retired and camera.retired[0].messages < 0:
            camera.retired.popleft().close()
        process = camera.retired[0] if camera.retired else camera.process
        if process is None or process.messages < 0:
            return
        if not camera.may_speak(now_s):
            return
        try:
            for message in process.read(BYTES_PER_TURN):
                if camera.heard(message, now_s):
                    heard.append(Heard(camera.camera, message))
                else:
                    forget_all([message])
                if not camera.may_speak(now_s):
                    break
        except BadMessage:
            if process is camera.process:
                camera.fault = "sent what is no message"
            else:
                camera.retired.popleft().close()

    def _watch(self) -> None:
        try:
            while not self._closing.wait(LOOK_EVERY_S):
                for camera in self._cameras:
                    self._look_after(camera)
        finally:
            # Before this thread ends, for the kernel would kill them with it unseen.
            with self._lock:
                for camera in self._cameras:
                    if camera.process is not None:
                        camera.process.kill()

    def _look_after(self, camera: WatchedCamera) -> None:
        now_s = self._clock.monotonic()
        with self._lock:
            if self._ending:
                return
            camera.look(now_s)
            process = camera.process
            reason = None if process is None else _finished(camera, process, now_s)
        if process is None:
            if now_s >= camera.start_at_s:
                self._start(camera, now_s)
        elif reason is not None:
            process.kill()  # it may take a while, and nobody else has to wait for it
            with self._lock:
                camera.ended(now_s, reason)
                while len(camera.retired) > MOST_RETIRED:
                    camera.retired.popleft().close()

    def _start(self, camera: WatchedCamera, now_s: float) -> None:
        started: WorkerProcess | None = None
        with contextlib.suppress(OSError):  # no process can be made just now
            started = WorkerProcess(camera.next_spec)
        with self._lock:
            if started is None:
                camera.ended(now_s, "could not be started")
                return
            camera.began(started, now_s)
            if self._ending:
                started.ask_to_end()


def _finished(camera: WatchedCamera, process: WorkerProcess, now_s: float) -> str | None:
    """Why a worker is to be replaced: it has ended and was heard out, or is silent too long."""
    ended = process.ended
    if ended is None:
        return camera.silent_too_long(now_s)
    camera.ended_at_s = camera.ended_at_s or now_s
    if process.messages >= 0 and now_s - camera.ended_at_s < DRAIN_S:
        return None
    return camera.fault or ended

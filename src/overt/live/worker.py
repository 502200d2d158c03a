"""A camera worker: one process for one camera, from its light to its sightings.

It handles untrusted video, and so never holds the watchlist, and imports nothing that does. It
is told what to do over its standard input, speaks over one pipe in the words of
`overt.live.messages`, and ends with its session. Recordings are refused: they belong to a trial,
which reads them itself (N6).
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.clock import RealClock
from overt.errors import BadVideo, CameraLost, OvertError
from overt.faces.ahead import LookAhead
from overt.live.analysis import Analysis
from overt.live.back_off import BackOff
from overt.live.engine import open_engine
from overt.live.forget import close_memory, wipe
from overt.live.heartbeat import Heartbeat
from overt.live.messages import SightingMade, SourceLost, SourceOpened, WorkerFaulted, WorkerReady
from overt.live.outbox import Outbox
from overt.live.wire import encode
from overt.live.worker_spec import MAX_SPEC_BYTES, WorkerSpec
from overt.values import CameraId
from overt.video.capture import Capture
from overt.video.open import open_source
from overt.video.source import LosesPictures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.clock import Clock
    from overt.faces.look import Looked
    from overt.values import Frame
    from overt.video.source import Source

LOOP_S = 0.1
"""The loop comes round at least so often."""
MOST_RATE = 120
"""Frames taken from a camera in one second; none that is what it says it is gives more."""
STEADY_S = 5.0
"""A camera that gave frames for so long is tried again soon when it is lost."""
LAST_WORDS_S = 1.0
"""Time in which what is left to say is sent at the end."""
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


class WatchedSource:
    """A live source whose progress the watchdog can see, in whichever thread it is read."""

    live = True
    frames_expected: int | None = None

    def __init__(self, source: Source, heartbeat: Heartbeat, clock: Clock) -> None:
        self.camera = source.camera
        self.given = 0
        """Frames so far."""
        self._source = source
        self._heartbeat = heartbeat
        self._clock = clock
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """The source's frames, never more than `MOST_RATE` in a second."""
        second_s = self._clock.monotonic()
        in_second = 0
        for frame in self._source.frames():
            self.given += 1
            in_second += 1
            left_s = second_s + 1 - self._clock.monotonic()
            if left_s <= 0:
                second_s, in_second = second_s + 1 - left_s, 1
            elif in_second > MOST_RATE:
                # What it sends too much waits with the sender, and costs no other camera.
                self._closed.wait(left_s)
            self._heartbeat.progressed = self._heartbeat.captured = frame.captured_at
            yield frame

    @property
    def lost(self) -> int:
        """Pictures that never became frames, as far as the source knows."""
        return self._source.pictures_lost if isinstance(self._source, LosesPictures) else 0

    def close(self) -> None:
        """Close the source."""
        self._closed.set()
        self._source.close()


class Worker:
    """Opens its camera again and again, and analyses what it gives.

    Args:
        spec: what it was told.
        clock: the machine's; its monotonic seconds are the session's too.
        outbox: where its messages go.
        heartbeat: shared with the watchdog.
    """

    def __init__(
        self, spec: WorkerSpec, clock: Clock, outbox: Outbox, heartbeat: Heartbeat
    ) -> None:
        self.stopping = threading.Event()
        self._spec = spec
        self._clock = clock
        self._outbox = outbox
        self._heartbeat = heartbeat
        self._back_off = BackOff(spec.retry_s, spec.retry_most_s)

    def run(self) -> None:
        """Work until `stopping` is set.

        Raises:
            BadModel: if the networks cannot be loaded; trying again would not help.
        """
        spec = self._spec
        engine = open_engine(spec.config, threads=spec.threads, ahead=True)
        try:
            analysis = Analysis(spec, engine, self._clock, self._outbox)
            self._outbox.put(WorkerReady(engine.model))
            while not self.stopping.is_set():
                self._watch_once(analysis)
            analysis.report()
        finally:
            engine.close()

    def _watch_once(self, analysis: Analysis) -> None:
        """Open the camera, analyse it until it is lost, and wait a little."""
        self._alive()
        reason, opened, refused = "the stream ended", False, False
        opened_s = self._clock.monotonic()
        try:
            source = self._open()
            opened = True
            self._alive()
            self._outbox.put(SourceOpened())
            opened_s = self._clock.monotonic()
            watched = WatchedSource(source, self._heartbeat, self._clock)
            with Capture(watched) as capture:
                if looks := analysis.looks:
                    with LookAhead(capture.frames(), looks) as ahead:
                        self._analyse(watched, capture, analysis, ahead)
                else:
                    self._analyse(watched, capture, analysis)
        except OvertError as error:
            reason = error.line
            # A person must change something first; an account may be locked by many tries.
            refused = not opened and not isinstance(error, CameraLost)
        finally:
            analysis.source_ended()
        if self.stopping.is_set():
            return
        self._outbox.put(SourceLost(reason))
        if self._clock.monotonic() - opened_s >= STEADY_S:
            self._back_off.reset()
        pause_s = self._spec.retry_most_s if refused else self._back_off.next_s()
        until_s = self._clock.monotonic() + pause_s
        while (left_s := until_s - self._clock.monotonic()) > 0:
            self._alive()
            analysis.report_if_due()
            if self.stopping.wait(min(LOOP_S, left_s)):
                return

    def _analyse(
        self,
        source: WatchedSource,
        capture: Capture,
        analysis: Analysis,
        ahead: LookAhead[Looked] | None = None,
    ) -> None:
        while not self.stopping.is_set():
            # A look that never ends is a hang, though this loop goes on coming round.
            if ahead is None or ahead.waits_for_source:
                self._heartbeat.looped = self._clock.monotonic()
            with contextlib.suppress(TimeoutError):
                if ahead is None:
                    frame, looked = capture.take(LOOP_S), None
                else:
                    frame, looked = ahead.take(LOOP_S) or (None, None)
                if frame is None:
                    return
                self._heartbeat.looped = self._clock.monotonic()
                analysis.frame(frame, looked)
            analysis.source_gave(source.given, capture.dropped, source.lost)
            analysis.report_if_due()

    def _open(self) -> Source:
        spec, camera = self._spec, CameraId(self._spec.camera)
        if spec.factory is not None:
            module, _, function = spec.factory.partition(":")
            make = getattr(importlib.import_module(module), function)
            source: Source = make(camera, self._clock, **spec.arguments)
        else:
            source = open_source(spec.source, camera, self._clock, transport=spec.transport)
        if not source.live:
            source.close()
            msg = "a recording is no camera"
            raise BadVideo(msg, advice="Recordings are read in a trial, one by one.")
        return source

    def _alive(self) -> None:
        """The source is waited for on purpose: that is no hang."""
        self._heartbeat.looped = self._heartbeat.progressed = self._clock.monotonic()


def main() -> None:
    """Run a worker as told on standard input.

    1. End with the session, whatever happens; gain no right by any program that is started;
       leave no core file, which would hold faces; overwrite what is let go.
    2. Read the spec.
    3. Work, and send, until the session closes the other end of standard input.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # 1
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    close_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    spec = WorkerSpec.model_validate_json(_line(sys.stdin.fileno()))  # 2
    if os.getppid() != spec.parent:
        os._exit(1)  # it died before step 1
    cv2.setNumThreads(spec.threads)
    outbox = Outbox()
    worker = Worker(spec, RealClock(), outbox, Heartbeat(spec.heartbeat))  # 3
    threading.Thread(target=_await_end, args=(worker,), name="end", daemon=True).start()
    sender = threading.Thread(
        target=_send, args=(outbox, spec.messages), name="messages", daemon=True
    )
    sender.start()
    code = 0
    try:
        worker.run()
    except OvertError as error:
        outbox.put(WorkerFaulted(error.line))
        code = 1
    except Exception as error:  # noqa: BLE001 - the session must hear of it
        outbox.put(WorkerFaulted(f"a fault in the worker: {type(error).__name__}"))
        code = 1
    outbox.close()
    sender.join(LAST_WORDS_S)
    os._exit(code)  # a driver's thread that never returns must not keep the process


def _line(descriptor: int) -> bytes:
    """One line, not a byte more."""
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < MAX_SPEC_BYTES:
        data = os.read(descriptor, 1)
        if not data:
            break
        line += data
    return bytes(line)


def _await_end(worker: Worker) -> None:
    """End when the session closes standard input, in bounded time."""
    while os.read(0, 1):
        pass
    worker.stopping.set()
    threading.Event().wait(2 * LAST_WORDS_S)
    os._exit(0)


def _send(outbox: Outbox, descriptor: int) -> None:
    """Write messages as fast as the session takes them."""
    try:
        while not outbox.done:
            message = outbox.take()
            if message is None:
                continue
            data = encode(message)
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            # Its pictures may be wanted for the track's next template; the rest is gone (R9).
            np.frombuffer(data, np.uint8)[...] = 0
            if isinstance(message, SightingMade):
                wipe(message.sighting.template.vector)
    except OSError:
        os._exit(1)  # nobody listens any more


if __name__ == "__main__":
    main()

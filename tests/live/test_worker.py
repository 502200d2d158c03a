"""A worker with two processors looks at two frames at once, and a look that hangs is seen."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from overt.clock import RealClock
from overt.config import Config
from overt.faces.detector import Detector
from overt.live.engine import open_engine
from overt.live.heartbeat import Heartbeat
from overt.live.messages import HealthReported, SightingMade
from overt.live.outbox import Outbox
from overt.live.worker import Worker
from overt.live.worker_spec import WorkerSpec

if TYPE_CHECKING:
    import numpy as np

    from overt.live.messages import Message
    from overt.values import Face

DEADLINE_S = 60.0


class Running:
    """A worker in a thread of this process, and what it said."""

    def __init__(self, factory: str, **arguments: float) -> None:
        spec = WorkerSpec(
            camera="gate", factory=f"camera_factories:{factory}", arguments=arguments, threads=2
        )
        self.outbox, self.heartbeat = Outbox(), Heartbeat.create()
        self.worker = Worker(spec, RealClock(), self.outbox, self.heartbeat)
        self.thread = threading.Thread(target=self.worker.run)
        self.thread.start()

    def until(self, kind: type[Message]) -> Message:
        until_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < until_s:
            message = self.outbox.take(0.5)
            if isinstance(message, kind):
                return message
        raise TimeoutError

    def stop(self) -> None:
        self.worker.stopping.set()
        self.thread.join(DEADLINE_S)
        assert not self.thread.is_alive()


@pytest.fixture(autouse=True)
def _factories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.fixture
def threads_at_work(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    detect, names = Detector.detect, set()

    def noted(self: Detector, image: np.ndarray, **more: tuple[int, int]) -> list[Face]:
        names.add(threading.current_thread().name)
        return detect(self, image, **more)

    monkeypatch.setattr(Detector, "detect", noted)
    return names


def test_two_frames_are_looked_at_at_once_and_sightings_come(threads_at_work: set[str]) -> None:
    running = Running("street", seconds=60.0, people=3, seed=5)
    try:
        running.until(SightingMade)
        health = running.until(HealthReported)
        assert isinstance(health, HealthReported)
        assert health.health.analysed > 0
        assert health.health.model_s > 0
    finally:
        running.stop()
    assert {"look 0", "look 1"} <= threads_at_work


def test_a_look_that_never_ends_is_a_hang_to_the_watchdog(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hung, go = threading.Event(), threading.Event()

    def hang(*_: object, **__: object) -> list[Face]:
        hung.set()
        go.wait(DEADLINE_S)
        return []

    monkeypatch.setattr(Detector, "detect", hang)
    running = Running("steady", rate=20.0)
    try:
        assert hung.wait(DEADLINE_S)
        time.sleep(0.3)
        looped, progressed = running.heartbeat.looped, running.heartbeat.progressed
        time.sleep(0.5)
        assert running.heartbeat.looped == looped
        assert running.heartbeat.progressed > progressed  # the camera itself goes on
    finally:
        go.set()
        running.stop()


@pytest.mark.parametrize(("threads", "frames"), [(1, 0), (2, 2), (3, 3)])
def test_processors_are_spent_on_frames_before_threads(threads: int, frames: int) -> None:
    engine = open_engine(Config(), threads=threads, ahead=True)
    try:
        assert len(engine.look_networks) == frames
    finally:
        engine.close()


def test_a_configured_number_of_threads_is_kept() -> None:
    config = Config.model_validate({"runtime": {"threads": 1}})
    engine = open_engine(config, threads=4, ahead=True)
    try:
        assert engine.look_networks == ()
    finally:
        engine.close()

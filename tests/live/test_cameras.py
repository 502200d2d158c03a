"""Live cameras in real workers with real models, through one search, to prompts."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from overt.clock import ManualClock, RealClock
from overt.config import Config
from overt.errors import BadModel, BadVideo
from overt.live.camera_events import OutageBegan, OutageEnded, WorkerRestarted
from overt.live.cameras import CamerasSession
from overt.live.conduct import OperatingPoint, conduct_cameras
from overt.live.engine import open_engine
from overt.live.messages import SightingMade, WorkerReady
from overt.live.prompt import Rarity
from overt.live.reader import StillReader
from overt.live.search import Search
from overt.live.step import Rules
from overt.live.supervisor import Heard, Supervisor
from overt.live.watched_camera import TRACKS_PER_WORKER
from overt.live.worker_spec import WorkerSpec
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.values import Box, CameraId, Crop, Quality, Sighting, Similarity, Template, TrackId
from overt.watchlist.enrol import enrol
from overt.watchlist.gallery import read_folder
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.live.prompt import Prompt
    from overt.watchlist.gallery import ListedImage

DEADLINE_S = 45.0
RULES = Rules(Similarity(0.93), cool_down_s=600)


@dataclass
class Listener:
    prompts: list[Prompt] = field(default_factory=list)
    events: list[CameraEvent] = field(default_factory=list)
    health: tuple[CameraHealth, ...] = ()

    def prompted(self, prompt: Prompt) -> None:
        self.prompts.append(prompt)

    def happened(self, event: CameraEvent) -> None:
        self.events.append(event)

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        self.health = tuple(health)

    def enrolling(self, done: int, of: int) -> None: ...

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None: ...

    def analysed(self, frames: int, media_s: float) -> None: ...


def poster(camera: str, person: int, **changes: object) -> WorkerSpec:
    return WorkerSpec(
        camera=camera,
        factory="camera_factories:poster",
        arguments={"person": person, "rate": 8.0},
        retry_s=0.02,
        retry_most_s=0.05,
    ).model_copy(update=changes)


@pytest.fixture(scope="module", autouse=True)
def path() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Sequence[ListedImage]:
    folder = tmp_path_factory.mktemp("list")
    for person in range(3):
        Image.fromarray(still(Cast(1), person, take=0)).save(folder / f"P{person}.png")
    return read_folder(folder).images


@pytest.fixture(scope="module")
def matcher(images: Sequence[ListedImage]) -> Matcher:
    engine = open_engine(Config())
    try:
        return Matcher(enrol(images, StillReader(engine)))
    finally:
        engine.close()


def session_of(matcher: Matcher, specs: list[WorkerSpec]) -> tuple[CamerasSession, Listener]:
    listener, clock = Listener(), RealClock()
    search = Search(matcher, RULES, Rarity([], len(matcher)), clock, listener)
    return CamerasSession(Supervisor(specs, clock), search, clock, listener), listener


def test_two_cameras_prompt_and_a_killed_worker_comes_back(matcher: Matcher) -> None:
    session, told = session_of(matcher, [poster("north", 0), poster("south", 1)])
    north = session.supervisor._cameras[0]
    deadline = time.monotonic() + DEADLINE_S

    def until(reached: Callable[[], bool]) -> None:
        while not reached() and time.monotonic() < deadline:
            session._turn()

    with session.supervisor:
        until(lambda: len(told.prompts) == 2)
        assert {p.entry: p.camera for p in told.prompts} == {"P0": "north", "P1": "south"}
        assert north.process is not None
        os.kill(north.process.id, signal.SIGKILL)
        until(lambda: session.search.state.suppressed >= 1)
    restarts = [e for e in told.events if isinstance(e, WorkerRestarted)]
    assert [(e.camera, e.reason) for e in restarts] == [("north", "killed by SIGKILL")]
    # The new worker's track is another track; the entry's cool-down holds over both.
    assert {track // TRACKS_PER_WORKER for camera, track in session.search.searched if
            camera == "north"} == {0, 1}  # fmt: skip
    assert len(told.prompts) == 2
    outages = [e for e in told.events if isinstance(e, OutageBegan | OutageEnded)]
    assert {e.camera for e in outages} == {"north"}
    for prompt in told.prompts:
        assert 0 < prompt.capture_to_prompt_s < 5
        assert 0 <= prompt.first_media_s <= prompt.media_s


def test_a_trial_of_live_cameras_ends_in_time_with_health_and_counts(
    images: Sequence[ListedImage],
) -> None:
    told = Listener()
    zone = [[0.0, 0.0], [0.1, 0.0], [0.1, 0.1], [0.0, 0.1]]
    specs = [poster("seen", 2), poster("outside", 0, zone=zone)]
    result, prompts = conduct_cameras(
        images, specs, open_engine(Config()), RealClock(), told,
        point=OperatingPoint(threshold=0.93), seconds=3.0,
    )  # fmt: skip
    assert [(p.entry, p.camera) for p in prompts] == [("P2", "seen")]
    document = result.as_dict
    seen, outside = document["cameras"]
    assert seen["prompts"] == 1
    assert seen["inter_eye_px"] > 30
    assert (outside["embedded"], outside["faces"], outside["sightings"]) == (0, 0, 0)
    assert document["frames"] == seen["analysed"] + outside["analysed"] > 5
    assert document["embedded"] == seen["embedded"] > 0
    assert 2.5 <= document["timing"]["wall_s"] < 10


def test_cameras_none_of_which_ever_answers_are_an_error(matcher: Matcher) -> None:
    absent = [
        WorkerSpec(camera=name, source=f"/dev/video9{number}")
        for number, name in enumerate(("north", "south"), start=7)
    ]
    session, told = session_of(matcher, absent)
    with pytest.raises(BadVideo, match=r"video97.*video98"):
        session.run(None)
    assert told.prompts == []


def heard(camera: str, message: object) -> Heard:
    return Heard(CameraId(camera), message)  # type: ignore[arg-type]


def test_a_worker_with_another_model_ends_the_session(matcher: Matcher) -> None:
    session, _ = session_of(matcher, [poster("north", 0)])
    with pytest.raises(BadModel, match="north makes templates with another"):
        session._hear(heard("north", WorkerReady("another")))


@pytest.mark.parametrize(("length", "model"), [(128, "another"), (64, None)])
def test_a_worker_that_sends_another_kind_of_template_is_replaced_alone(
    matcher: Matcher, length: int, model: str | None
) -> None:
    session, told = session_of(matcher, [poster("north", 0), poster("south", 1)])
    session._hear(heard("south", WorkerReady(matcher.model)))
    vector = np.zeros(length, np.float32)
    vector[0] = 1
    quality = Quality(60, 0, 0, 0, 0.2, 120, 40, 0.9)
    crop = Crop(np.zeros((2, 2, 3), np.uint8), Box(0, 0, 1, 1), 0.0, 1.0, quality)
    sent = Sighting(
        CameraId("north"), TrackId(1), 0, Template(vector, model or matcher.model), (crop,),
        0.0, 0.1, 1.0, 3, quality,
    )  # fmt: skip
    session._hear(heard("north", SightingMade(sent)))
    north, south = session.supervisor._cameras
    assert north.fault == "sent a template that is not the list's kind"
    assert south.fault is None
    assert (session.search.state.sightings, session.search.searched, told.prompts) == (0, {}, [])
    # Once a worker was right, one that is not is the exception, and no reason to end.
    session._hear(heard("south", WorkerReady("another")))
    assert south.fault == "made templates of another model"


def test_a_camera_that_dates_its_frames_in_the_future_silences_nobody(matcher: Matcher) -> None:
    session, _ = session_of(matcher, [poster("north", 0)])
    session.clock = ManualClock(seconds=500.0)
    session.began_s = 400.0
    quality = Quality(60, 0, 0, 0, 0.2, 120, 40, 0.9)
    crop = Crop(np.zeros((2, 2, 3), np.uint8), Box(0, 0, 1, 1), 6.0, 1e9, quality)
    template = Template(matcher.vectors[0], matcher.model)
    sent = Sighting(CameraId("north"), TrackId(1), 0, template, (crop,), 5.0, 6.0, 1e9, 3, quality)
    placed = session._placed(sent)
    assert (placed.captured_at, placed.first_media_s, placed.media_s) == (500.0, 99.0, 100.0)
    assert [one.media_s for one in placed.crops] == [100.0]

"""What this machine can do, in about a minute: `overt bench`.

Nobody real is seen: a generated street is drawn, written and watched. What is measured is the
ordinary path, and the ordinary session of live cameras, one worker each.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image

from overt.errors import Misuse
from overt.faces.runtime import cpu_budget, threads_for
from overt.live.bench_result import BenchResult, CamerasFigures, PathFigures
from overt.live.cameras import CamerasSession
from overt.live.engine import open_engine
from overt.live.engine_choice import fastest, measure_engines
from overt.live.prompt import Rarity
from overt.live.reader import StillReader
from overt.live.search import Search
from overt.live.step import Rules
from overt.live.supervisor import Supervisor
from overt.live.worker_spec import WorkerSpec, names_for
from overt.policy import MAX_CAMERAS
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.scene import Scene, SceneOptions, crowd_of
from overt.street.source import write_video
from overt.values import CameraId, EntryId
from overt.video.recorded import RecordedSource
from overt.watchlist.calibration import threshold_for
from overt.watchlist.enrol import enrol
from overt.watchlist.gallery import read_folder
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.clock import Clock
    from overt.config import Config
    from overt.live.camera_events import CameraEvent
    from overt.live.engine import Engine
    from overt.live.health import CameraHealth
    from overt.live.prompt import Prompt
    from overt.values import Sighting
    from overt.watchlist.entry import Watchlist

SEED = 7
SCENE_S = 12.0
WALKING = 4
"""Who walk past, all of them listed."""
LISTED = 20
FPIR = 0.0001
"""Wanted share of passers-by who raise a false alert: the demo's."""
ENGINES_S = 4.0
START_S = 4.0
START_PER_CAMERA_S = 1.5
"""Workers load their networks before the first frame is due."""
NEVER_S = 3_600.0
"""A scene that has ended is not played again."""
USUAL_CAMERAS = 4


class BenchListener(Protocol):
    """Who is told how the bench goes."""

    def doing(self, what: str) -> None:
        """What is measured now."""


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """What is to be measured."""

    cameras: int = USUAL_CAMERAS
    """Generated cameras that are watched at once."""

    def __post_init__(self) -> None:
        if not 1 <= self.cameras <= MAX_CAMERAS:
            msg = f"--cameras {self.cameras}: 1 to {MAX_CAMERAS} can be watched"
            raise Misuse(msg)


class _Unheard:
    """Prompts and health are counted at the end."""

    def prompted(self, prompt: Prompt) -> None: ...

    def cameras(self, health: Sequence[CameraHealth]) -> None: ...

    def happened(self, event: CameraEvent) -> None: ...


def run_bench(
    request: BenchRequest, config: Config, clock: Clock, listener: BenchListener
) -> BenchResult:
    """Measure this machine.

    1. Each engine and precision that is here, on both networks.
    2. A street is drawn and written, and its list enrolled.
    3. Every frame through the path, on one thread: frames a second, the share inside the models,
       who is prompted in no hurry.
    4. Cameras that play the street at its pace, each a little later than the one before.

    Raises:
        OvertError: if a model is missing or altered, or an engine is not installed.
    """
    engine = open_engine(_on_one_thread(config))
    try:
        listener.doing("Timing the engines")
        timings = measure_engines(engine.pack, seconds=ENGINES_S, device=config.runtime.device)
        with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
            listener.doing("Drawing a street of people who do not exist")
            video = Path(folder) / "street.mp4"
            scene = _scene()
            write_video(scene, video)
            watchlist = _listed(scene.cast, Path(folder), engine)
            listener.doing("Every frame through the path, on one thread")
            path, prompted = _path(engine, video, _search(engine, watchlist, clock), clock)
            listener.doing(f"Watching {request.cameras} cameras")
            cameras = _cameras(
                request.cameras, config, video, _search(engine, watchlist, clock), clock, prompted
            )
    finally:
        engine.close()
    return BenchResult(
        processors=cpu_budget(),
        pack=engine.pack.name,
        model=engine.model,
        engines=timings,
        choice=fastest(timings),
        path=path,
        cameras=cameras,
    )


def _on_one_thread(config: Config) -> Config:
    runtime = config.runtime.model_copy(update={"threads": 1})
    return config.model_copy(update={"runtime": runtime})


def _scene() -> Scene:
    options = SceneOptions(seconds=SCENE_S, seed=SEED)
    return Scene(Cast(SEED), crowd_of(SEED, WALKING, listed=range(WALKING)), options)


def _listed(cast: Cast, folder: Path, engine: Engine) -> Watchlist:
    stills = folder / "list"
    stills.mkdir()
    for number in range(LISTED):
        Image.fromarray(still(cast, number, take=0)).save(stills / f"Person {number + 1:02}.png")
    return enrol(read_folder(stills).images, StillReader(engine))


def _search(engine: Engine, watchlist: Watchlist, clock: Clock) -> Search:
    """A search whose every camera prompts for itself, since all of them see the same people."""
    measured = engine.pack.recogniser.spec.false_match
    curve = [(point.rate, point.similarity) for point in measured]
    if not curve:
        msg = f"the pack {engine.pack.name!r} brings no measured false match curve"
        raise Misuse(msg, advice="Measure it with bench/cameras.py and a threshold of your own.")
    threshold = threshold_for(curve, FPIR, len(watchlist))
    rules = Rules(threshold, cool_down_s=0)
    return Search(Matcher(watchlist), rules, Rarity(curve, len(watchlist)), clock, _Unheard())


def _path(
    engine: Engine, video: Path, search: Search, clock: Clock
) -> tuple[PathFigures, set[EntryId]]:
    """The path's speed on one thread, and who is prompted when every frame is analysed."""
    camera = CameraId("alone")
    path = engine.path(camera)
    source = RecordedSource(video, camera, clock)
    decode_s = 0.0
    frames = source.frames()
    models_s, began_s, used_s = engine.model_s, clock.monotonic(), time.thread_time()
    while True:
        before_s = time.thread_time()
        frame = next(frames, None)
        decode_s += time.thread_time() - before_s
        if frame is None:
            break
        _search_all(search, path.process(frame))
    _search_all(search, path.finish())
    figures = PathFigures(
        frames=path.counts.frames,
        faces=path.counts.faces,
        wall_s=clock.monotonic() - began_s,
        model_s=engine.model_s - models_s,
        processor_s=time.thread_time() - used_s - decode_s,
        decode_s=decode_s,
    )
    return figures, {prompt.entry for prompt in search.prompts}


def _search_all(search: Search, sightings: Sequence[Sighting]) -> None:
    for sighting in sightings:
        search.search(sighting)


def _cameras(
    count: int,
    config: Config,
    video: Path,
    search: Search,
    clock: Clock,
    alone: set[EntryId],
) -> CamerasFigures:
    rate = SceneOptions().rate
    first_at_s = clock.monotonic() + START_S + START_PER_CAMERA_S * count
    apart_s = min(1.0, SCENE_S / count)
    threads = config.runtime.threads or threads_for(count)
    specs = [
        WorkerSpec(
            camera=name,
            factory="overt.live.played_scene:played_scene",
            arguments={
                "path": str(video),
                "rate": rate,
                "first_at_s": first_at_s + number * apart_s,
                "loops": 1,
            },
            config=config.model_copy(update={"cameras": {}}),
            threads=threads,
            retry_s=NEVER_S,
            retry_most_s=NEVER_S,
        )
        for number, name in enumerate(names_for(count))
    ]
    session = CamerasSession(Supervisor(specs, clock), search, clock, _Unheard())
    wall_s, health = session.run(SCENE_S + (count - 1) * apart_s + 1.0)
    seen = {(prompt.camera, prompt.entry) for prompt in search.prompts}
    waits_ms = [1000 * prompt.capture_to_prompt_s for prompt in search.prompts]
    return CamerasFigures(
        cameras=count,
        wanted=len(alone) * count,
        missed=sum((spec.camera, entry) not in seen for spec in specs for entry in alone),
        prompts=len(search.prompts),
        p50_ms=float(np.percentile(waits_ms, 50)) if waits_ms else None,
        p95_ms=float(np.percentile(waits_ms, 95)) if waits_ms else None,
        wall_s=wall_s,
        health=health,
    )

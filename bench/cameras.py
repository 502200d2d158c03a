"""Many cameras at once: capture to prompt, who is missed, and how many this machine carries.

Generated streets at 720p25, written beforehand (`camera_scenes.py`) and played as live cameras,
each by a worker of its own that decodes it as it would a network camera's stream. Everybody who is
listed walks past one camera only. Who is prompted is compared with each camera's scene alone: every
one of its frames, in order, in no hurry. `--live-alone` plays each as a live camera with nothing
else beside it, against the same.

    python bench/cameras.py --cameras 4 --rounds 3
    python bench/cameras.py --up-to 12             # how many cameras are carried
"""

from __future__ import annotations

import argparse
import json
import resource
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from camera_scenes import FOLDER, RATE, SECONDS, WrittenScene, all_written, watchlist
from overt.clock import RealClock
from overt.config import Config
from overt.faces.runtime import threads_for
from overt.live.cameras import CamerasSession
from overt.live.engine import open_engine
from overt.live.prompt import Rarity
from overt.live.search import Search
from overt.live.session import Session
from overt.live.step import Rules
from overt.live.supervisor import Supervisor
from overt.live.watched_camera import Patience
from overt.live.worker_spec import WorkerSpec
from overt.values import CameraId
from overt.video.recorded import RecordedSource
from overt.watchlist.calibration import threshold_for
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.live.prompt import Prompt
    from overt.values import Sighting
    from overt.watchlist.entry import Watchlist

WANTED_P95_MS = 700.0
FPIR = 0.0001
"""Wanted share of passers-by who raise a false alert; the demo's."""
START_S = 4.0
START_PER_CAMERA_S = 1.5
"""Workers load their networks before the first frame is due."""
NEVER_S = 3_600.0
"""A scene that has ended is not played again."""


class Quiet:
    """Hears everything and says nothing."""

    def prompted(self, prompt: Prompt) -> None:
        """A possible match."""

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each camera is doing."""

    def happened(self, event: CameraEvent) -> None:
        """Something happened to a camera."""

    def analysed(self, frame: int, media_s: float) -> None:
        """A frame was analysed."""


@dataclass(slots=True)
class TimedSearch(Search):
    """A search that notes how old each sighting is when it has been searched for."""

    ages_s: list[float] = field(default_factory=list)

    def search(self, sighting: Sighting) -> None:
        """Search, and note the age of the newest frame behind it."""
        Search.search(self, sighting)
        self.ages_s.append(self.clock.monotonic() - sighting.captured_at)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of some cameras."""

    cameras: int
    threads: int
    prompts: int
    missed: tuple[str, ...]
    """Listed people who are prompted alone, and were not here."""
    others: tuple[str, ...]
    """Prompts that the scenes alone do not give."""
    prompt_ms: tuple[float, ...]
    """Capture to prompt, each prompt's."""
    search_ms: tuple[float, ...]
    """Capture to the end of a search, every sighting's."""
    frames_in: tuple[int, ...]
    analysed: tuple[int, ...]
    still: tuple[int, ...]
    dropped: tuple[int, ...]
    restarts: int
    processor_s: float
    """Of all workers, their start included."""

    @property
    def carried(self) -> bool:
        """Whether this many are carried."""
        return not self.missed and percentile(self.prompt_ms, 95) < WANTED_P95_MS

    @property
    def line(self) -> str:
        """In a line."""
        frames = sum(self.frames_in)
        looked = sum(self.analysed) + sum(self.still)
        return (
            f"{self.cameras:2} cameras: {self.prompts:3} prompts, {len(self.missed)} missed, "
            f"{len(self.others)} others; capture to prompt p50 {percentile(self.prompt_ms, 50):.0f}"
            f" p95 {percentile(self.prompt_ms, 95):.0f} most {percentile(self.prompt_ms, 100):.0f}"
            f" ms; to search p50 {percentile(self.search_ms, 50):.0f} p95 "
            f"{percentile(self.search_ms, 95):.0f} ms ({len(self.search_ms)}); {frames:,} frames, "
            f"{looked:,} looked at ({sum(self.still):,} still), {sum(self.dropped):,} dropped; "
            f"{'carried' if self.carried else 'NOT carried'}"
        )


def percentile(values: Sequence[float], share: float) -> float:
    """A percentile, by linear interpolation; infinite without values."""
    return float(np.percentile(values, share)) if values else float("inf")


@dataclass(frozen=True, slots=True)
class Bench:
    """What every run has in common."""

    config: Config
    watchlist: Watchlist
    threshold: float
    scenes: Sequence[WrittenScene]
    rate: float = RATE
    seconds: float = SECONDS

    @classmethod
    def prepared(cls, config: Config, cameras: int) -> Bench:
        """Write the scenes, and read the list."""
        listed = watchlist(config, FOLDER)
        engine = open_engine(config)
        curve = [(p.rate, p.similarity) for p in engine.pack.recogniser.spec.false_match]
        engine.close()
        threshold = float(threshold_for(curve, FPIR, len(listed)))
        return cls(config, listed, threshold, all_written(cameras, FOLDER))

    def search(self) -> TimedSearch:
        """A search that knows nothing yet."""
        rules = Rules(self._similarity, self.config.matching.cool_down_s)
        matcher = Matcher(self.watchlist)
        return TimedSearch(matcher, rules, Rarity([], len(matcher)), RealClock(), Quiet())

    @property
    def _similarity(self) -> Any:
        return self.threshold

    def alone(self, number: int) -> set[str]:
        """Who is prompted when every frame of one scene is analysed, in order and in no hurry."""
        clock, camera = RealClock(), CameraId(f"camera-{number + 1}")
        engine = open_engine(self.config)
        try:
            path = engine.path(camera, pass_over_still=True)
            search = self.search()
            source = RecordedSource(self.scenes[number].path, camera, clock)
            Session(path, search, clock, Quiet()).run(source, None)
        finally:
            engine.close()
        return {f"{camera} {prompt.entry}" for prompt in search.prompts}

    def together(self, numbers: Sequence[int], reference: set[str]) -> Measured:
        """Play some scenes at once, each to a worker.

        Args:
            numbers: of the scenes.
            reference: who is prompted in these scenes alone, with the camera's name before it.
        """
        clock = RealClock()
        threads = self.config.runtime.threads or threads_for(len(numbers))
        first_at_s = clock.monotonic() + START_S + START_PER_CAMERA_S * len(numbers)
        specs = [
            WorkerSpec(
                camera=f"camera-{number + 1}",
                factory="overt.live.played_scene:played_scene",
                arguments={
                    "path": str(self.scenes[number].path),
                    "rate": self.rate,
                    "first_at_s": first_at_s,
                    "loops": 1,
                },
                config=self.config,
                threads=threads,
                retry_s=NEVER_S,
                retry_most_s=NEVER_S,
            )
            for number in numbers
        ]
        before = _children_s()
        search = self.search()
        patience = Patience(first_frame_s=120, read_s=120)
        session = CamerasSession(Supervisor(specs, clock, patience), search, clock, Quiet())
        _, health = session.run(self.seconds + 2)
        prompted = {f"{prompt.camera} {prompt.entry}" for prompt in search.prompts}
        return Measured(
            cameras=len(numbers),
            threads=threads,
            prompts=len(search.prompts),
            missed=tuple(sorted(reference - prompted)),
            others=tuple(sorted(prompted - reference)),
            prompt_ms=_ms([prompt.capture_to_prompt_s for prompt in search.prompts]),
            search_ms=_ms(search.ages_s),
            frames_in=tuple(one.totals.frames_in for one in health),
            analysed=tuple(one.totals.analysed for one in health),
            still=tuple(one.totals.still for one in health),
            dropped=tuple(one.totals.dropped for one in health),
            restarts=sum(one.restarts for one in health),
            processor_s=round(_children_s() - before, 2),
        )


def _ms(seconds: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(1000 * one, 1) for one in seconds)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def references(bench: Bench, folder: Path) -> list[set[str]]:
    """Who is prompted in each scene alone; kept, since every frame gives the same each time."""
    engine = open_engine(bench.config)
    name = engine.model.replace("/", "_")
    engine.close()
    kept = folder / f"alone-{name}-{bench.threshold:.4f}.json"
    known: dict[str, list[str]] = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    for number, scene in enumerate(bench.scenes):
        if scene.path.name not in known:
            known[scene.path.name] = sorted(bench.alone(number))
            print(f"camera {number + 1} alone: {', '.join(known[scene.path.name])}", flush=True)
            kept.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return [set(known[scene.path.name]) for scene in bench.scenes]


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--up-to", type=int, help="from --cameras on, until not carried")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--live-alone", action="store_true", help="each camera live and alone")
    parser.add_argument("--engine", default="onnxruntime")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--longest-side", type=int, default=640)
    parser.add_argument("--prepare", action="store_true", help="only write what is needed")
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    config = Config.model_validate(
        {
            "runtime": {"engine": given.engine, "precision": given.precision},
            "detector": {"longest_side": given.longest_side},
        }
    )
    most = max(given.cameras, given.up_to or 0)
    bench = Bench.prepared(config, most)
    alone = references(bench, FOLDER)
    found = sum(len(one) for one in alone)
    listed = sum(len(scene.listed) for scene in bench.scenes)
    print(f"alone, every frame: {found} prompts, {listed} listed people pass")
    if given.prepare:
        return
    done: list[Measured] = []
    if given.live_alone:
        for number in range(given.cameras):
            done.append(bench.together([number], alone[number]))
            print(done[-1].line, flush=True)
    else:
        for cameras in range(given.cameras, most + 1, given.step):
            for _ in range(given.rounds):
                reference = set[str]().union(*alone[:cameras])
                done.append(bench.together(range(cameras), reference))
                print(done[-1].line, done[-1].missed or "", done[-1].others or "", flush=True)
            if given.up_to and not any(one.carried for one in done[-given.rounds :]):
                break
    if given.rounds > 1:
        ages = [ms for one in done for ms in one.prompt_ms]
        print(
            f"all rounds: {len(ages)} prompts, p50 {percentile(ages, 50):.0f} ms, "
            f"p95 {percentile(ages, 95):.0f} ms, {sum(len(one.missed) for one in done)} missed"
        )
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in done], indent=1), "utf-8")


if __name__ == "__main__":
    main()

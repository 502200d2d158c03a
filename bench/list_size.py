"""What a longer list costs: the path and its search against 1,000, 10,000 and 100,000 entries.

One generated street, its frames decoded beforehand, goes through three paths in turns of a second,
each with a list of its own and in an order that turns round. Every turn is timed by wall and by
processor, and compared with the same frames' turn against the shortest list.

The lists hold templates drawn with the mean and the covariance of those of the generated people
whom the benches of cameras list: what a search costs depends on how alike templates are.

    python bench/list_size.py
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from camera_scenes import FOLDER, RATE, watchlist, written
from cameras import Quiet, TimedSearch
from overt.clock import RealClock
from overt.config import Config
from overt.live.engine import open_engine
from overt.live.prompt import Rarity
from overt.live.step import Rules
from overt.values import CameraId, EntryId, Similarity, Template
from overt.video.recorded import RecordedSource
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.faces.path import FacePath
    from overt.values import Frame

SIZES = (1_000, 10_000, 100_000)
TURN_FRAMES = int(RATE)
CAMERA = CameraId("camera-1")
NOBODY = Similarity(0.9999)
"""No prompt is raised: what is timed is the search."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A second of the street through one path and its search."""

    entries: int
    wall_s: float
    processor_s: float
    search_s: float
    """Of the wall time, inside the search."""
    searches: int


def list_of(size: int, like: Watchlist) -> Watchlist:
    """A list of nobody: templates as spread out as some real ones.

    Args:
        size: entries.
        like: whose templates give mean and covariance.
    """
    known = np.array([entry.templates[0].vector for entry in like.entries], np.float64)
    rng = np.random.default_rng(size)
    mean, spread = known.mean(axis=0), np.cov(known.T) + 1e-6 * np.eye(known.shape[1])
    vectors = rng.multivariate_normal(mean, spread, size, method="cholesky")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    entries = (
        Entry(
            EntryId(f"{i:06}"),
            (Template(vector.astype(np.float32), like.model),),
            (1.0,),
            (f"{i:06}.png",),
        )
        for i, vector in enumerate(vectors)
    )
    return Watchlist(tuple(entries), like.model)


def one_turn(path: FacePath, search: TimedSearch, frames: Sequence[Frame]) -> Turn:
    """Time some frames."""
    searches, search_s = len(search.ages_s), 0.0
    used_s, began_s = time.process_time(), time.perf_counter()
    for frame in frames:
        for sighting in path.process(frame):
            before_s = time.perf_counter()
            search.search(sighting)
            search_s += time.perf_counter() - before_s
    return Turn(
        entries=len(search.matcher),
        wall_s=time.perf_counter() - began_s,
        processor_s=time.process_time() - used_s,
        search_s=search_s,
        searches=len(search.ages_s) - searches,
    )


def measure(seconds: int) -> list[Turn]:
    """All turns."""
    config = Config.model_validate({"runtime": {"threads": 1}})
    clock = RealClock()
    like = watchlist(Config(), FOLDER)
    engine = open_engine(config)
    try:
        pairs = []
        for size in SIZES:
            matcher = Matcher(list_of(size, like))
            search = TimedSearch(
                matcher, Rules(NOBODY, 60), Rarity([], len(matcher)), clock, Quiet()
            )
            pairs.append((engine.path(CAMERA), search))
        turns: list[Turn] = []
        source = RecordedSource(written(0, FOLDER).path, CAMERA, clock)
        frames: list[Frame] = []
        for frame in source.frames():
            frames.append(frame)
            if len(frames) == TURN_FRAMES:
                number = len(turns) // len(pairs)
                first = number % len(pairs)
                for path, search in pairs[first:] + pairs[:first]:
                    turns.append(one_turn(path, search, frames))
                frames = []
                if number + 1 >= seconds:
                    break
        source.close()
        return turns
    finally:
        engine.close()


def show(turns: Sequence[Turn]) -> None:
    """Ratios to the shortest list, turn by turn."""
    by_size = {size: [one for one in turns if one.entries == size] for size in SIZES}
    first = by_size[SIZES[0]]
    for size, own in by_size.items():
        wall = [one.wall_s / base.wall_s for one, base in zip(own, first, strict=True)]
        used = [one.processor_s / base.processor_s for one, base in zip(own, first, strict=True)]
        total_s, base_s = sum(one.wall_s for one in own), sum(one.wall_s for one in first)
        searches, search_s = sum(one.searches for one in own), sum(one.search_s for one in own)
        print(
            f"{size:7,} entries: {searches} searches in {len(own) * TURN_FRAMES} frames, "
            f"{1000 * search_s / max(1, searches):.2f} ms each; wall {median(wall):.4f} "
            f"(all turns {total_s / base_s:.4f}), processor {median(used):.4f} of the first; "
            f"search {search_s / total_s:.2%} of the time"
        )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=30, help="of the street")
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    turns = measure(given.seconds)
    show(turns)
    if given.out:
        given.out.write_text(json.dumps([asdict(one) for one in turns], indent=1), "utf-8")


if __name__ == "__main__":
    main()

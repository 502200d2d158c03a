"""Scenes for the benches of many cameras: written once as H.264, and a list of who walks there.

A generated frame takes as long to draw as to analyse, so a camera that drew its street while it
is measured would be measured drawing. Written beforehand, a scene costs its camera what a network
camera's stream would: decoding.

    python bench/camera_scenes.py --cameras 12   # about 10 s of one processor a camera
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from overt.config import Config
from overt.live.engine import open_engine
from overt.live.reader import StillReader
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.scene import Scene, SceneOptions, crowd_of
from overt.street.source import write_video
from overt.values import EntryId, Template
from overt.watchlist.entry import Entry, Watchlist
from stills import DEFAULT_CACHE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SEED = 1
SECONDS = 30.0
RATE = 25.0
PEOPLE = 8
"""Who walk past each camera, the listed among them."""
LISTED = 4
OTHERS = 100_000
"""People on no list are numbered from here."""
LIST_LENGTH = 100
CAMERAS = 16
FOLDER = DEFAULT_CACHE / "cameras"


@dataclass(frozen=True, slots=True)
class Passage:
    """Somebody's way through a scene's zone of recognition."""

    person: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class WrittenScene:
    """A recording of people who do not exist, and who they are."""

    path: Path
    passages: tuple[Passage, ...]

    @property
    def listed(self) -> set[str]:
        """Names of the listed people who go through its zone."""
        return {name_of(one.person) for one in self.passages if one.person < LIST_LENGTH}


def name_of(person: int) -> str:
    """A listed person's name on the list."""
    return f"Person {person + 1:03}"


def scene_of(number: int, *, rate: float = RATE, seconds: float = SECONDS) -> Scene:
    """What the camera of this number, from 0, sees: people whom no other camera sees.

    Args:
        number: of the camera.
        rate: frames a second.
        seconds: of the scene.
    """
    seed = SEED * 1_000 + number
    listed = range(number * LISTED, (number + 1) * LISTED)
    crowd = crowd_of(seed, PEOPLE, listed=listed, first=OTHERS + number * PEOPLE)
    return Scene(Cast(SEED), crowd, SceneOptions(seconds=seconds, rate=rate, seed=seed))


def written(
    number: int, folder: Path, *, rate: float = RATE, seconds: float = SECONDS
) -> WrittenScene:
    """The scene of a camera, written if it was not yet.

    Args:
        number: of the camera, from 0.
        folder: of the recordings.
        rate: frames a second.
        seconds: of the scene.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"street-{number:02}-{rate:g}fps-{seconds:g}s.mp4"
    truth = path.with_suffix(".json")
    if not truth.exists() or not path.exists():
        found = write_video(scene_of(number, rate=rate, seconds=seconds), path)
        passages = [Passage(one.person, one.start_s, one.end_s) for one in found]
        truth.write_text(json.dumps([asdict(one) for one in passages]), encoding="utf-8")
    known = json.loads(truth.read_text(encoding="utf-8"))
    return WrittenScene(path, tuple(Passage(**one) for one in known))


def all_written(
    cameras: int, folder: Path, *, rate: float = RATE, seconds: float = SECONDS
) -> Sequence[WrittenScene]:
    """Scenes for so many cameras, drawn on every processor.

    Args:
        cameras: how many.
        folder: of the recordings.
        rate: frames a second.
        seconds: of each scene.
    """
    write = partial(written, folder=folder, rate=rate, seconds=seconds)
    with ProcessPoolExecutor() as pool:
        return list(pool.map(write, range(cameras)))


def watchlist(config: Config, folder: Path) -> Watchlist:
    """The list of all who are listed: templates of generated stills, kept from run to run.

    Args:
        config: names the pack and the engine.
        folder: where the templates are kept.
    """
    engine = open_engine(config)
    try:
        model = engine.model
        kept = folder / f"list-{model.replace('/', '_')}.npz"
        if not kept.exists():
            reader = StillReader(engine)
            people, vectors, weights = [], [], []
            for person in range(LIST_LENGTH):
                readings = reader.read(still(Cast(SEED), person, take=0))
                if readings and readings[0].template is not None:
                    people.append(person)
                    vectors.append(readings[0].template.vector)
                    weights.append(readings[0].quality.score)
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(kept, people=people, vectors=vectors, weights=weights)
    finally:
        engine.close()
    with np.load(kept) as stored:
        rows = list(zip(stored["people"], stored["vectors"], stored["weights"], strict=True))
    entries = [
        Entry(
            EntryId(name_of(int(person))),
            (Template(vector.astype(np.float32), model),),
            (float(weight),),
            (f"{name_of(int(person))}.png",),
        )
        for person, vector, weight in rows
    ]
    return Watchlist(tuple(entries), model)


def main() -> None:
    """Write what the benches of cameras need."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cameras", type=int, default=CAMERAS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    scenes = all_written(given.cameras, FOLDER, rate=given.rate, seconds=given.seconds)
    megabytes = sum(scene.path.stat().st_size for scene in scenes) / 1e6
    listed = sum(len(scene.listed) for scene in scenes)
    print(f"{len(scenes)} scenes, {megabytes:.0f} MB, {listed} passages of listed people")
    print(f"{len(watchlist(Config(), FOLDER))} people on the list")


if __name__ == "__main__":
    main()

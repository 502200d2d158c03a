"""Measure the generated street: portraits, privacy, speed, and crowds of any size.

    python bench/street.py portraits --people 500
    python bench/street.py privacy ../shared/data --people 10000 --cache /tmp/street
    python bench/street.py speed
    python bench/street.py crowd --people 20000 --list 10000 --cache /tmp/street
    python bench/street.py sheet /tmp/sheet.png

`--cache` names a folder for templates of people who do not exist; a run that was cut short goes
on where it stopped. Nothing else is written.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from overt.config import Config, RuntimeConfig
from overt.live.engine import open_engine
from overt.live.reader import StillReader
from overt.policy import PROBE_LIMITS
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.render import Renderer
from overt.street.scene import Scene, SceneOptions, crowd_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CHUNK = 250
"""People between two savings of the cache."""
ENROL, PROBE = (200, 250), (100, 125)
"""Sizes of portraits: 50 and 25 pixels between the eyes, faces 120 and 60 wide."""
SMALL = (160, 200)
"""Size of portraits in the privacy check: 40 pixels between the eyes, as in the photographs."""


def open_reader(pack: str, threads: int) -> StillReader:
    """A reader with the limits that faces before a camera must meet."""
    config = Config(pack=pack, runtime=RuntimeConfig(threads=threads))
    return StillReader(open_engine(config), PROBE_LIMITS)


def open_readers(args: argparse.Namespace) -> dict[str, StillReader]:
    """A reader for each pack asked for."""
    return {pack: open_reader(pack, args.threads) for pack in args.packs.split(",")}


def portrait_of(
    args: argparse.Namespace, size: tuple[int, int]
) -> Callable[[int], NDArray[np.uint8]]:
    """Custody-style pictures of the cast, by number."""
    cast = Cast(args.seed)
    return lambda number: still(cast, number, 0, width=size[0], height=size[1])


def probe_of(args: argparse.Namespace) -> Callable[[int], NDArray[np.uint8]]:
    """Small pictures of the cast outdoors, by number."""
    cast = Cast(args.seed)
    return lambda number: still(cast, number, 1, width=PROBE[0], height=PROBE[1], outdoors=True)


def template(reader: StillReader, image: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """The template of the face nearest to the middle, or None."""
    height, width = image.shape[:2]
    readings = [r for r in reader.read(image) if r.template is not None]
    if not readings:
        return None

    def off_centre(place: int) -> float:
        box = readings[place].face.box
        return float(abs(box.left + box.right - width) + abs(box.top + box.bottom - height))

    nearest = readings[min(range(len(readings)), key=off_centre)]
    return nearest.template.vector if nearest.template else None


def templates(
    readers: dict[str, StillReader],
    picture: Callable[[int], NDArray[np.uint8]],
    count: int,
    cache: Path | None,
    name: str,
) -> dict[str, NDArray[np.float32]]:
    """Templates of pictures 0 to count − 1 by each pack.

    Args:
        readers: by the pack's name.
        picture: makes or reads a picture; asked once for all packs.
        count: how many.
        cache: folder in which to go on where an earlier run stopped, or None.
        name: of the cache's files.

    Returns:
        (count, d) by pack; rows of NaN where no face was found.
    """
    rows: dict[str, list[NDArray[np.float32]]] = {pack: [] for pack in readers}
    for pack in readers:
        if cache is not None and (cache / f"{name}-{pack}.npy").exists():
            rows[pack] = list(np.load(cache / f"{name}-{pack}.npy")[:count])
    begun = min(len(done) for done in rows.values())
    start = time.monotonic()
    for number in range(begun, count):
        image = picture(number)
        for pack, reader in readers.items():
            if len(rows[pack]) == number:
                vector = template(reader, image)
                rows[pack].append(np.full(1, np.nan, np.float32) if vector is None else vector)
        if (number + 1) % CHUNK == 0 or number + 1 == count:
            if cache is not None:
                cache.mkdir(parents=True, exist_ok=True)
                for pack, done in rows.items():
                    partial = cache / f"{name}-{pack}.part.npy"
                    np.save(partial, _even(done))
                    partial.replace(cache / f"{name}-{pack}.npy")
            each = (time.monotonic() - start) / (number + 1 - begun)
            left = each * (count - number - 1) / 60
            print(
                f"  {name}: {number + 1} of {count}, {each * 1000:.0f} ms each, "
                f"{left:.0f} min left",
                flush=True,
            )
    return {pack: _even(done) for pack, done in rows.items()}


def _even(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    width = max(len(row) for row in rows)
    return np.stack([r if len(r) == width else np.full(width, np.nan, np.float32) for r in rows])


def portraits(args: argparse.Namespace) -> None:
    """Two takes of each person: are all found, and are mates told from strangers?"""
    readers = open_readers(args)
    first = templates(readers, portrait_of(args, ENROL), args.people, args.cache, "list")
    second = templates(readers, probe_of(args), args.people, args.cache, "probes")
    for pack in readers:
        found = ~(np.isnan(first[pack][:, 0]) | np.isnan(second[pack][:, 0]))
        scores = first[pack][found] @ second[pack][found].T
        mated = np.diag(scores)
        strangers = scores[~np.eye(len(scores), dtype=bool)]
        threshold = np.quantile(strangers, 1 - 1e-4)
        print(
            f"{pack}: {found.sum()} of {args.people} found in both takes; mated lowest "
            f"{mated.min():.3f}, 1st percentile {np.quantile(mated, 0.01):.3f}, median "
            f"{np.median(mated):.3f}; non-mated median {np.median(strangers):.3f}, 99.99th "
            f"{threshold:.3f}; mated at or over that: {(mated >= threshold).mean():.2%}; "
            f"rank one right: {(scores.argmax(1) == np.arange(len(scores))).mean():.2%}"
        )


def privacy(args: argparse.Namespace) -> None:
    """How near do generated people come to the people whom the model was made from?"""
    with (args.data / "people.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def photograph(place: int) -> NDArray[np.uint8]:
        return np.asarray(Image.open(args.data / "people" / rows[place]["image"]).convert("RGB"))

    readers = open_readers(args)
    reals = templates(readers, photograph, len(rows), args.cache, "real")
    mades = templates(readers, portrait_of(args, SMALL), args.people, args.cache, f"made{args.tag}")
    for pack in readers:
        seen = ~np.isnan(reals[pack][:, 0])
        real, person = reals[pack][seen], np.array([row["person"] for row in rows])[seen]
        image = np.array([row["image"] for row in rows])[seen]
        made = mades[pack][~np.isnan(mades[pack][:, 0])]
        _, first = np.unique(person, return_index=True)
        source = np.isin(image, args.used.read_text().split()) if args.used else image != ""
        strangers = first if not args.used else first[~np.isin(person[first], person[source])]
        scores = real[strangers] @ real[source].T
        scores[person[strangers][:, None] == person[source][None, :]] = -1
        nearest = np.concatenate(
            [(made[i : i + 500] @ real[source].T).max(1) for i in range(0, len(made), 500)]
        )
        print(
            f"{pack}: {len(made)} generated and {len(strangers)} real people against "
            f"{source.sum()} photographs of {len(set(person[source]))} people"
        )
        for name, values in (("generated", nearest), ("real", scores.max(1))):
            q = np.quantile(values, (0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0))
            print(
                f"  {name} to the nearest: 1/10/50/90/99/99.9/100% "
                + " ".join(f"{v:.3f}" for v in q)
            )


def speed(args: argparse.Namespace) -> None:
    """Processor time of a busy 720p25 scene on one thread."""
    cv2.setNumThreads(1)
    cast = Cast(args.seed)
    scene = Scene(cast, crowd_of(args.seed, 24), SceneOptions(seconds=45, seed=args.seed))
    renderer = Renderer(scene)
    spent, people = [], []
    for index in range(scene.options.frames):
        start = time.thread_time()
        _, present = renderer.frame(index)
        spent.append(time.thread_time() - start)
        people.append(len(present))
    mean, high = 1000 * np.mean(spent), 1000 * np.percentile(spent, 95)
    print(
        f"{scene.options.width}x{scene.options.height}, {np.mean(people):.1f} people in view: "
        f"{mean:.1f} ms of processor time a frame (95th percentile {high:.1f}), "
        f"{1000 / mean:.0f} frames a second, {40 / mean:.1f} times real time at 25"
    )


def crowd(args: argparse.Namespace) -> None:
    """Templates of a list and of a crowd, for measurements at scale."""
    readers = open_readers(args)
    templates(readers, portrait_of(args, ENROL), args.list, args.cache, "list")
    templates(readers, probe_of(args), args.people, args.cache, "probes")


def sheet(args: argparse.Namespace) -> None:
    """A contact sheet, for looking at."""
    cast = Cast(args.seed)
    pictures = [
        still(cast, k, take, width=192, height=240, outdoors=bool(take))
        for k in range(args.people)
        for take in (0, 1)
    ]
    pictures += [np.zeros_like(pictures[0])] * (-len(pictures) % 8)
    rows = [np.hstack(pictures[i : i + 8]) for i in range(0, len(pictures), 8)]
    cv2.imwrite(str(args.target), np.vstack(rows)[:, :, ::-1])


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=1)
    commands = parser.add_subparsers(required=True)
    for act, people in (
        (portraits, 500),
        (privacy, 10_000),
        (speed, 0),
        (crowd, 20_000),
        (sheet, 16),
    ):
        one = commands.add_parser(act.__name__, help=act.__doc__)
        one.set_defaults(act=act)
        one.add_argument("--seed", type=int, default=1)
        one.add_argument("--people", type=int, default=people)
        one.add_argument("--packs", default="builtin")
        one.add_argument("--cache", type=Path)
        if act is privacy:
            one.add_argument("data", type=Path)
            one.add_argument("--used", type=Path, help="names of photographs, from build.py --used")
            one.add_argument("--tag", default="", help="keeps caches of model variants apart")
        if act is crowd:
            one.add_argument("--list", type=int, default=10_000)
        if act is sheet:
            one.add_argument("target", type=Path)
    args = parser.parse_args()
    args.act(args)


if __name__ == "__main__":
    main()

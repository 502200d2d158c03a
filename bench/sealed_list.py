"""How long a list takes to seal and open, how much memory it takes, and one search of it.

    python bench/sealed_list.py --entries 10000

Templates are random unit vectors; pictures are 30 kB of what AES cannot tell from JPEG. The vault
is the real one, in a folder that is removed at the end. Each part runs in a process of its own,
so that memory is that part's alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from overt.store.keys import InstanceKey
from overt.store.vault import Vault
from overt.values import EntryId, Template
from overt.vocabulary import Category, DeploymentId, Kind, Provenance, Vulnerability
from overt.watchlist.enrolment import Enrolment
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.matcher import Matcher
from overt.watchlist.person import ListedPerson, ListedPicture, draw_entries
from overt.watchlist.sealed import open_sealed, pictures_of, seal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.watchlist.sealed import Sealer

DEPLOYMENT = DeploymentId("D-20261125-BENCH0")
MODEL = "random"
REASON = "Failed to appear at Anytown Crown Court on 3 March; warrant issued the same day."
PICTURE_BYTES = 30_000
SEARCHES = 200


def main() -> None:
    """Run each part and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--pictures", type=int, default=1, help="for each entry")
    parser.add_argument("--dimensions", type=int, default=512)
    parser.add_argument("--part", choices=("seal", "open", "search"))
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.part:
        part = {"seal": sealing, "open": opening, "search": searching}[options.part]
        print(json.dumps(part(options)))
        return
    print(f"{options.entries:,} entries of {options.dimensions}, {options.pictures} pictures each")
    with tempfile.TemporaryDirectory(prefix="overt-bench-") as folder:
        for part_name in ("seal", "open", "search"):
            command = [sys.executable, *sys.argv, "--part", part_name, "--folder", folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            for name, value in json.loads(done.stdout).items():
                print(f"{part_name:>7}  {name:<32} {value:,.3f}")


def sealing(options: argparse.Namespace) -> dict[str, float]:
    """Seal a list, its pictures included; what embedding would take is left out."""
    vault: Sealer = Vault(options.folder / "vault", InstanceKey(b"b" * 32))
    count, each, length = options.entries, options.pictures, options.dimensions
    vectors = unit_rows(count * each, length)
    picture = os.urandom(PICTURE_BYTES)
    drawn = sorted(draw_entries(count))
    began = time.perf_counter()
    with pictures_of(vault, DEPLOYMENT) as file:
        kept = []
        for number in range(count * each):
            jpeg = number.to_bytes(4, "big") + picture[4:]
            kept.append((file.append(jpeg), hashlib.sha256(jpeg).hexdigest()))
    wrote = time.perf_counter()
    people, entries = [], []
    for number, entry in enumerate(drawn):
        own = range(number * each, (number + 1) * each)
        people.append(person(entry, number, [kept[i] for i in own]))
        templates = tuple(Template(vectors[i], MODEL) for i in own)
        names = tuple(f"{entry}-{i}" for i in own)
        entries.append(Entry(entry, templates, (0.7,) * each, names))
    enrolment = Enrolment(Kind.OPERATIONAL, tuple(people), Watchlist(tuple(entries), MODEL))
    made = time.perf_counter()
    seal(vault, DEPLOYMENT, enrolment, built_at=datetime.now(UTC))
    ended = time.perf_counter()
    files = [path for path in (options.folder / "vault").rglob("*") if path.is_file()]
    return {
        "pictures, s": wrote - began,
        "list, s": ended - made,
        "on disk, MB": sum(path.stat().st_size for path in files) / 1e6,
    }


def person(entry: EntryId, number: int, kept: list[tuple[object, str]]) -> ListedPerson:
    """Somebody with a name and a reason of ordinary length."""
    return ListedPerson(
        entry=entry,
        name=EntryId(f"Person number {number}"),
        category=Category.WANTED_ON_WARRANT,
        reason=f"{REASON} Reference {number}.",
        under_18=False,
        vulnerability=Vulnerability.NONE,
        pictures=tuple(
            ListedPicture(place, digest, Provenance.CUSTODY, date(2022, 5, 3))  # type: ignore[arg-type]
            for place, digest in kept
        ),
    )


def opening(options: argparse.Namespace) -> dict[str, float]:
    """Open it, and read pictures as prompts would."""
    vault: Sealer = Vault(options.folder / "vault", InstanceKey(b"b" * 32))
    before, most_before = resident_mb(), most_mb()
    began = time.perf_counter()
    opened = open_sealed(vault, DEPLOYMENT, model=MODEL)
    took = time.perf_counter() - began
    after, most = resident_mb(), most_mb()
    began = time.perf_counter()
    for entry in opened.matcher.entries[:: max(1, len(opened) // SEARCHES)]:
        opened.picture(entry)
    shown = (time.perf_counter() - began) / SEARCHES
    return {
        "open, s": took,
        "memory added, MB": after - before,
        "memory added at the most, MB": most - most_before,
        "one picture, ms": 1000 * shown,
    }


def searching(options: argparse.Namespace) -> dict[str, float]:
    """`Matcher.best` one probe at a time, as a session does."""
    rows = unit_rows(options.entries, options.dimensions)
    drawn = sorted(draw_entries(options.entries))
    entries = tuple(
        Entry(entry, (Template(row, MODEL),), (1.0,), ("a",))
        for entry, row in zip(drawn, rows, strict=True)
    )
    matcher = Matcher(Watchlist(entries, MODEL))
    times = []
    for probe in unit_rows(SEARCHES, options.dimensions):
        template = Template(probe, MODEL)
        began = time.perf_counter()
        matcher.best(template)
        times.append(time.perf_counter() - began)
    return {
        "best(), median ms": 1000 * float(np.median(times)),
        "best(), 95th centile ms": 1000 * float(np.quantile(times, 0.95)),
    }


def unit_rows(count: int, length: int) -> NDArray[np.float32]:
    """(count, length) float32 random directions."""
    rows = np.random.default_rng(1).standard_normal((count, length), np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def resident_mb() -> float:
    """Memory of this process that is in use now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def most_mb() -> float:
    """The most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()

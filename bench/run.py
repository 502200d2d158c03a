"""The quick version of every bench, and one table: `make bench`.

    python bench/run.py            # about ten minutes the first time, five after
    python bench/run.py --retail   # the open-set bench for that pack as well

Needs the test data beside the checkout (`../shared/data`). The street's bench (`street.py`) is
run on its own.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import detector
import open_set
import path
import walk_past
from people import DATA
from stills import DEFAULT_CACHE

MODELS = Path(__file__).with_name("models.py")


def recogniser_rows() -> list[tuple[str, str, str]]:
    """The built-in recogniser against dlib; in a process of its own, which sets its threads."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "models.json"
        subprocess.run([sys.executable, str(MODELS), "--json", str(out)], check=True)
        figures: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    found = figures["recogniser"]
    rows = [
        (f"recogniser: times as fast as dlib ({engine})", str(times), bar)
        for engine, times in found["times_faster_than_dlib"].items()
        for bar in ("at least 10" if engine == "onnxruntime fp32" else "",)
    ]
    difference = found["largest_difference_from_dlib"]["onnxruntime fp32"]
    return [
        *rows,
        ("recogniser: largest difference from dlib", f"{difference:.0e}", "at most 1e-4"),
    ]


def detector_rows(cache: Path) -> list[tuple[str, str, str]]:
    """Our detector against deface."""
    return [
        (
            f"detector: times as fast as deface (threads: {result['threads']})",
            str(result["times_faster"]),
            "at least 2",
        )
        for result in detector.measure(cache, DATA, 25)
    ]


def path_rows(cache: Path, loops: int) -> list[tuple[str, str, str]]:
    """The whole path on a street."""
    result: dict[str, Any] = path.measure(cache, DATA, loops, profile=False)
    memory = result["resident_mb"]
    return [
        ("path: frames a second", str(result["frames_per_s"]), ""),
        ("path: time over time in models", str(result["path_over_models"]), "at most 1.25"),
        ("path: mean frames a track", str(result["mean_track_frames"]), ""),
        ("path: prompts", str(result["prompts"]), "0"),
        ("path: memory from first loop to last, MB", f"{memory[1]} to {memory[-1]}", "steady"),
    ]


def open_set_rows(pack: str, cache: Path) -> list[tuple[str, str, str]]:
    """Open-set identification with stills."""
    result: dict[str, Any] = open_set.measure(pack, cache, DATA, 500, 20)
    return [
        (f"open set, {pack}, {key.replace('_', ' ')}: TPIR at FPIR {fpir}", f"{tpir:.3f}", "")
        for key in ("labels_as_they_came", "without_known_mistakes")
        for fpir, tpir in result[key]["tpir_mean"].items()
    ]


def walk_past_rows(cache: Path, passes: int) -> list[tuple[str, str, str]]:
    """A few walk-past passes: enough to see that it works, too few for a rate."""
    given = walk_past.arguments().parse_args(["--passes", str(passes), "--cache", str(cache)])
    result: dict[str, Any] = walk_past.measure(given)
    first = result["paths"][0]
    tpir, fpir = first["prompts"]["tpir"], first["prompts"]["fpir"]
    return [
        ("walk-past: listed people found", f"{tpir['events']} of {tpir['trials']}", ""),
        ("walk-past: others prompted", f"{fpir['events']} of {fpir['trials']}", ""),
        ("walk-past: tracks a pass", f"{first['tracks_per_tracked_pass']:.3f}", "near 1"),
    ]


def main() -> None:
    """Run each, then show the table."""
    parser = argparse.ArgumentParser(description="The quick version of every bench.")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--retail", action="store_true", help="the retail pack as well")
    parser.add_argument("--passes", type=int, default=60)
    parser.add_argument("--loops", type=int, default=3)
    given = parser.parse_args()
    if not (DATA / "people.csv").exists():
        sys.exit(f"bench: the test data is not at {DATA}; see bench/README.md")
    rows = recogniser_rows() + detector_rows(given.cache)
    for pack in ("builtin", "retail") if given.retail else ("builtin",):
        rows += open_set_rows(pack, given.cache)
    rows += path_rows(given.cache, given.loops) + walk_past_rows(given.cache, given.passes)
    table = Table("figure", "measured", "wanted", title=f"Overt on {platform.machine()}")
    for row in rows:
        table.add_row(*row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()

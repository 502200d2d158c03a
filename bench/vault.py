"""How fast the vault seals, opens and destroys, and how much memory that takes.

A list: each record a template (128 float32) and as much written about the entry as makes 1 kB.
Pictures: 40 kB each. An alert: a compartment of its own with three pictures. A fresh process opens
list and pictures, so that its peak of memory is its own.

    python bench/vault.py --entries 10000 --pictures 10000
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from overt.store.keys import InstanceKey
from overt.store.vault import Vault

KEY = InstanceKey(b"bench" * 6 + b"..")
LIST, PICTURES = "D-20261125-7K3Q9M/list", "D-20261125-7K3Q9M/pictures"
TEMPLATE_BYTES = 128 * 4
ABOUT = 512
"""Bytes of category, reason, provenance and dates beside a template."""
PICTURE = 40_000


def memory_mb(field: str) -> float:
    """`VmRSS` (now) or `VmHWM` (the peak) of this process, in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    msg = f"the kernel does not tell {field}"
    raise OSError(msg)


def seal(vault: Vault, compartment: str, count: int, size: int) -> float:
    """Seconds to write `count` records of `size` bytes, until the disk has them."""
    record = os.urandom(size)
    start = time.monotonic()
    with vault.write(compartment, "records") as writer:
        for _ in range(count):
            writer.append(record)
    return time.monotonic() - start


def open_list(folder: Path, count: int) -> dict[str, float]:
    """Seconds and MB to have every template of a sealed list in one array, (n, 128) float32."""
    before = memory_mb("VmRSS")
    start = time.monotonic()
    templates = np.empty((count, 128), np.float32)
    about = []
    for row, record in enumerate(Vault(folder, KEY).read(LIST, "records")):
        templates[row] = np.frombuffer(record, np.float32, 128)
        about.append(record[TEMPLATE_BYTES:])
    seconds = time.monotonic() - start
    return {"seconds": seconds, "mb": memory_mb("VmHWM") - before, "records": len(about)}


def stream_pictures(folder: Path) -> dict[str, float]:
    """Seconds and MB to go through all pictures, keeping none."""
    before = memory_mb("VmRSS")
    start = time.monotonic()
    records = sum(1 for _ in Vault(folder, KEY).read(PICTURES, "records"))
    seconds = time.monotonic() - start
    return {"seconds": seconds, "mb": memory_mb("VmHWM") - before, "records": records}


def in_a_fresh_process(*arguments: str) -> dict[str, float]:
    """What this script says when started with these arguments."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


def unlock_seconds(folder: Path) -> float:
    """Seconds from a passphrase to the instance's key: the median of five."""
    InstanceKey.create(folder, passphrase=b"correct horse battery staple")
    times = []
    for _ in range(5):
        start = time.monotonic()
        InstanceKey.unlock(folder, passphrase=b"correct horse battery staple")
        times.append(time.monotonic() - start)
    return statistics.median(times)


def measure(folder: Path, entries: int, pictures: int, rounds: int) -> None:
    """Print each figure: the median of the rounds, and the lowest and highest."""
    print(f"unlock by passphrase            {unlock_seconds(folder / 'instance'):8.2f} s")
    figures: dict[str, list[float]] = {}
    for turn in range(rounds):
        home = folder / str(turn)
        vault = Vault(home, KEY)
        for compartment, count, size in (
            (LIST, entries, TEMPLATE_BYTES + ABOUT),
            (PICTURES, pictures, PICTURE),
        ):
            kind = compartment.rpartition("/")[2]
            vault.make(compartment)
            seconds = seal(vault, compartment, count, size)
            figures.setdefault(f"{kind}: seal, s", []).append(seconds)
            found = in_a_fresh_process("--open", kind, str(home), "--entries", str(entries))
            if found["records"] != count:
                sys.exit(f"{found['records']} of {count} records were read")
            figures.setdefault(f"{kind}: open, s", []).append(found["seconds"])
            figures.setdefault(f"{kind}: open, MB", []).append(found["mb"])
            start = time.monotonic()
            vault.destroy(compartment)
            figures.setdefault(f"{kind}: destroy, s", []).append(time.monotonic() - start)
        for number in range(50):
            start = time.monotonic()
            alert = f"D-20261125-7K3Q9M/alert/{number}"
            vault.make(alert)
            seal(vault, alert, 3, PICTURE)
            figures.setdefault("alert: make and seal, s", []).append(time.monotonic() - start)
    for name, values in figures.items():
        middle = statistics.median(values)
        print(f"{name:24} {middle:8.3f}   ({min(values):.3f} to {max(values):.3f})")


def main() -> None:
    """Measure, or open one file and say how that went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    parser.add_argument("--open", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.open:
        kind, home = given.open
        found = (
            open_list(Path(home), given.entries) if kind == "list" else stream_pictures(Path(home))
        )
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(Path(folder), given.entries, given.pictures, given.rounds)


if __name__ == "__main__":
    main()

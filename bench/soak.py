"""Four cameras for hours: whether memory stays flat.

Generated streets, played over and over at a few frames a second, so that it can run beside other
work: what would grow grows with sightings and messages, not with the processor's time. Every ten
seconds the memory of the session and of each worker is read; the file is rewritten each minute.

    nice -n 19 python bench/soak.py --hours 2 --out soak.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from camera_scenes import FOLDER, all_written
from cameras import NEVER_S, Bench, Quiet
from overt.clock import RealClock
from overt.config import Config
from overt.live.cameras import CamerasSession
from overt.live.supervisor import Supervisor
from overt.live.worker_spec import WorkerSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth

CAMERAS = 4
RATE = 2.5
SECONDS = 60.0
LONGEST_SIDE = 320
"""A quarter of the usual pixels: the detector's time is not what is asked here."""
COOL_DOWN_S = 3_600.0
"""The same people come by every minute; a prompt's pictures are kept to the end of a trial."""
SAMPLE_S = 10.0
WRITE_S = 60.0
SETTLED_S = 600.0
"""Memory is to be flat from here on."""
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass
class Memory(Quiet):
    """Reads the memory of the session and its workers while they run."""

    out: Path
    supervisor: Supervisor
    health: tuple[CameraHealth, ...] = ()
    events: list[str] = field(default_factory=list)
    samples: list[dict[str, float]] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)
    _sampled_s: float = float("-inf")
    _wrote_s: float = float("-inf")

    def happened(self, event: CameraEvent) -> None:
        """Outages and restarts would explain a step."""
        self.events.append(f"{time.monotonic() - self.began_s:.0f} s: {event}")

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """Sample now and then; called twice a second."""
        self.health = tuple(health)
        now_s = time.monotonic()
        if now_s - self._sampled_s >= SAMPLE_S:
            self._sampled_s = now_s
            sample = {"at_s": round(now_s - self.began_s, 1), "session": resident_mb(os.getpid())}
            for camera in self.supervisor._cameras:  # noqa: SLF001 - a bench looks in
                if camera.process is not None:
                    sample[camera.camera] = resident_mb(camera.process.id)
            self.samples.append(sample)
        if now_s - self._wrote_s >= WRITE_S:
            self._wrote_s = now_s
            self.write()

    def write(self) -> dict[str, Any]:
        """What is known so far."""
        found = {
            "summary": summary(self.samples),
            "health": [one.as_dict for one in self.health],
            "events": self.events[-200:],
            "samples": self.samples,
        }
        self.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
        return found


def resident_mb(process: int) -> float:
    """Memory of a process that is in RAM; 0 once it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return round(pages * PAGE_MB, 2)


def summary(samples: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Medians of the first five minutes after settling and of the last five, and the slope."""
    settled = [one for one in samples if one["at_s"] >= SETTLED_S]
    if len(settled) < 2:
        return {"minutes": round(samples[-1]["at_s"] / 60, 1) if samples else 0}
    found: dict[str, Any] = {"minutes": round(settled[-1]["at_s"] / 60, 1)}
    for name in (key for key in settled[0] if key != "at_s"):
        first = [s[name] for s in settled if name in s and s["at_s"] < SETTLED_S + 300]
        last = [s[name] for s in settled if name in s and s["at_s"] > settled[-1]["at_s"] - 300]
        found[name] = {
            "after_10_min_mb": round(median(first), 1),
            "at_the_end_mb": round(median(last), 1),
            "most_mb": max(s.get(name, 0.0) for s in settled),
        }
    return found


def main() -> None:
    """Watch for so long."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--out", type=Path, default=Path("soak.json"))
    given = parser.parse_args()
    config = Config.model_validate(
        {
            "detector": {"longest_side": LONGEST_SIDE},
            "matching": {"cool_down_s": COOL_DOWN_S},
        }
    )
    bench = Bench.prepared(config, 0)
    scenes = all_written(CAMERAS, FOLDER, rate=RATE, seconds=SECONDS)
    clock = RealClock()
    specs = [
        WorkerSpec(
            camera=f"camera-{number + 1}",
            factory="overt.live.played_scene:played_scene",
            arguments={
                "path": str(scene.path),
                "rate": RATE,
                "first_at_s": 0.0,
                "loops": int(given.hours * 3_600 / SECONDS) + 60,
            },
            config=config,
            threads=1,
            retry_s=NEVER_S,
            retry_most_s=NEVER_S,
        )
        for number, scene in enumerate(scenes)
    ]
    supervisor = Supervisor(specs, clock)
    memory = Memory(given.out, supervisor)
    CamerasSession(supervisor, bench.search(), clock, memory).run(given.hours * 3_600)
    print(json.dumps(memory.write()["summary"], indent=1))


if __name__ == "__main__":
    main()

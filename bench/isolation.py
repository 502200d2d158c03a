"""Two cameras beside one that crashes a hundred times and one that hangs: is a frame lost?

The two play generated streets at a few frames a second, few enough for this machine however busy
it is, so every frame that is not looked at was lost to the others. The faulty cameras are those of
the tests (`tests/live/camera_factories.py`), which also try those that flood, lie and babble.

    python bench/isolation.py --crashes 100   # half an hour, with the pauses that are in use
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_scenes import FOLDER, all_written
from cameras import NEVER_S, Bench, Quiet
from overt.clock import RealClock
from overt.config import Config
from overt.live.cameras import CamerasSession
from overt.live.supervisor import Supervisor
from overt.live.watched_camera import Patience
from overt.live.worker_spec import WorkerSpec
from soak import COOL_DOWN_S, LONGEST_SIDE, RATE, SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.health import CameraHealth

GOOD = 2
BAD = ("crashing", "hanging")
FACTORIES = Path(__file__).resolve().parents[1] / "tests" / "live"
MOST_S = 3_600.0


class Done(Exception):
    """Enough crashes."""


class Watcher(Quiet):
    """Notes how the good cameras do, and ends after so many crashes."""

    def __init__(self, crashes: int, out: Path) -> None:
        self.crashes = crashes
        self.out = out
        self.oldest_s = dict.fromkeys((f"camera-{n + 1}" for n in range(GOOD)), 0.0)
        self.began_s = time.monotonic()
        self._wrote_s = 0.0

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """Called twice a second."""
        for one in health:
            if one.camera in self.oldest_s and one.frame_age_s is not None:
                self.oldest_s[one.camera] = max(self.oldest_s[one.camera], one.frame_age_s)
        restarts = next(one.restarts for one in health if one.camera == "crashing")
        if restarts >= self.crashes or time.monotonic() - self._wrote_s > 30:
            self._wrote_s = time.monotonic()
            self.out.write_text(json.dumps(self.found(health), indent=1), encoding="utf-8")
        if restarts >= self.crashes:
            raise Done

    def found(self, health: Sequence[CameraHealth]) -> dict[str, Any]:
        """Counts of each."""
        return {
            "seconds": round(time.monotonic() - self.began_s, 1),
            "oldest_frame_s": self.oldest_s,
            "cameras": {
                one.camera: {
                    "frames_in": one.totals.frames_in,
                    "looked_at": one.totals.analysed + one.totals.still,
                    "dropped": one.totals.dropped,
                    "prompts": one.prompts,
                    "sightings_lost": one.totals.sightings_lost + one.sightings_refused,
                    "restarts": one.restarts,
                    "outages": one.outages,
                }
                for one in health
            },
        }


def main() -> None:
    """Watch until the crashing camera has crashed often enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--crashes", type=int, default=100)
    parser.add_argument("--pause", type=float, default=15.0, help="between crashes, at most")
    parser.add_argument("--out", type=Path, default=Path("isolation.json"))
    given = parser.parse_args()
    known = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(FACTORIES), *([known] if known else [])])
    config = Config.model_validate(
        {"detector": {"longest_side": LONGEST_SIDE}, "matching": {"cool_down_s": COOL_DOWN_S}}
    )
    bench = Bench.prepared(config, 0)
    scenes = all_written(GOOD, FOLDER, rate=RATE, seconds=SECONDS)
    specs = [
        WorkerSpec(
            camera=f"camera-{number + 1}",
            factory="overt.live.played_scene:played_scene",
            arguments={
                "path": str(scene.path),
                "rate": RATE,
                "first_at_s": 0.0,
                "loops": int(MOST_S / SECONDS),
            },
            config=config,
            retry_s=NEVER_S,
            retry_most_s=NEVER_S,
        )
        for number, scene in enumerate(scenes)
    ]
    specs += [
        WorkerSpec(
            camera=name,
            factory=f"camera_factories:{name}",
            config=config,
            retry_most_s=given.pause,
        )
        for name in BAD
    ]
    clock = RealClock()
    supervisor = Supervisor(specs, clock, Patience(hang_s=10, read_s=10))
    watcher = Watcher(given.crashes, given.out)
    try:
        CamerasSession(supervisor, bench.search(), clock, watcher).run(MOST_S)
    except Done:
        print(given.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()

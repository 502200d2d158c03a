"""A whole deployment whose live session, in a process of its own, sees known people.

Run as a program it is that session; imported, it prepares the deployment and starts the program.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from traced_people import PeopleSeen, people_seen

from overt.config import Config
from overt.live import demo
from overt.live.demo_clock import LeapingClock
from overt.live.demo_street import DemoStreet, name_of
from overt.live.desk_client import DeskClient
from overt.live.engine import open_engine
from overt.live.going_live import Wait, go_live
from overt.live.instance import Instance
from overt.live.worker_spec import WorkerSpec
from overt.store.keys import InstanceKey
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.vocabulary import AccountId, DeploymentId
from overt.watchlist.sealed import SealedList, open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).parent
PATIENCE_S = 120.0
FEW = 3
"""People listed."""


class ShortList(DemoStreet):
    """The demo's street, with fewer people on its list."""

    __slots__ = ()

    def write_stills(self, folder: Path, progress: Callable[[int, int], None]) -> None:
        for number in range(FEW):
            Image.fromarray(still(Cast(self.seed), number, take=0)).save(
                folder / f"{name_of(number)}.png"
            )


class Silent:
    """Told everything, says a line of it: what a terminal would show is the log."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *told: None if name == "cameras" else _say(f"{name} {told}")


@dataclass
class TracedSession:
    """The deployment, and the process of its live session."""

    root: Path
    instance: Instance
    deployment: DeploymentId
    listed: SealedList
    people: PeopleSeen
    process: subprocess.Popen[str]
    desks: list[DeskClient] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.instance.home

    @property
    def searched(self) -> tuple[Path, ...]:
        """Everywhere a file could have been left: home, temporary and working folder, log."""
        return tuple(self.root / name for name in ("home", "tmp", "cwd", "log"))

    @property
    def workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for task in tasks for pid in task.read_text().split()]

    def wait(self, what: Callable[[], object]) -> None:
        until_s = time.monotonic() + PATIENCE_S
        while not what():
            if self.process.poll() is not None or time.monotonic() > until_s:
                raise AssertionError((self.root / "log" / "all").read_text()[-3000:])
            time.sleep(0.05)

    def sit_down(self, signed_in: dict[str, demo.SignedIn]) -> None:
        socket = self.instance.socket(self.deployment)
        self.wait(socket.exists)
        for account in ("olu.operator", "eva.engagement"):
            self.desks.append(DeskClient(socket, account, signed_in[account].password))

    def until_said(self) -> None:
        """Until every sighting of the script was said, a second ago."""
        self.wait((self.root / "script.said").exists)

    def end(self) -> None:
        self.desks[0].ask(do="end")
        self.wait(lambda: "session is over" in (self.root / "log" / "all").read_text())

    def close(self) -> None:
        for desk in self.desks:
            desk.close()
        self.process.kill()
        self.process.communicate()
        self.instance.close()


def begin(root: Path, *, strangers: int, invented: int) -> TracedSession:
    """Apply, authorise, enrol and notice here; go live there."""
    for name in ("tmp", "cwd", "log"):
        (root / name).mkdir(parents=True)
    clock, street = LeapingClock(timedelta(days=demo.DAYS_BEFORE)), ShortList(20, 5, 7)
    key = root / "key"
    instance = Instance.open(root / "home", clock=clock, unlock=lambda f: demo._key(f, key))
    signed_in = demo._people(instance)
    watcher: Any = Silent()
    play = demo._Play(instance, clock, street, watcher, signed_in)
    deployment = play._apply()
    play._authorise(deployment)
    play._enrol(deployment)
    play._notice(deployment)
    engine = open_engine(Config(), threads=1)
    listed = open_sealed(instance.vault, deployment, model=engine.model)
    people = people_seen(Cast(street.seed), engine, strangers, invented)
    engine.close()
    (root / "script").write_bytes(pickle.dumps(people.sightings))
    offset_s = (clock.now() - datetime.now(UTC)).total_seconds()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
        "TMPDIR": str(root / "tmp"),
        "OVERT_WORKER_STDERR": "1",
    }
    with (root / "log" / "all").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, str(root), str(deployment), str(offset_s)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=root / "cwd",
            env=environment,
            text=True,
        )
    session = TracedSession(root, instance, deployment, listed, people, process)
    session.sit_down(signed_in)
    return session


def main(root: Path, deployment: str, offset_s: float) -> None:
    """The live session; then it waits to be looked at."""
    clock = LeapingClock(timedelta(seconds=-offset_s))

    def specs(cameras: Sequence[str], config: Config) -> list[WorkerSpec]:
        return [
            WorkerSpec(
                camera=name,
                config=config,
                factory="traced_camera:scripted",
                arguments={"script": str(root / "script")},
            )
            for name in cameras
        ]

    with Instance.open(
        root / "home", clock=clock, unlock=lambda f: InstanceKey.unlock(f, key_file=root / "key")
    ) as instance:
        by = instance.accounts.get(AccountId("eng.engineer"))
        watcher: Any = Silent()
        go_live(instance, DeploymentId(deployment), by, watcher, wait=Wait(60), make_specs=specs)
        _say("the session is over")
        sys.stdin.readline()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))

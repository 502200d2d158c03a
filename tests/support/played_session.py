"""A deployment that only waits for its cameras, and its live session in a thread, for tests.

Everything is real but the camera: an empty wall, whose worker says the sightings of the test.
"""

from __future__ import annotations

import json
import pickle
import shutil
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from overt.clock import RealClock
from overt.live import applying, noticing
from overt.live.applying import SignedIn
from overt.live.demo_application import SIGNS, WEB_PAGE, demo_application
from overt.live.desk_client import DeskClient
from overt.live.enrolling import enrol
from overt.live.going_live import Wait, go_live
from overt.live.instance import Instance
from overt.live.worker_spec import WorkerSpec
from overt.store.keys import InstanceKey
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.values import Box, CameraId, Crop, Quality, Sighting, Template, TrackId
from overt.vocabulary import AccountId, DeploymentId, Role
from overt.watchlist.sealed import open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.config import Config
    from overt.records.events import EndReason
    from overt.vocabulary import AlertRef

OLU, EVA, BO = "olu.operator", "eva.engagement", "bo.both"
ENGINEER = "eng.engineer"
PEOPLE = {
    "ada.applicant": (Role.APPLICANT,),
    "otis.authoriser": (Role.AUTHORISER,),
    OLU: (Role.OPERATOR,),
    EVA: (Role.ENGAGEMENT_OFFICER,),
    BO: (Role.OPERATOR, Role.ENGAGEMENT_OFFICER),
    ENGINEER: (Role.ENGINEER,),
}
LISTED = 3
HOURS = 2.0
PATIENCE_S = 90.0
REASONS = (
    "One wall, two hours, three people who do not exist; the evidence covers this model, this "
    "threshold and a list of this length."
)


class SteeredClock(RealClock):
    """The machine's clocks, and what a test lets pass besides."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead, self.passed_s = ahead, 0.0

    def now(self) -> datetime:
        """Wall time of the deployment's day."""
        return super().now() + self.ahead + timedelta(seconds=self.passed_s)

    def monotonic(self) -> float:
        """Seconds, with those that were let pass."""
        return super().monotonic() + self.passed_s

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.passed_s += seconds


@dataclass(frozen=True)
class Prepared:
    """A home with one deployment that only waits for its cameras, to be copied."""

    folder: Path
    deployment: DeploymentId
    ahead: timedelta
    people: dict[str, SignedIn]
    model: str


def _opened(folder: Path, clock: SteeredClock) -> Instance:
    key = folder / "key"
    give = InstanceKey.unlock if key.exists() else InstanceKey.create
    return Instance.open(folder / "h", clock=clock, unlock=lambda at: give(at, key_file=key))


def prepare(folder: Path) -> Prepared:
    """Apply, authorise, enrol, give notice and see the signs, each at its hour."""
    clock = SteeredClock()
    with _opened(folder, clock) as instance:
        people = {
            name: SignedIn(
                instance.add_account(AccountId(name), name, roles, f"the password of {name}"),
                f"the password of {name}",
            )
            for name, roles in PEOPLE.items()
        }
        ada = people["ada.applicant"].account
        application, evidence = demo_application(
            clock.now() + timedelta(hours=24),
            HOURS,
            people=10,
            operators=[OLU, BO],
            engagement_officers=[EVA, BO],
        )
        deployment = applying.apply(instance, application, evidence, ada)
        applying.authorise(instance, deployment, REASONS, people["otis.authoriser"])
        clock.ahead += timedelta(hours=12)
        stills = folder / "stills"
        stills.mkdir()
        for number in range(LISTED):
            picture = still(Cast(1), number, take=0)
            Image.fromarray(picture).save(stills / f"Person {number + 1:02}.png")
        built = enrol(instance, deployment, stills, ada)
        shutil.rmtree(stills)
        noticing.give_notice(instance, deployment, ada, published_at=clock.now(), where=[WEB_PAGE])
        clock.ahead += timedelta(hours=12, minutes=1)
        noticing.confirm_signs(instance, deployment, ada, places=SIGNS)
    return Prepared(folder, deployment, clock.ahead, people, built.sealed.model)


@dataclass
class PlayedSession:
    """A copy of the home, and `go_live` in a thread. Close it."""

    folder: Path
    prepared: Prepared
    raised: list[dict[str, Any]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    reason: EndReason | None = None
    error: Exception | None = None

    def __post_init__(self) -> None:
        shutil.copytree(self.prepared.folder, self.folder, dirs_exist_ok=True)
        self.clock = SteeredClock(self.prepared.ahead)
        self.instance = _opened(self.folder, self.clock)
        self.deployment = self.prepared.deployment
        self.said = self.folder / "said"
        self.said.mkdir()
        self.desks: list[DeskClient] = []
        self.listed = open_sealed(self.instance.vault, self.deployment, model=self.prepared.model)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._tracks = 0

    def _run(self) -> None:
        engineer = self.prepared.people[ENGINEER].account
        try:
            self.reason = go_live(
                self.instance,
                self.deployment,
                engineer,
                _Watching(self),
                wait=Wait(PATIENCE_S),
                make_specs=self._specs,
            )
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.error = error

    def _specs(self, cameras: Sequence[str], config: Config) -> list[WorkerSpec]:
        return [
            WorkerSpec(
                camera=name,
                config=config,
                factory="camera_factories:saying",
                arguments={"folder": str(self.said)},
            )
            for name in cameras
        ]

    # People.

    def sit(self, account: str) -> DeskClient:
        """Sign in at a desk, once the session takes desks."""
        socket = self.instance.socket(self.deployment)
        self.until(socket.exists)
        desk = DeskClient(socket, account, self.prepared.people[account].password)
        self.desks.append(desk)
        return desk

    def live(self, *accounts: str) -> list[DeskClient]:
        """Go live with these people at their desks."""
        self.thread.start()
        desks = [self.sit(account) for account in accounts]
        self.until(lambda: "WentLive" in self.events)
        desks[0].ask(do="queue")  # answered once it runs
        return desks

    # What is seen.

    def see(self, *, listed: int | None = None) -> Sighting:
        """Let the camera's worker say that somebody passed; who, by place on the list."""
        self._tracks += 1
        rng = np.random.default_rng(self._tracks)
        vectors = self.listed.matcher.vectors
        vector = rng.standard_normal(vectors.shape[1]).astype(np.float32)
        vector = vector / np.linalg.norm(vector) if listed is None else np.array(vectors[listed])
        quality = Quality(60, 0, 0, 0, 20, 120, 50, 0.9)
        crops = tuple(
            Crop(rng.integers(0, 256, (24, 20, 3), np.uint8), Box(0, 0, 9, 9), 0, 0, quality)
            for _ in range(2)
        )
        sighting = Sighting(
            CameraId("street"), TrackId(1_000_000 + self._tracks), 0,
            Template(vector, self.listed.sealed.model), crops, 0.0, 0.0, 0.0, 3, quality,
        )  # fmt: skip
        draft = self.said / f"{self._tracks:04}.draft"
        draft.write_bytes(pickle.dumps(sighting))
        draft.rename(draft.with_suffix(".seen"))
        return sighting

    def prompt(self, *, listed: int = 0) -> AlertRef:
        """Somebody listed passes; the reference of the prompt that comes of it."""
        before = len(self.raised)
        self.see(listed=listed)
        self.until(lambda: len(self.raised) > before)
        ref: AlertRef = self.raised[-1]["ref"]
        return ref

    # What became of it.

    @property
    def path(self) -> Path:
        return self.instance.ledger_path(self.deployment)

    @property
    def ledger(self) -> list[dict[str, Any]]:
        whole, _, _ = self.path.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.ledger]

    def break_ledger(self) -> bytes:
        """Somebody writes into the ledger's file: from now on it cannot be written. Its bytes."""
        with self.path.open("ab") as file:
            file.write(b"x")
        time.sleep(0.5)  # a line that was being written may still follow
        return self.path.read_bytes()

    @property
    def workers(self) -> list[int]:
        """Camera workers that this process has."""
        found = []
        for children in Path("/proc/self/task").glob("*/children"):
            for pid in children.read_text().split():
                try:
                    words = Path(f"/proc/{pid}/cmdline").read_bytes()
                except OSError:
                    continue
                if b"overt.live.worker" in words:
                    found.append(int(pid))
        return found

    def until(self, what: Callable[[], object], seconds: float = PATIENCE_S) -> None:
        until_s = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until_s:
                raise AssertionError((self.error, self.reason, self.lines, self.events))
            time.sleep(0.05)

    def ended(self) -> None:
        """Wait for the session's end."""
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive(), (self.lines, self.events)

    def close(self) -> None:
        """End it whatever it does."""
        if self.thread.is_alive():
            self.clock.advance(HOURS * 3600)
            self.thread.join(PATIENCE_S)
        for desk in self.desks:
            desk.close()
        self.instance.close()


@dataclass
class _Watching:
    """Whoever started the session."""

    session: PlayedSession

    def raised(self, shown: dict[str, Any]) -> None:
        self.session.raised.append(shown)

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None: ...

    def cameras(self, health: object) -> None: ...

    def happened(self, event: object) -> None: ...

    def said(self, line: str) -> None:
        self.session.lines.append(line)

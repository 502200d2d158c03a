"""Deployments to be broken off: bench/'s instance, its desks, and sessions without a camera."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from kill_bed import DESKS, Bed
from kill_street import specs, write_list
from overt.live import alert_pictures
from overt.live.alert_pictures import AlertPictures
from overt.live.going_live import Wait, go_live
from overt.live.open_deployment import OpenDeployment
from overt.records import events as e
from overt.records.event import EntryNumber, Sha256, Word, figure, moment
from overt.values import CameraId
from overt.vocabulary import (
    AccountId,
    AlertRef,
    Category,
    DeploymentId,
    EnvironmentFactor,
    Ground,
    SubjectFactor,
    SystemFactor,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from kill_desks import QuickDesk
    from overt.records.event import Event

OLU, EVA = (AccountId(one) for one in DESKS)
LISTED = 5
FIRST, SECOND = AlertRef("K7QD-3M2P"), AlertRef("3Y52-M01C")


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_list(tmp_path_factory.mktemp("list"), LISTED)


@dataclass(frozen=True)
class Prepared:
    """An instance with one deployment that only waits for its cameras, to be copied."""

    folder: Path
    deployment: DeploymentId
    leapt: timedelta


@pytest.fixture(scope="session")
def prepared(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    bed = Bed(folder, pictures, random.Random(1))  # noqa: S311
    deployment = bed.noticed()
    bed.close()
    return Prepared(folder, deployment, bed.leapt)


@pytest.fixture
def bed(prepared: Prepared, pictures: Path) -> Iterator[Bed]:
    folder = Path(tempfile.mkdtemp(prefix="bed-"))  # short: a socket's path has few bytes
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    opened = Bed(folder, pictures, random.Random(1), prepared.leapt)  # noqa: S311
    yield opened
    opened.close()
    shutil.rmtree(folder)


@pytest.fixture
def noticed(prepared: Prepared) -> DeploymentId:
    """The deployment of `bed` that only waits for its cameras."""
    return prepared.deployment


def begun(bed: Bed, deployment: DeploymentId) -> None:
    """Say in the ledger that a session is live, as it would before its cameras start."""
    with OpenDeployment.take(bed.instance, deployment) as one:
        authority, listed = one.history.authority, one.history.list_sealed
        assert authority is not None
        assert listed is not None
        engineer = AccountId("eng.engineer")
        one.record(e.CameraNamed(CameraId("street"), Sha256("0" * 64)), engineer)
        went = e.WentLive(
            authority.authority_sha256,
            listed.list_sha256,
            authority.threshold,
            listed.model,
            Word("engine"),
            1,
        )
        one.record(went, engineer)


def raised(bed: Bed, deployment: DeploymentId, ref: AlertRef, *, kept: bool = True) -> None:
    """A prompt, in the ledger and, unless the machine died just then, in the vault."""
    now = bed.clock.now()
    with OpenDeployment.take(bed.instance, deployment) as one:
        event = e.PromptRaised(
            ref=ref,
            number=len(one.history.alerts) + 1,
            entry=EntryNumber("E-0001"),
            category=Category.GENERATED_PERSON,
            camera=CameraId("street"),
            captured_at=moment(now),
            similarity=figure(0.98),
            one_in=10_000,
            frames_used=3,
            expires_at=moment(now),
        )
        one.record(event)
        if kept:
            shown = AlertPictures({"name": "Person 01"}, b"listed", (b"probe",))
            alert_pictures.keep(bed.instance.vault, deployment, ref, shown)


def recorded(bed: Bed, deployment: DeploymentId, event: Event, by: AccountId | None = None) -> None:
    with OpenDeployment.take(bed.instance, deployment) as one:
        one.record(event, by)


def engaged(bed: Bed, deployment: DeploymentId, ref: AlertRef) -> None:
    """Two people agreed, and one of them speaks with somebody."""
    weighed: dict[str, Any] = {
        "ref": ref,
        "ground": Ground.FACIAL_FEATURES_AGREE,
        "subject": SubjectFactor.NO_CONCERN,
        "system": SystemFactor.NO_CONCERN,
        "environment": EnvironmentFactor.NO_CONCERN,
        "reason_sha256": None,
    }
    recorded(bed, deployment, e.OperatorDecided(possible=True, **weighed), OLU)
    recorded(bed, deployment, e.OfficerDecided(confirmed=True, **weighed), EVA)
    recorded(bed, deployment, e.EngagementBegan(ref), EVA)


class Told:
    """Whoever started the session."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.cameras_on = False

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match."""

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided."""

    def cameras(self, health: object) -> None:
        self.cameras_on = True

    def happened(self, event: object) -> None:
        """Something befell a camera."""

    def said(self, line: str) -> None:
        self.lines.append(line)


class Session(threading.Thread):
    """`go_live` in a thread, and what came of it."""

    def __init__(self, bed: Bed, deployment: DeploymentId, *, wait_s: float = 60.0) -> None:
        super().__init__(daemon=True)
        self.bed, self.deployment, self.wait_s = bed, deployment, wait_s
        self.told = Told()
        self.reason: e.EndReason | None = None
        self.error: Exception | None = None

    def run(self) -> None:
        make = partial(specs, folder=str(self.bed.pictures), seed=1)
        engineer = self.bed.people["eng.engineer"].account
        try:
            self.reason = go_live(
                self.bed.instance,
                self.deployment,
                engineer,
                self.told,
                wait=Wait(self.wait_s),
                make_specs=make,
            )
        except Exception as error:  # noqa: BLE001 - looked at by the test
            self.error = error


@contextmanager
def at_desks(bed: Bed, deployment: DeploymentId, *, finishing: bool = False) -> Iterator[Any]:
    """Both officers at their desks."""
    desks: list[QuickDesk] = [bed._desk(deployment, account) for account in DESKS]
    for desk in desks:
        desk.finishing = finishing
        desk.start()
    yield desks
    for desk in desks:
        desk.stop()

"""The demo: a whole deployment, from application to verified record, on the generated street.

The same code as any deployment's, under an authority of its own kind: the gate, the sealed list,
the ledger, two officers, erasure, publication. What is not ordinary: nobody exists, the officers
are scripted, and the clock leaps over the nights between the steps.
"""

from __future__ import annotations

import random
import secrets
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from overt.live import applying, ending, noticing
from overt.live.applying import SignedIn
from overt.live.camera_events import OutageBegan
from overt.live.demo_application import SIGNS, WEB_PAGE, demo_application
from overt.live.demo_clock import LeapingClock
from overt.live.demo_officers import Officer
from overt.live.demo_street import DemoStreet, Truth
from overt.live.enrolling import enrol
from overt.live.going_live import Wait, go_live
from overt.live.instance import Instance
from overt.live.session_parts import SessionWatcher
from overt.records.verify import Verification, verify
from overt.store.keys import InstanceKey
from overt.vocabulary import AccountId, Role
from overt.watchlist.sealed import open_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.store.accounts import Account
    from overt.store.deployments import Certificate
    from overt.vocabulary import AlertRef, DeploymentId

PEOPLE = {
    "ada.applicant": ("Ada Mensah", Role.APPLICANT),
    "otis.authoriser": ("Otis Birch", Role.AUTHORISER),
    "olu.operator": ("Olu Hart", Role.OPERATOR),
    "eva.engagement": ("Eva Lind", Role.ENGAGEMENT_OFFICER),
    "eng.engineer": ("Ines Roy", Role.ENGINEER),
    "aud.auditor": ("Tom Vale", Role.AUDITOR),
}
"""Nobody of these exists either."""
DAYS_BEFORE = 2
HOURS = 1.0


class DemoWatcher(SessionWatcher, Protocol):
    """Who is told how the demo goes."""

    def step(self, at: str, what: str, by: str) -> None:
        """A step of the deployment was taken."""

    def progress(self, what: str, done: int, of: int) -> None:
        """Something that takes a while."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What is left of the demo when its folder is gone."""

    deployment: DeploymentId
    record: dict[str, Any]
    record_text: str
    certificates: tuple[Certificate, ...]
    verification: Verification
    listed_walking: int
    listed_prompted: int
    """Of them, who raised a prompt while they walked past."""
    ledger_lines: int


@dataclass(slots=True)
class _Eyes(SessionWatcher):
    """What the scripted officers see: the truth of the street, by the time of capture."""

    truth: Truth
    outer: DemoWatcher
    names: dict[str, str] = field(default_factory=dict)
    right: set[str] = field(default_factory=set)
    over: bool = False
    """Whether the street has run out."""

    def sees(self, one: dict[str, Any]) -> bool:
        """Whether the person before the camera is the one whom the prompt names."""
        name = self.names.get(str(one.get("entry")))
        # By the street's own clock: on a busy machine it walks more slowly than the wall's.
        return name is not None and self.truth.is_there(name, float(one["stream_s"]))

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match."""
        if self.sees(shown):
            self.right.add(str(shown["entry"]))
        self.outer.raised(shown)

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided, or time did."""
        self.outer.changed(ref, what, by)

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How the camera is doing."""
        self.outer.cameras(health)

    def happened(self, event: CameraEvent) -> None:
        """The street ends as a camera's stream would: it gives no more frames."""
        if isinstance(event, OutageBegan):
            self.over = True
        self.outer.happened(event)

    def said(self, line: str) -> None:
        """Something a person must know."""
        self.outer.said(line)


def run_demo(street: DemoStreet, watcher: DemoWatcher, *, home: Path | None = None) -> DemoResult:
    """Play a whole deployment.

    Args:
        street: how long, how busy, which town.
        watcher: told of each step.
        home: where the instance is made; a temporary folder, removed at the end, if not given.

    Raises:
        OvertError: if anything refuses; then the demo has found a fault.
    """
    if home is not None:
        return _play(street, watcher, home)
    with tempfile.TemporaryDirectory(prefix="overt-demo-") as folder:
        return _play(street, watcher, Path(folder) / "home")


def _play(street: DemoStreet, watcher: DemoWatcher, home: Path) -> DemoResult:
    clock = LeapingClock(timedelta(days=DAYS_BEFORE))
    key_file = home.with_name("key")
    with Instance.open(home, clock=clock, unlock=lambda folder: _key(folder, key_file)) as instance:
        people = _people(instance)
        return _Play(instance, clock, street, watcher, people).run()


def _key(folder: Path, key_file: Path) -> InstanceKey:
    made = (folder / "instance.key").exists() or key_file.exists()
    give = InstanceKey.unlock if made else InstanceKey.create
    return give(folder, key_file=key_file)


def _people(instance: Instance) -> dict[str, SignedIn]:
    """An account for everybody, with a password that nobody knows."""
    found = {}
    for account, (name, role) in PEOPLE.items():
        password = secrets.token_urlsafe(16)
        added = instance.add_account(AccountId(account), name, [role], password)
        found[account] = SignedIn(added, password)
    return found


@dataclass(slots=True)
class _Play:
    instance: Instance
    clock: LeapingClock
    street: DemoStreet
    watcher: DemoWatcher
    people: dict[str, SignedIn]

    def run(self) -> DemoResult:
        """Every step in its order."""
        deployment = self._apply()
        self._authorise(deployment)
        names = self._enrol(deployment)
        self._notice(deployment)
        eyes = self._live(deployment, names)
        return self._end(deployment, eyes)

    def _who(self, account: str) -> Account:
        return self.people[account].account

    def _told(self, what: str, by: str) -> None:
        self.watcher.step(f"{self.clock.now():%d %b %H:%M}", what, by)

    def _apply(self) -> DeploymentId:
        starts_at = self.clock.now() + timedelta(days=DAYS_BEFORE)
        application, evidence = demo_application(
            starts_at,
            HOURS,
            people=self.street.people,
            operators=["olu.operator"],
            engagement_officers=["eva.engagement"],
        )
        by = "ada.applicant"
        deployment = applying.apply(self.instance, application, evidence, self._who(by))
        self._told(f"application: {application.title}, {deployment}", by)
        return deployment

    def _authorise(self, deployment: DeploymentId) -> None:
        self.clock.leap(timedelta(hours=3))
        by = "otis.authoriser"
        reasons = (
            "One street, one hour, forty people who do not exist; the evidence covers this model, "
            "this threshold and a list of this length."
        )
        applying.authorise(self.instance, deployment, reasons, self.people[by])
        self._told("authorised: written, signed, for one hour", by)

    def _enrol(self, deployment: DeploymentId) -> dict[str, str]:
        """The list is built the day before; who is which entry is the script's alone to know."""
        self.clock.leap(timedelta(hours=30))
        by = "ada.applicant"
        with tempfile.TemporaryDirectory(prefix="overt-demo-stills-") as folder:
            self.street.write_stills(
                Path(folder), lambda done, of: self.watcher.progress("Drawing the list", done, of)
            )
            built = enrol(
                self.instance,
                deployment,
                Path(folder),
                self._who(by),
                progress=lambda done, of: self.watcher.progress("Enrolling", done, of),
            )
        counts = built.sealed.composition
        self._told(f"enrolled: {counts.entries} entries through the quality gate, sealed", by)
        opened = open_sealed(self.instance.vault, deployment, model=built.sealed.model)
        return {str(person.entry): str(person.name) for person in opened.people}

    def _notice(self, deployment: DeploymentId) -> None:
        self.clock.leap(timedelta(hours=2))
        by = "ada.applicant"
        who = self._who(by)
        noticing.give_notice(
            self.instance, deployment, who, published_at=self.clock.now(), where=[WEB_PAGE]
        )
        self._told("noticed: published in advance", by)
        self.clock.leap(timedelta(hours=13))
        noticing.confirm_signs(self.instance, deployment, who, places=SIGNS)
        self._told("signs seen standing, before any camera starts", by)

    def _live(self, deployment: DeploymentId, names: dict[str, str]) -> _Eyes:
        eyes = _Eyes(Truth(self.street), self.watcher, names)
        officers = [
            Officer(
                self.instance.socket(deployment),
                account,
                self.people[account].password,
                eyes.sees,
                random.Random(f"{self.street.seed} {account}"),  # noqa: S311 - a play
            )
            for account in ("olu.operator", "eva.engagement")
        ]
        for officer in officers:
            officer.start()
        self._told("live: two officers at their desks, one camera", "eng.engineer")
        try:
            go_live(
                self.instance,
                deployment,
                self._who("eng.engineer"),
                eyes,
                wait=Wait(60),
                make_specs=self.street.specs,
                ran_out=lambda: eyes.over,
            )
        finally:
            for officer in officers:
                officer.stop()
        self._told("closed: cameras off, the list out of memory", "overt")
        return eyes

    def _end(self, deployment: DeploymentId, eyes: _Eyes) -> DemoResult:
        self.clock.leap(timedelta(hours=2))
        by = self._who("eng.engineer")
        ending.erase(self.instance, deployment, by)
        self._told("the list is destroyed", by.id)
        self.clock.leap(timedelta(hours=21, minutes=55))
        certificates = ending.erase(self.instance, deployment, by)
        self._told("erased: list, alerts and free texts are gone", by.id)
        folder = ending.publish(self.instance, deployment, self._who("ada.applicant"), None)
        self._told("published: the record, with its ledger", "ada.applicant")
        record, text = ending.read_record(folder)
        verification = verify(self.instance.ledger_path(deployment))
        return DemoResult(
            deployment=deployment,
            record=record,
            record_text=text,
            certificates=tuple(certificates),
            verification=verification,
            listed_walking=5,
            listed_prompted=len(eyes.right),
            ledger_lines=verification.lines,
        )

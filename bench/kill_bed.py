"""An instance that is killed at: its deployments, its hosts, its desks, and what was found."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from kill_check import events
from kill_desks import Deeds, QuickDesk
from kill_process import Host
from overt.errors import OvertError
from overt.live import applying, noticing
from overt.live.applying import SignedIn
from overt.live.demo import PEOPLE
from overt.live.demo_application import SIGNS, WEB_PAGE, demo_application
from overt.live.demo_clock import LeapingClock
from overt.live.enrolling import enrol
from overt.live.history import History, history_of
from overt.live.instance import Instance
from overt.records.line import read_chain
from overt.store.keys import InstanceKey
from overt.vocabulary import AccountId, DeploymentId

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "of-nobody-at-all"  # noqa: S105 - nobody's
DESKS = ("olu.operator", "eva.engagement")
START_S = 3.0
"""A start takes about so long; kills at the start come within it."""
LIVE_S = 5.0
END_S = 1.5
ANSWER_S = 0.03
"""A decision is answered in about so long; kills at a decision come within it."""
PROMPTED = 0.7
"""Of the kills while live, those after the first prompt."""
LIVE_WAIT_S = 120.0
HOURS = 2.0
REASONS = (
    "Nobody walks down this street. Its session is killed again and again, to see that what was "
    "acknowledged stands and that the list dies in its hour."
)


@dataclass(slots=True)
class Found:
    """What the kills showed."""

    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    deployments: int = 0
    lines: int = 0
    recovered: int = 0
    unseen: int = 0
    deeds: Deeds = field(default_factory=Deeds)


class Bed:
    """An instance to be killed at.

    Args:
        folder: of everything; the list's pictures are kept from run to run elsewhere.
        pictures: folder of the listed people's stills.
        chance: every random moment comes from it.
        ahead: by which the clock of an instance that is opened again had leapt.
    """

    def __init__(
        self,
        folder: Path,
        pictures: Path,
        chance: random.Random,
        ahead: timedelta = timedelta(),
    ) -> None:
        self.home, self.key, self.pictures, self.chance = (
            folder / "h",
            folder / "k",
            pictures,
            chance,
        )
        self.found = Found()
        self.clock = LeapingClock(timedelta(days=2) - ahead)
        give = InstanceKey.unlock if self.key.exists() else InstanceKey.create
        unlock = partial(give, key_file=self.key)
        self.instance = Instance.open(self.home, clock=self.clock, unlock=unlock)
        self.people = {account: self._person(account) for account in PEOPLE}
        self._next: Host | None = None

    def _person(self, account: str) -> SignedIn:
        """Somebody's account, made at the first opening."""
        name, role = PEOPLE[account]
        known = {one.id: one for one in self.instance.accounts.list()}
        found = known.get(AccountId(account))
        return SignedIn(
            found or self.instance.add_account(AccountId(account), name, [role], PASSWORD), PASSWORD
        )

    def close(self) -> None:
        """Kill what waits."""
        if self._next is not None:
            self._next.close()
        self.instance.close()

    def host(self) -> Host:
        """One that is ready; the one after it starts meanwhile."""
        host = self._next or Host(self.home, self.key)
        self._next = Host(self.home, self.key)
        return host

    def applied(self) -> DeploymentId:
        """A deployment that is applied for."""
        application, evidence = demo_application(
            self.clock.now() + timedelta(days=2),
            HOURS,
            people=500,
            operators=[DESKS[0]],
            engagement_officers=[DESKS[1]],
        )
        applicant = self.people["ada.applicant"].account
        self.found.deployments += 1
        return applying.apply(self.instance, application, evidence, applicant)

    def authorised(self, hours_before: float = 15) -> DeploymentId:
        """A deployment up to its authority, so many hours before its time."""
        deployment = self.applied()
        authoriser = self.people["otis.authoriser"]
        applying.authorise(self.instance, deployment, REASONS, authoriser)
        self.clock.leap(timedelta(hours=48 - hours_before))
        return deployment

    def enrolled(self, hours_before: float = 15) -> DeploymentId:
        """A deployment with its list sealed."""
        deployment = self.authorised(hours_before)
        enrol(self.instance, deployment, self.pictures, self.people["ada.applicant"].account)
        return deployment

    def noticed(self, hours_before: float = 15) -> DeploymentId:
        """A deployment that only waits for its cameras, its list built so many hours before."""
        deployment, who = self.enrolled(hours_before), self.people["ada.applicant"].account
        now = self.clock.now()
        noticing.give_notice(self.instance, deployment, who, published_at=now, where=[WEB_PAGE])
        self.clock.leap(timedelta(hours=hours_before, minutes=1))
        noticing.confirm_signs(self.instance, deployment, who, places=SIGNS)
        return deployment

    def history(self, deployment: DeploymentId) -> History:
        """As the ledger tells it now."""
        path = self.instance.ledger_path(deployment)
        return history_of(read_chain(path, torn_end=True))

    @property
    def leapt(self) -> timedelta:
        """By how much the clock has leapt since the first opening."""
        return self.clock.now() - datetime.now(UTC) + timedelta(days=2)

    def told(self, do: str, deployment: DeploymentId) -> dict[str, Any]:
        """What a host is told."""
        ahead_s = (self.clock.now() - datetime.now(UTC)).total_seconds()
        seed, folder = self.chance.randrange(1 << 30), str(self.pictures)
        return {
            "do": do, "deployment": deployment, "ahead_s": ahead_s, "folder": folder, "seed": seed
        }  # fmt: skip

    def kill(self, host: Host, phase: str) -> None:
        """Kill it, and see that nothing of it lives on."""
        host.kill()
        if host.was_killed:
            self.found.kills += 1
            self.found.phases[phase] += 1
        self.after(host)

    def after(self, host: Host) -> None:
        """What a host that is gone may not leave behind."""
        if left := host.orphans():
            self.found.faults.append(f"processes outlived their session: {left}")
        tended = host.said("tended")
        for line in tended["failed"] if tended else ():
            self.found.faults.append(f"could not be tended: {line}")
        if "Traceback" in host.errors:
            self.found.faults.append(host.errors[-2000:])
        host.close()

    # One life each.

    def briefly(self, do: str, deployment: DeploymentId, phase: str, most_s: float) -> bool:
        """A command without desks, killed at a moment within `most_s`; whether it was quicker."""
        host = self.host()
        host.tell(**self.told(do, deployment))
        if host.finished(self.chance.uniform(0, most_s)):
            self.after(host)
            return True
        self.kill(host, phase)
        return False

    def calmly(self, do: str, deployment: DeploymentId) -> None:
        """A command that is let finish."""
        host = self.host()
        host.tell(**self.told(do, deployment))
        if not host.finished(LIVE_WAIT_S) or host.said("done") is None:
            self.found.faults.append(f"{do} of {deployment}: {host.news[-1:]} {host.errors[-800:]}")
        host.kill()
        self.after(host)

    def live(self, deployment: DeploymentId, kill_at: str | None) -> Host:
        """A live session; killed at the start, while live, at a decision, at its end, or never."""
        before = len(events(self.instance.ledger_path(deployment)))
        heard_none = self.found.deeds.counted("unheard")
        host = self.host()
        desks = [self._desk(deployment, account) for account in DESKS]
        with ExitStack() as stack:
            for desk in desks:
                if kill_at == "end":
                    desk.finishing = True
                desk.start()
                stack.callback(desk.stop)
            host.tell(**self.told("live", deployment))
            if kill_at is None:
                self._let_end(host, desks)
                self.found.unseen += sum(desk.unseen for desk in desks)
                self.after(host)
                return host
            self._await_moment(host, desks, kill_at)
            host.kill()
        unheard = self.found.deeds.counted("unheard") > heard_none
        if host.was_killed:
            self.found.kills += 1
            self.found.phases[self._phase(deployment, before, desks, unheard=unheard)] += 1
        self.found.unseen += sum(desk.unseen for desk in desks)
        self.after(host)
        return host

    def _desk(self, deployment: DeploymentId, account: str) -> QuickDesk:
        path, chance = self.instance.socket(deployment), random.Random(self.chance.random())  # noqa: S311
        return QuickDesk(path, account, PASSWORD, self.found.deeds, chance)

    def _await_moment(self, host: Host, desks: list[QuickDesk], kill_at: str) -> None:
        if kill_at == "start":
            host.finished(self.chance.uniform(0, START_S))
            return
        until_s = time.monotonic() + LIVE_WAIT_S
        while not all(desk.reached.is_set() for desk in desks):
            if host.finished(0.05) or time.monotonic() > until_s:
                self.found.faults.append(f"was never live: {host.news[-1:]}{host.errors[-500:]}")
                return
        if kill_at == "live":
            if self.chance.random() < PROMPTED:
                while host.said("raised") is None and time.monotonic() < until_s:
                    host.finished(0.05)
            host.finished(self.chance.uniform(0, LIVE_S))
        elif kill_at == "decision":
            nth, sent = self.chance.randint(1, 6), iter(range(10**6))
            for desk in desks:
                desk.deciding = lambda: self._later(host) if next(sent) >= nth else None
            host.finished(LIVE_WAIT_S)
        else:
            self._end(desks[0])
            host.finished(self.chance.uniform(0, 1.5))

    def _later(self, host: Host) -> None:
        """Kill it while the answer is on its way."""
        threading.Timer(self.chance.uniform(0, ANSWER_S), host.kill).start()

    def _end(self, desk: QuickDesk) -> None:
        desk.finishing = True
        try:
            desk.end()
        except OvertError:  # it may have died just then
            return

    def _let_end(self, host: Host, desks: list[QuickDesk]) -> None:
        """Nobody new is approached, and an officer ends it."""
        until_s = time.monotonic() + LIVE_WAIT_S
        while not host.finished(0.05):
            if all(desk.reached.is_set() for desk in desks):
                for desk in desks:
                    desk.finishing = True
                self._end(desks[0])
                if not host.finished(LIVE_WAIT_S):
                    self.found.faults.append("the session did not end")
                    host.kill()
                return
            if time.monotonic() > until_s:
                self.found.faults.append("the session did not start")
                host.kill()

    def _phase(
        self, deployment: DeploymentId, before: int, desks: list[QuickDesk], *, unheard: bool
    ) -> str:
        """What was going on when it was killed."""
        since = events(self.instance.ledger_path(deployment))[before:]
        if not {"WentLive", "SessionRecovered"} & set(since):
            return "before it was live"
        if {"SessionEnded", "DeploymentClosed"} & set(since):
            return "at its close"
        if unheard:
            return "in a decision"
        return "with prompts open" if any(desk.open_now for desk in desks) else "live, no prompt"

"""Desks that decide quickly and note each answer: acknowledged, refused, or never heard."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overt.errors import OvertError, Refusal
from overt.live.desk_client import DeskClient
from overt.review.forms import NOT_RECORDED

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

LOOK_EVERY_S = 0.05
THINK_S = 0.4
"""Most that a desk thinks before it decides."""
WEIGHED = {"subject": "no-concern", "system": "no-concern", "environment": "crowding"}
OUTCOME = {
    "identity": "is-the-person",
    "identity_by": "document",
    "identity_asked": True,
    "disposal": "conditions-checked",
    "stop_seconds": 60,
    "force": "none",
    "search": "not-searched",
    **NOT_RECORDED,
    "reason": "",
}
EVENT_OF = {
    "undo": "DecisionUndone",
    "accept": "PromptAccepted",
    "confirm": "OfficerDecided",
    "engage": "EngagementBegan",
    "lose": "PromptLost",
    "conclude": "OutcomeRecorded",
    "adjudicate": "OperatorDecided",
}


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a desk asked for, and the answer."""

    order: int
    """Rises by one over all desks and rounds."""
    account: str
    ref: str
    event: str
    """What the ledger calls it."""
    answer: str
    """``acknowledged``, ``refused``, or ``unheard``: the line broke first."""


@dataclass(slots=True)
class Deeds:
    """All that was asked, by everybody."""

    done: list[Deed] = field(default_factory=list)
    _orders: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, account: str, ref: str, event: str, answer: str) -> None:
        """Write one down."""
        with self._lock:
            self.done.append(Deed(next(self._orders), account, ref, event, answer))

    def counted(self, answer: str) -> int:
        """How many were answered so."""
        return sum(one.answer == answer for one in self.done)


@dataclass(slots=True)
class QuickDesk:
    """One scripted officer for one round. Use `start` and `stop`."""

    path: Path
    account: str
    password: str
    deeds: Deeds
    chance: random.Random = field(repr=False)
    deciding: Callable[[], None] = lambda: None
    """Called as a decision is sent."""
    finishing: bool = False
    """Whether nobody new is approached: what is owed is recorded, and no more."""
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once the session has answered."""
    in_flight: str | None = None
    """The event of a request that is not answered yet."""
    open_now: int = 0
    """Prompts that were open when it last looked."""
    looked: int = 0
    """How often the session has answered."""
    over: str = ""
    """Why the session is over, once it says so."""
    unseen: int = 0
    """Prompts whose pictures the session could not show."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Sit down as soon as the session takes desks."""
        self._thread = threading.Thread(target=self._work, name=self.account, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stand up."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(60)

    def end(self) -> None:
        """Have this desk end the session."""
        with DeskClient(self.path, self.account, self.password) as desk:
            desk.ask(do="end")

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                with DeskClient(self.path, self.account, self.password) as desk:
                    self._sit(desk)
            except OvertError:
                self._stopping.wait(LOOK_EVERY_S)

    def _sit(self, desk: DeskClient) -> None:
        while not self._stopping.wait(LOOK_EVERY_S):
            answer = desk.ask(do="queue")
            self.over, self.open_now = str(answer["over"]), len(answer["queue"])
            self.looked += 1
            self.reached.set()
            for one in answer["queue"]:
                if self._stopping.is_set():
                    return
                self._consider(desk, one)

    def _consider(self, desk: DeskClient, one: dict[str, Any]) -> None:
        """Whatever this desk may do next."""
        ref, may = one["ref"], set(one["may"])
        if self.finishing and not may & {"conclude"}:
            return
        if "find-possible" in may:
            self._look(desk, ref)
            time.sleep(self.chance.uniform(0, THINK_S))
            if self.chance.random() < 0.2:
                self._ask(desk, ref, "adjudicate", form=_weighed("dismissed"))
                self._ask(desk, ref, "undo")
            self._ask(desk, ref, "adjudicate", form=_weighed("possible"))
        elif "confirm" in may:
            self._look(desk, ref)
            if self.chance.random() < 0.3 and "accept" in may:
                self._ask(desk, ref, "accept")
            self._ask(desk, ref, "confirm", form=_weighed("confirmed"))
        elif "engage" in may:
            self._ask(desk, ref, "lose" if self.chance.random() < 0.2 else "engage")
        elif "conclude" in may:
            time.sleep(self.chance.uniform(0, THINK_S))
            self._ask(desk, ref, "conclude", form=OUTCOME)

    def _look(self, desk: DeskClient, ref: str) -> None:
        try:
            if not desk.ask(do="pictures", ref=ref)["probe"]:
                self.unseen += 1
        except Refusal:
            return

    def _ask(self, desk: DeskClient, ref: str, do: str, **more: Any) -> None:
        event = EVENT_OF[do]
        self.in_flight = event
        self.deciding()
        try:
            desk.ask(do=do, ref=ref, **more)
        except Refusal:
            self.deeds.note(self.account, ref, event, "refused")
        except OvertError:
            self.deeds.note(self.account, ref, event, "unheard")
            raise
        else:
            self.deeds.note(self.account, ref, event, "acknowledged")
        finally:
            self.in_flight = None


def _weighed(decision: str) -> dict[str, Any]:
    """A dismissal is for a ground that says nothing against the system (R16)."""
    ground = "not-proportionate" if decision == "dismissed" else "facial-features-agree"
    return {"decision": decision, "ground": ground, **WEIGHED, "reason": "seen with own eyes"}

"""Scripted officers for the demo: two people at desks of their own, slow and fallible.

They sign in over the same line as anybody, see what a desk shows, and are refused what anybody
would be refused. Their eyes are the street's own truth, and a die.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from overt.errors import OvertError
from overt.live.desk_client import DeskClient
from overt.review.forms import NOT_RECORDED

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

LOOK_EVERY_S = 0.2
SLIP = 0.3
"""How often an operator presses the wrong key, and takes it back."""
MISSED = 0.12
"""How often a person has gone before the officer gets there."""
WEIGHED = {"subject": "no-concern", "system": "no-concern", "environment": "crowding"}


@dataclass(slots=True)
class Officer:
    """One officer at one desk, in a thread of their own. Use `start` and `stop`."""

    path: Path
    account: str
    password: str
    sees: Callable[[dict[str, Any]], bool] = field(repr=False)
    """Whether the person before the camera is the one listed, as far as eyes can tell."""
    chance: random.Random = field(repr=False)
    pace: float = 1.0
    """1 for a person's pace; less is quicker."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _ready_s: dict[tuple[str, str], float] = field(default_factory=dict)
    _stopped_s: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Sit down, as soon as the session takes desks."""
        self._thread = threading.Thread(target=self._work, name=self.account, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stand up."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def _work(self) -> None:
        desk = self._sit()
        if desk is None:
            return
        with desk, contextlib.suppress(OvertError):
            while not self._stopping.wait(LOOK_EVERY_S):
                for one in desk.ask(do="queue")["queue"]:
                    with contextlib.suppress(OvertError):  # somebody or time was quicker
                        self._consider(desk, one)

    def _sit(self) -> DeskClient | None:
        while not self._stopping.is_set():
            with contextlib.suppress(OvertError):
                return DeskClient(self.path, self.account, self.password)
            time.sleep(LOOK_EVERY_S)
        return None

    def _consider(self, desk: DeskClient, one: dict[str, Any]) -> None:
        """Do what this desk may do next, once a person would have got so far."""
        act = next(
            (
                act
                for act in ("find-possible", "confirm", "engage", "conclude")
                if act in one["may"]
            ),
            None,
        )
        if act is None:
            return
        key = one["ref"], act
        if key not in self._ready_s:
            if act in {"find-possible", "confirm"}:
                desk.ask(do="pictures", ref=one["ref"])
            slowest = {"find-possible": 4.0, "confirm": 4.0, "engage": 5.0, "conclude": 6.0}[act]
            self._ready_s[key] = time.monotonic() + self.pace * self.chance.uniform(1.5, slowest)
        if time.monotonic() >= self._ready_s[key]:
            self._act(desk, one, act)

    def _act(self, desk: DeskClient, one: dict[str, Any], act: str) -> None:
        ref, same = one["ref"], self.sees(one)
        match act:
            case "find-possible":
                self._adjudicate(desk, ref, same=same)
            case "confirm":
                decision = "confirmed" if same else "not-confirmed"
                desk.ask(do="confirm", ref=ref, form=_weighed(decision, same=same))
            case "engage":
                desk.ask(do="lose" if self.chance.random() < MISSED else "engage", ref=ref)
                self._stopped_s[ref] = time.monotonic()
            case "conclude":
                held_up_s = time.monotonic() - self._stopped_s.get(ref, 0.0)
                form = _outcome(is_person=same, stop_seconds=max(1, round(held_up_s)))
                desk.ask(do="conclude", ref=ref, form=form)

    def _adjudicate(self, desk: DeskClient, ref: str, *, same: bool) -> None:
        """Sometimes the wrong key first; it is taken back within its few seconds (R12)."""
        if same and self.chance.random() < SLIP:
            desk.ask(do="adjudicate", ref=ref, form=_weighed("dismissed", same=False))
            time.sleep(self.pace * self.chance.uniform(0.5, 1.5))
            desk.ask(do="undo", ref=ref)
        decision = "possible" if same else "dismissed"
        desk.ask(do="adjudicate", ref=ref, form=_weighed(decision, same=same))


def _outcome(*, is_person: bool, stop_seconds: int) -> dict[str, Any]:
    """Face to face, by ordinary means."""
    return {
        "identity": "is-the-person" if is_person else "is-not-the-person",
        "identity_by": "document" if is_person else "plainly-another",
        "identity_asked": True,
        "disposal": "conditions-checked" if is_person else "no-action",
        "stop_seconds": stop_seconds,
        "force": "none",
        "search": "not-searched",
        **NOT_RECORDED,
        "reason": "",
    }


def _weighed(decision: str, *, same: bool) -> dict[str, Any]:
    ground = "facial-features-agree" if same else "facial-features-differ"
    return {"decision": decision, "ground": ground, **WEIGHED, "reason": ""}

"""The process that is killed: one command at an instance, told on standard input.

    python kill_host.py HOME KEY

It has everything imported and says ``ready``; then one line of JSON says what to do. Whatever it
does, `tend` comes first, as it does for each command.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kill_street import specs
from overt.errors import OvertError
from overt.live import applying, ending, enrolling
from overt.live.caretaker import tend
from overt.live.demo_clock import LeapingClock
from overt.live.going_live import Wait, go_live
from overt.live.instance import Instance
from overt.store.keys import InstanceKey
from overt.vocabulary import AccountId, DeploymentId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.vocabulary import AlertRef

WAIT_S = 60.0


class Told:
    """Says on standard output what happens."""

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match went to the desk."""
        say("raised", ref=shown["ref"])

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided, or time did."""

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each camera is doing."""

    def happened(self, event: CameraEvent) -> None:
        """Something befell a camera."""

    def said(self, line: str) -> None:
        """Something a person must know."""
        say("said", line=line)


def say(what: str, **more: Any) -> None:
    """A line of JSON."""
    sys.stdout.write(json.dumps({"news": what, **more}) + "\n")
    sys.stdout.flush()


def do(instance: Instance, told: dict[str, Any]) -> str:
    """Do as told; what came of it, in a word."""
    deployment = DeploymentId(str(told.get("deployment", "")))
    engineer = instance.accounts.get(AccountId("eng.engineer"))
    applicant = instance.accounts.get(AccountId("ada.applicant"))
    match told["do"]:
        case "live":
            make = partial(specs, folder=told["folder"], seed=told["seed"])
            return str(
                go_live(instance, deployment, engineer, Told(), wait=Wait(WAIT_S), make_specs=make)
            )
        case "enrol":
            built = enrolling.enrol(instance, deployment, Path(told["folder"]), applicant)
            return f"{built.sealed.composition.entries} entries"
        case "cancel":
            applying.cancel(instance, deployment, "its enrolment broke off", applicant)
            return "cancelled"
        case "publish":
            out = instance.home / "published" / deployment
            if out.is_dir():  # the kill came a moment after it was out
                return str(out)
            return str(ending.publish(instance, deployment, applicant, None))
    return "tended"


def main() -> None:
    """Get ready, wait to be told, tend, do it, and say so."""
    home, key = Path(sys.argv[1]), Path(sys.argv[2])
    say("ready")
    told = json.loads(sys.stdin.readline() or "{}")
    if not told:
        return
    clock = LeapingClock(timedelta(seconds=-told["ahead_s"]))
    unlock = partial(InstanceKey.unlock, key_file=key)
    with Instance.open(home, clock=clock, unlock=unlock) as instance:
        tended = tend(instance)
        say("tended", done=tended.done, failed=tended.failed, overdue=instance.overdue)
        try:
            say("done", came=do(instance, told))
        except OvertError as error:
            say("refused", line=error.line)


if __name__ == "__main__":
    main()

"""Does one step of a deployment again and again, each time killed one call of the system later.

    python dying_steps.py FOLDER OPERATION DEPLOYMENT AHEAD_S

FOLDER/start is copied to FOLDER/0, FOLDER/1, … In each copy a process of its own does the
operation and is killed (SIGKILL) before its nth call that changes what is stored. It ends with the
first that lives to finish. Not a test by itself: test_dying_steps.py looks at what is left.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from kill_bed import REASONS, Bed
from overt.live import applying, ending, noticing
from overt.live.caretaker import tend
from overt.live.demo_application import SIGNS, WEB_PAGE
from overt.vocabulary import DeploymentId

if TYPE_CHECKING:
    from collections.abc import Callable


def authorise(bed: Bed, deployment: DeploymentId) -> None:
    applying.authorise(bed.instance, deployment, REASONS, bed.people["otis.authoriser"])


def notice(bed: Bed, deployment: DeploymentId) -> None:
    who, now = bed.people["ada.applicant"].account, bed.clock.now()
    noticing.give_notice(bed.instance, deployment, who, published_at=now, where=[WEB_PAGE])


def confirm(bed: Bed, deployment: DeploymentId) -> None:
    who = bed.people["ada.applicant"].account
    noticing.confirm_signs(bed.instance, deployment, who, places=SIGNS)


def publish(bed: Bed, deployment: DeploymentId) -> None:
    ending.publish(bed.instance, deployment, bed.people["ada.applicant"].account, None)


OPERATIONS: dict[str, Callable[[Bed, DeploymentId], object]] = {
    "authorise": authorise,
    "notice": notice,
    "confirm": confirm,
    "publish": publish,
    "close": lambda bed, deployment: ending.close(
        bed.instance, deployment, bed.people["eng.engineer"]
    ),
    "tend": lambda bed, _deployment: tend(bed.instance),
}


def opened(folder: Path, ahead_s: float) -> Bed:
    """The instance in a folder, its clock where it was."""
    return Bed(folder, folder, random.Random(1), timedelta(seconds=ahead_s))  # noqa: S311


def die_after(calls: int) -> None:
    """Let this process do so many calls that change what is stored, and no more."""
    left = calls

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return call(*args, **kwargs)

        return step

    for name in ("fsync", "rename", "replace", "unlink", "rmdir", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))


def main() -> None:
    folder, operation = Path(sys.argv[1]), OPERATIONS[sys.argv[2]]
    deployment, ahead_s = DeploymentId(sys.argv[3]), float(sys.argv[4])
    for calls in range(1000):
        copy = folder / str(calls)
        shutil.copytree(folder / "start", copy)
        child = os.fork()
        if not child:
            bed = opened(copy, ahead_s)
            die_after(calls)
            operation(bed, deployment)
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        if status == 0:
            return
        if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
            sys.exit(f"after {calls} calls it failed by itself: {status}")
    sys.exit("it never ends")


if __name__ == "__main__":
    main()

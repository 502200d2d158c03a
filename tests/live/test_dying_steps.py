"""Each step of a deployment, killed before each call that stores something, and done again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dying_steps
import pytest
from beds import FIRST, begun, raised, recorded

from overt.live import ending
from overt.live.caretaker import tend
from overt.records.events import CountsTaken
from overt.records.line import read_chain
from overt.records.verify import verify
from overt.vocabulary import Step

if TYPE_CHECKING:
    from kill_bed import Bed
    from overt.vocabulary import DeploymentId

AFTER = {
    "authorise": Step.AUTHORISED,
    "notice": Step.NOTICED,
    "confirm": Step.NOTICED,
    "close": Step.CLOSED,
    "tend": Step.ERASED,
    "publish": Step.PUBLISHED,
}


def prepared(bed: Bed, noticed: DeploymentId, operation: str) -> DeploymentId:
    """A deployment for which the operation is the next step."""
    if operation == "authorise":
        return bed.applied()
    if operation in {"notice", "confirm"}:
        deployment = bed.enrolled()
        if operation == "confirm":
            dying_steps.notice(bed, deployment)
            bed.clock.leap(timedelta(hours=15, minutes=1))
        return deployment
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    recorded(bed, noticed, CountsTaken(9, 9, 0, 0, 1, 0, 0, 0))
    if operation != "close":
        ending.close(bed.instance, noticed, bed.people["eng.engineer"])
        bed.clock.leap(timedelta(hours=23, minutes=55))
    if operation == "publish":
        tend(bed.instance)
    return noticed


@pytest.mark.slow
@pytest.mark.parametrize("operation", list(AFTER))
def test_a_step_that_was_killed_anywhere_can_be_done_again(
    bed: Bed, noticed: DeploymentId, operation: str, tmp_path: Path
) -> None:
    deployment = prepared(bed, noticed, operation)
    shutil.copytree(bed.home, tmp_path / "start" / "h")
    shutil.copy(bed.key, tmp_path / "start" / "k")
    ahead_s = bed.leapt.total_seconds()
    script = Path(dying_steps.__file__)
    done = subprocess.run(
        [sys.executable, script, tmp_path, operation, deployment, str(ahead_s)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    copies = sorted(int(one.name) for one in tmp_path.iterdir() if one.name.isdigit())
    assert len(copies) > 1
    for copy in copies:
        again = dying_steps.opened(tmp_path / str(copy), ahead_s)
        assert tend(again.instance).failed == ()
        history = again.history(deployment)
        if not (history.step is AFTER[operation] and (operation, history.signs) != ("confirm", 0)):
            dying_steps.OPERATIONS[operation](again, deployment)
        if operation == "publish":
            folder = again.home / "published" / deployment
            if not folder.exists():  # the ledger names it already, and a crash came before it
                dying_steps.publish(again, deployment)
            assert verify(folder / ending.LEDGER).ok
            assert [one.name for one in folder.parent.iterdir()] == [deployment]
        assert again.history(deployment).step is AFTER[operation]
        assert again.instance.deployments.get(deployment).step is AFTER[operation]
        assert verify(again.instance.ledger_path(deployment)).ok
        certified = [one.sha256 for one in again.instance.deployments.certificates(deployment)]
        lines = read_chain(again.instance.ledger_path(deployment))
        named = [getattr(line.event, "certificate_sha256", None) for line in lines]
        assert sorted(certified) == sorted(one for one in named if one)
        again.close()

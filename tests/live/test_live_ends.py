"""What ends a live session, with real cameras: the clock, the authority, a full disk (N3, N13)."""

from __future__ import annotations

import resource
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from beds import Session, at_desks

from kill_check import faults
from overt.errors import LedgerFailed
from overt.records.events import EndReason, SessionEnded, SessionHalted
from overt.records.line import read_chain
from overt.records.verify import verify
from overt.vocabulary import DeploymentId, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from kill_bed import Bed

pytestmark = pytest.mark.slow
WAIT_S = 120.0


def until(happens: Callable[[], object]) -> None:
    until_s = time.monotonic() + WAIT_S
    while not happens():
        assert time.monotonic() < until_s, "it did not happen"
        time.sleep(0.05)


@pytest.mark.parametrize("moved_s", [300, -30])
def test_a_clock_that_is_moved_ends_the_session(
    bed: Bed, noticed: DeploymentId, moved_s: int
) -> None:
    session = Session(bed, noticed)
    with at_desks(bed, noticed):
        session.start()
        until(lambda: session.told.cameras_on)
        bed.clock._offset += timedelta(seconds=moved_s)
        session.join(WAIT_S)
    assert session.error is None
    assert "N3: N3: the clock was moved" in session.told.lines[-1]
    history = bed.history(noticed)
    assert history.halted is not None
    assert "N3" in history.halted.split()
    assert history.step is Step.CLOSED


def test_a_clock_set_back_further_than_the_ledger_bears_stops_the_cameras(
    bed: Bed, noticed: DeploymentId
) -> None:
    session = Session(bed, noticed)
    with at_desks(bed, noticed):
        session.start()
        until(lambda: session.told.cameras_on)
        bed.clock._offset -= timedelta(hours=1)
        session.join(WAIT_S)
    assert isinstance(session.error, LedgerFailed)  # N13: it cannot be said, so it stops
    assert "behind the newest line" in session.error.line
    assert bed.history(noticed).session_running  # found broken off, once the clock is right
    bed.clock.leap(timedelta(hours=1))
    assert verify(bed.instance.ledger_path(noticed)).ok


def test_the_end_of_the_authority_ends_the_session(bed: Bed, noticed: DeploymentId) -> None:
    with_authority = bed.history(noticed).authority
    assert with_authority is not None
    ends_at = bed.instance.deployments.get(noticed).ends_at
    session = Session(bed, noticed)
    with at_desks(bed, noticed):
        bed.clock.leap(ends_at - bed.clock.now() - timedelta(seconds=20))
        session.start()
        session.join(WAIT_S)
    assert session.error is None
    assert session.reason is EndReason.AUTHORITY_ENDED  # N3
    lines = list(read_chain(bed.instance.ledger_path(noticed)))
    (ended,) = [line for line in lines if isinstance(line.event, SessionEnded | SessionHalted)]
    assert abs((ended.at - ends_at).total_seconds()) < 10
    assert bed.history(noticed).step is Step.CLOSED


def test_a_full_disk_at_the_ledger_stops_session_and_cameras_loudly(
    bed: Bed, noticed: DeploymentId
) -> None:
    path = bed.instance.ledger_path(noticed)
    host = bed.host()
    with at_desks(bed, noticed) as desks:
        host.tell(**bed.told("live", noticed))
        until(lambda: host.said("raised"))
        until(lambda: bed.found.deeds.counted("acknowledged") > 2)
        full = path.stat().st_size + 100  # the next line does not fit
        resource.prlimit(host.process.pid, resource.RLIMIT_FSIZE, (full, full))
        assert host.finished(WAIT_S)
    refused = host.said("refused")
    assert refused is not None
    assert "cannot be written" in refused["line"]  # N13
    assert host.process.returncode == 0
    assert host.orphans() == []
    host.close()
    assert desks[0].deeds.counted("acknowledged") > 0
    assert bed.history(noticed).session_running  # nothing more could be said
    again = bed.live(noticed, None)  # there is room again
    assert again.said("done") is not None
    assert bed.found.faults == []
    assert bed.history(noticed).step is Step.CLOSED
    assert faults(path, bed.found.deeds.done) == []
    assert verify(path).ok

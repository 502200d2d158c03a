"""What time does by itself, and what a crash left, at the next start (R1, R5, R10, R11, N13)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from beds import (
    EVA,
    FIRST,
    OLU,
    SECOND,
    Session,
    at_desks,
    begun,
    engaged,
    raised,
    recorded,
)

from overt.errors import LedgerFailed, Refusal
from overt.live import applying, ending, tending
from overt.live.alert_pictures import compartment_of
from overt.live.caretaker import tend
from overt.live.keeping import destroy_due, see_overdue
from overt.live.open_deployment import OpenDeployment
from overt.live.tending import Tending
from overt.records import events as e
from overt.records.event import RuleIds
from overt.records.ledger import Ledger
from overt.records.line import read_chain
from overt.records.verify import verify
from overt.store.schema import alerts
from overt.vocabulary import DeploymentId, PromptStatus, Step

if TYPE_CHECKING:
    from kill_bed import Bed
    from overt.records.event import Event
    from overt.vocabulary import AccountId


def events(bed: Bed, deployment: DeploymentId) -> list[Event]:
    return [line.event for line in read_chain(bed.instance.ledger_path(deployment))]


def of(bed: Bed, deployment: DeploymentId, kind: type[Event]) -> list[Event]:
    return [event for event in events(bed, deployment) if isinstance(event, kind)]


def test_a_machine_that_was_off_at_the_hour_destroys_at_its_next_start(
    bed: Bed, noticed: DeploymentId
) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    ending.close(bed.instance, noticed, bed.people["eng.engineer"])
    bed.clock.leap(timedelta(days=3))
    late = see_overdue(bed.instance)  # R10, R11
    assert sorted(line.partition(":")[0] for line in late) == ["R10", "R11", "R11"]
    with pytest.raises(Refusal, match="not destroyed in time"):  # N13: nothing new begins
        bed.authorised()
    said: list[str] = []
    tended = tend(bed.instance, said.append)
    assert tended.failed == ()
    assert sum("too late" in line for line in said) == 3
    assert bed.instance.overdue == ()
    assert bed.instance.vault.compartments() == ()
    history = bed.history(noticed)
    assert history.step is Step.ERASED
    assert history.alerts_waiting == ()
    certified = bed.instance.deployments.certificates(noticed)
    assert sorted(one.kind for one in certified) == ["alert", "texts", "watchlist"]
    findings = verify(bed.instance.ledger_path(noticed)).findings
    assert {one.rule for one in findings} == {"R10", "R11"}  # the record does not hide it
    assert tend(bed.instance).done == ()
    bed.authorised()


def test_an_authority_that_ended_meanwhile_closes_its_broken_session(
    bed: Bed, noticed: DeploymentId
) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    raised(bed, noticed, SECOND)
    engaged(bed, noticed, SECOND)
    bed.clock.leap(timedelta(hours=3))
    (done,) = tend(bed.instance).done
    assert "closed, the authorised time has ended" in done  # N3
    history = bed.history(noticed)
    assert history.step is Step.CLOSED
    assert history.end_reason is e.EndReason.CRASHED
    assert history.alerts[FIRST].status is PromptStatus.EXPIRED  # nobody judged it (R18)
    assert history.owed == (SECOND,)  # the record shows that its outcome is missing (R23)


def test_a_stale_list_cannot_go_live_and_is_given_up(bed: Bed) -> None:
    deployment = bed.noticed(hours_before=23)
    bed.clock.leap(timedelta(hours=1, minutes=5))  # within its window, built 24 hours ago
    session = Session(bed, deployment, wait_s=0)
    session.run()
    assert isinstance(session.error, Refusal)
    assert "24.1 h before the start" in session.error.line  # R5
    assert not session.told.cameras_on
    assert of(bed, deployment, e.WentLive) == []
    tended = tend(bed.instance)
    assert any(deployment in line and "cancelled, the watchlist" in line for line in tended.done)
    assert bed.history(deployment).step is Step.CANCELLED
    bed.clock.leap(timedelta(hours=23, minutes=55))
    tend(bed.instance)
    assert bed.history(deployment).step is Step.ERASED
    assert verify(bed.instance.ledger_path(deployment)).ok


def test_a_deployment_that_never_began_is_passed_over_and_a_lost_ledger_is_not(bed: Bed) -> None:
    deployment = bed.authorised()
    path = bed.instance.ledger_path(deployment)
    content = path.read_bytes()
    path.unlink()
    (failed,) = tend(bed.instance).failed
    assert deployment in failed
    assert "R21" in bed.instance.overdue[0]  # N13: what it keeps is not known
    bed.instance.deployments.set_step(deployment, Step.APPLICATION, bed.clock.now())
    assert tend(bed.instance).failed == ()  # a crash came before its first line
    assert bed.instance.overdue == ()
    path.write_bytes(content)
    assert tend(bed.instance).failed == ()
    assert bed.instance.deployments.get(deployment).step is Step.AUTHORISED


def test_the_index_is_caught_up_from_the_ledger(bed: Bed, noticed: DeploymentId) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST, kept=False)
    with bed.instance.database.begin() as connection:
        connection.execute(alerts.delete())
    bed.instance.deployments.set_step(noticed, Step.NOTICED, bed.clock.now())
    OpenDeployment.take(bed.instance, noticed).close()
    assert bed.instance.deployments.get(noticed).step is Step.LIVE
    row = bed.instance.alerts.get(FIRST)
    assert row.destroy_after - row.raised_at == timedelta(hours=24)
    bed.clock.leap(timedelta(hours=23, minutes=55))
    tend(bed.instance)  # R11: of an alert without pictures too
    assert bed.instance.alerts.get(FIRST).destroyed_at is not None
    assert len(of(bed, noticed, e.AlertDestroyed)) == 1


@pytest.mark.parametrize("last", [e.AlertDestroyed, e.WatchlistDestroyed, e.TextsDestroyed])
def test_a_certificate_that_a_crash_kept_from_the_ledger_is_named_once(
    bed: Bed, noticed: DeploymentId, monkeypatch: pytest.MonkeyPatch, last: type[Event]
) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    ending.close(bed.instance, noticed, bed.people["eng.engineer"])
    bed.clock.leap(timedelta(hours=23, minutes=55))
    append = Ledger.append

    def dying(ledger: Ledger, event: Event, *by: AccountId) -> object:
        if isinstance(event, last):
            msg = "the machine died here"
            raise LedgerFailed(msg)
        return append(ledger, event, *by)

    with monkeypatch.context() as patched, OpenDeployment.take(bed.instance, noticed) as one:
        patched.setattr(Ledger, "append", dying)
        with pytest.raises(LedgerFailed, match="died here"):
            destroy_due(one)
    assert of(bed, noticed, last) == []
    bed.clock.leap(timedelta(minutes=1))
    assert tend(bed.instance).failed == ()
    certified = [one.sha256 for one in bed.instance.deployments.certificates(noticed)]
    destroyed = (e.AlertDestroyed, e.WatchlistDestroyed, e.TextsDestroyed)
    named = [one.certificate_sha256 for one in events(bed, noticed) if isinstance(one, destroyed)]
    assert sorted(certified) == sorted(named)
    assert bed.history(noticed).step is Step.ERASED


def test_a_halted_session_is_closed_and_never_begun_again(bed: Bed, noticed: DeploymentId) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    recorded(bed, noticed, e.SessionHalted(RuleIds("R16")))
    session = Session(bed, noticed)
    session.run()
    assert session.error is None
    assert not session.told.cameras_on  # R16
    assert of(bed, noticed, e.SessionRecovered) == []
    assert bed.history(noticed).step is Step.CLOSED
    assert bed.history(noticed).alerts[FIRST].status is PromptStatus.EXPIRED


def test_an_outcome_that_is_owed_can_be_recorded_after_a_crash_at_the_end(
    bed: Bed, noticed: DeploymentId
) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST, kept=False)
    engaged(bed, noticed, FIRST)
    recorded(bed, noticed, e.SessionEnded(e.EndReason.ORDERED), OLU)
    assert tend(bed.instance).done == ()  # R23: it waits for the officer
    assert bed.history(noticed).step is Step.LIVE
    session = Session(bed, noticed)
    with at_desks(bed, noticed) as desks:
        session.start()
        session.join(60)
    assert session.reason is e.EndReason.ORDERED
    assert not session.told.cameras_on
    assert bed.history(noticed).owed == ()
    (recorded_,) = (line for line in read_chain(bed.instance.ledger_path(noticed))
                    if isinstance(line.event, e.OutcomeRecorded))  # fmt: skip
    assert recorded_.by == EVA
    assert bed.history(noticed).step is Step.CLOSED
    assert desks[0].unseen == 0


def test_an_outcome_that_nobody_records_keeps_a_deployment_open_for_an_hour(
    bed: Bed, noticed: DeploymentId
) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    engaged(bed, noticed, FIRST)
    recorded(bed, noticed, e.SessionEnded(e.EndReason.ORDERED), OLU)
    bed.clock.leap(timedelta(minutes=61))
    (done,) = tend(bed.instance).done
    assert "closed, its session had ended" in done
    assert bed.history(noticed).owed == (FIRST,)


def test_a_live_session_tends_to_itself_and_to_others(
    bed: Bed, noticed: DeploymentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tending, "EVERY_S", 0.1)
    begun(bed, noticed)
    other = bed.authorised()  # 33 hours later
    applying.cancel(bed.instance, other, "nobody comes", bed.people["ada.applicant"].account)
    raised(bed, noticed, FIRST)
    bed.clock.leap(timedelta(hours=23, minutes=55))
    said: list[str] = []
    with OpenDeployment.take(bed.instance, noticed) as one, Tending(one) as tends:
        for _ in range(200):
            tends.second(said.append)
            gone = bed.history(noticed).alerts[FIRST].destroyed
            if gone and any(other in line for line in said):
                break
            tends._stopping.wait(0.05)
    assert bed.history(other).step is Step.ERASED
    assert bed.history(noticed).alerts[FIRST].destroyed  # R11
    assert not bed.instance.vault.exists(compartment_of(noticed, FIRST))
    assert bed.history(noticed).step is Step.LIVE
    assert any(other in line for line in said)
    assert any(noticed in line for line in said)


def test_another_process_cannot_open_what_one_has_in_hand(bed: Bed) -> None:
    deployment = bed.authorised()
    with OpenDeployment.take(bed.instance, deployment):
        before = bed.instance.ledger_path(deployment).read_bytes()
        with pytest.raises(LedgerFailed, match="in use by another process"):
            OpenDeployment.take(bed.instance, deployment)
        assert tend(bed.instance).failed == ()  # whoever has it tends to it
        host = bed.host()
        host.tell(**bed.told("cancel", deployment))
        assert host.finished(60)
        host.close()
        refused = host.said("refused")
        assert refused is not None
        assert "in use by another process" in refused["line"]
        assert bed.instance.ledger_path(deployment).read_bytes() == before

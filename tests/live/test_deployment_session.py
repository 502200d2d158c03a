"""A live deployment: first the ledger, then the state, then the desk; and what ends it.

The instance, list, desks, ledger and worker are real; what the camera sees is the test's.
"""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from desk_moves import AGREE, DIFFER, WEIGHED
from played_session import BO, EVA, OLU, PlayedSession, Prepared, prepare

from overt.errors import LedgerFailed, OvertError, Refusal
from overt.live import alert_pictures
from overt.live.open_deployment import OpenDeployment
from overt.policy import MAX_UNMANNED_S
from overt.records.events import EndReason
from overt.records.verify import verify
from overt.vocabulary import PromptStatus, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.live.desk_client import DeskClient
    from overt.vocabulary import AlertRef

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def session(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedSession]:
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)  # the worker's factory
    folder = Path(tempfile.mkdtemp(prefix="live-"))  # short: a socket's path has few bytes
    played = PlayedSession(folder, prepared)
    yield played
    played.close()
    shutil.rmtree(folder)


def adjudicate(desk: DeskClient, ref: AlertRef, *, possible: bool = True) -> dict[str, Any]:
    form = {
        **WEIGHED,
        "decision": "possible" if possible else "dismissed",
        "ground": AGREE if possible else DIFFER,
    }
    return desk.ask(do="adjudicate", ref=ref, form=form)


def confirm(desk: DeskClient, ref: AlertRef, *, confirmed: bool = True) -> dict[str, Any]:
    form = {
        **WEIGHED,
        "decision": "confirmed" if confirmed else "not-confirmed",
        "ground": AGREE if confirmed else DIFFER,
    }
    return desk.ask(do="confirm", ref=ref, form=form)


def news_of(desk: DeskClient) -> list[dict[str, Any]]:
    """What a desk was told unasked so far."""
    found = []
    while True:
        try:
            one = desk.news.get_nowait()
        except queue.Empty:
            return found
        if one is not None:
            found.append(one)


def test_a_prompt_is_written_down_and_its_pictures_are_in_the_vault_alone(
    session: PlayedSession,
) -> None:
    olu, eva = session.live(OLU, EVA)
    stranger = session.see()
    ref = session.prompt(listed=1)
    (raised,) = [one for one in session.ledger if one["event"] == "PromptRaised"]
    assert raised["body"]["ref"] == ref
    assert raised["body"]["entry"] == session.listed.people[1].entry
    (waiting,) = olu.ask(do="queue")["queue"]
    assert waiting["ref"] == ref
    assert "confirm" not in waiting["may"]
    shown = alert_pictures.look(session.instance.vault, session.deployment, ref)  # R11
    name = str(session.listed.people[1].name)
    assert shown.words["name"] == name
    looks = [shown.listed, *shown.probe, name.encode()]
    looks += [crop.image.tobytes() for crop in stranger.crops]
    looks += [stranger.template.vector.tobytes()]
    for file in session.folder.rglob("*"):  # R9
        if file.is_file():
            content = file.read_bytes()
            assert not any(one in content for one in looks), file
    assert len(cv2.imdecode(np.frombuffer(shown.probe[0], np.uint8), cv2.IMREAD_COLOR)) == 24
    # Whoever looks is recorded, once (R21).
    for _ in range(2):
        assert eva.ask(do="pictures", ref=ref)["words"]["name"] == name
    assert session.events.count("PromptShown") == 1


def test_what_cannot_be_written_is_not_raised(session: PlayedSession) -> None:
    """N13, R21: no picture kept, no desk told, no camera on."""
    olu, _ = session.live(OLU, EVA)
    before = session.break_ledger()
    session.see(listed=0)
    session.ended()
    assert isinstance(session.error, LedgerFailed)
    assert session.error.rule == "N13"
    assert session.raised == []
    assert [one for one in news_of(olu) if one["news"] == "raised"] == []
    assert list(session.instance.alerts.due(session.clock.now())) == []
    assert not any("alert" in name for name in kept_in(session))
    assert session.workers == []
    assert session.path.read_bytes() == before


def kept_in(session: PlayedSession) -> list[str]:
    vault = session.instance.vault_folder
    return [str(path.relative_to(vault)) for path in vault.rglob("*")]


def test_a_decision_that_cannot_be_written_was_not_made(session: PlayedSession) -> None:
    """N13, R12: whoever decided is refused, and a restart finds the prompt undecided."""
    olu, eva = session.live(OLU, EVA)
    ref = session.prompt()
    news_of(eva)
    before = session.break_ledger()
    with pytest.raises(OvertError) as refused:
        adjudicate(olu, ref)
    assert refused.value.rule == "N13"
    session.ended()
    assert isinstance(session.error, LedgerFailed)
    assert session.workers == []
    assert [one for one in news_of(eva) if one.get("ref") == ref] == []
    assert session.path.read_bytes() == before
    with OpenDeployment.take(session.instance, session.deployment) as one:
        assert one.history.alerts[ref].status is PromptStatus.PENDING
        assert one.history.step is Step.LIVE
        assert "OperatorDecided" not in session.events


def test_it_halts_when_false_alerts_are_surely_too_many_and_the_counts_say_so(
    session: PlayedSession,
) -> None:
    """R16: one false alert in one face is surely over 1 in 1,000."""
    olu, eva = session.live(OLU, EVA)
    ref = session.prompt()
    assert adjudicate(olu, ref)["ref"] == ref
    confirm(eva, ref, confirmed=False)
    session.ended()
    assert session.error is None
    events = session.events
    halted = events.index("SessionHalted")
    assert session.ledger[halted]["body"]["rules"] == "R16"
    counts = [one for one in session.ledger[:halted] if one["event"] == "CountsTaken"]
    assert counts, events
    assert counts[-1]["body"]["false_alerts"] == 1
    assert "SessionEnded" not in events
    assert events[-1] == "Checkpointed"
    assert "DeploymentClosed" in events
    assert session.workers == []
    assert verify(session.path).ok
    assert any(one.get("why", "").startswith("R16") for one in news_of(olu))


def test_nobody_confirms_what_they_found_possible_themselves(session: PlayedSession) -> None:
    """R27: not even who may do both, at a desk of their own."""
    bo, _, eva = session.live(BO, OLU, EVA)
    ref = session.prompt()
    adjudicate(bo, ref)
    before = session.ledger
    with pytest.raises(Refusal) as refused:
        confirm(bo, ref)
    assert refused.value.rule == "R27"
    with pytest.raises(Refusal) as refused:
        eva.ask(do="engage", ref=ref)
    assert refused.value.rule == "R27"
    decided = [one for one in session.ledger[len(before) :] if "Decided" in one["event"]]
    assert decided == []
    assert "EngagementBegan" not in session.events
    confirm(eva, ref)
    assert session.events.count("OfficerDecided") == 1


def test_one_person_at_the_desk_is_not_enough_to_start_a_camera(session: PlayedSession) -> None:
    """R27, R12: cameras wait, and stay off."""
    session.thread.start()
    session.sit(BO)
    session.until(lambda: any("R27" in line for line in session.lines))
    assert "WentLive" not in session.events
    assert session.workers == []
    session.sit(OLU)
    session.until(lambda: "WentLive" in session.events)


def test_a_clock_that_was_moved_ends_it(session: PlayedSession) -> None:
    """N3: the gate takes its leave back within a second; that is a halt, with counts."""
    session.live(OLU, EVA)
    session.clock.ahead += timedelta(seconds=30)
    session.ended()
    assert not any("session ends in" in line for line in session.lines)  # at once
    events = session.events
    assert session.ledger[events.index("SessionHalted")]["body"]["rules"] == "N3"
    assert "CountsTaken" in events[: events.index("SessionHalted")]
    assert session.workers == []
    assert "SessionEnded" not in events


def test_it_ends_with_its_authority(session: PlayedSession) -> None:
    """N3: it never extends itself."""
    session.live(OLU, EVA)
    session.clock.advance(2 * 3600)
    session.ended()
    (ended,) = [one for one in session.ledger if one["event"] == "SessionEnded"]
    assert ended["body"]["reason"] == EndReason.AUTHORITY_ENDED
    assert session.reason is EndReason.AUTHORITY_ENDED
    assert "CountsTaken" in session.events[: session.events.index("SessionEnded")]
    assert session.workers == []


def leave(session: PlayedSession, desk: DeskClient) -> None:
    """Sign off, and wait until the session says that somebody is missing."""
    warned = len(session.lines)
    desk.close()
    session.until(lambda: any("session ends in" in one for one in session.lines[warned:]))


def test_a_desk_may_break_off_and_come_back_but_not_stay_away(session: PlayedSession) -> None:
    """R27: a minute, each time anew."""
    _, eva = session.live(OLU, EVA)
    for _ in range(2):
        leave(session, eva)
        session.clock.advance(MAX_UNMANNED_S - 20)
        eva = session.sit(EVA)
        eva.ask(do="queue")
        session.clock.advance(2.0)
        eva.ask(do="queue")
        assert session.thread.is_alive(), session.lines
    leave(session, eva)
    session.clock.advance(MAX_UNMANNED_S + 1)
    session.ended()
    (halted,) = [one for one in session.ledger if one["event"] == "SessionHalted"]
    assert halted["body"]["rules"] == "R27"
    assert session.workers == []


def test_who_is_not_named_gets_no_desk(session: PlayedSession) -> None:
    """R4: the applicant's password is right, and there is no desk for them."""
    session.live(OLU, EVA)
    session.prompt()
    before = session.events
    with pytest.raises(Refusal) as denied:
        session.sit("ada.applicant")
    assert denied.value.rule == "R4"
    assert session.events == before

"""What a session knows when it starts again, and that nothing is counted twice (R16, R18, R21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from beds import FIRST, OLU, begun, raised, recorded

from overt.clock import ManualClock
from overt.live.prompt import Rarity
from overt.live.recorder import counts_of
from overt.live.resuming import said_of, seen_by, state_of
from overt.live.state import SessionState
from overt.live.timeline import Timeline
from overt.records.deployment_record import record_of
from overt.records.events import CountsTaken, PromptShown, SessionRecovered
from overt.records.line import read_chain
from overt.vocabulary import AlertStanding, Role

if TYPE_CHECKING:
    from kill_bed import Bed
    from overt.vocabulary import DeploymentId

COUNTED = CountsTaken(
    faces=9, searched=20, unassessable=1, outside_zone=2, prompts=1, suppressed=3,
    false_alerts=0, frames_dropped=4,
)  # fmt: skip


def test_counts_of_stretches_are_summed_once(bed: Bed, noticed: DeploymentId) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    recorded(bed, noticed, PromptShown(FIRST), OLU)
    recorded(bed, noticed, COUNTED)
    recorded(bed, noticed, SessionRecovered(3))
    history = bed.history(noticed)
    timeline = Timeline.starting(bed.clock)
    state = state_of(history, timeline, {OLU: frozenset({Role.OPERATOR})})
    assert (state.faces, state.sightings, state.prompts, state.suppressed) == (9, 20, 1, 3)
    nothing = counts_of(state, state, outside_zone=0, frames_dropped=0)
    assert (nothing.faces, nothing.searched, nothing.prompts) == (0, 0, 0)
    recorded(bed, noticed, nothing)
    recorded(bed, noticed, COUNTED)
    counted = bed.history(noticed).counted
    assert counted is not None
    assert (counted.faces, counted.searched, counted.frames_dropped) == (18, 40, 8)
    lines = read_chain(bed.instance.ledger_path(noticed))
    assert record_of(lines, interval=lambda _n, _of: (0.0, 1.0)).document["faces"]["seen"] == 18
    assert said_of(history, Rarity((), 5))[FIRST]["similarity"] == 0.98
    assert seen_by(history) == {(FIRST, OLU)}


def test_a_false_alert_of_an_earlier_stretch_is_no_more_than_its_faces() -> None:
    before = SessionState(faces=5)
    after = SessionState(faces=5, standings={AlertStanding.FALSE_CONFIRMED: 1})
    counted = counts_of(after, before, outside_zone=0, frames_dropped=0)
    assert (counted.false_alerts, counted.faces) == (1, 1)


def test_a_prompt_that_was_open_is_open_again_with_its_age(bed: Bed, noticed: DeploymentId) -> None:
    begun(bed, noticed)
    raised(bed, noticed, FIRST)
    clock = ManualClock(bed.history(noticed).alerts[FIRST].captured_at)
    clock.advance(30)
    state = state_of(bed.history(noticed), Timeline.starting(clock), {})
    assert state.desk is not None
    assert [one.captured_s for one in state.desk.open.values()] == [-30.0]
    assert state.desk.raised == 1

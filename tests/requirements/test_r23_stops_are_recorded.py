"""R23: every stop is recorded: duration, whether identity was asked for, force, outcome."""

from __future__ import annotations

import pytest
from desk_moves import (
    ACCEPT,
    CONFIRMED,
    ENGAGE,
    ERIN,
    EVAN,
    IS_THE_PERSON,
    LOSE,
    OLGA,
    OUTCOME,
    POSSIBLE,
    live_session,
    made,
    outcome,
    searched,
)
from told_lines import REFS, decided, document_of, raised
from told_lines import outcome as ended

from overt.errors import BadForm
from overt.live.commands import RecordDecision, RefuseDecision
from overt.live.events import StopAsked, Ticked
from overt.live.step import Rules, SessionState, step
from overt.records.events import EngagementBegan
from overt.review.forms import OutcomeForm, read_form
from overt.values import Similarity
from overt.vocabulary import Disposal, Force, Identity, RecordedSex, SearchOutcome

RULES = Rules(Similarity(0.9), cool_down_s=60)
STOP = ("stop_seconds", "identity_asked", "force", "disposal", "search", "identity", "identity_by")


def engaged() -> SessionState:
    state, _ = step(live_session(), searched(), RULES)
    for by, move in ((OLGA, POSSIBLE), (ERIN, CONFIRMED), (ERIN, ENGAGE)):
        state, _ = step(state, made(by, move), RULES)
    return state


@pytest.mark.parametrize("field", STOP)
def test_a_stop_is_not_recorded_until_each_field_is_answered(field: str) -> None:
    assert OutcomeForm.model_fields[field].is_required()
    with pytest.raises(BadForm, match=field):
        read_form(OutcomeForm, {name: value for name, value in OUTCOME.items() if name != field})


def test_the_closed_lists_cover_what_a_stop_can_come_to() -> None:
    for force in Force:
        assert outcome(force=force).force is force
    for disposal in Disposal:
        assert outcome(disposal=disposal).disposal is disposal
    for search in SearchOutcome:
        assert outcome(search=search).search is search


def test_an_engagement_owes_an_outcome_for_as_long_as_it_takes() -> None:
    state = engaged()
    for at_s in (900.0, 5_000.0, 43_199.0):
        state, commands = step(state, Ticked(at_s), RULES)
        assert commands == ()
        assert state.desk is not None
        assert [one.number for one in state.desk.owed] == [1]


def test_an_engagement_cannot_be_declared_lost() -> None:
    state = engaged()
    after, (command,) = step(state, made(ERIN, LOSE), RULES)
    assert isinstance(command, RefuseDecision)
    assert after == state


@pytest.mark.parametrize("end", [StopAsked("R1", "closed"), Ticked(43_200.0)])
def test_the_end_of_the_session_does_not_end_the_debt(end: StopAsked | Ticked) -> None:
    state, _ = step(engaged(), end, RULES)
    assert state.over is not None
    assert state.desk is not None
    assert [one.outcome_owed for one in state.desk.open.values()] == [True]
    state, (recorded,) = step(state, made(EVAN, ACCEPT, 43_300.0), RULES)  # who takes it over
    state, (recorded, _) = step(state, made(EVAN, IS_THE_PERSON, 43_301.0), RULES)
    assert isinstance(recorded, RecordDecision)
    assert recorded.made.move == IS_THE_PERSON
    assert state.desk is not None
    assert not state.desk.open


def test_the_record_says_of_which_stops_nothing_was_recorded() -> None:
    stopped = [
        one for ref in REFS[:2] for one in (*decided(ref, confirmed=True), EngagementBegan(ref))
    ]
    written = ended(REFS[0], Identity.IS_THE_PERSON, RecordedSex.FEMALE)
    stops = document_of(*raised(*REFS), *stopped, written)["stops"]
    assert (stops["recorded"], stops["outcome_missing"]) == (1, 1)
    assert (stops["seconds_total"], stops["identity_asked"]) == (240, 1)
    assert stops["by_force"] == {"none": 1}

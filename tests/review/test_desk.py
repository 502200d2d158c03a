from __future__ import annotations

import pytest
from desk_moves import (
    ACCEPT,
    AUDREY,
    BOTH,
    CONFIRMED,
    DISMISSED,
    ENGAGE,
    ERIN,
    EVAN,
    IS_THE_PERSON,
    MOVES,
    OLGA,
    OSCAR,
    PEOPLE,
    POSSIBLE,
    STRANGER,
)

from overt.errors import Refusal
from overt.review.desk import Desk
from overt.review.prompt import Move, Prompt
from overt.values import CameraId, EntryId, TrackId
from overt.vocabulary import AccountId, Act, PromptStatus


def desk_with(*captured_s: float) -> Desk:
    desk = Desk(PEOPLE)
    for number, at_s in enumerate(captured_s, start=1):
        camera = CameraId("camera-1")
        desk = desk.put(Prompt(number, EntryId(f"E-{number:04}"), camera, TrackId(number), at_s))
    return desk


def act(desk: Desk, number: int, by: AccountId, move: Move, at_s: float = 1.0) -> Desk:
    return desk.decided(desk.check(number, by, move, at_s))


def test_the_newest_capture_comes_first_with_the_time_it_has_left() -> None:
    queue = desk_with(3.0, 9.0, 6.0).queue(at_s=10.0)
    assert [(one.prompt.number, one.left_s) for one in queue] == [(2, 59), (3, 56), (1, 53)]
    assert desk_with(0.0).queue(at_s=1000.0)[0].left_s == 0


def test_only_who_the_authority_names_and_only_in_their_role() -> None:
    desk = desk_with(0.0)
    for by, move, rule in (
        (STRANGER, POSSIBLE, "R4"),
        (AUDREY, POSSIBLE, "R12"),
        (ERIN, POSSIBLE, "R12"),
        (OLGA, CONFIRMED, "R27"),
        (AUDREY, ENGAGE, "R27"),
    ):
        with pytest.raises(Refusal) as caught:
            desk.check(1, by, move, 1.0)
        assert caught.value.rule == rule
    assert desk == desk_with(0.0)


def test_a_prompt_that_is_not_there_or_has_ended_is_said_so() -> None:
    desk = act(desk_with(0.0), 1, OLGA, POSSIBLE)
    desk = act(desk, 1, ERIN, ACCEPT)
    desk, _ = desk.overdue(500)
    with pytest.raises(Refusal, match="has ended"):
        desk.check(1, ERIN, CONFIRMED, 501)
    with pytest.raises(Refusal, match="there is no prompt 2"):
        desk.check(2, OLGA, POSSIBLE, 1)


def test_what_may_be_done_is_what_is_not_refused() -> None:
    desks = [desk_with(0.0)]
    for by, move in ((OLGA, POSSIBLE), (ERIN, ACCEPT), (ERIN, CONFIRMED), (ERIN, ENGAGE)):
        desks.append(act(desks[-1], 1, by, move))
    desks.append(act(desks[0], 1, BOTH, DISMISSED))
    desks.append(act(desks[0], 1, BOTH, POSSIBLE))
    for desk in desks:
        for by in (*PEOPLE, STRANGER):
            allowed = set()
            for move in MOVES:
                try:
                    desk.check(1, by, move, 1.0)
                except Refusal:
                    continue
                allowed.add(move.act)
            assert desk.acts(1, by) == allowed, (by, desk.open[1])
    assert desks[0].acts(9, OLGA) == frozenset()


def test_the_two_people_of_one_account_are_one() -> None:
    desk = act(desk_with(0.0), 1, BOTH, POSSIBLE)
    assert desk.acts(1, BOTH) == {Act.UNDO}
    assert Act.CONFIRM in desk.acts(1, ERIN)


def test_a_dismissal_stays_until_it_cannot_be_taken_back() -> None:
    desk = act(desk_with(0.0), 1, OLGA, DISMISSED, at_s=2.0)
    assert desk.open[1].status is PromptStatus.DISMISSED
    same, ended = desk.overdue(6.9)
    assert (same, ended) == (desk, ())
    empty, ended = desk.overdue(7.0)
    assert not empty.open
    assert [one.status for one in ended] == [PromptStatus.DISMISSED]


def test_an_outcome_is_owed_past_the_end_of_the_session() -> None:
    desk = desk_with(0.0, 1.0, 2.0)
    for number in (1, 2):
        desk = act(desk, number, OLGA, POSSIBLE)
        desk = act(desk, number, EVAN, CONFIRMED)
    desk = act(desk, 1, EVAN, ENGAGE)
    desk, ended = desk.closed()
    assert {one.number: one.status for one in ended} == {
        2: PromptStatus.LOST,
        3: PromptStatus.EXPIRED,
    }
    assert [one.number for one in desk.owed] == [1]
    assert desk.queue(99_999)[0].owed
    assert not act(desk, 1, EVAN, IS_THE_PERSON, at_s=99_999).open


def test_numbers_follow_one_another() -> None:
    desk = desk_with(0.0)
    with pytest.raises(ValueError, match="does not follow"):
        desk.put(desk.open[1])


def test_another_operator_may_decide_after_an_undo() -> None:
    desk = desk_with(0.0)
    assert Act.DISMISS in desk.acts(1, OSCAR)
    assert desk.pending == 1

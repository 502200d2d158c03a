"""N5: a watchlist serves the one deployment that it was built for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from broken import alone, see_refused
from papers import NOW, facts_of, live

from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import TRANSITIONS, Move
from overt.vocabulary import Kind, Step


@pytest.mark.parametrize("kind", list(Kind))
def test_a_list_of_another_deployment_is_refused(kind: Kind) -> None:
    good = facts_of(kind)
    assert good.watchlist
    other = replace(good.watchlist, deployment="D-20261124-7K3Q9M")
    for asked, facts in ((Asked.GO_LIVE, good), (Asked.STAY_LIVE, live(good))):
        answer = ask(asked, replace(facts, watchlist=other), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("N5",)


def test_a_deployment_goes_live_once() -> None:
    assert [key for key, after in TRANSITIONS.items() if after is Step.LIVE] == [
        (Step.NOTICED, Move.GO_LIVE)
    ]
    after_live = {Step.LIVE, Step.CLOSED, Step.ERASED, Step.PUBLISHED, Step.CANCELLED}
    for (step, _), after in TRANSITIONS.items():
        if step in after_live:
            assert after in after_live - {Step.LIVE}


def test_a_destroyed_list_is_no_list() -> None:
    good = facts_of()
    assert good.watchlist
    answer = ask(
        Asked.GO_LIVE, replace(good, watchlist=replace(good.watchlist, destroyed=True)), NOW
    )
    assert isinstance(answer, Refused)
    assert answer.rules == ("N3",)


@pytest.mark.parametrize("name", alone("N5"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

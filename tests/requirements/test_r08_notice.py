"""R8: notice is published in advance, and the signs stand before the cameras start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from broken import alone, see_refused
from papers import HOUR, NOW, START, facts_of, form_with, live

from overt.authority.facts import Asked, Facts, Permitted, Refused
from overt.authority.gate import ask
from overt.authority.notice import leaflet_text, sign_text
from overt.policy import EU, UK
from overt.vocabulary import Step

GOOD = facts_of()


def noticed(**changes: Any) -> Facts:
    return replace(GOOD, notice=form_with(GOOD.notice, **changes))  # type: ignore[arg-type]


def signs(**changes: Any) -> Facts:
    return replace(GOOD, signs=form_with(GOOD.signs, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, notice=None),
        noticed(published_at=NOW - 11.9 * HOUR),
        noticed(published_at=NOW + HOUR),
        noticed(published_at=START - 40 * HOUR),
        noticed(where=("somewhere else",)),
        noticed(deployment="D-20261125-OTHERS"),
        replace(GOOD, signs=None),
        signs(places=("North door of the station",)),
        signs(confirmed_at=NOW + HOUR),
        signs(confirmed_at=START - 40 * HOUR),
        signs(deployment="D-20261125-OTHERS"),
    ],
)
def test_without_notice_and_signs_no_camera_starts(facts: Facts) -> None:
    answer = ask(Asked.GO_LIVE, facts, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R8",)
    # Nor does one go on.
    gone_on = ask(Asked.STAY_LIVE, live(facts), NOW + HOUR)
    if facts.notice is None or facts.signs is None:
        assert isinstance(gone_on, Refused)


def test_the_lead_is_the_profiles() -> None:
    just = noticed(published_at=NOW - 12 * HOUR)
    assert isinstance(ask(Asked.GO_LIVE, just, NOW), Permitted)
    tight = replace(just, profile=UK.tightened(min_notice_hours=13.0))
    assert isinstance(ask(Asked.GO_LIVE, tight, NOW), Refused)
    assert EU.min_notice_hours > UK.min_notice_hours > 0


def test_sign_and_leaflet_are_there_to_be_printed() -> None:
    assert GOOD.application
    assert GOOD.authority
    for text in (sign_text, leaflet_text):
        words = text(GOOD.application, GOOD.authority)
        assert GOOD.application.place.name in words
        assert GOOD.application.complaints.contact in words  # R22


@pytest.mark.parametrize("name", alone("R8"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)


def test_a_notice_to_come_is_no_notice_however_long_before() -> None:
    assert GOOD.watchlist
    listed = replace(GOOD.watchlist, built_at=START - 20 * HOUR)
    early = noticed(published_at=START - 14 * HOUR)
    early = replace(early, step=Step.ENROLLED, watchlist=listed)
    answer = ask(Asked.GIVE_NOTICE, early, START - 15 * HOUR)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R8",)
    assert isinstance(ask(Asked.GIVE_NOTICE, early, START - 14 * HOUR), Permitted)

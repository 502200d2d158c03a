"""R17: TPIR is measured with volunteers: each pass of one is a search that finds them, or not.

That only consenting volunteers are listed in a trial is N6 (test_n06_*.py).
"""

from __future__ import annotations

from overt.assess.trial import Alert, TrackSpan, score_trial
from overt.assess.truth import Pass
from overt.values import EntryId

ADA, GRACE = EntryId("ada"), EntryId("grace")


def passes(*people: EntryId | None) -> list[Pass]:
    """One after another, ten seconds apart."""
    return [Pass(10.0 * n, 10.0 * n + 2, who) for n, who in enumerate(people)]


def alert(entry: EntryId, on: int, track: int = 0) -> Alert:
    return Alert(entry, 10.0 * on, 10.0 * on + 1, ("gate", track or on))


def tpir(walks: list[Pass], alerts: list[Alert]) -> tuple[int, int]:
    tracks = [TrackSpan(one.start_s, one.end_s, ("gate", n)) for n, one in enumerate(walks)]
    rate = score_trial(walks, alerts, tracks).tpir
    return rate.events, rate.trials


def test_each_pass_of_a_volunteer_is_found_or_missed() -> None:
    walks = passes(ADA, None, GRACE, ADA, None)
    assert tpir(walks, []) == (0, 3)
    assert tpir(walks, [alert(ADA, 0)]) == (1, 3)
    assert tpir(walks, [alert(ADA, 0), alert(ADA, 3)]) == (2, 3)


def test_two_alerts_on_one_pass_find_it_once() -> None:
    assert tpir(passes(ADA, ADA), [alert(ADA, 0, 7), alert(ADA, 0, 8)]) == (1, 2)


def test_a_volunteer_named_as_another_is_not_found() -> None:
    assert tpir(passes(ADA, GRACE), [alert(GRACE, 0)]) == (0, 2)


def test_who_is_on_no_list_counts_for_nothing_in_it() -> None:
    assert tpir(passes(None, None), [alert(ADA, 0)]) == (0, 0)

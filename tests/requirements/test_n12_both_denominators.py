"""N12: never the flattering denominator alone, and zero errors are no proof of none.

R17 and R18 need the same counts: TPIR over passes of listed people, false alerts over faces seen,
false alerts over alerts.
"""

from __future__ import annotations

import pytest

from overt.assess.rates import Rate
from overt.assess.trial import Alert, TrackSpan, score_trial
from overt.assess.truth import Pass
from overt.values import EntryId

ADA, GRACE = EntryId("ada"), EntryId("grace")


def alert(entry: EntryId, at_s: float, track: int) -> Alert:
    return Alert(entry, at_s, at_s + 1, ("camera-1", track))


def test_ten_strangers_one_false_alert_and_one_true() -> None:
    passes = [Pass(0, 2, ADA), *(Pass(10.0 * n, 10.0 * n + 2, None) for n in range(1, 11))]
    tracks = [TrackSpan(one.start_s, one.end_s, ("camera-1", n)) for n, one in enumerate(passes)]
    score = score_trial(passes, [alert(ADA, 0, 0), alert(GRACE, 50, 5)], tracks)
    assert (score.tpir.events, score.tpir.trials) == (1, 1)
    assert (score.fpir.events, score.fpir.trials) == (1, 10)
    assert (score.false_over_alerts.events, score.false_over_alerts.trials) == (1, 2)


def test_zero_errors_give_a_bound_and_no_claim() -> None:
    none = Rate(0, 300)
    assert none.interval()[1] == pytest.approx(1 - 0.025 ** (1 / 300))
    assert "0 of 300" in str(none)
    assert "1.2%" in str(none)


def test_nothing_tried_is_unknown_and_not_zero() -> None:
    assert Rate(0, 0).value is None
    assert Rate(0, 0).interval() == (0, 1)
    assert "unknown" in str(Rate(0, 0))
    assert "%" not in str(Rate(0, 0))


@pytest.mark.parametrize(("events", "trials"), [(8, 42), (10, 3_147_436), (0, 7), (7, 7)])
def test_a_rate_never_stands_without_its_counts(events: int, trials: int) -> None:
    said = str(Rate(events, trials))
    assert said.startswith(f"{events:,} of {trials:,}")
    assert "95%" in said
    assert {"events", "trials", "low95", "high95"} <= set(Rate(events, trials).as_dict)

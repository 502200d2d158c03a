from __future__ import annotations

from overt.assess.rates import Rate
from overt.assess.trial import Alert, TrackSpan, score_trial
from overt.assess.truth import Pass
from overt.values import EntryId

ANN, BOB = EntryId("ann"), EntryId("bob")


def alert(entry: EntryId, start_s: float, end_s: float, track: int = 1) -> Alert:
    return Alert(entry, start_s, end_s, ("camera-1", track))


def span(start_s: float, end_s: float, track: int) -> TrackSpan:
    return TrackSpan(start_s, end_s, ("camera-1", track))


def test_passes_are_counted_and_not_alerts() -> None:
    passes = [Pass(0, 2, ANN), Pass(10, 12, ANN), Pass(20, 22, BOB), Pass(30, 32, None)]
    alerts = [alert(ANN, 0, 1, 1), alert(ANN, 1, 2, 2), alert(BOB, 20, 21, 3)]
    score = score_trial(passes, alerts, [])
    assert score.tpir == Rate(2, 3)
    assert score.fpir == Rate(0, 1)
    assert score.non_mated_unit == "pass"
    assert len(score.true_alerts) == 3
    assert score.false_over_alerts == Rate(0, 3)


def test_the_right_name_at_the_wrong_time_is_false() -> None:
    passes = [Pass(0, 2, ANN), Pass(5, 6, None)]
    score = score_trial(passes, [alert(ANN, 5, 6, 9)], [])
    assert score.tpir == Rate(0, 1)
    assert score.fpir == Rate(1, 1)
    assert score.false_over_alerts == Rate(1, 1)


def test_two_false_alerts_on_one_track_are_one_search() -> None:
    passes = [Pass(0, 2, None), Pass(5, 6, None)]
    score = score_trial(passes, [alert(ANN, 0, 1, 4), alert(BOB, 0, 2, 4)], [])
    assert score.fpir == Rate(1, 2)
    assert len(score.false_alerts) == 2


def test_a_listed_person_named_as_another_is_false_but_no_non_mated_search() -> None:
    passes = [Pass(0, 2, ANN), Pass(50, 51, None)]
    score = score_trial(passes, [alert(BOB, 0, 2, 4)], [])
    assert score.tpir == Rate(0, 1)
    assert score.fpir == Rate(0, 1)
    assert score.false_over_alerts == Rate(1, 1)


def test_without_passers_by_in_the_truth_searched_tracks_are_the_denominator() -> None:
    searched = [span(0, 2, 1), span(0.5, 1.5, 2), span(10, 12, 3), span(20, 21, 4)]
    score = score_trial([Pass(0, 2, ANN)], [alert(ANN, 0, 1, 1), alert(ANN, 10, 12, 3)], searched)
    assert score.non_mated_unit == "track"
    assert score.tpir == Rate(1, 1)
    assert score.fpir == Rate(1, 2)

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.video.timeline import DEFAULT_RATE, MAX_GAP_S, Timeline, believable_rate

STAMPS = st.none() | st.floats(-1e12, 1e12) | st.floats(-2, 2)


def placed(*stamps: float | None, period_s: float = 0.04) -> list[float]:
    timeline = Timeline(period_s)
    return [round(timeline.place(stamp), 6) for stamp in stamps]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([5.0, 5.04, 5.08], [0.0, 0.04, 0.08]),
        ([-0.08, -0.04, 0.0], [0.0, 0.04, 0.08]),
        ([None, None, None], [0.0, 0.04, 0.08]),
        ([None, 7.0, 7.5], [0.0, 0.04, 0.54]),
        ([0.0, None, 0.08], [0.0, 0.04, 0.08]),
        ([0.0, 0.08, 0.04, 0.2], [0.0, 0.08, 0.12, 0.2]),  # two frames in the wrong order
        ([0.0, 0.0, 0.0, 1.0], [0.0, 0.04, 0.08, 1.0]),  # a clock that stuck
        ([9.0, 10.0, 0.0, 0.5], [0.0, 1.0, 1.04, 1.54]),  # a clock set anew
        ([0.0, 60.0], [0.0, 60.0]),  # a gap
        ([0.0, 1e9, 1e9 + 1], [0.0, 0.04, 1.04]),  # nonsense
    ],
)
def test_frames_are_placed(stamps: list[float | None], expected: list[float]) -> None:
    assert placed(*stamps) == pytest.approx(expected)


@given(st.lists(STAMPS, min_size=2, max_size=50), st.floats(1e-3, 10))
def test_time_never_stands_still_or_turns_back(stamps: list[float | None], period: float) -> None:
    timeline = Timeline(period)
    times = [timeline.place(stamp) for stamp in stamps]
    assert times[0] == 0
    assert all(0 < later - earlier <= MAX_GAP_S + period for earlier, later in pairwise(times))


def test_only_a_believable_rate_is_believed() -> None:
    assert believable_rate(None, Fraction(30)) == 30
    assert believable_rate(Fraction(0), Fraction(90_000)) == DEFAULT_RATE
    assert believable_rate(Fraction(1, 10), Fraction(25)) == Fraction(1, 10)

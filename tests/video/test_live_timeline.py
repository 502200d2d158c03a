from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.video.live_timeline import MAX_SKEW_S, LiveTimeline

PERIOD = 0.04
WRAP = 2**32 / 90_000


def placed(stamps: list[float | None], arrivals: list[float] | None = None) -> list[float]:
    """Media times; the frames arrive evenly unless said otherwise."""
    timeline = LiveTimeline()
    arrivals = arrivals or [100 + PERIOD * index for index in range(len(stamps))]
    return [timeline.place(*both) for both in zip(stamps, arrivals, strict=True)]


@pytest.mark.parametrize(
    "stamps",
    [
        [7.0, 7.04, 7.08, 7.12, 7.16],
        [None, None, None, None, None],
        [None, 7.04, 7.08, None, 9000.0],
        [0.0, 0.04, 3600.0, 3600.04, 3600.08],  # the clock was set forward
        [9000.0, 9000.04, 5.0, 5.04, 5.08],  # and back
        [WRAP - 0.04, WRAP, 0.04, 0.08, 0.12],  # or wrapped
        [1.0, 1.0, 1.0, 1.0, 1.0],  # or stuck
        [0.0, 0.04, 0.02, 0.08, 0.12],  # or a frame came in the wrong order
    ],
)
def test_frames_are_placed_as_they_were_taken(stamps: list[float | None]) -> None:
    expected = [index * PERIOD for index in range(5)]
    assert placed(stamps) == pytest.approx(expected, abs=0.0601)
    assert placed(stamps)[:2] == pytest.approx(expected[:2])


def test_uneven_arrival_is_evened_out() -> None:
    stamps: list[float | None] = [PERIOD * index for index in range(50)]
    arrivals = [100 + PERIOD * (index // 10 * 10) for index in range(50)]  # in bursts of ten
    assert placed(stamps, arrivals) == pytest.approx(stamps)


@pytest.mark.parametrize("pace", [0.1, 0.5, 2.0, 25.0, 1000.0])
def test_a_false_rate_is_found_out(pace: float) -> None:
    times = placed([PERIOD * pace * index for index in range(500)])
    for index, time in enumerate(times):
        assert abs(time - index * PERIOD) <= MAX_SKEW_S + PERIOD
    late = [after - before for before, after in pairwise(times[300:])]
    assert late == pytest.approx([PERIOD] * 199, rel=1.5)


def test_a_gap_stays_a_gap() -> None:
    assert placed([0.0, 0.04, 8.04], [100, 100.04, 108.04])[-1] == pytest.approx(8.04)
    assert placed([0.0, 0.04, 0.08], [100, 100.04, 108.04])[-1] == pytest.approx(8.04)


@given(
    st.lists(
        st.tuples(
            st.none() | st.floats(-1e12, 1e12) | st.floats(-3, 3),
            st.floats(0, 5) | st.just(0.0),
        ),
        min_size=2,
        max_size=60,
    )
)
def test_time_never_turns_back_nor_leaves_the_clock(
    steps: list[tuple[float | None, float]],
) -> None:
    arrivals = [sum(step for _, step in steps[: count + 1]) for count in range(len(steps))]
    times = placed([stamp for stamp, _ in steps], arrivals)
    assert times[0] == 0
    assert all(after - before > 0 for before, after in pairwise(times))
    for index, (time, arrival) in enumerate(zip(times, arrivals, strict=True)):
        assert abs(time - (arrival - arrivals[0])) <= MAX_SKEW_S + 0.001 * index + 1e-6

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from overt.assess.rates import Rate


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys_exact_one(counts: tuple[int, int]) -> None:
    events, trials = counts
    wanted = binomtest(events, trials).proportion_ci(0.95, method="exact")
    assert Rate(events, trials).interval() == pytest.approx((wanted.low, wanted.high), abs=1e-9)


def test_zero_events_give_an_upper_bound_and_not_zero() -> None:
    # The "rule of three": about 3 / n.
    low, high = Rate(0, 1_000).interval()
    assert low == 0
    assert high == pytest.approx(3.7 / 1_000, rel=0.01)
    assert str(Rate(0, 1_000)) == "0 of 1,000 (95%: at most 0.37%)"


def test_all_events_give_a_lower_bound_and_not_a_hundred_per_cent() -> None:
    assert str(Rate(5, 5)) == "5 of 5 (95%: at least 47.8%)"


def test_nothing_tried_is_unknown_and_not_zero() -> None:
    rate = Rate(0, 0)
    assert rate.value is None
    assert rate.interval() == (0, 1)
    assert "unknown" in str(rate)


@pytest.mark.parametrize(("events", "trials"), [(-1, 3), (4, 3), (1, -1)])
def test_impossible_counts_are_refused(events: int, trials: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Rate(events, trials)


def test_the_mets_year() -> None:
    # FIGURES.md: 10 false of 2,077 alerts, 3,147,436 faces; 1 in 171,000 to 1 in 656,000.
    low, high = Rate(10, 3_147_436).interval()
    assert 1 / high == pytest.approx(171_000, rel=0.01)
    assert 1 / low == pytest.approx(656_000, rel=0.01)
    assert Rate(10, 2_077).value == pytest.approx(0.0048, abs=5e-5)

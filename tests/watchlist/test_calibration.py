from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BadModel, Misuse, Refusal
from overt.watchlist.calibration import expected_fpir, lowest_fpir, threshold_for

CURVE = [(1e-2, 0.90), (1e-3, 0.92), (1e-4, 0.94), (1e-6, 0.97)]
"""FMR and similarity."""


def fpir_of(fmr: float, entries: int) -> float:
    return 1 - (1 - fmr) ** entries


@pytest.mark.parametrize(("fmr", "similarity"), CURVE)
@pytest.mark.parametrize("entries", [1, 50, 1000])
def test_a_measured_point_is_given_back(fmr: float, similarity: float, entries: int) -> None:
    fpir = fpir_of(fmr, entries)
    assert threshold_for(CURVE, fpir, entries) == pytest.approx(similarity, abs=1e-6)
    assert expected_fpir(CURVE, similarity, entries) == pytest.approx(fpir, rel=1e-6)


def test_between_points_it_is_linear_in_the_logarithm() -> None:
    fmr = math.sqrt(1e-3 * 1e-4)
    assert threshold_for(CURVE, fmr, 1) == pytest.approx((0.92 + 0.94) / 2)
    assert expected_fpir(CURVE, 0.93, 1) == pytest.approx(fmr)


def test_the_order_of_the_points_does_not_matter() -> None:
    assert threshold_for(CURVE[::-1], 0.001, 10) == threshold_for(CURVE, 0.001, 10)


def test_a_tail_that_was_not_measured_is_not_guessed() -> None:
    with pytest.raises(
        Refusal, match=r"R14: .*lowest FPIR .* at this list size is 0.00995"
    ) as caught:
        threshold_for(CURVE, 0.001, 10_000)
    assert caught.value.rule == "R14"
    lowest = lowest_fpir(CURVE, 10_000)
    assert lowest == pytest.approx(1 - (1 - 1e-6) ** 10_000)
    assert threshold_for(CURVE, lowest, 10_000) == pytest.approx(0.97)
    for similarity in (0.9701, 0.8999, float("nan")):
        with pytest.raises(Refusal, match="R14: a similarity of"):
            expected_fpir(CURVE, similarity, 100)


def test_a_laxer_rate_than_was_measured_gets_the_lowest_measured_threshold() -> None:
    assert threshold_for(CURVE, 0.5, 1) == 0.90
    assert expected_fpir(CURVE, 0.90, 1) < 0.5


@pytest.mark.parametrize("fpir", [0, 1, -0.1, 1.5, float("nan")])
def test_a_rate_that_is_none(fpir: float) -> None:
    with pytest.raises(Misuse, match="not between 0 and 1"):
        threshold_for(CURVE, fpir, 10)


@pytest.mark.parametrize("entries", [0, -1])
def test_a_list_of_nobody(entries: int) -> None:
    for call in (
        lambda: threshold_for(CURVE, 0.01, entries),
        lambda: expected_fpir(CURVE, 0.93, entries),
        lambda: lowest_fpir(CURVE, entries),
    ):
        with pytest.raises(Misuse, match="cannot be searched"):
            call()


@pytest.mark.parametrize(
    "curve",
    [
        [],
        [(1e-3, 0.9)],
        [(1e-3, 0.9), (1e-3, 0.8)],
        [(1e-3, 0.9), (1e-4, 0.9)],
        [(1e-3, 0.9), (1e-4, 0.8)],
        [(0.0, 0.9), (1e-4, 0.8)],
        [(1.1, 0.5), (1e-4, 0.8)],
        [(1e-3, 1.5), (1e-2, 0.8)],
        [(1e-3, float("nan")), (1e-2, 0.8)],
        [(float("nan"), 0.9), (1e-2, 0.8)],
    ],
)
def test_a_malformed_curve(curve: list[tuple[float, float]]) -> None:
    with pytest.raises(BadModel, match="R14: the false match curve"):
        threshold_for(curve, 0.01, 10)


@given(st.floats(1e-5, 0.9), st.integers(1, 20_000), st.integers(1, 20_000))
def test_there_and_back_and_monotone(fpir: float, entries: int, more: int) -> None:
    try:
        threshold = threshold_for(CURVE, fpir, entries)
    except Refusal:
        assert fpir < lowest_fpir(CURVE, entries)
        return
    if threshold > 0.90:
        assert expected_fpir(CURVE, threshold, entries) == pytest.approx(fpir, rel=1e-6)
    else:
        assert expected_fpir(CURVE, threshold, entries) <= fpir * (1 + 1e-6)
    longer = entries + more
    assert expected_fpir(CURVE, threshold, longer) >= expected_fpir(CURVE, threshold, entries)


def test_a_rate_of_one_is_a_rate_of_one() -> None:
    assert expected_fpir([(1.0, -1.0), (1e-3, 0.5)], -1.0, 5) == 1.0

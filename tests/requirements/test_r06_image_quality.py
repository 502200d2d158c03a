"""R6: watchlist images are good enough; what falls short is refused, and the bar only rises."""

from __future__ import annotations

import dataclasses

import pytest

from overt.errors import BadConfig
from overt.policy import ENROLMENT_LIMITS, PROBE_LIMITS, QualityLimits

NAMES = [field.name for field in dataclasses.fields(QualityLimits)]


def stricter(name: str, limits: QualityLimits) -> float:
    value: float = getattr(limits, name)
    return value + 1 if name.startswith("min_") else value - 1


def looser(name: str, limits: QualityLimits) -> float:
    value: float = getattr(limits, name)
    return value - 1e-9 if name.startswith("min_") else value + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_can_be_tightened(name: str) -> None:
    bar = stricter(name, ENROLMENT_LIMITS)
    assert getattr(ENROLMENT_LIMITS.tightened(**{name: bar}), name) == bar


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_cannot_be_loosened_however_little(name: str) -> None:
    before = dataclasses.asdict(ENROLMENT_LIMITS)
    with pytest.raises(BadConfig, match=f"R6: {name} = .* is looser than the limit"):
        ENROLMENT_LIMITS.tightened(**{name: looser(name, ENROLMENT_LIMITS)})
    assert dataclasses.asdict(ENROLMENT_LIMITS) == before


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_no_way_round_a_limit(name: str) -> None:
    with pytest.raises(BadConfig):
        ENROLMENT_LIMITS.tightened(**{name: float("nan")})


def test_one_loosened_limit_spoils_the_tightened_rest() -> None:
    with pytest.raises(BadConfig, match="max_yaw_deg"):
        ENROLMENT_LIMITS.tightened(min_inter_eye_px=60, max_yaw_deg=90)


def test_an_unknown_limit_is_refused_by_name() -> None:
    with pytest.raises(BadConfig, match="no quality limit 'min_beauty'"):
        ENROLMENT_LIMITS.tightened(min_beauty=1)


@pytest.mark.parametrize("name", NAMES)
def test_enrolment_asks_at_least_as_much_as_a_probe(name: str) -> None:
    listed, probe = getattr(ENROLMENT_LIMITS, name), getattr(PROBE_LIMITS, name)
    assert listed >= probe if name.startswith("min_") else listed <= probe

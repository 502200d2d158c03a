from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BadConfig
from overt.faces.stillness import LONGEST_S, Stillness
from overt.faces.zone import Zone, zone_of
from overt.values import Box

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
SIZE = (100, 200)


def box_at(x: float, y: float, size: float = 10) -> Box:
    return Box(x - size / 2, y - size / 2, x + size / 2, y + size / 2)


def test_a_face_belongs_to_the_zone_if_its_middle_does() -> None:
    zone = Zone(SQUARE)
    assert zone.holds(box_at(100, 50), SIZE)
    assert zone.holds(box_at(52, 50, size=80), SIZE)
    assert not zone.holds(box_at(48, 50, size=80), SIZE)
    assert not zone.holds(box_at(100, 80), SIZE)


def test_a_notch_is_outside() -> None:
    notched = Zone(((0, 0), (1, 0), (1, 1), (0.5, 0.2), (0, 1)))
    assert notched.holds(box_at(20, 50), SIZE)
    assert not notched.holds(box_at(100, 50), SIZE)


def test_the_region_is_the_zone_and_a_margin_within_the_picture() -> None:
    assert Zone(SQUARE).region(SIZE) == (40, 20, 161, 81)
    assert Zone(((0, 0), (1, 0), (1, 1))).region(SIZE) == (0, 0, 200, 100)


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_region_holds_every_middle_that_the_zone_holds(x: float, y: float) -> None:
    zone = Zone(((0.1, 0.5), (0.4, 0.1), (0.9, 0.6), (0.5, 0.9)))
    box = box_at(x * SIZE[1], y * SIZE[0], 2)
    left, top, right, bottom = zone.region(SIZE)
    if zone.holds(box, SIZE):
        assert left <= x * SIZE[1] <= right
        assert top <= y * SIZE[0] <= bottom


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([], "has 0 corners"),
        ([[0, 0], [1, 1]], "has 2 corners"),
        ([[0, 0], [1, 0], [1, 1.01]], r"outside the picture at \[1, 1.01\]"),
        ([[0, 0], [1, 0], [float("nan"), 1]], "outside the picture"),
        ([[0, 0], [640, 0], [640, 480]], "outside the picture"),
        ([[0, 0], [1, 1], [1, 0], [0, 1]], "crosses or touches itself"),
        ([[0, 0], [1, 0], [1, 1], [0, 0]], "crosses or touches itself"),
        ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], "crosses or touches itself"),
        ([[0, 0], [0.5, 0.5], [1, 1]], "covers 0"),
        ([[0, 0], [0.01, 0], [0, 0.01]], "covers 5e-05"),
        ([[0, i / 100] for i in range(65)], "has 65 corners"),
    ],
)
def test_what_is_no_zone_is_refused(corners: list[list[float]], said: str) -> None:
    with pytest.raises(BadConfig, match=said) as refused:
        zone_of(corners)
    assert refused.value.rule == "R25"


def test_no_corners_at_all_is_the_whole_picture() -> None:
    assert zone_of(None) is None


def noisy(seed: int) -> np.ndarray:
    """A grey 1080p picture with sensor noise of 8 levels."""
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(110, 8, (1080, 1920, 3)), 0, 255).astype(np.uint8)


def test_noise_is_still_and_the_smallest_face_that_matters_is_not() -> None:
    stillness = Stillness()
    assert not stillness.unchanged(noisy(1), 0.0)
    stillness.analysed(noisy(1), 0.0)
    assert stillness.unchanged(noisy(2), 0.1)
    someone = noisy(3)
    someone[503:541, 1001:1033] = 150  # a face with 16 pixels between the eyes, in low contrast
    assert not stillness.unchanged(someone, 0.1)


def test_whatever_it_cannot_see_is_looked_for_soon() -> None:
    stillness = Stillness()
    stillness.analysed(noisy(1), 10.0)
    assert stillness.unchanged(noisy(1), 10.0 + LONGEST_S - 0.01)
    assert not stillness.unchanged(noisy(1), 10.0 + LONGEST_S)
    assert not stillness.unchanged(noisy(1), 9.0)  # a clock that was set back


def test_after_a_face_nothing_is_still() -> None:
    stillness = Stillness()
    stillness.analysed(noisy(1), 0.0)
    stillness.forget()
    assert not stillness.unchanged(noisy(1), 0.1)

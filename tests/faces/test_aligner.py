from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.faces.aligner import align, similarity_transform
from overt.values import Landmarks, Point

FIVE = np.array([(48, 47), (102, 46), (75, 79), (51, 105), (98, 104)], np.float64)


@given(st.floats(0.05, 20), st.floats(-3.1, 3.1), st.floats(-500, 500), st.floats(-500, 500))
def test_a_known_similarity_is_found_exactly(
    scale: float, turn: float, right: float, down: float
) -> None:
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    wanted = np.array([[cos, -sin, right], [sin, cos, down]])
    moved = FIVE @ wanted[:, :2].T + wanted[:, 2]
    assert similarity_transform(FIVE, moved) == pytest.approx(wanted, abs=1e-6 * max(1, scale))


@given(st.integers(0, 2**32 - 1))
def test_no_other_similarity_comes_closer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.normal(size=(5, 2)) * 30, rng.normal(size=(5, 2)) * 30
    best = similarity_transform(source, target)

    def miss(matrix: np.ndarray) -> float:
        return float((((source @ matrix[:, :2].T + matrix[:, 2]) - target) ** 2).sum())

    for _ in range(20):
        a, b, x, y = rng.normal(size=4) * 0.1
        assert miss(best) <= miss(best + np.array([[a, -b, x], [b, a, y]])) + 1e-9


def test_points_that_coincide_do_no_harm() -> None:
    matrix = similarity_transform(np.full((5, 2), 7.0), FIVE)
    assert np.isfinite(matrix).all()
    assert not matrix[:, :2].any()


@pytest.mark.parametrize("scale", [0.15, 0.3, 0.49, 0.51, 1.0, 2.5])
def test_a_smooth_picture_arrives_where_its_landmarks_say(scale: float) -> None:
    """A face that is `scale` chips' resolution: the chip looks the same whatever its size."""
    height = width = round(260 / scale)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    # Colours are functions of the place in the chip, so each chip pixel is known.
    chip_x, chip_y = (x - 20) * scale, (y - 30) * scale
    image = np.stack([chip_x, chip_y, 128 + 0 * x], axis=-1).clip(0, 255).astype(np.uint8)
    points = FIVE / scale + [20, 30]
    landmarks = Landmarks(*(Point(*point) for point in points.tolist()))
    chip = align(image, landmarks, FIVE, 150)
    assert chip.shape == (150, 150, 3)
    wanted_y, wanted_x = np.mgrid[0:150, 0:150]
    inner = np.s_[5:-5, 5:-5]
    assert np.abs(chip[..., 0][inner] - wanted_x[inner]).mean() < 1.0
    assert np.abs(chip[..., 1][inner] - wanted_y[inner]).mean() < 1.0


def test_shrinking_averages_instead_of_skipping() -> None:
    stripes = np.zeros((2000, 2000, 3), np.uint8)
    stripes[:, ::2] = 255  # finer than the chip can show: must turn grey
    landmarks = Landmarks(*(Point(*point) for point in (FIVE * 10).tolist()))
    chip = align(stripes, landmarks, FIVE, 150)
    assert 100 < chip[20:-20, 20:-20].mean() < 155
    assert chip[20:-20, 20:-20].std() < 20
    bare = cv2.warpAffine(stripes, np.array([[0.1, 0, 0], [0, 0.1, 0]]), (150, 150))
    assert bare[20:-20, 20:-20].mean() in (0, 255)  # what warping alone would make of it


def test_a_face_at_the_edge_is_filled_with_black() -> None:
    image = np.full((100, 100, 3), 200, np.uint8)
    landmarks = Landmarks(*(Point(x - 60, y) for x, y in FIVE.tolist()))
    chip = align(image, landmarks, FIVE, 150)
    assert chip[75, 10].tolist() == [0, 0, 0]
    assert chip[75, 100].tolist() == [200, 200, 200]

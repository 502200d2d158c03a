from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from overt.faces import crop
from overt.faces.crop import cut_out
from overt.values import Box, Face, Landmarks, Point
from overt.watchlist.picture import (
    MAX_PICTURE_BYTES,
    PICTURE_MARGIN,
    PICTURE_PX,
    portrait,
)

NOWHERE = Point(0, 0)


def face(left: float, top: float, width: float, height: float) -> Face:
    box = Box(left, top, left + width, top + height)
    return Face(box, Landmarks(NOWHERE, NOWHERE, NOWHERE, NOWHERE, NOWHERE), 0.9)


def shown(jpeg: bytes) -> np.ndarray:
    picture = Image.open(BytesIO(jpeg))
    assert picture.format == "JPEG"
    return np.asarray(picture)


def still(size: tuple[int, int] = (400, 300)) -> np.ndarray:
    """A smooth picture that is different everywhere."""
    y, x = np.mgrid[: size[0], : size[1]]
    return np.stack([x % 256, y % 256, (x + y) % 256], axis=2).astype(np.uint8)


def test_it_is_cut_as_a_probes_picture_is() -> None:
    # R12: two pictures side by side at one scale, or the eye compares the crops.
    assert (PICTURE_PX, PICTURE_MARGIN) == (crop.CROP_PX, crop.CROP_MARGIN)
    image = still((800, 700))
    one = face(200.4, 180.2, 240, 300)
    mine, theirs = shown(portrait(image, one, ())), cut_out(image, one)
    assert abs(mine.shape[0] - theirs.shape[0]) <= 1
    assert abs(mine.shape[1] - theirs.shape[1]) <= 1
    height, width = min(mine.shape[0], theirs.shape[0]), min(mine.shape[1], theirs.shape[1])
    apart = np.abs(mine[:height, :width].astype(int) - theirs[:height, :width].astype(int))
    assert np.median(apart) <= 4


@pytest.mark.parametrize("size", [30, 200])
def test_size_and_eye_line_do_not_depend_on_the_still(size: int) -> None:
    image = np.full((400, 400, 3), 200, np.uint8)
    middle = face(100, 100, size, size)
    corner = face(0, 0, size, size)
    picture = shown(portrait(image, corner, ()))
    assert picture.shape == shown(portrait(image, middle, ())).shape
    assert max(picture.shape) == PICTURE_PX
    # Outside of the still it is grey: the face begins where it always does.
    begins = round(PICTURE_MARGIN / (1 + 2 * PICTURE_MARGIN) * PICTURE_PX)
    assert abs(int(picture[128, begins - 12, 0]) - 128) < 12
    assert abs(int(picture[128, begins + 12, 0]) - 200) < 12


def test_other_faces_are_blurred_and_the_persons_own_is_not() -> None:
    # R9: whoever else is in the still is nobody's business.
    board = (np.indices((400, 400)).sum(axis=0) // 4 % 2 * 255).astype(np.uint8)
    image = np.repeat(board[..., None], 3, axis=2)
    one, beside = face(100, 100, 100, 100), face(205, 100, 60, 100)
    before = shown(portrait(image, one, ()))
    after = shown(portrait(image, one, [beside]))
    scale = PICTURE_PX / 171
    y, x = round(85 * scale), round((235 - 65 - 10) * scale)
    assert before[y - 8 : y + 8, x - 8 : x + 4].std() > 60
    assert after[y - 8 : y + 8, x - 8 : x + 4].std() < 10
    own = slice(round(40 * scale), round(130 * scale))
    apart = np.abs(before[own, own].astype(int) - after[own, own].astype(int))
    assert np.median(apart) < 20  # JPEG's doing


def test_it_stays_small_whatever_it_shows() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (500, 500, 3), np.uint8)
    jpeg = portrait(noise, face(100, 100, 250, 250), ())
    assert len(jpeg) <= MAX_PICTURE_BYTES
    assert max(shown(jpeg).shape) == PICTURE_PX
    smooth = cv2.GaussianBlur(noise, (31, 31), 0)
    assert len(portrait(smooth, face(100, 100, 250, 250), ())) < MAX_PICTURE_BYTES // 2


def test_it_carries_no_metadata() -> None:
    picture = Image.open(BytesIO(portrait(still(), face(50, 50, 100, 100), ())))
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("box", [(-500, -500, 10, 10), (0, 0, 0.2, 0.2), (390, 290, 400, 400)])
def test_a_box_anywhere_gives_a_picture(box: tuple[float, float, float, float]) -> None:
    jpeg = portrait(still(), face(*box), [face(*box), face(-9, -9, 3, 3)])
    assert max(shown(jpeg).shape) == PICTURE_PX

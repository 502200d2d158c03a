from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from overt.faces.quality import assess, head_pose, sharpness_of
from overt.policy import PROBE_LIMITS
from overt.values import Box, Face, Landmarks, Point, Problem

# A head in eye distances: x right, y down, z toward the camera. The nose stands out.
HEAD = np.array(
    [(-0.5, 0, 0), (0.5, 0, 0), (0, 0.604, 0.6), (-0.43, 1.06, 0), (0.43, 1.06, 0)], np.float64
)


def landmarks(
    yaw: float = 0, pitch: float = 0, roll: float = 0, size: float = 60, at: float = 200
) -> Landmarks:
    a, b, c = np.radians([yaw, pitch, roll])
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    nod = np.array([[1, 0, 0], [0, np.cos(b), np.sin(b)], [0, -np.sin(b), np.cos(b)]])
    tip = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    seen = (HEAD @ (tip @ nod @ turn).T)[:, :2] * size + at
    return Landmarks(*(Point(x, y) for x, y in seen.tolist()))


def face(marks: Landmarks) -> Face:
    return Face(Box(100, 100, 300, 320), marks, 0.9)


def chip(mean: float = 120, spread: float = 40, blur: float = 1.5) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(150, 150))
    grey = cv2.GaussianBlur(noise, (0, 0), blur)
    grey = grey / grey.std() * spread + mean
    return np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("degrees", [-40, -20, 0, 20, 40])
def test_pose_is_told_from_five_points(degrees: float) -> None:
    assert head_pose(landmarks(yaw=degrees))[0] == pytest.approx(degrees, abs=4)
    assert head_pose(landmarks(pitch=degrees))[1] == pytest.approx(degrees, abs=12)
    assert head_pose(landmarks(roll=degrees))[2] == pytest.approx(degrees, abs=1)
    assert head_pose(landmarks(roll=degrees))[0] == pytest.approx(0, abs=1)


def test_points_that_make_no_face_are_turned_away() -> None:
    same = Landmarks(*[Point(5.0, 5.0)] * 5)
    assert head_pose(same)[:2] == (90, 90)


def test_sharpness_falls_with_blur_and_not_with_light() -> None:
    grey = chip()[..., 0]
    blurred = [cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (0.8, 1.6, 3.2)]
    values = [sharpness_of(picture) for picture in [grey, *blurred]]
    assert values == sorted(values, reverse=True)
    assert values[0] > 2 * values[-1]
    dimmer = (grey.astype(np.float32) * 0.5 + 10).astype(np.uint8)
    assert sharpness_of(dimmer) == pytest.approx(sharpness_of(grey), rel=0.1)


def test_a_flat_picture_has_no_sharpness() -> None:
    assert sharpness_of(np.full((96, 96), 77, np.uint8)) == 0


def test_a_good_face_has_no_problem_and_a_score_near_one() -> None:
    quality = assess(face(landmarks()), chip(), (600, 600), PROBE_LIMITS)
    assert quality.assessable
    assert quality.score > 0.9


BAD = {
    Problem.TOO_SMALL: (landmarks(size=10), chip()),
    Problem.TURNED: (landmarks(yaw=65), chip()),
    Problem.TILTED: (landmarks(pitch=60), chip()),
    Problem.ROLLED: (landmarks(roll=60), chip()),
    Problem.BLURRED: (landmarks(), chip(blur=20)),
    Problem.TOO_DARK: (landmarks(), chip(mean=15, spread=5)),
    Problem.TOO_BRIGHT: (landmarks(), chip(mean=250, spread=3)),
    Problem.LOW_CONTRAST: (landmarks(), chip(spread=2)),
    Problem.CUT_OFF: (landmarks(at=10), chip()),
}


@pytest.mark.parametrize("problem", BAD)
def test_each_problem_is_named(problem: Problem) -> None:
    marks, picture = BAD[problem]
    quality = assess(face(marks), picture, (600, 600), PROBE_LIMITS)
    assert problem in quality.problems
    assert not quality.assessable


def test_every_problem_has_a_case() -> None:
    assert set(BAD) == set(Problem)


@pytest.mark.parametrize(
    "worse",
    [{"marks": landmarks(yaw=30)}, {"marks": landmarks(size=30)}, {"blur": 3.0}],
    ids=["turned", "smaller", "blurred"],
)
def test_the_score_orders_frames(worse: dict[str, object]) -> None:
    good = assess(face(landmarks()), chip(), (600, 600), PROBE_LIMITS)
    marks = worse.get("marks", landmarks())
    assert isinstance(marks, Landmarks)
    picture = chip(blur=6) if "blur" in worse else chip()
    assert assess(face(marks), picture, (600, 600), PROBE_LIMITS).score < good.score


def test_limits_are_those_given() -> None:
    strict = replace(PROBE_LIMITS, min_inter_eye_px=70)
    quality = assess(face(landmarks(size=60)), chip(), (600, 600), strict)
    assert quality.problems == (Problem.TOO_SMALL,)

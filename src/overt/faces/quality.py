"""What a picture of a face is worth, from its landmarks and its grey levels.

Nothing here looks at who or what kind of person it is (N7). The estimates are coarse and
meant to order the frames of one track and to refuse what cannot be assessed.
"""

from __future__ import annotations

from math import atan, atan2, cos, degrees, hypot, radians, sin
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.policy import WANTED_INTER_EYE_PX
from overt.values import Problem, Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.policy import QualityLimits
    from overt.values import Face, Landmarks

NOSE_DEPTH = 0.6
"""How far the nose's tip stands before the eyes, in distances between the eyes."""
NOSE_DROP = 0.57
"""Where the nose's tip lies between eye line and mouth line, in a level face."""
MOUTH_DROP = 1.06
"""From eye line to mouth line, in distances between the eyes."""
MEASURE_PX = 96
"""Side of the grey square on which sharpness is measured, whatever the recogniser's chip."""
NOISE_PX = 1.0
"""Standard deviation of the smoothing before detail is measured, pixels."""
GOOD_SHARPNESS = 0.09
"""Sharpness from which more does not help."""


def head_pose(landmarks: Landmarks) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, from five points and an average head.

    With the nose a depth d before the eyes, a turn by y moves it sideways by d·tan(y) of the
    (foreshortened) distance between the eyes; likewise up and down.
    """
    left, right, nose, mouth_left, mouth_right = landmarks.points
    roll = atan2(right.y - left.y, right.x - left.x)
    eyes = ((left.x + right.x) / 2, (left.y + right.y) / 2)
    mouth = ((mouth_left.x + mouth_right.x) / 2, (mouth_left.y + mouth_right.y) / 2)
    apart = hypot(right.x - left.x, right.y - left.y)

    def upright(point: tuple[float, float]) -> tuple[float, float]:
        dx, dy = point[0] - eyes[0], point[1] - eyes[1]
        return dx * cos(roll) + dy * sin(roll), dy * cos(roll) - dx * sin(roll)

    nose_x, nose_y = upright((nose.x, nose.y))
    mouth_x, mouth_y = upright(mouth)
    if apart <= 0 or mouth_y <= 0:
        return 90.0, 90.0, degrees(roll)
    sideways = (nose_x - mouth_x * NOSE_DROP) / apart
    down = (nose_y / mouth_y - NOSE_DROP) * MOUTH_DROP
    return degrees(atan(sideways / NOSE_DEPTH)), degrees(atan(down / NOSE_DEPTH)), degrees(roll)


def sharpness_of(grey: NDArray[np.uint8]) -> float:
    """Detail per contrast: mean size of the Laplacian over the standard deviation.

    Independent of brightness and contrast. On a face brought to `MEASURE_PX` it falls both
    with blur and with too few pixels. In the middle, 0.08 for press photographs of 42 pixels
    between the eyes, 0.04 for passers-by of 24, and 0.02 for those photographs blurred by a
    Gaussian of 4 pixels.

    Args:
        grey: (h, w) uint8.
    """
    # Smoothed first, so that sensor noise and rounding do not pass for detail.
    levels = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), NOISE_PX), np.float32)
    _, spread = _mean_and_spread(levels)
    if spread < 1:
        return 0.0
    return cv2.norm(cv2.Laplacian(levels, cv2.CV_32F), cv2.NORM_L1) / levels.size / spread


def _mean_and_spread(levels: NDArray[np.uint8] | NDArray[np.float32]) -> tuple[float, float]:
    """Mean and standard deviation of (h, w) levels."""
    mean, spread = cv2.meanStdDev(levels)
    return float(mean[0, 0]), float(spread[0, 0])


def assess(
    face: Face, chip: NDArray[np.uint8], frame_size: tuple[int, int], limits: QualityLimits
) -> Quality:
    """Judge one face.

    Args:
        face: as detected.
        chip: (n, n, 3) uint8 RGB, aligned.
        frame_size: height and width of the picture it was found in.
        limits: what it must meet.

    Returns:
        The figures, a score for ordering, and every limit it misses.
    """
    side = chip.shape[0]
    border = side // 5
    whole = cv2.cvtColor(
        chip[border : side - border // 2, border : side - border], cv2.COLOR_RGB2GRAY
    )
    size = (MEASURE_PX, MEASURE_PX)
    grey = np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)
    yaw, pitch, roll = head_pose(face.landmarks)
    inter_eye = face.landmarks.inter_eye_px
    sharpness, (brightness, contrast) = sharpness_of(grey), _mean_and_spread(grey)
    height, width = frame_size
    outside = any(not (0 <= x < width and 0 <= y < height) for x, y in face.landmarks.points)
    checks = (
        (inter_eye < limits.min_inter_eye_px, Problem.TOO_SMALL),
        (abs(yaw) > limits.max_yaw_deg, Problem.TURNED),
        (abs(pitch) > limits.max_pitch_deg, Problem.TILTED),
        (abs(roll) > limits.max_roll_deg, Problem.ROLLED),
        (sharpness < limits.min_sharpness, Problem.BLURRED),
        (brightness < limits.min_brightness, Problem.TOO_DARK),
        (brightness > limits.max_brightness, Problem.TOO_BRIGHT),
        (contrast < limits.min_contrast, Problem.LOW_CONTRAST),
        (outside, Problem.CUT_OFF),
    )
    return Quality(
        inter_eye_px=inter_eye,
        yaw_deg=yaw,
        pitch_deg=pitch,
        roll_deg=roll,
        sharpness=sharpness,
        brightness=brightness,
        contrast=contrast,
        score=_score(inter_eye, yaw, pitch, sharpness),
        problems=tuple(problem for missed, problem in checks if missed),
    )


def promised_score(landmarks: Landmarks) -> float:
    """The score that a face would have if it were perfectly sharp: known before it is cut out."""
    yaw, pitch, _ = head_pose(landmarks)
    return _promised(landmarks.inter_eye_px, yaw, pitch)


def _score(inter_eye: float, yaw: float, pitch: float, sharpness: float) -> float:
    """Product of four saturating terms, each 0 to 1, so that one fault cannot be made up for."""
    return _promised(inter_eye, yaw, pitch) * min(1.0, sharpness / GOOD_SHARPNESS)


def _promised(inter_eye: float, yaw: float, pitch: float) -> float:
    size = min(1.0, inter_eye / WANTED_INTER_EYE_PX)
    return size * max(0.0, cos(radians(yaw))) ** 2 * max(0.0, cos(radians(pitch)))

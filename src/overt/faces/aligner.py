"""Face → chip: a similarity transform that puts five landmarks where the recogniser wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.values import Landmarks

SHRINK_FIRST_BELOW = 0.5
"""Scale below which the surroundings are averaged down before warping, against aliasing."""


def similarity_transform(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The rotation, even scale and shift that bring points closest to others.

    Least squares after Umeyama (1991), "Least-squares estimation of transformation parameters
    between two point patterns", in two dimensions without reflection.

    Args:
        source: (n, 2) points.
        target: (n, 2) points.

    Returns:
        (2, 3) matrix that maps source to target. Points that all coincide give a scale of 0.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    a, b = source - source_mean, target - target_mean
    spread = float((a * a).sum())
    if spread < 1e-12:  # noqa: PLR2004 - no two points apart: nothing to rotate
        return np.hstack([np.zeros((2, 2)), target_mean[:, None]])
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.hstack([turn, (target_mean - turn @ source_mean)[:, None]])


def align(
    image: NDArray[np.uint8], landmarks: Landmarks, points: NDArray[np.float64], chip_px: int
) -> NDArray[np.uint8]:
    """Cut one face out of a picture, upright and at the recogniser's size.

    Args:
        image: (h, w, 3) uint8 RGB.
        landmarks: the face's five points in the picture.
        points: (5, 2) where they go in the chip, pixels.
        chip_px: side of the square chip.

    Returns:
        (chip_px, chip_px, 3) uint8 RGB. What lies outside the picture is black.
    """
    matrix = similarity_transform(np.array(landmarks.points, np.float64), points)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if 0 < scale < SHRINK_FIRST_BELOW:
        image, matrix = _shrunk(image, matrix, chip_px, scale)
    chip = cv2.warpAffine(image, matrix, (chip_px, chip_px), flags=cv2.INTER_LINEAR)
    return np.asarray(chip, np.uint8)


def _shrunk(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], chip_px: int, scale: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of the picture under the chip, averaged down, and the matrix to match."""
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [chip_px, 0, 1], [0, chip_px, 1], [chip_px, chip_px, 1]])
    reach = corners @ back.T
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(reach.min(axis=0)).astype(int) - 2, 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(reach.max(axis=0)).astype(int) + 2, 1, (width, height))
    part = image[top : max(bottom, top + 1), left : max(right, left + 1)]
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    step = np.array([part.shape[1] / size[0], part.shape[0] / size[1]])
    # A pixel's centre is at +0.5: (x_small + 0.5) * step - 0.5 + corner = x
    shift = (step - 1) / 2 + np.array([left, top])
    return np.asarray(small, np.uint8), np.hstack(
        [matrix[:, :2] * step, (matrix[:, :2] @ shift + matrix[:, 2])[:, None]]
    )

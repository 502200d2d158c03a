"""Landmarks without pose, and splines that carry images and displacements between faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

Floats = NDArray[np.float64]

INTER_EYE = 52.0  # px of the canonical face: a little above the photographs' 43
GRID = 8  # px between the nodes of the shape grid
GRID_LEFT, GRID_TOP, GRID_W, GRID_H = -112, -136, 29, 41  # the grid, in the shape's coordinates
EYES = ([33, 133], [362, 263])
MIRROR_FROM = [33, 133, 61, 234, 10, 152, 1, 362, 263, 291, 454]
MIRROR_TO = [263, 362, 291, 454, 10, 152, 1, 133, 33, 61, 234]


@dataclass
class Shapes:
    """Landmarks with the pose taken out."""

    mean: Floats
    """(468, 3), mirror-symmetric, `INTER_EYE` between the eyes, x right, y down, z away."""
    pairs: NDArray[np.int64]
    """(468,) the landmark on the other side."""
    all: Floats
    """(n, 468, 3) aligned to the mean by a similarity in three dimensions."""
    angles: Floats
    """(n, 3) yaw, pitch and roll in degrees, relative to the mean."""


def similarity(source: Floats, target: Floats) -> tuple[float, Floats, Floats, Floats]:
    """Umeyama's least-squares similarity: scale, rotation, both means."""
    a, b = source - source.mean(0), target - target.mean(0)
    u, s, vt = np.linalg.svd(a.T @ b)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    return (
        float(np.trace(np.diag(s) @ flip) / (a**2).sum()),
        u @ flip @ vt,
        source.mean(0),
        target.mean(0),
    )


def moved(source: Floats, target: Floats) -> Floats:
    """`source` laid on `target`."""
    scale, rotation, m, n = similarity(source, target)
    return scale * (source - m) @ rotation + n


def align(points: Floats) -> Shapes:
    """Generalised Procrustes in three dimensions, to a mirror-symmetric mean."""
    mean = points[0] - points[0].mean(0)
    for _ in range(5):
        mean = np.stack([moved(p, mean) for p in points]).mean(0)
        mean *= INTER_EYE / np.linalg.norm(mean[EYES[1]].mean(0) - mean[EYES[0]].mean(0))
        mean -= mean.mean(0)
    mirrored = mean * [-1, 1, 1]
    scale, rotation, m, n = similarity(mirrored[MIRROR_FROM], mean[MIRROR_TO])
    mirrored = scale * (mirrored - m) @ rotation + n
    for _ in range(4):
        pairs = linear_sum_assignment(cdist(mirrored, mean) ** 2)[1]
        mirrored = moved(mirrored, mean[pairs])
    mean = (mean + moved((mean * [-1, 1, 1])[pairs], mean)) / 2
    for _ in range(10):
        mean = (mean + (mean * [-1, 1, 1])[pairs]) / 2
    shapes, angles = [], []
    for p in points:
        r = similarity(p, mean)[1]
        shapes.append(moved(p, mean))
        angles.append(
            (
                np.degrees(np.arctan2(r[2, 0], r[2, 2])),
                np.degrees(np.arcsin(np.clip(-r[2, 1], -1, 1))),
                np.degrees(np.arctan2(r[1, 0], r[0, 0])),
            )
        )
    return Shapes(mean, pairs, np.stack(shapes), np.array(angles))


def spline(controls: Floats, queries: Floats, smoothing: float) -> Floats:
    """(queries, controls) weights of the smoothing thin-plate spline, linear in its values."""
    n = len(controls)
    ones = np.c_[np.ones(n), controls]

    def kernel(squared: Floats) -> Floats:
        return 0.5 * squared * np.log(squared + 1e-12)

    system = np.block(
        [
            [kernel(cdist(controls, controls) ** 2) + smoothing * np.eye(n), ones],
            [ones.T, np.zeros((3, 3))],
        ]
    )
    rows = np.c_[kernel(cdist(queries, controls) ** 2), np.ones(len(queries)), queries]
    return np.asarray((rows @ np.linalg.inv(system))[:, :n])


def grid(shapes: Shapes, vectors: Floats) -> tuple[Floats, Floats]:
    """Displacements of landmarks carried to a grid over the whole head, fading away from the face.

    Args:
        shapes: whose mean the displacements start from.
        vectors: (k, 468 * 3) displacements.

    Returns:
        (k, nodes, 3) displacements, and (nodes,) depth of the mean head.
    """
    xs, ys = np.meshgrid(np.arange(GRID_W) * GRID + GRID_LEFT, np.arange(GRID_H) * GRID + GRID_TOP)
    nodes = np.stack([xs.ravel(), ys.ravel()], 1).astype(float)
    flat = shapes.mean[:, :2]
    pulled = np.clip(nodes, flat.min(0) * 1.12, flat.max(0) * 1.12)
    near = spline(flat, pulled, 20.0)
    fade = np.exp(-((np.hypot(*(nodes - pulled).T) / 60.0) ** 2))[:, None]
    depth = np.minimum((spline(flat, nodes, 20.0) @ shapes.mean)[:, 2], 62.0)
    return np.stack([near @ v.reshape(-1, 3) * fade for v in vectors]), depth

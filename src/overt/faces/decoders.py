"""How each kind of detector's output becomes boxes, landmarks and confidences.

Sources of the encodings: CenterFace (Xu et al. 2020), YuNet (Wu et al. 2023), SCRFD
(Guo et al. 2021); each re-derived from the papers and checked against the graphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BadModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Arrays = Sequence[NDArray[np.float32]]

MAX_CANDIDATES = 2_000
"""The most confident cells kept before suppression: bounds the time a hostile picture takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Faces in the network's own pixels, as arrays."""

    boxes: NDArray[np.float32]
    """(n, 4) left, top, right, bottom."""
    points: NDArray[np.float32]
    """(n, 5, 2) x, y of eyes, nose, mouth corners; image left first."""
    confidences: NDArray[np.float32]
    """(n,) 0 to 1."""

    def __getitem__(self, index: NDArray[np.intp]) -> Detections:
        return Detections(self.boxes[index], self.points[index], self.confidences[index])


def decode_centerface(outputs: Arrays, size: tuple[int, int], least: float) -> Detections:
    """CenterFace: a heat map at stride 4 with log sizes, centre offsets and landmarks.

    Args:
        outputs: heat map (1, 1, h, w), log scale (1, 2, h, w) as (height, width), offset
            (1, 2, h, w) as (y, x), landmarks (1, 10, h, w) as five (y, x) in box sizes
            from the box's corner.
        size: height and width of the network's input.
        least: confidence below which cells are dropped.
    """
    heat, log_size, offset, marks = (array[0] for array in outputs)
    if tuple(heat.shape[1:]) != (size[0] // 4, size[1] // 4):
        msg = f"the CenterFace graph gave a heat map of {heat.shape[1:]} for an input of {size}"
        raise BadModel(msg, advice="Check the pack with `overt models check`.")
    rows, columns = _most_confident(heat[0], least)
    confidence = heat[0, rows, columns]
    height, width = np.exp(np.minimum(log_size[:, rows, columns], 10)) * 4
    top = (rows + offset[0, rows, columns] + 0.5) * 4 - height / 2
    left = (columns + offset[1, rows, columns] + 0.5) * 4 - width / 2
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    pairs = marks[:, rows, columns].reshape(5, 2, -1)
    points = np.stack([pairs[:, 1] * width + left, pairs[:, 0] * height + top], axis=-1)
    return Detections(
        boxes.astype(np.float32), points.transpose(1, 0, 2).astype(np.float32), confidence
    )


def decode_yunet(outputs: Arrays, size: tuple[int, int], least: float) -> Detections:
    """YuNet: class, objectness, box and landmarks at strides 8, 16 and 32.

    Args:
        outputs: three each of cls (1, n, 1), obj (1, n, 1), bbox (1, n, 4) as centre offset
            and log size in strides, kps (1, n, 10) as offsets in strides.
        size: height and width of the network's input.
        least: confidence below which cells are dropped. The confidence is the geometric
            mean of class and objectness.
    """
    parts = []
    for level, stride in enumerate((8, 16, 32)):
        cls, obj, box, marks = (outputs[level + 3 * kind][0] for kind in range(4))
        rows, columns = size[0] // stride, size[1] // stride
        if len(cls) != rows * columns:
            msg = f"the YuNet graph gave {len(cls)} cells at stride {stride} for input {size}"
            raise BadModel(msg, advice="Check the pack with `overt models check`.")
        score = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
        (cell,) = _most_confident(score, least)
        if not len(cell):
            continue
        grid = np.stack([cell % columns, cell // columns], axis=1).astype(np.float32)
        centre = (grid + box[cell, :2]) * stride
        half = np.exp(np.minimum(box[cell, 2:], 10)) * stride / 2
        points = (marks[cell].reshape(-1, 5, 2) + grid[:, None]) * stride
        parts.append(Detections(np.hstack([centre - half, centre + half]), points, score[cell]))
    return _joined(parts)


def decode_scrfd(outputs: Arrays, size: tuple[int, int], least: float) -> Detections:
    """SCRFD: scores, distances to the four sides and landmarks at strides 8, 16 and 32.

    Args:
        outputs: three each of scores (n, 1), distances (n, 4), landmarks (n, 10), in strides,
            two anchors to a cell.
        size: height and width of the network's input.
        least: confidence below which cells are dropped.
    """
    parts = []
    for level, stride in enumerate((8, 16, 32)):
        score, sides, marks = (
            outputs[level + 3 * kind].reshape(-1, width) for kind, width in enumerate((1, 4, 10))
        )
        rows, columns = size[0] // stride, size[1] // stride
        if len(score) != rows * columns * 2:
            msg = f"the SCRFD graph gave {len(score)} anchors at stride {stride} for input {size}"
            raise BadModel(msg, advice="Check the pack with `overt models check`.")
        (anchor,) = _most_confident(score[:, 0], least)
        if not len(anchor):
            continue
        cell = anchor // 2
        grid = np.stack([cell % columns, cell // columns], axis=1).astype(np.float32) * stride
        reach = sides[anchor] * stride
        boxes = np.hstack([grid - reach[:, :2], grid + reach[:, 2:]])
        points = marks[anchor].reshape(-1, 5, 2) * stride + grid[:, None]
        parts.append(Detections(boxes, points, score[anchor, 0]))
    return _joined(parts)


DECODERS: dict[str, Callable[[Arrays, tuple[int, int], float], Detections]] = {
    "centerface": decode_centerface,
    "yunet": decode_yunet,
    "scrfd": decode_scrfd,
}
"""By the name that a manifest gives."""


def _most_confident(scores: NDArray[np.float32], least: float) -> tuple[NDArray[np.intp], ...]:
    """Indices of at most `MAX_CANDIDATES` finite scores over `least`, one array an axis."""
    flat = scores.ravel()
    over = np.flatnonzero(flat > least)
    if len(over) > MAX_CANDIDATES:
        over = over[np.argpartition(-flat[over], MAX_CANDIDATES)[:MAX_CANDIDATES]]
    return np.unravel_index(over, scores.shape)


def _joined(parts: list[Detections]) -> Detections:
    if not parts:
        none = np.zeros((0, 4), np.float32)
        return Detections(none, np.zeros((0, 5, 2), np.float32), none[:, 0])
    return Detections(
        np.concatenate([part.boxes for part in parts]).astype(np.float32),
        np.concatenate([part.points for part in parts]).astype(np.float32),
        np.concatenate([part.confidences for part in parts]).astype(np.float32),
    )

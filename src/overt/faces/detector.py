"""Frame → faces: letterbox to a configured size, run the network, decode, suppress overlaps.

Works at any resolution: the picture is scaled so that its longer side has the configured
length, then padded at the right and bottom to the network's multiple. Nothing is enlarged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import cv2
import numpy as np

from overt.errors import Misuse
from overt.faces.decoders import DECODERS
from overt.values import Box, Face, Landmarks, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.faces.decoders import Detections
    from overt.faces.packs.manifest import DetectorSpec
    from overt.faces.runtime import Network


class FaceFinder(Protocol):
    """Anything that finds faces in one picture."""

    def detect(
        self, image: NDArray[np.uint8], *, part_of: tuple[int, int] | None = None
    ) -> list[Face]:
        """Faces of (h, w, 3) uint8 RGB, most confident first; see `Detector.detect`."""


MIN_SIDE = 32
MAX_SIDE = 8_192


class Detector:
    """Finds faces and their five landmarks.

    Args:
        spec: how the network wants its input and how its output is read.
        network: the loaded graph.
        longest_side: length to which the picture's longer side is scaled down, pixels.
        min_confidence: detections below it are dropped.
        max_overlap: intersection over union at which the weaker of two boxes is dropped.

    Raises:
        Misuse: if an argument is out of range.
    """

    def __init__(
        self,
        spec: DetectorSpec,
        network: Network,
        *,
        longest_side: int = 640,
        min_confidence: float = 0.5,
        max_overlap: float = 0.3,
    ) -> None:
        if not MIN_SIDE <= longest_side <= MAX_SIDE:
            msg = f"detector longest_side = {longest_side} is outside {MIN_SIDE} to {MAX_SIDE}"
            raise Misuse(msg)
        if not 0 < min_confidence < 1 or not 0 < max_overlap < 1:
            msg = "detector min_confidence and max_overlap must lie between 0 and 1"
            raise Misuse(msg)
        self._spec = spec
        self._network = network
        self._longest_side = longest_side
        self._min_confidence = min_confidence
        self._max_overlap = max_overlap
        self._decode = DECODERS[spec.decoder]
        self._input: NDArray[np.float32] = np.zeros((1, 3, 0, 0), np.float32)
        self._rows: NDArray[np.uint8] = np.zeros((0, 0, 3), np.uint8)

    def detect(
        self, image: NDArray[np.uint8], *, part_of: tuple[int, int] | None = None
    ) -> list[Face]:
        """Faces in a picture, most confident first.

        Args:
            image: (height, width, 3) uint8 RGB.
            part_of: height and width of the picture that this is cut from, if it is: it is then
                scaled as the whole would be, so that a part costs no more than its share.

        Returns:
            Faces in the picture's own pixels. A box may reach past an edge.
        """
        batch, scale_x, scale_y = self._letterbox(image, part_of or image.shape[:2])
        found = self._decode(self._network.run(batch), batch.shape[2:], self._min_confidence)
        found = suppress_overlaps(found, self._max_overlap)
        boxes = found.boxes / np.array([scale_x, scale_y, scale_x, scale_y], np.float32)
        points = found.points / np.array([scale_x, scale_y], np.float32)
        height, width = image.shape[:2]
        inside = (
            (boxes[:, 0] < width) & (boxes[:, 1] < height) & (boxes[:, 2] > 0) & (boxes[:, 3] > 0)
        )
        return [
            Face(
                Box(*boxes[i].tolist()),
                Landmarks(*(Point(x, y) for x, y in points[i].tolist())),
                float(found.confidences[i]),
            )
            for i in np.flatnonzero(inside)
        ]

    def _letterbox(
        self, image: NDArray[np.uint8], whole: tuple[int, ...]
    ) -> tuple[NDArray[np.float32], float, float]:
        """(1, 3, h, w) float32 in a buffer that is used again, and the scale of each axis."""
        height, width = image.shape[:2]
        scale = min(1.0, self._longest_side / max(whole))
        new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
        small = self._planes(image, new_width, new_height)
        multiple = self._spec.multiple_of
        padded = (-(-new_height // multiple) * multiple, -(-new_width // multiple) * multiple)
        if self._input.shape[2:] != padded:
            self._input = np.zeros((1, 3, *padded), np.float32)
        order = (0, 1, 2) if self._spec.colour == "rgb" else (2, 1, 0)
        for plane, (channel, mean) in enumerate(zip(order, self._spec.mean, strict=True)):
            target = self._input[0, plane, :new_height, :new_width]
            if mean or self._spec.scale != 1:
                np.subtract(small[channel], np.float32(mean), out=target, dtype=np.float32)
                target *= np.float32(self._spec.scale)
            else:
                np.copyto(target, small[channel])
        if self._input.shape[2] > new_height:
            self._input[0, :, new_height:] = 0
        if self._input.shape[3] > new_width:
            self._input[0, :, :, new_width:] = 0
        return self._input, new_width / width, new_height / height

    def _planes(
        self, image: NDArray[np.uint8], width: int, height: int
    ) -> Sequence[NDArray[np.uint8]]:
        """The three colours of a picture brought to a size: (height, width) each.

        Where three pixels, or five, become one, the one in their middle is what linear
        interpolation would give too; only its row needs to be read.
        """
        step = image.shape[1] // width
        if step % 2 and image.shape[:2] == (step * height, step * width):
            if step > 1:
                rows = image[step // 2 :: step]
                if self._rows.shape != rows.shape:
                    self._rows = np.empty_like(rows)
                np.copyto(self._rows, rows)
                image = self._rows[:, step // 2 :: step]
            return [image[:, :, channel] for channel in range(3)]
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        return cast("Sequence[NDArray[np.uint8]]", cv2.split(small))


def suppress_overlaps(found: Detections, max_overlap: float) -> Detections:
    """Keep the most confident of boxes that overlap (non-maximum suppression).

    Args:
        found: detections in any order.
        max_overlap: intersection over union from which two boxes are one face.

    Returns:
        What is kept, most confident first.
    """
    found = found[np.argsort(-found.confidences, kind="stable")]
    boxes = found.boxes
    areas = np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    alive = np.ones(len(boxes), bool)
    kept: list[int] = []
    for i in range(len(boxes)):
        if not alive[i]:
            continue
        kept.append(i)
        later = boxes[i + 1 :]
        width = np.minimum(boxes[i, 2], later[:, 2]) - np.maximum(boxes[i, 0], later[:, 0])
        height = np.minimum(boxes[i, 3], later[:, 3]) - np.maximum(boxes[i, 1], later[:, 1])
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        union = areas[i] + areas[i + 1 :] - shared
        alive[i + 1 :] &= shared < max_overlap * np.maximum(union, 1e-9)
    return found[np.array(kept, np.intp)]

"""The picture of a listed person that a prompt shows beside the probe's.

Cut as the camera's pictures are (`overt.faces.path.cut_out`): the face's box with a margin, the
longer side `PICTURE_PX`, every other face blurred (R9). Here a small face is also enlarged, and
what lies outside the picture is filled in grey, so that size and eye line never depend on how
a still was cropped.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from overt.values import Box, Face

PICTURE_PX = 256
"""The longer side."""
PICTURE_MARGIN = 0.35
"""Surroundings kept around a face, in face sizes on each side."""
MAX_PICTURE_BYTES = 40_000
"""Of one JPEG, so that a long list stays small; quality gives way."""
_GREY = (128, 128, 128)
_BLUR_SQUARES = 3
_BLUR_MARGIN = 0.15
_QUALITIES = (90, 80, 70, 60, 50, 40, 30)

_Area = tuple[int, int, int, int]
"""Left, top, right, bottom; pixels of the still."""


def portrait(image: NDArray[np.uint8], face: Face, others: Iterable[Face]) -> bytes:
    """One face and a little around it.

    Args:
        image: (h, w, 3) uint8 RGB, the still.
        face: whose picture it is.
        others: every other face found in it.

    Returns:
        A JPEG of at most `MAX_PICTURE_BYTES`, without metadata.
    """
    still = Image.fromarray(image)
    margin = PICTURE_MARGIN * max(face.box.width, face.box.height)
    left, top, right, bottom = _area(face.box, margin)
    part = Image.new("RGB", (right - left, bottom - top), _GREY)
    part.paste(still, (-left, -top))
    for other in others:
        around = _BLUR_MARGIN * max(other.box.width, other.box.height)
        _smear(part, _within(_moved(_area(other.box, around), left, top), part.size))
    own = _within(_area(face.box, 0), still.size)
    if own is not None:
        part.paste(still.crop(own), (own[0] - left, own[1] - top))
    scale = PICTURE_PX / max(part.size)
    size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
    return _jpeg(part.resize(size, Image.Resampling.LANCZOS))


def _area(box: Box, margin: float) -> _Area:
    left, top = int(box.left - margin), int(box.top - margin)
    return (
        left,
        top,
        max(left + 1, int(box.right + margin) + 1),
        max(top + 1, int(box.bottom + margin) + 1),
    )


def _moved(area: _Area, left: int, top: int) -> _Area:
    return area[0] - left, area[1] - top, area[2] - left, area[3] - top


def _within(area: _Area, size: tuple[int, int]) -> _Area | None:
    """The part of an area that lies in a picture."""
    left, top = max(0, area[0]), max(0, area[1])
    right, bottom = min(size[0], area[2]), min(size[1], area[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _smear(part: Image.Image, area: _Area | None) -> None:
    """Reduce an area to a few flat squares, in place."""
    if area is None:
        return
    size = (area[2] - area[0], area[3] - area[1])
    squares = part.crop(area).resize((_BLUR_SQUARES, _BLUR_SQUARES), Image.Resampling.BOX)
    part.paste(squares.resize(size, Image.Resampling.NEAREST), area[:2])


def _jpeg(picture: Image.Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        out = BytesIO()
        picture.save(out, "JPEG", quality=quality)
        data = out.getvalue()
        if len(data) <= MAX_PICTURE_BYTES:
            break
    return data

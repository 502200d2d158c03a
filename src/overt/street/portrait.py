"""Custody-style stills of people who do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.bust import BOTTOM, Bust
from overt.street.cast import Cast, check_whole
from overt.street.floats import floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_SIDE, MAX_SIDE = 64, 2048
SHOWN_W, SHOWN_H = 210.0, 262.0
"""Width and height that a still shows at least one of, units."""


def still(
    cast: Cast,
    number: int,
    take: int,
    *,
    width: int = 320,
    height: int = 400,
    outdoors: bool = False,
) -> NDArray[np.uint8]:
    """A custody-style picture: head and shoulders before a plain wall.

    Args:
        cast: of whom.
        number: which person.
        take: which picture of them.
        width: pixels, 64 to 2048.
        height: pixels, 64 to 2048.
        outdoors: a street's light, pose and clothes in place of a custody suite's.

    Returns:
        (height, width, 3) uint8 RGB.

    Raises:
        Misuse: if a size or number is out of range.
    """
    check_whole("width", width, MIN_SIDE, MAX_SIDE)
    check_whole("height", height, MIN_SIDE, MAX_SIDE)
    person, moment = cast.person(number), cast.take(number, take, outdoors=outdoors)
    scale = min(2.0, max(width / SHOWN_W, height / SHOWN_H))
    bust = Bust(cast, person, moment, scale)
    picture, _ = bust.posed(moment.yaw_deg, moment.pitch_deg, moment.roll_deg)
    wall = 150 + 26 * bust.canvas.y / BOTTOM + 1.5 * bust.canvas.noise(40, 5)
    ground = wall[..., None] * floats([0.96, 1.0, 1.04])
    image = picture[..., :3] + ground * (1 - picture[..., 3:] / floats(255))
    rng = cast.rng(number, 2**41 + take)
    image += rng.normal(0, 1.6, image.shape).astype(np.float32)
    # The middle of the bust, in the shape asked for.
    fit = min(picture.shape[1] / width, SHOWN_H * scale / height)
    across, down = width * fit, height * fit
    left = (picture.shape[1] - across) / 2
    top = max(0.0, (SHOWN_H * scale - down) / 2)
    crop = image[round(top) : round(top + down), round(left) : round(left + across)]
    shrinks = fit >= 1
    sized = cv2.resize(
        crop, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    )
    return np.asarray(np.clip(sized, 0, 255), np.uint8)

"""From the plan to pictures: every frame of a scene, with the truth about it."""

from __future__ import annotations

import bisect
import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.backdrop import backdrop
from overt.street.clothes import UNITS_PER_M
from overt.street.figure import LEG_TOP, Figure
from overt.street.floats import Floats, floats
from overt.street.truth import Pass, Presence
from overt.street.walk import Heading, Stance, Walk
from overt.values import Box, Landmarks, Point

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from overt.street.figure import Sprite
    from overt.street.scene import Scene

    Stamp = tuple[int, int, NDArray[np.uint8]]

NECK, CROWN = 100.0, -108.0
"""Where the body's sprites are stretched from, and the top of the head, units."""
MAX_COVERED = 0.25
"""Share of a face that others may cover for the frame to count."""
AHEAD_S = 3.0
"""How long before coming into view people may be painted."""
_MARGIN = 96
"""By how many pixels the tiles of noise are larger than the picture."""


class Renderer:
    """Paints frames of one scene; any frame may be asked for, in order is fastest.

    Args:
        scene: the plan.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        options = scene.options
        self._view = options.view
        light = np.clip(backdrop(self._view, options.seed) * floats(options.brightness), 0, 255)
        self._ground = light.astype(np.uint8)
        self._figures: dict[int, Figure] = {}
        self._starts = [walk.start_s for walk in scene.walks]
        self._longest = max((walk.seconds for walk in scene.walks), default=0.0)
        self._noise = _noise_tiles(options.width, options.height, options.noise)

    def frame(self, index: int) -> tuple[NDArray[np.uint8], tuple[Presence, ...]]:
        """One picture and who is in it.

        Args:
            index: frame number from 0.

        Returns:
            (height, width, 3) uint8 RGB, and everybody with a face or head in the picture,
            farthest first.
        """
        media_s = index / self.scene.options.rate
        image = self._ground.copy()
        present: list[Presence] = []
        walkers = self._walkers(media_s)
        self._forget(media_s)
        for _, stance in walkers:
            self._shadow(image, stance)
        for walk, stance in walkers:
            figure = self._figure(walk)
            covered = self._paint(image, walk, stance, figure, present)
            if covered is not None:
                present.append(covered)
        self._add_noise(image, index)
        return image, tuple(present)

    def truth(self, index: int) -> tuple[Presence, ...]:
        """Who is in a frame. As costly as the picture, because occlusion is measured on it."""
        return self.frame(index)[1]

    def prepare(self, media_s: float) -> bool:
        """Paint one person who is about to come into view, so that no frame has to wait for it.

        Returns:
            Whether there was anybody to paint.
        """
        for walk in self._between(media_s, media_s + AHEAD_S):
            if walk.index not in self._figures:
                self._figure(walk).prepare()
                return True
        return False

    def _between(self, start_s: float, end_s: float) -> list[Walk]:
        """Walks of which some part falls into a stretch of time."""
        first = bisect.bisect_left(self._starts, start_s - self._longest)
        last = bisect.bisect_right(self._starts, end_s)
        return [walk for walk in self.scene.walks[first:last] if walk.end_s >= start_s]

    def _walkers(self, media_s: float) -> list[tuple[Walk, Stance]]:
        """Everybody on the street, farthest first."""
        height = self.scene.options.camera_height_m
        found = [
            (walk, stance)
            for walk in self._between(media_s, media_s)
            if (stance := walk.at(media_s, height)) is not None
        ]
        return sorted(found, key=lambda pair: -pair[1].z)

    def _figure(self, walk: Walk) -> Figure:
        if walk.index not in self._figures:
            cast = self.scene.cast
            self._figures[walk.index] = Figure(
                cast,
                cast.person(walk.person),
                cast.take(walk.person, walk.take, outdoors=True),
                brightness=self.scene.options.brightness,
                away=walk.heading is Heading.AWAY,
            )
        return self._figures[walk.index]

    def _forget(self, media_s: float) -> None:
        """Drop the pictures of those who have gone."""
        wanted = {walk.index for walk in self._between(media_s, media_s + AHEAD_S)}
        for index in [i for i in self._figures if i not in wanted]:
            del self._figures[index]

    def _shadow(self, image: NDArray[np.uint8], stance: Stance) -> None:
        """A soft shadow under the feet."""
        column, row = self._view.project(stance.x, 0.0, stance.z)
        if row > image.shape[0] + 40:
            return
        reach = self._view.focal_px / stance.z
        half_w, half_h = max(2, round(0.42 * reach)), max(1, round(0.09 * reach))
        left, top = round(column) - half_w, round(row) - half_h
        part = _inside(image, left, top, 2 * half_w, 2 * half_h)
        if part is None:
            return
        (y0, y1, x0, x1) = part
        ys, xs = np.ogrid[y0 - top : y1 - top, x0 - left : x1 - left]
        away = ((xs - half_w) / half_w) ** 2 + ((ys - half_h) / half_h) ** 2
        shade = floats(1 - 0.45 * np.clip(1 - away, 0, 1))
        image[y0:y1, x0:x1] = (image[y0:y1, x0:x1] * shade[..., None]).astype(np.uint8)

    def _paint(
        self,
        image: NDArray[np.uint8],
        walk: Walk,
        stance: Stance,
        figure: Figure,
        others: list[Presence],
    ) -> Presence | None:
        """Stamp one walker on the picture, cover those behind, and say where the face is."""
        options = self.scene.options
        scale = self._view.px_per_unit(stance.z)
        origin_m = figure.person.height_m + CROWN / UNITS_PER_M + stance.bob_m
        column, row = self._view.project(stance.x, origin_m, stance.z)
        angles = figure.angles(stance)
        head, places = figure.head(angles, scale)
        parts = [(figure.body(stance.phase), figure.stretch), (head, 1.0)]
        if row + LEG_TOP * scale * figure.stretch < options.height:
            parts.insert(0, (figure.legs(stance.phase), figure.stretch))
        kernel = self._smear(walk, stance)
        haze = min(0.35, max(0.0, stance.z - 6) / 110)
        stamped = [
            _stamp(image, sprite, (column, row), (scale, stretch), kernel, haze)
            for sprite, stretch in parts
        ]
        for place, other in enumerate(others):
            hidden = min(1.0, sum(_covered(mask, other.box) for mask in stamped if mask))
            if hidden > 0:
                share = 1 - (1 - other.occluded) * (1 - hidden)
                others[place] = replace(other, occluded=share)
        return self._presence(walk, stance, places * scale + floats([column, row]))

    def _smear(self, walk: Walk, stance: Stance) -> tuple[int, int]:
        """How far the walker moves across and down while the shutter is open, whole pixels."""
        options = self.scene.options
        moved = options.exposure_s * walk.speed * self._view.focal_px / stance.z
        if walk.heading is Heading.ACROSS:
            return max(1, round(moved)), 1
        below = options.camera_height_m - 1.0
        return (
            max(1, round(moved * abs(stance.x) / stance.z)),
            max(1, round(moved * abs(below) / stance.z)),
        )

    def _presence(self, walk: Walk, stance: Stance, places: Floats) -> Presence | None:
        """The truth about one face, or None if it lies outside the picture."""
        width, height = self.scene.options.width, self.scene.options.height
        (left, _), (right, _), (_, top), (_, bottom) = places[5:].tolist()
        box = Box(left, top, right, bottom)
        if box.right <= 0 or box.bottom <= 0 or box.left >= width or box.top >= height:
            return None
        return Presence(
            walk=walk.index,
            person=walk.person,
            distance_m=stance.z,
            facing=walk.heading is Heading.TOWARDS,
            box=box,
            landmarks=Landmarks(*(Point(x, y) for x, y in places[:5].tolist())),
            occluded=0.0,
            in_frame=left >= 0 and top >= 0 and right <= width and bottom <= height,
        )

    def _add_noise(self, image: NDArray[np.uint8], index: int) -> None:
        if self._noise is None:
            return
        rng = np.random.Generator(np.random.Philox(key=[self.scene.options.seed, 4], counter=index))
        height, width = image.shape[:2]
        for tile, act in zip(self._noise, (cv2.add, cv2.subtract), strict=True):
            top, left = rng.integers(_MARGIN, size=2)
            act(image, tile[top : top + height, left : left + width], dst=image)


def passes(scene: Scene, presences: Iterable[tuple[Presence, ...]]) -> tuple[Pass, ...]:
    """Who went through the zone of recognition, from the truth of all frames in order.

    Args:
        scene: whose zone.
        presences: of frames 0, 1, 2 …; the scene may be cut short.

    Returns:
        A pass for each walk towards the camera whose face was in the zone, in order of time.
    """
    found: dict[int, Pass] = {}
    for index, everyone in enumerate(presences):
        media_s = index / scene.options.rate
        for one in everyone:
            size = one.inter_eye_px
            if not (one.facing and one.in_frame and size >= scene.options.zone_inter_eye_px):
                continue
            seen = one.occluded <= MAX_COVERED
            before = found.get(one.walk) or Pass(one.walk, one.person, media_s, media_s, 0, 0.0)
            found[one.walk] = replace(
                before,
                end_s=media_s,
                frames=before.frames + seen,
                most_inter_eye_px=max(before.most_inter_eye_px, size),
            )
    return tuple(found.values())


def _stamp(
    image: NDArray[np.uint8],
    sprite: Sprite,
    origin: tuple[float, float],
    scales: tuple[float, float],
    kernel: tuple[int, int],
    haze: float,
) -> Stamp | None:
    """Put a sprite on the picture.

    Args:
        image: painted on.
        sprite: what.
        origin: column and row of the figure's origin, pixels.
        scales: pixels per unit, and the stretch of what lies below the neck.
        kernel: blur by motion, pixels across and down.
        haze: share of the air's colour.

    Returns:
        Where it lies and its coverage, or None if it lies outside the picture.
    """
    scale, stretch = scales
    picture, own = sprite.level(scale, haze)
    ratio = scale / own
    x0 = origin[0] + sprite.left * scale
    y0 = origin[1] + (NECK + (sprite.top - NECK) * stretch) * scale
    wide, high = picture.shape[1] * ratio, picture.shape[0] * ratio * stretch
    part = _inside(
        image, math.floor(x0) - 1, math.floor(y0) - 1, math.ceil(wide) + 3, math.ceil(high) + 3
    )
    if part is None:
        return None
    top, bottom, left, right = part
    # A pixel's centre is at +0.5, in the sprite and in the picture.
    matrix = np.array(
        [
            [ratio, 0, x0 - left + 0.5 * ratio - 0.5],
            [0, ratio * stretch, y0 - top + 0.5 * ratio * stretch - 0.5],
        ]
    )
    warped = cv2.warpAffine(picture, matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    if max(kernel) > 1:
        warped = cv2.blur(warped, kernel, borderType=cv2.BORDER_REPLICATE)
    rgb, alpha = warped[..., :3], warped[..., 3]
    cover = cv2.cvtColor(alpha, cv2.COLOR_GRAY2RGB)
    ground = image[top:bottom, left:right]
    behind = cv2.multiply(ground, cv2.bitwise_not(cover), scale=1 / 255)
    cv2.add(behind, rgb, dst=ground)
    return left, top, np.asarray(alpha, np.uint8)


def _inside(
    image: NDArray[np.uint8], left: int, top: int, width: int, height: int
) -> tuple[int, int, int, int] | None:
    """Top, bottom, left and right of what lies in the picture, or None."""
    right, bottom = min(left + width, image.shape[1]), min(top + height, image.shape[0])
    left, top = max(left, 0), max(top, 0)
    return (top, bottom, left, right) if right > left and bottom > top else None


def _covered(stamp: Stamp, box: Box) -> float:
    """Share of a box that a stamp covers."""
    left, top, alpha = stamp
    x0, x1 = max(0, round(box.left) - left), max(0, round(box.right) - left)
    y0, y1 = max(0, round(box.top) - top), max(0, round(box.bottom) - top)
    part = alpha[y0:y1, x0:x1]
    area = max(1.0, box.width * box.height)
    return float(part.sum()) / 255 / area if part.size else 0.0


@lru_cache(maxsize=2)
def _noise_tiles(
    width: int, height: int, deviation: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """What to add and what to take away: two sheets larger than the picture."""
    if deviation <= 0:
        return None
    rng = np.random.Generator(np.random.Philox(key=21))
    shape = (height + _MARGIN, width + _MARGIN, 3)
    tiles = [
        np.clip(np.rint(np.abs(rng.standard_normal(shape, np.float32)) * deviation), 0, 255)
        for _ in range(2)
    ]
    return tiles[0].astype(np.uint8), tiles[1].astype(np.uint8)

"""Stills → people walking up to a camera: moving, growing, blurred, noisy, in changing light.

A picture from a still is a flat card: it cannot turn its head or change its expression. So a
pass is easier than a real one in pose, and as hard in size, blur, noise, light and compression.
Everything is drawn from the scene's seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from people import Still

WIDTH, HEIGHT = 1280, 720
STILL_PX = 250
EYES_XY = (125.0, 112.0)
"""Middle between the eyes in an aligned 250-pixel still."""
STILL_INTER_EYE_PX = 40.0
"""Pixels between the eyes in an aligned still, about."""
HEAD = (125, 122, 60, 84)
"""Ellipse kept of a still around the head: middle and half axes, pixels."""
START_PX, END_PX = (9.0, 14.0), (32.0, 48.0)
"""Pixels between the eyes as a pass starts and ends."""
NOISE_TILE = 512


@dataclass(frozen=True, slots=True)
class Walker:
    """One person's way through a scene."""

    still: Still
    start_px: float
    """Between the eyes, at the start."""
    end_px: float
    start_xy: tuple[float, float]
    """Middle between the eyes at the start, pixels of the frame."""
    end_xy: tuple[float, float]
    sway_deg: float
    step_hz: float
    phase: float
    gain: float
    tint: tuple[float, float, float]
    side_light: float
    """-1 lit from the left, 1 from the right."""
    focus_px: float
    """Blur of the lens, pixels of the frame."""
    exposure: float
    """Share of a frame's time that the shutter is open: motion blur."""
    coat: tuple[int, int, int]

    def at(self, share: float) -> tuple[float, float, float, float]:
        """Where the eyes' middle is, the pixels between them, and the roll in degrees.

        At a steady walk the distance falls evenly, so that one over the size does.

        Args:
            share: of the pass, 0 to 1.
        """
        size = 1 / ((1 - share) / self.start_px + share / self.end_px)
        near = (size - self.start_px) / (self.end_px - self.start_px)
        step = np.sin(2 * np.pi * (self.step_hz * share * 2 + self.phase))
        x = self.start_xy[0] + near * (self.end_xy[0] - self.start_xy[0]) + 0.15 * size * step
        y = self.start_xy[1] + near * (self.end_xy[1] - self.start_xy[1]) + 0.1 * size * abs(step)
        return float(x), float(y), float(size), float(self.sway_deg * step)


@dataclass(frozen=True, slots=True)
class Scene:
    """One to three people walking up together."""

    walkers: tuple[Walker, ...]
    frames: int
    rate: float
    """Frames a second."""
    seed: int
    light: float
    noise: float
    """Standard deviation of the sensor's noise, grey levels."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.frames / self.rate

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Frames (720, 1280, 3) uint8 RGB, the far people drawn first."""
        random = np.random.default_rng((self.seed, 1))
        street = background(random, self.light)
        cards = [Card(walker) for walker in self.walkers]
        noise = noise_tile(round(self.noise))
        for number in range(self.frames):
            picture = street.copy()
            share = number / max(1, self.frames - 1)
            for card in sorted(cards, key=lambda card: card.walker.at(share)[2]):
                card.draw(picture, share, 1 / self.frames)
            left, top = random.integers(0, NOISE_TILE, 2)
            grain = noise[top : top + HEIGHT, left : left + WIDTH]
            yield np.asarray(cv2.addWeighted(picture, 1.0, grain, 1.0, -128.0), np.uint8)


def plan(stills: list[Still], seed: int, *, rate: float, seconds: float) -> Scene:
    """Draw how the people of a scene walk, the light and the camera's faults.

    Args:
        stills: one for each person; two or three walk side by side and partly overlap.
        seed: the scene's own.
        rate: frames a second.
        seconds: length of the passes.
    """
    random = np.random.default_rng(seed)
    light = float(random.uniform(0.6, 1.15))
    middle = random.uniform(0.35, 0.65) * WIDTH
    walkers = []
    for place, still in enumerate(stills):
        start, end = random.uniform(*START_PX), random.uniform(*END_PX)
        aside = (place - (len(stills) - 1) / 2) * random.uniform(2.8, 4.5)
        drift = random.uniform(-120, 120)
        warm = random.uniform(-0.06, 0.06)
        walkers.append(
            Walker(
                still=still,
                start_px=start,
                end_px=end,
                start_xy=(middle + aside * start, HEIGHT * random.uniform(0.30, 0.36)),
                end_xy=(middle + aside * end + drift, HEIGHT * random.uniform(0.30, 0.45)),
                sway_deg=random.uniform(0, 4),
                step_hz=random.uniform(1.6, 2.2),
                phase=random.uniform(),
                gain=light * random.uniform(0.85, 1.15),
                tint=(1 + warm, 1.0, 1 - warm),
                side_light=random.uniform(-0.35, 0.35),
                focus_px=random.uniform(0.3, 1.3),
                exposure=random.uniform(0.05, 0.5),
                coat=tuple(random.integers(20, 140, 3).tolist()),
            )
        )
    return Scene(
        walkers=tuple(walkers),
        frames=max(2, round(seconds * rate)),
        rate=rate,
        seed=seed,
        light=light,
        noise=float(random.uniform(2, 7)),
    )


class Card:
    """One person's head and shoulders as a flat picture, ready to be drawn at any size."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        still = walker.still.pixels().astype(np.float32)
        across = np.linspace(-1, 1, STILL_PX, dtype=np.float32)[None, :, None]
        light = walker.gain * (1 + walker.side_light * across)
        card = np.empty((STILL_PX * 2, STILL_PX, 4), np.float32)
        card[:, :, :3] = np.array(walker.coat, np.float32) * walker.gain
        shoulders = shoulder_mask()
        head = head_mask()
        # Where the photograph ends, or shows a background, the coat goes on.
        card[:STILL_PX, :, :3] += head * (still * np.array(walker.tint) - card[:STILL_PX, :, :3])
        card[:STILL_PX, :, :3] *= 1 + head * (light - 1)
        card[:, :, 3] = shoulders[:, :, 0]
        card[:STILL_PX, :, 3] = np.maximum(card[:STILL_PX, :, 3], head[:, :, 0])
        card[:, :, :3] = np.clip(card[:, :, :3], 0, 255)
        card[:, :, :3] *= card[:, :, 3:]  # premultiplied, so that edges blend without a fringe
        self._levels: list[NDArray[np.float32]] = [card]
        while self._levels[-1].shape[1] > STILL_PX // 8:
            half = cv2.resize(self._levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            self._levels.append(np.asarray(half, np.float32))

    def draw(self, picture: NDArray[np.uint8], share: float, frame_share: float) -> None:
        """Blend the person into a picture.

        Args:
            picture: changed in place.
            share: of the pass.
            frame_share: of the pass that one frame takes.
        """
        x, y, size, roll = self.walker.at(share)
        later = self.walker.at(min(1.0, share + frame_share))
        scale = size / STILL_INTER_EYE_PX
        left = max(0, int(x - STILL_PX * scale * 0.75))
        right = min(WIDTH, int(x + STILL_PX * scale * 0.75) + 1)
        top = max(0, int(y - EYES_XY[1] * scale * 1.3))
        bottom = min(HEIGHT, int(y + STILL_PX * 1.9 * scale) + 1)
        if left >= right or top >= bottom:
            return
        level = min(len(self._levels) - 1, max(0, int(np.floor(-np.log2(scale)))))
        shrink = 2.0**level
        matrix = cv2.getRotationMatrix2D(
            (EYES_XY[0] / shrink, EYES_XY[1] / shrink), roll, scale * shrink
        )
        matrix[0, 2] += x - left - EYES_XY[0] / shrink
        matrix[1, 2] += y - top - EYES_XY[1] / shrink
        seen = cv2.warpAffine(
            self._levels[level], matrix, (right - left, bottom - top), flags=cv2.INTER_LINEAR
        )
        card = self._blurred(np.asarray(seen, np.float32), later[0] - x, later[1] - y)
        part = picture[top:bottom, left:right]
        part[:] = np.clip(card[:, :, :3] + (1 - card[:, :, 3:]) * part, 0, 255)

    def _blurred(self, card: NDArray[np.float32], dx: float, dy: float) -> NDArray[np.float32]:
        if self.walker.focus_px > 0.4:
            soft = cv2.GaussianBlur(card, (0, 0), self.walker.focus_px)
            card = np.asarray(soft, np.float32)
        length = float(np.hypot(dx, dy)) * self.walker.exposure
        if length > 1:
            kernel = streak(round(length * 2) / 2, round(float(np.arctan2(dy, dx)), 1))
            card = np.asarray(cv2.filter2D(card, -1, kernel), np.float32)
        return card


@lru_cache(maxsize=256)
def streak(length: float, angle: float) -> NDArray[np.float32]:
    """Kernel of a motion of so many pixels in one direction."""
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.float32)
    for step in np.linspace(-length / 2, length / 2, 4 * side):
        kernel[
            round(side // 2 + step * np.sin(angle)), round(side // 2 + step * np.cos(angle))
        ] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)


@lru_cache(maxsize=1)
def head_mask() -> NDArray[np.float32]:
    """(250, 250, 1) soft oval around head and neck."""
    mask = np.zeros((STILL_PX, STILL_PX), np.float32)
    x, y, across, down = HEAD
    cv2.ellipse(mask, (x, y), (across, down), 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 5), np.float32)[:, :, None]


@lru_cache(maxsize=1)
def shoulder_mask() -> NDArray[np.float32]:
    """(500, 250, 1) neck, shoulders and coat."""
    mask = np.zeros((2 * STILL_PX, STILL_PX), np.float32)
    outline = [
        (100, 170),
        (150, 170),
        (156, 205),
        (215, 228),
        (240, 275),
        (238, 500),
        (12, 500),
        (10, 275),
        (35, 228),
        (94, 205),
    ]
    cv2.fillPoly(mask, [np.array(outline, np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)[:, :, None]


@lru_cache(maxsize=16)
def noise_tile(deviation: int) -> NDArray[np.uint8]:
    """Noise around 128, larger than a frame by `NOISE_TILE`, to be cut at random places."""
    shape = (HEIGHT + NOISE_TILE, WIDTH + NOISE_TILE)
    random = np.random.default_rng(deviation)
    grey = random.standard_normal(shape, np.float32) * deviation + 128
    tile = np.empty((*shape, 3), np.uint8)
    for plane in range(3):
        colour = random.standard_normal(shape, np.float32) * (deviation / 2)
        tile[:, :, plane] = np.clip(grey + colour, 0, 255)
    return tile


def background(random: np.random.Generator, light: float) -> NDArray[np.uint8]:
    """A street that never was: sky, house fronts with windows and doors, pavement.

    Args:
        random: draws it.
        light: brightness, 1 for plain day.

    Returns:
        (720, 1280, 3) uint8 RGB.
    """
    horizon = int(HEIGHT * random.uniform(0.45, 0.6))
    picture = np.empty((HEIGHT, WIDTH, 3), np.float32)
    picture[:horizon] = random.uniform(150, 220, 3)
    fall = np.linspace(0.8, 1.15, HEIGHT - horizon, dtype=np.float32)[:, None, None]
    picture[horizon:] = random.uniform(80, 140) * fall
    left = 0
    while left < WIDTH:
        right = left + int(random.uniform(120, 320))
        top = int(horizon * random.uniform(0.0, 0.4))
        wall = random.uniform(60, 200) + random.uniform(-25, 25, 3)
        picture[top:horizon, left:right] = wall
        across, down = random.integers(36, 80), random.integers(46, 100)
        pane = random.uniform(20, 230) + random.uniform(-15, 15, 3)
        for x in range(left + 15, min(right, WIDTH) - 30, int(across)):
            for y in range(top + 15, horizon - 30, int(down)):
                picture[y : y + int(down * 0.6), x : x + int(across * 0.6)] = pane * random.uniform(
                    0.6, 1.3
                )
        left = right
    vanishing = (int(random.uniform(0.3, 0.7) * WIDTH), horizon)
    for x in range(-WIDTH, 2 * WIDTH, 170):
        cv2.line(picture, vanishing, (x, HEIGHT), (70, 70, 70), 1, cv2.LINE_AA)
    coarse = random.normal(1, 0.12, (HEIGHT // 40, WIDTH // 40)).astype(np.float32)
    picture *= cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)[:, :, None]
    soft = cv2.GaussianBlur(picture * light, (0, 0), float(random.uniform(0.8, 2.5)))
    return np.clip(soft, 0, 255).astype(np.uint8)

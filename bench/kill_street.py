"""What the killed sessions look at: portraits of the demo's listed people, one after another.

Drawn once and kept, so that a round costs its faces and no drawing. Nobody exists.
"""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from overt.live.demo_street import CAMERA, name_of
from overt.live.worker_spec import WorkerSpec
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.values import Frame, FrameId

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from overt.clock import Clock
    from overt.config import Config
    from overt.values import CameraId

RATE = 8.0
"""Frames a second."""
FRAMES_EACH = 6
"""In which each person is seen."""
SWAY_PX = 3


def write_list(folder: Path, people: int) -> Path:
    """A still of each listed person, drawn if it was not yet.

    Args:
        folder: where they are kept from run to run.
        people: how many are listed.

    Returns:
        A folder with exactly these.
    """
    listed = folder / f"list-{people}"
    listed.mkdir(parents=True, exist_ok=True)
    for number in range(people):
        path = listed / f"{name_of(number)}.png"
        if not path.exists():
            Image.fromarray(still(Cast(1), number, take=0)).save(path)
    return listed


class Procession:
    """A live camera before which one listed person after another stands for a moment."""

    live = True
    frames_expected: int | None = None

    def __init__(self, camera: CameraId, clock: Clock, folder: Path, seed: int) -> None:
        self.camera = camera
        self._clock = clock
        self._closed = threading.Event()
        self._portraits = [
            np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.png"))
        ]
        random.Random(seed).shuffle(self._portraits)  # noqa: S311 - an order

    def frames(self) -> Iterator[Frame]:
        """Each frame when it is due; by turns on the left and on the right, so that tracks end."""
        index = 0
        while not self._closed.wait(1 / RATE):
            turn, within = divmod(index, FRAMES_EACH)
            portrait = self._portraits[turn % len(self._portraits)]
            image = _placed(portrait, right=bool(turn % 2), sway=within * SWAY_PX)
            number = FrameId(self.camera, index)
            yield Frame(number, image, index / RATE, self._clock.monotonic())
            index += 1

    def close(self) -> None:
        """Stop. Safe to call twice, and from another thread."""
        self._closed.set()


def procession(camera: CameraId, clock: Clock, *, folder: str, seed: int) -> Procession:
    """A camera for a worker: see `overt.live.worker_spec.WorkerSpec.factory`."""
    return Procession(camera, clock, Path(folder), seed)


def specs(cameras: Sequence[str], config: Config, folder: str, seed: int) -> list[WorkerSpec]:
    """A worker for the one camera."""
    arguments: dict[str, Any] = {"folder": folder, "seed": seed}
    return [
        WorkerSpec(
            camera=camera,
            source="generated",
            zone=[[0, 0], [1, 0], [1, 1], [0, 1]],
            config=config,
            threads=1,
            factory="kill_street:procession",
            arguments=arguments,
        )
        for camera in cameras
        if camera == CAMERA
    ]


def _placed(portrait: NDArray[np.uint8], *, right: bool, sway: int) -> NDArray[np.uint8]:
    """(h, 2 w + 60, 3) uint8: the portrait on one side of a grey wall."""
    height, width = portrait.shape[:2]
    image = np.full((height, 2 * width + 60, 3), 120, np.uint8)
    left = sway + (width + 30 if right else 0)
    image[:, left : left + width] = portrait
    return image

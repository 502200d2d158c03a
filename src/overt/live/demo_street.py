"""The demo's street: its one camera, who is listed, and the truth that its scripted officers see.

Nobody exists. A worker of its own draws the street, as a real camera's worker decodes video.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from overt.errors import Misuse
from overt.faces.runtime import threads_for
from overt.live.worker_spec import WorkerSpec
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.scene import Scene, SceneOptions, crowd_of
from overt.street.source import SceneSource
from overt.values import EntryId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from overt.clock import Clock
    from overt.config import Config
    from overt.values import CameraId

CAMERA = "street"
LISTED = 40
"""People on the demo's list."""
LISTED_WALKING = 5
"""Of them, who walk past."""
MIN_SECONDS, MAX_SECONDS = 20.0, 3_600.0
MAX_PEOPLE = 2_000


@dataclass(frozen=True, slots=True)
class DemoStreet:
    """How long and how busy, and which town."""

    seconds: float = 45.0
    people: int = 16
    """Who walk past the camera, the listed among them."""
    seed: int = 1

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            msg = f"--seconds {self.seconds:g} is outside {MIN_SECONDS:g} to {MAX_SECONDS:g}"
            raise Misuse(msg)
        if not LISTED_WALKING <= self.people <= MAX_PEOPLE:
            msg = f"--people {self.people} is outside {LISTED_WALKING} to {MAX_PEOPLE:,}"
            raise Misuse(msg)

    @property
    def scene(self) -> Scene:
        """The street, its camera and everybody's way."""
        options = SceneOptions(seconds=self.seconds, seed=self.seed)
        crowd = crowd_of(self.seed, self.people, listed=range(LISTED_WALKING), first=LISTED)
        return Scene(Cast(self.seed), crowd, options)

    def specs(self, cameras: Sequence[str], config: Config) -> list[WorkerSpec]:
        """A worker that draws what it watches."""
        return [
            WorkerSpec(
                camera=camera,
                source="generated",
                zone=[[0, 0], [1, 0], [1, 1], [0, 1]],
                config=config,
                threads=threads_for(len(cameras)),
                factory="overt.live.demo_street:camera_of",
                arguments={"seconds": self.seconds, "people": self.people, "seed": self.seed},
            )
            for camera in cameras
        ]

    def write_stills(self, folder: Path, progress: Callable[[int, int], None]) -> None:
        """A custody-style still of everybody on the list."""
        cast = Cast(self.seed)
        for number in range(LISTED):
            Image.fromarray(still(cast, number, take=0)).save(folder / f"{name_of(number)}.png")
            progress(number + 1, LISTED)


class Truth:
    """Who is on the street when: what a scripted officer would see with their own eyes."""

    def __init__(self, street: DemoStreet) -> None:
        scene = street.scene
        self._walks = {walk.person: walk for walk in scene.walks if walk.person < LISTED}

    def is_there(self, name: str, scene_s: float) -> bool:
        """Whether a listed person is walking down the street.

        Args:
            name: as the list has it.
            scene_s: seconds from the scene's first frame.
        """
        walk = next((w for n, w in self._walks.items() if name_of(n) == name), None)
        return walk is not None and walk.start_s <= scene_s <= walk.end_s + 1.0


def name_of(number: int) -> EntryId:
    """A listed person's name."""
    return EntryId(f"Person {number + 1:02}")


def camera_of(
    camera: CameraId, clock: Clock, *, seconds: float, people: int, seed: int
) -> SceneSource:
    """The camera that looks down the street: what a worker's `factory` makes."""
    return SceneSource(camera, DemoStreet(seconds, people, seed).scene, clock, live=True)

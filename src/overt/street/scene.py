"""Who walks down the generated street, when and where: a plan, decided before any picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import Misuse
from overt.street.cast import MAX_PEOPLE, MAX_SEED, Cast, check_range, check_whole
from overt.street.view import View
from overt.street.walk import Heading, Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

FAR_M = 24.0
"""Where people come into view."""
NEAR_M = 2.0
"""Where they have passed the camera."""
BYSTANDERS_FROM = 900_000_000
"""People numbered from here on only fill the street; keep lists and crowds below."""
MAX_CROWD = 100_000


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """The camera, the light and how busy the street is."""

    width: int = 1280
    """Pixels, 160 to 3840."""
    height: int = 720
    """Pixels, 120 to 2160."""
    rate: float = 25.0
    """Frames a second, 1 to 120."""
    seconds: float = 60.0
    """Length of the scene, 0.2 to 86,400."""
    seed: int = 0
    """Of the street, of who walks when, and of the camera's noise."""
    camera_height_m: float = 2.1
    """1 to 6."""
    field_of_view_deg: float = 30.0
    """Across the picture, 10 to 100."""
    bystanders_per_minute: float = 8.0
    """People who cross far off or walk away: never assessable; 0 to 120."""
    noise: float = 2.2
    """Standard deviation of the camera's noise in grey levels, 0 to 30."""
    exposure_s: float = 0.008
    """How long the shutter is open, which blurs motion; 0 to 0.1."""
    brightness: float = 1.0
    """Of the daylight, 0.15 to 1.4."""
    zone_inter_eye_px: float = 24.0
    """Pixels between the eyes from which a face counts as in the zone of recognition."""

    def __post_init__(self) -> None:
        check_whole("width", self.width, 160, 3840)
        check_whole("height", self.height, 120, 2160)
        check_whole("seed", self.seed, 0, MAX_SEED)
        for field, low, high in (
            ("rate", 1, 120),
            ("seconds", 0.2, 86_400),
            ("camera_height_m", 1, 6),
            ("field_of_view_deg", 10, 100),
            ("bystanders_per_minute", 0, 120),
            ("noise", 0, 30),
            ("exposure_s", 0, 0.1),
            ("brightness", 0.15, 1.4),
            ("zone_inter_eye_px", 4, 400),
        ):
            check_range(field, getattr(self, field), low, high)

    @property
    def view(self) -> View:
        """The camera's geometry."""
        return View(self.width, self.height, self.camera_height_m, self.field_of_view_deg)

    @property
    def frames(self) -> int:
        """How many frames the scene has."""
        return max(1, round(self.seconds * self.rate))


class Scene:
    """A street, its camera and everybody's way through it.

    Args:
        cast: whose people walk.
        crowd: numbers of the people who walk past the camera, each once, in this order; singly
            and in groups.
        options: camera, light and bystanders.

    Raises:
        Misuse: if a number is out of range or comes twice.
    """

    def __init__(
        self, cast: Cast, crowd: Sequence[int], options: SceneOptions | None = None
    ) -> None:
        if len(crowd) > MAX_CROWD:
            msg = f"a crowd of {len(crowd)} is more than {MAX_CROWD}"
            raise Misuse(msg, advice="Make several scenes")
        for number in crowd:
            check_whole("person", number, 0, BYSTANDERS_FROM - 1)
        if len(set(crowd)) != len(crowd):
            msg = "somebody is in the crowd twice"
            raise Misuse(msg, advice="Give each person one walk")
        self.cast = cast
        self.options = options or SceneOptions()
        self.crowd = tuple(crowd)

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """Every walk, in order of its start."""
        rng = np.random.Generator(np.random.Philox(key=[self.options.seed, 1]))
        walks = [*self._passes(rng), *self._bystanders(rng)]
        return tuple(sorted(walks, key=lambda walk: walk.start_s))

    def _passes(self, rng: np.random.Generator) -> list[Walk]:
        """Walks of the crowd: groups follow one another, each in a lane of its own."""
        groups: list[tuple[int, ...]] = []
        left = list(self.crowd)
        while left:
            size = min(int(rng.choice((1, 2, 3), p=(0.6, 0.28, 0.12))), len(left))
            groups.append(tuple(left[:size]))
            left = left[size:]
        walks: list[Walk] = []
        last = max(0.0, self.options.seconds - 19.0)
        gap = last / max(1, len(groups) - 1) if len(groups) > 1 else 0.0
        for place, group in enumerate(groups):
            jitter = rng.uniform(-0.3, 0.3) * gap if 0 < place < len(groups) - 1 else 0.0
            walks += self._group(rng, group, place * gap + jitter, first_index=len(walks))
        return walks

    def _group(
        self, rng: np.random.Generator, group: tuple[int, ...], start: float, *, first_index: int
    ) -> list[Walk]:
        speed = float(np.clip(rng.normal(1.3, 0.14), 1.0, 1.7))
        spacing = 0.66
        reach = 1.05 - spacing * (len(group) - 1) / 2
        middle = float(rng.uniform(-reach, reach))
        walks = []
        for place, person in enumerate(group):
            habit = rng.random()
            walks.append(
                Walk(
                    index=first_index + place,
                    person=person,
                    take=1 + int(rng.integers(1000)),
                    heading=Heading.TOWARDS,
                    # The first come into view half way, so that the street is never empty.
                    start_s=start - 6.0 + float(rng.uniform(-0.25, 0.25)),
                    speed=speed,
                    lane=middle + spacing * (place - (len(group) - 1) / 2),
                    far=FAR_M,
                    near=NEAR_M,
                    sway=float(rng.uniform(-0.1, 0.1)),
                    look_deg=18.0 if habit < 0.2 else float(rng.uniform(1, 7)),  # noqa: PLR2004
                    look_s=float(rng.uniform(2.5, 5)),
                    down_deg=float(rng.uniform(6, 12)) if habit > 0.88 else 0.0,  # noqa: PLR2004
                    phase=float(rng.random()),
                )
            )
        return walks

    def _bystanders(self, rng: np.random.Generator) -> list[Walk]:
        """Walks of those who never come near enough to be assessed."""
        minutes = (self.options.seconds + 20) / 60
        count = int(rng.poisson(self.options.bystanders_per_minute * minutes))
        walks = []
        for place in range(count):
            across = rng.random() < 0.45  # noqa: PLR2004 - the rest walk away
            side = 1 if rng.random() < 0.5 else -1  # noqa: PLR2004
            walks.append(
                Walk(
                    index=len(self.crowd) + place,
                    person=BYSTANDERS_FROM + place,
                    take=1,
                    heading=Heading.ACROSS if across else Heading.AWAY,
                    start_s=float(rng.uniform(-20, self.options.seconds)),
                    speed=float(rng.uniform(1.0, 1.6)),
                    lane=float(rng.uniform(13, 22))
                    if across
                    else side * float(rng.uniform(1.0, 2.2)),
                    far=side * 5.0 if across else FAR_M,
                    near=3.0,
                    sway=float(rng.uniform(-0.15, 0.15)),
                    look_deg=4.0,
                    look_s=4.0,
                    down_deg=0.0,
                    phase=float(rng.random()),
                )
            )
        return walks


def crowd_of(seed: int, size: int, *, listed: Sequence[int] = (), first: int = 0) -> list[int]:
    """Numbers of a crowd in which the listed walk at seeded places.

    Args:
        seed: of the places.
        size: how many walk, the listed among them.
        listed: numbers of those who must be among them.
        first: the others are numbered upwards from here, past the listed.

    Raises:
        Misuse: if more are listed than walk.
    """
    check_whole("seed", seed, 0, MAX_SEED)
    check_whole("crowd size", size, 0, MAX_CROWD)
    check_whole("first", first, 0, MAX_PEOPLE)
    if len(listed) > size:
        msg = f"{len(listed)} listed people cannot be among {size} who walk"
        raise Misuse(msg)
    rng = np.random.Generator(np.random.Philox(key=[seed, 2]))
    taken = set(listed)
    others: list[int] = []
    number = first
    while len(others) < size - len(listed):
        if number not in taken:
            others.append(number)
        number += 1
    everyone = np.array([*others, *listed], np.int64)
    rng.shuffle(everyone)
    return [int(number) for number in everyone]

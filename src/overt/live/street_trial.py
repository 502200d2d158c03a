"""The demo: a list of people who do not exist, some of whom walk down the generated street.

It runs the ordinary path on a generated camera at real-time pace. What is ordinary about it:
the stills go through the image-quality gate, and the frames through the same session as a
trial's. What is not: nobody's face is anybody's, and so the truth is known.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from overt.assess.truth import Pass
from overt.authority.limits import GENERATED_SOURCE
from overt.errors import Misuse
from overt.live.alone import Alone, need_leave
from overt.live.conduct import OperatingPoint, Truth, conduct, threshold_of
from overt.live.engine import open_engine
from overt.street.cast import Cast
from overt.street.portrait import still
from overt.street.scene import Scene, SceneOptions, crowd_of
from overt.street.source import SceneSource
from overt.values import CameraId, EntryId
from overt.vocabulary import Kind
from overt.watchlist.gallery import read_folder

if TYPE_CHECKING:
    from overt.clock import Clock
    from overt.config import Config
    from overt.live.conduct import TrialListener
    from overt.live.prompt import Prompt
    from overt.live.trial_result import TrialResult
    from overt.values import Box

CAMERA = CameraId("street")
LISTED = 40
"""People on the demo's list."""
LISTED_WALKING = 5
"""Of them, who walk past."""
MIN_SECONDS, MAX_SECONDS = 20.0, 3_600.0
MAX_PEOPLE = 2_000
FPIR = 0.0001
"""Wanted share of passers-by who raise a false alert."""


@dataclass(frozen=True, slots=True)
class StreetTrialRequest:
    """How long and how busy."""

    seconds: float = 45.0
    people: int = 16
    """Who walk past the camera, the listed among them."""
    seed: int = 1
    live: bool = True
    """Real-time pace; False analyses every frame as fast as this machine can."""

    def __post_init__(self) -> None:
        if not MIN_SECONDS <= self.seconds <= MAX_SECONDS:
            msg = f"--seconds {self.seconds:g} is outside {MIN_SECONDS:g} to {MAX_SECONDS:g}"
            raise Misuse(msg)
        if not LISTED_WALKING <= self.people <= MAX_PEOPLE:
            msg = f"--people {self.people} is outside {LISTED_WALKING} to {MAX_PEOPLE:,}"
            raise Misuse(msg)


def run_street_trial(
    request: StreetTrialRequest, config: Config, clock: Clock, listener: TrialListener
) -> TrialResult:
    """Build the list, walk the crowd past the camera, and score what was raised.

    Raises:
        OvertError: if a model is missing or altered, a figure out of range, or the gate refuses.
    """
    cast = Cast(request.seed)
    walking = range(LISTED_WALKING)
    options = SceneOptions(seconds=request.seconds, seed=request.seed)
    crowd = crowd_of(request.seed, request.people, listed=walking, first=LISTED)
    source = SceneSource(CAMERA, Scene(cast, crowd, options), clock, live=request.live)
    engine = open_engine(config)
    try:
        with tempfile.TemporaryDirectory(prefix="overt-demo-") as folder:
            _write_stills(cast, Path(folder), listener)
            images = read_folder(Path(folder)).images
            point = OperatingPoint(FPIR)
            threshold, _ = threshold_of(point, engine, LISTED)
            wanted = Alone(
                kind=Kind.DEMO,
                images=images,
                consented=frozenset(str(_name(number)) for number in range(LISTED)),
                cameras={CAMERA: GENERATED_SOURCE},
                threshold=float(threshold),
            )
            need_leave(wanted, engine, clock)  # N3: the demo passes the same gate
            result, _ = conduct(
                images,
                source,
                engine,
                clock,
                listener,
                name=f"the generated street, seed {request.seed}",
                point=point,
                truth=lambda: _truth(source),
            )
            return result
    finally:
        source.close()
        engine.close()


def _name(number: int) -> EntryId:
    return EntryId(f"Person {number + 1:02}")


def _truth(source: SceneSource) -> Truth:
    """Everybody who went through the zone, and by place who each prompt's face was."""
    street = source.passes()
    passes = [
        Pass(one.start_s, one.end_s, _name(one.person) if one.person < LISTED else None)
        for one in street
    ]
    of_walk = {one.walk: i for i, one in enumerate(street)}
    rate = source.scene.options.rate

    def seen_on(prompt: Prompt) -> tuple[int, ...]:
        best = prompt.crops[0]
        present = source.presences[round(best.media_s * rate)]
        nearest = min(present, key=lambda one: _apart(one.box, best.box), default=None)
        if nearest is None or nearest.walk not in of_walk:
            return ()
        return (of_walk[nearest.walk],)

    return Truth(passes, seen_on)


def _apart(a: Box, b: Box) -> float:
    """Distance between the middles of two boxes, pixels."""
    return math.hypot(
        (a.left + a.right - b.left - b.right) / 2, (a.top + a.bottom - b.top - b.bottom) / 2
    )


def _write_stills(cast: Cast, folder: Path, listener: TrialListener) -> None:
    """A custody-style still of everybody on the list."""
    for number in range(LISTED):
        Image.fromarray(still(cast, number, take=0)).save(folder / f"{_name(number)}.png")
        listener.enrolling(number + 1, 2 * LISTED)

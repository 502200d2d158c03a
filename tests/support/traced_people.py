"""People whose templates and pictures a test knows: drawn ones by the real path, and invented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.street.portrait import still
from overt.values import (
    Box,
    CameraId,
    Crop,
    Frame,
    FrameId,
    Quality,
    Sighting,
    Template,
    TrackId,
)

if TYPE_CHECKING:
    from overt.live.engine import Engine
    from overt.street.cast import Cast

CAMERA = CameraId("street")
BYSTANDER, FIRST_STRANGER = 900, 1_000
LISTED = "the listed person"
_BEHIND = 0.5
"""Size of the bystander beside whom they stand behind."""


@dataclass(frozen=True)
class PeopleSeen:
    """What a worker says of them, and who they are."""

    sightings: list[Sighting]
    names: list[str]
    """Whose each is."""
    beside: np.ndarray
    """(h, w, 3) the frame in which a bystander stands behind the listed person."""
    bystander: np.ndarray
    """(h, w, 3) the bystander's face in it."""

    def templates(self, *, listed: bool) -> dict[str, np.ndarray]:
        return {
            f"{name} {n}": one.template.vector
            for n, (name, one) in enumerate(zip(self.names, self.sightings, strict=True))
            if listed is (name == LISTED)
        }

    def crops(self, *, listed: bool) -> dict[str, list[np.ndarray]]:
        return {
            f"{name} {n}": [crop.image for crop in one.crops]
            for n, (name, one) in enumerate(zip(self.names, self.sightings, strict=True))
            if listed is (name == LISTED)
        }


def people_seen(cast: Cast, engine: Engine, strangers: int, invented: int) -> PeopleSeen:
    """First the listed person, with a bystander behind; then strangers, then invented people."""
    together, bystander = _together(cast)
    pictures = {LISTED: together}
    for n in range(strangers):
        pictures[f"stranger {n}"] = still(cast, FIRST_STRANGER + n, take=1)
    found: list[tuple[str, Sighting]] = []
    for name, picture in pictures.items():
        path = engine.path(CAMERA)
        seen = []
        for index in range(5):
            frame = Frame(FrameId(CAMERA, index), picture, index * 0.2, index * 0.2)
            seen += path.process(frame)
        seen += path.finish()
        largest = max(seen, key=lambda one: one.best_quality.inter_eye_px).track
        found += [(name, one) for one in seen if one.track == largest]
    length = len(found[0][1].template.vector)
    found += [(f"invented {n}", _invented(n, length, engine.model)) for n in range(invented)]
    return PeopleSeen([one for _, one in found], [name for name, _ in found], together, bystander)


def likeness(shown: np.ndarray, face: np.ndarray) -> float:
    """How well a face is found anywhere in a picture at any size near its own, −1 to 1."""
    best = -1.0
    for scale in np.arange(0.4, 1.05, 0.05):
        size = (round(face.shape[1] * scale), round(face.shape[0] * scale))
        small = cv2.resize(face, size, interpolation=cv2.INTER_AREA)
        if small.shape[0] <= shown.shape[0] and small.shape[1] <= shown.shape[1]:
            best = max(best, float(cv2.matchTemplate(shown, small, cv2.TM_CCOEFF_NORMED).max()))
    return best


def _together(cast: Cast) -> tuple[np.ndarray, np.ndarray]:
    """The listed person, and over one shoulder somebody half as large."""
    before = still(cast, 0, take=0)
    behind = still(cast, BYSTANDER, take=0)
    height, width = behind.shape[:2]
    small = cv2.resize(
        behind, (int(width * _BEHIND), int(height * _BEHIND)), interpolation=cv2.INTER_AREA
    )
    face = small[15:150, 35:125]
    picture = np.full((420, 560, 3), 150, np.uint8)
    picture[10:410, 60:380] = before
    picture[80 : 80 + face.shape[0], 300 : 300 + face.shape[1]] = face
    return picture, face[20:110, 12:78].copy()


def _invented(number: int, length: int, model: str) -> Sighting:
    rng = np.random.default_rng(number)
    vector = rng.standard_normal(length).astype(np.float32)
    vector /= np.linalg.norm(vector)
    rough = rng.integers(0, 256, (24, 20, 3)).astype(np.uint8)
    crops = tuple(
        Crop(
            np.asarray(cv2.resize(rough[i : 20 + i], (200, 240), interpolation=cv2.INTER_CUBIC)),
            Box(0, 0, 100, 120),
            0.0,
            0.0,
            Quality(60, 0, 0, 0, 20, 120, 50, 0.9),
        )
        for i in range(3)
    )
    return Sighting(
        camera=CAMERA,
        track=TrackId(0),
        revision=0,
        template=Template(vector, model),
        crops=crops,
        first_media_s=0.0,
        media_s=0.0,
        captured_at=0.0,
        frames_used=3,
        best_quality=crops[0].quality,
    )

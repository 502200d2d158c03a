"""A face reader that reads what tests have painted: each pixel of the top row may be one face.

Red is the person (0: no face), green the height of the face in pixels, blue the problem by its
place in `Problem` plus 1 (0: none).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from overt.values import Box, Face, Landmarks, Point, Problem, Quality, Reading, Template

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Painted = tuple[int, int, Problem | None]
"""Person, height, problem."""


def paint(path: Path, *faces: Painted, shade: int = 0) -> Path:
    """Write a picture. A different `shade` makes it a different file of the same faces."""
    pixels = np.full((32, 32, 3), shade, np.uint8)
    pixels[0] = 0
    for column, (person, height, problem) in enumerate(faces):
        blue = list(Problem).index(problem) + 1 if problem else 0
        pixels[0, column] = (person, height, blue)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def vector_of(person: int, turn: float = 0.0) -> NDArray[np.float32]:
    """A unit vector for a person; people are at right angles to one another."""
    vector = np.zeros(256, np.float32)
    vector[person], vector[0] = np.cos(turn), np.sin(turn)
    return vector


def quality(*problems: Problem, score: float = 0.8) -> Quality:
    return Quality(
        inter_eye_px=24.4,
        yaw_deg=-41.0,
        pitch_deg=33.0,
        roll_deg=35.0,
        sharpness=1.23,
        brightness=21.0,
        contrast=7.0,
        score=score,
        problems=problems,
    )


@dataclass
class PaintedReader:
    """Also counts how many pictures it was given."""

    model: str = "painted"
    template_model: str = "painted"
    seen: int = 0
    shades: dict[int, float] = field(default_factory=dict)
    """Angle by which a picture of this shade turns its person's template."""
    scores: dict[int, float] = field(default_factory=dict)
    """Quality score of the faces in a picture of this shade; 0.8 of the others."""

    def read(self, image: NDArray[np.uint8]) -> list[Reading]:
        self.seen += 1
        shade = int(image[-1, -1, 0])
        turn, score = self.shades.get(shade, 0.0), self.scores.get(shade, 0.8)
        return [self._face(*pixel, turn, score) for pixel in image[0].tolist() if pixel[0]]

    def _face(self, person: int, height: int, blue: int, turn: float, score: float) -> Reading:
        eye = Point(0.0, 0.0)
        face = Face(Box(0, 0, height, height), Landmarks(eye, eye, eye, eye, eye), 0.9)
        problems = (list(Problem)[blue - 1],) if blue else ()
        template = None if problems else Template(vector_of(person, turn), self.template_model)
        return Reading(face, quality(*problems, score=score), template)

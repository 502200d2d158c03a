"""Frozen nouns of the data's path: frame, face, quality, template, sighting, candidate.

This module imports nothing of Overt, and numpy only for the type checker.
Distances are in pixels of the frame, times in seconds, angles in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NewType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CameraId = NewType("CameraId", str)
"""Name of one camera (or recording), unique in a deployment."""
TrackId = NewType("TrackId", int)
"""Number of one passage of one face before one camera; never joined across cameras (N6)."""
EntryId = NewType("EntryId", str)
"""One person on a watchlist, however many images they have."""
Similarity = NewType("Similarity", float)
"""Cosine of two templates, −1 to 1. Never a probability (N10)."""


@dataclass(frozen=True, slots=True)
class FrameId:
    """Which frame: the camera, and its number since the source was opened."""

    camera: CameraId
    index: int
    """Counts decoded frames from 0, including those that were not analysed."""


class Point(NamedTuple):
    """A place in a frame."""

    x: float
    """Pixels from the left edge."""
    y: float
    """Pixels from the top edge."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in a frame. It may reach past the frame's edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels; 0 or more."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """Pixels; 0 or more."""
        return max(0.0, self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Five points of a face. Left and right are the image's, not the person's."""

    left_eye: Point
    right_eye: Point
    nose: Point
    left_mouth: Point
    right_mouth: Point

    @property
    def points(self) -> tuple[Point, Point, Point, Point, Point]:
        """The five points in the order above."""
        return (self.left_eye, self.right_eye, self.nose, self.left_mouth, self.right_mouth)

    @property
    def inter_eye_px(self) -> float:
        """Distance between the eyes, pixels."""
        dx = self.right_eye.x - self.left_eye.x
        dy = self.right_eye.y - self.left_eye.y
        return float((dx * dx + dy * dy) ** 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture from a camera. Lives in memory only."""

    id: FrameId
    image: NDArray[np.uint8]
    """(height, width, 3) uint8 RGB, C-contiguous; treated as read-only."""
    media_s: float
    """Seconds from the source's first frame, by the source's own timestamps."""
    captured_at: float
    """Seconds on the local monotonic clock when the frame reached this machine."""


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face."""

    box: Box
    landmarks: Landmarks
    confidence: float
    """The detector's score, 0 to 1. It says "a face", never "whose"."""


class Problem(StrEnum):
    """Why a face cannot be assessed, in words that an operator can act on."""

    TOO_SMALL = "too few pixels between the eyes"
    TURNED = "turned too far to the side"
    TILTED = "looking too far up or down"
    ROLLED = "head tipped too far over"
    BLURRED = "not sharp enough"
    TOO_DARK = "too dark"
    TOO_BRIGHT = "too bright"
    LOW_CONTRAST = "too little contrast"
    CUT_OFF = "cut off by the edge of the picture"


@dataclass(frozen=True, slots=True)
class Quality:
    """What the picture of one face is worth. Computed from geometry and grey levels alone."""

    inter_eye_px: float
    yaw_deg: float
    """Estimated turn of the head; positive towards the image's right; about ±15° uncertain."""
    pitch_deg: float
    """Estimated nod; positive looking down; a rougher estimate than yaw."""
    roll_deg: float
    """Tilt of the line between the eyes; positive clockwise."""
    sharpness: float
    """Detail in the aligned chip; see `overt.faces.quality` for its definition."""
    brightness: float
    """Mean grey level of the face, 0 to 255."""
    contrast: float
    """Standard deviation of the grey levels of the face, 0 to 127.5."""
    score: float
    """0 (useless) to 1 (as good as is useful); orders the frames of one track."""
    problems: tuple[Problem, ...] = ()
    """Empty if the face can be assessed."""

    @property
    def assessable(self) -> bool:
        """Whether a template may be made from this picture."""
        return not self.problems


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A face as a vector. Comparable only with templates of the same model."""

    vector: NDArray[np.float32]
    """(d,) float32 of unit length."""
    model: str
    """Identity of the pack, weights, runtime precision and preparation that made it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One face of one still image, as the enrolment gate sees it."""

    face: Face
    quality: Quality
    template: Template | None
    """None if the face was not assessable."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A small picture of a face out of one frame, for the two pictures of a prompt."""

    image: NDArray[np.uint8]
    """(height, width, 3) uint8 RGB."""
    box: Box
    """Where the face was in its frame."""
    media_s: float
    captured_at: float
    quality: Quality


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """What a camera worker says of one track: its template so far. Dropped unless it matches."""

    camera: CameraId
    track: TrackId
    revision: int
    """0 for a track's first template, rising by 1 each time the template improves."""
    template: Template
    crops: tuple[Crop, ...]
    """Best frames of the track, best first; only these reach a prompt."""
    first_media_s: float
    """When the track began."""
    media_s: float
    """The newest frame that went into this template."""
    captured_at: float
    """Capture of that newest frame, monotonic seconds: the start of capture-to-prompt."""
    frames_used: int
    """How many frames the template is a mean of."""
    best_quality: Quality = field(repr=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The watchlist entry that a probe scores highest against, whatever the score."""

    entry: EntryId
    similarity: Similarity


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where one record lies in a sealed file, to read it alone."""

    number: int
    """Counts from 0."""
    offset: int
    """Bytes from the start of the file."""

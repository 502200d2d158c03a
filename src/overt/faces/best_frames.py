"""One track's best frames, and the template that is their quality-weighted mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from overt.faces.embedder import unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.values import Crop


@dataclass(frozen=True, slots=True)
class Effort:
    """How much embedding a track is worth."""

    keep: int = 6
    """Frames whose mean the template is."""
    first_after: int = 3
    """Frames embedded before the first template is spoken of, unless the track ends sooner."""
    wait_s: float = 0.6
    """Or seconds since the first embedded frame, whichever comes first."""
    spacing_s: float = 0.12
    """Seconds between two embedded frames: neighbours show the same picture."""
    gain: float = 1.15
    """A full track embeds a frame only if it is this much better than its worst."""
    most: int = 16
    """Embeddings spent on one track, at most."""
    same_least: float = -1.0
    """Similarity below which two frames of a track are of two people: a tracker that goes by
    place alone can slip from one face to the next where people cross."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    vector: NDArray[np.float32]
    crop: Crop


@dataclass(slots=True, eq=False)
class BestFrames:
    """What is known of one track, in memory, until it ends."""

    first_media_s: float
    effort: Effort = field(default_factory=Effort)
    frames_seen: int = 0
    """Frames in which the track's face was detected."""
    spoken_of: int = 0
    """Sightings made so far: the next one's revision."""
    closest_px: float = 0.0
    """Most pixels between the eyes so far."""
    assessable: bool = False
    """Whether any frame was good enough to embed."""
    _samples: list[_Sample] = field(default_factory=list)
    _odd: _Sample | None = None
    """A frame that looked like somebody else, until the next one says which it is."""
    _embedded: int = 0
    _last_media_s: float = float("-inf")
    _changed: bool = False

    def wants(self, score: float, media_s: float) -> bool:
        """Whether embedding a frame of this quality could improve the template."""
        if self._embedded >= self.effort.most:
            return False
        if media_s - self._last_media_s < self.effort.spacing_s:
            return False
        if len(self._samples) < self.effort.keep:
            return True
        return score > self.effort.gain * self._samples[-1].crop.quality.score

    def add(self, vector: NDArray[np.float32], crop: Crop) -> None:
        """Take in an embedded frame; the worst beyond `keep` is let go.

        A frame that does not look like the others is held back. If the next one agrees with it,
        the track has slipped to somebody else, and all that was kept before is let go: two
        people are never averaged into one template.
        """
        sample, held = _Sample(vector, crop), self._odd
        self._odd = None
        self._embedded += 1
        self._last_media_s = crop.media_s
        if self._samples and float(vector @ self.template()) < self.effort.same_least:
            if held is None or float(vector @ held.vector) < self.effort.same_least:
                self._odd = sample
                return
            self._samples = [held]
            self._embedded = 2
        self._samples.append(sample)
        self._samples.sort(key=lambda sample: -sample.crop.quality.score)
        del self._samples[self.effort.keep :]
        self._changed = True

    def ready(self, media_s: float, *, ended: bool) -> bool:
        """Whether the template has something new to say, and enough behind it."""
        if not self._changed:
            return False
        waited = media_s - min(sample.crop.media_s for sample in self._samples)
        return ended or self._embedded >= self.effort.first_after or waited >= self.effort.wait_s

    def template(self) -> NDArray[np.float32]:
        """(d,) float32 unit vector: the mean of the best frames, weighted by quality."""
        weights = np.array([max(s.crop.quality.score, 1e-3) for s in self._samples], np.float32)
        vectors = np.stack([sample.vector for sample in self._samples])
        return np.asarray(unit_rows((weights @ vectors)[None])[0], np.float32)

    @property
    def newest(self) -> Crop:
        """The latest frame in the template."""
        return max((sample.crop for sample in self._samples), key=lambda crop: crop.media_s)

    @property
    def frames_used(self) -> int:
        """Frames in the template."""
        return len(self._samples)

    def speak(self, most_crops: int) -> tuple[int, tuple[Crop, ...]]:
        """The next sighting's revision and best crops; marks what is known as said."""
        self._changed = False
        self.spoken_of += 1
        return self.spoken_of - 1, tuple(s.crop for s in self._samples[:most_crops])

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
    """Moments of one track that are embedded, at most, unless a face then beats the best by
    `record_gain`."""
    record_gain: float = 1.05
    """A frame so much better than the best is embedded at once, whatever spacing and `most` say;
    it takes the place of the one embedded in the same moment. After twice `most` embeddings it
    must be better by `gain`, so even a face that grows all the while costs a bounded number."""
    same_least: float = -1.0
    """Similarity below which two frames of a track are of two people: a tracker that goes by
    place alone can slip from one face to the next where people cross."""


HOPE = 1.15
"""A frame is judged if it could be worth embedding were it so much sharper than those before."""
FORGET = 0.98
"""What is expected of a track's sharpness falls to this share with each frame judged."""


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
    _last: _Sample | None = None
    """What was taken in last."""
    _embedded: int = 0
    _moments: int = 0
    """Of the embedded frames, those not in the place of another."""
    _moment_s: float = float("-inf")
    """When the present moment began."""
    _best_score: float = 0.0
    """Of the frames embedded, as they were judged before a closer look."""
    _detail: float | None = None
    """The sharpest share of what its landmarks promised that a frame of late was worth."""
    _changed: bool = False

    def may_want(self, promised: float, media_s: float) -> bool:
        """Whether a frame could be worth embedding, as far as can be told before judging it.

        Args:
            promised: its score were it perfectly sharp; see `quality.promised_score`.
            media_s: its time.
        """
        detail = 1.0 if self._detail is None else min(1.0, HOPE * self._detail)
        return self.wants(promised * detail, media_s)

    def judged(self, promised: float, score: float) -> None:
        """Learn how much of what its landmarks promise this face keeps."""
        detail = score / max(promised, 1e-6)
        self._detail = max(detail, FORGET * (self._detail or 0.0))

    def wants(self, score: float, media_s: float) -> bool:
        """Whether embedding a frame of this quality could improve the template."""
        effort = self.effort
        plenty = self._embedded >= 2 * effort.most
        record = self._best_score * (effort.gain if plenty else effort.record_gain)
        # The frame after an odd one must be another moment's, or it would be no second opinion.
        if self._samples and self._odd is None and score > record:
            return True
        if self._moments >= effort.most or not self._next_moment(media_s):
            return False
        if len(self._samples) < effort.keep:
            return True
        return score > effort.gain * self._samples[-1].crop.quality.score

    def _next_moment(self, media_s: float) -> bool:
        """Whether the last embedded moment has passed."""
        return media_s - self._moment_s >= self.effort.spacing_s

    def add(self, vector: NDArray[np.float32], crop: Crop, score: float | None = None) -> None:
        """Take in an embedded frame; the worst beyond `keep` is let go.

        A frame that does not look like the others is held back. If the next one agrees with it,
        the track has slipped to somebody else, and all that was kept before is let go: two
        people are never averaged into one template.

        Args:
            vector: (d,) float32, unit length.
            crop: the frame's picture and quality.
            score: what `wants` was asked about; None if that is the crop's own.
        """
        sample, held, last = _Sample(vector, crop), self._odd, self._last
        score = crop.quality.score if score is None else score
        self._odd = None
        self._embedded += 1
        if self._next_moment(crop.media_s):
            self._moment_s = crop.media_s
            self._moments += 1
            last = None
        if self._samples and float(vector @ self.template()) < self.effort.same_least:
            if held is None or float(vector @ held.vector) < self.effort.same_least:
                self._odd = sample
                return
            self._samples = [held]
            self._moments = 2
            self._best_score = held.crop.quality.score
        elif last is not None and last.crop.media_s >= self._moment_s:
            self._samples = [kept for kept in self._samples if kept is not last]
        self._last = sample
        self._best_score = max(self._best_score, score)
        self._samples.append(sample)
        self._samples.sort(key=lambda sample: -sample.crop.quality.score)
        del self._samples[self.effort.keep :]
        self._changed = True

    def ready(self, media_s: float, *, ended: bool) -> bool:
        """Whether the template has something new to say, and enough behind it."""
        if not self._changed:
            return False
        waited = media_s - min(sample.crop.media_s for sample in self._samples)
        return ended or self._moments >= self.effort.first_after or waited >= self.effort.wait_s

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

"""An alert put to a person: a possible match, with what they need to doubt it (R12, N10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.watchlist.calibration import expected_fpir, lowest_fpir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.live.step import RaisePrompt
    from overt.values import CameraId, Crop, EntryId, Sighting, Similarity, TrackId


@dataclass(frozen=True, slots=True)
class Rarity:
    """How often a passer-by who is on no list would score as high as a candidate did."""

    curve: Sequence[tuple[float, float]]
    """Measured (false match rate, similarity) pairs of the pack; may be empty."""
    entries: int
    """Length of the list."""

    def in_words(self, similarity: float) -> str:
        """For example ``about 1 in 3,000 passers-by on no list would score as high``.

        Beyond what was measured it gives a bound, or says that nothing is known.
        """
        one_in = self.one_in(similarity)
        if one_in is None:
            return "how many passers-by on no list would score as high is not known"
        about = "fewer than" if similarity > max(at for _, at in self.curve) else "about"
        return f"{about} 1 in {one_in:,} passers-by on no list would score as high"

    def one_in(self, similarity: float) -> int | None:
        """One passer-by on no list in so many would score as high.

        Beyond what was measured it is the last figure known, which is a bound; None if not even
        that is known.
        """
        measured = [measured_at for _, measured_at in self.curve]
        if not measured or similarity < min(measured):
            return None
        if similarity > max(measured):
            return _rounded(1 / lowest_fpir(self.curve, self.entries))
        return _rounded(1 / expected_fpir(self.curve, similarity, self.entries))


@dataclass(frozen=True, slots=True)
class Prompt:
    """A possible match. A person decides; the similarity is never the only ground."""

    number: int
    entry: EntryId
    similarity: Similarity
    rarity: str
    camera: CameraId
    track: TrackId
    first_media_s: float
    """When the track began, seconds of the source."""
    media_s: float
    """The newest frame behind it, seconds of the source."""
    capture_to_prompt_s: float
    """From the capture of that frame to this prompt."""
    frames_used: int
    crops: tuple[Crop, ...] = field(repr=False)
    """Best frames of the track, best first."""

    @property
    def as_dict(self) -> dict[str, object]:
        """For JSON; without pictures."""
        return {
            "number": self.number,
            "entry": self.entry,
            "similarity": round(float(self.similarity), 4),
            "rarity": self.rarity,
            "camera": self.camera,
            "track": self.track,
            "first_s": round(self.first_media_s, 3),
            "at_s": round(self.media_s, 3),
            "capture_to_prompt_ms": round(self.capture_to_prompt_s * 1000, 1),
            "frames_used": self.frames_used,
        }


def prompt_of(command: RaisePrompt, sighting: Sighting, now_s: float, rarity: Rarity) -> Prompt:
    """The prompt for a raised alert.

    Args:
        command: what the step decided.
        sighting: the sighting that it decided about.
        now_s: monotonic seconds.
        rarity: how the list's scores are distributed.
    """
    candidate = command.searched.candidate
    return Prompt(
        number=command.number,
        entry=candidate.entry,
        similarity=candidate.similarity,
        rarity=rarity.in_words(candidate.similarity),
        camera=sighting.camera,
        track=sighting.track,
        first_media_s=sighting.first_media_s,
        media_s=sighting.media_s,
        capture_to_prompt_s=now_s - sighting.captured_at,
        frames_used=sighting.frames_used,
        crops=sighting.crops,
    )


def _rounded(number: float) -> int:
    """One or two leading figures: more would claim more than is known."""
    digits = len(str(int(number)))
    return int(round(number, 2 - digits))

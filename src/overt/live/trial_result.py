"""What a trial found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt import __version__

if TYPE_CHECKING:
    from overt.assess.trial import TrialScore
    from overt.faces.path import PathCounts
    from overt.live.health import CameraHealth
    from overt.live.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the analysis took."""

    wall_s: float
    """From the capture of the first frame to the last search."""
    model_s: float
    """Of it, inside model calls."""
    live: bool
    """Whether a camera set the pace: the wall then says nothing about speed."""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """Counts first; rates only where the truth is known."""

    source: str
    model: str
    threshold: float
    threshold_from: str
    entries: int
    """Volunteers on the list."""
    left_out: tuple[str, ...]
    """Volunteers none of whose images passed the gate, each with the reason."""
    counts: PathCounts
    problems: dict[str, int]
    """Frames of tracks that could not be assessed, by reason."""
    tracks_searched: int
    searches: int
    suppressed: int
    """Alerts for an entry that had been prompted within the cool-down."""
    frames_dropped: int
    """Frames of a live source that were stale before they could be analysed."""
    prompts: tuple[Prompt, ...]
    score: TrialScore | None
    """None if there was no truth file: rates are then unknown."""
    timing: Timing
    settings: dict[str, object]
    cameras: tuple[CameraHealth, ...] = ()
    """How each live camera did; empty for a recording."""

    def capture_to_prompt_ms(self, percent: float) -> float | None:
        """A percentile of capture-to-prompt, milliseconds; None without prompts."""
        if not self.prompts:
            return None
        times = [prompt.capture_to_prompt_s * 1000 for prompt in self.prompts]
        return float(np.percentile(times, percent))

    @property
    def as_dict(self) -> dict[str, object]:
        """The whole result as JSON types, without pictures."""
        frames = max(1, self.counts.frames)
        return {
            "kind": "overt trial",
            "overt": __version__,
            "source": self.source,
            "model": self.model,
            "threshold": round(self.threshold, 4),
            "threshold_from": self.threshold_from,
            "list": {"entries": self.entries, "left_out": list(self.left_out)},
            "frames": self.counts.frames,
            "frames_dropped": self.frames_dropped,
            "detections": self.counts.faces,
            "detections_per_frame": round(self.counts.faces / frames, 3),
            "faces_seen": self.counts.tracks,
            "mean_track_frames": round(self.counts.track_frames / max(1, self.counts.tracks), 2),
            "faces_unassessable": self.counts.unassessable,
            "unassessable_frames": self.problems,
            "tracks_searched": self.tracks_searched,
            "searches": self.searches,
            "embedded": self.counts.embedded,
            "alerts": len(self.prompts),
            "suppressed": self.suppressed,
            "prompts": [prompt.as_dict for prompt in self.prompts],
            "capture_to_prompt_ms": {
                f"p{p}": None if (ms := self.capture_to_prompt_ms(p)) is None else round(ms, 1)
                for p in (50, 95)
            },
            "rates": self._rates,
            "timing": {
                "wall_s": round(self.timing.wall_s, 3),
                "model_s": round(self.timing.model_s, 3),
                "live": self.timing.live,
                "frames_per_s": round(self.counts.frames / max(1e-9, self.timing.wall_s), 2),
                "path_over_models": round(self.timing.wall_s / max(1e-9, self.timing.model_s), 3),
            },
            **({"cameras": [one.as_dict for one in self.cameras]} if self.cameras else {}),
            "settings": self.settings,
        }

    @property
    def _rates(self) -> dict[str, object] | None:
        if self.score is None:
            return None
        return {
            "true_alerts": len(self.score.true_alerts),
            "false_alerts": len(self.score.false_alerts),
            "tpir": self.score.tpir.as_dict,
            "fpir": {**self.score.fpir.as_dict, "search": self.score.non_mated_unit},
            "false_over_alerts": self.score.false_over_alerts.as_dict,
        }

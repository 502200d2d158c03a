"""What `overt bench` measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.errors import Misuse
from overt.faces.runtime import Precision
from overt.live.engine_choice import fastest
from overt.policy import MAX_CAMERAS

if TYPE_CHECKING:
    from overt.live.engine_choice import EngineChoice, EngineTiming
    from overt.live.health import CameraHealth

CAMERA_RATE = 25.0
"""Frames a second of the cameras that the estimate is for."""
LEAST_RATE = 6.0
"""Frames of each camera that must be looked at in a second. With fewer, listed people who walk by
were missed (bench/README.md)."""


@dataclass(frozen=True, slots=True)
class PathFigures:
    """Every frame of a street through the path, on one thread."""

    frames: int
    faces: int
    """Detections, over all frames."""
    wall_s: float
    model_s: float
    """Wall seconds inside model calls."""
    processor_s: float
    """Of the path's thread, without decoding."""
    decode_s: float
    """Processor seconds of decoding."""

    @property
    def frames_per_s(self) -> float:
        """Decoding included, as the wall clock saw it."""
        return self.frames / self.wall_s

    @property
    def model_share(self) -> float:
        """Of the wall time, what was spent inside the models."""
        return self.model_s / self.wall_s


@dataclass(frozen=True, slots=True)
class CamerasFigures:
    """Live cameras, each in a worker of its own."""

    cameras: int
    wanted: int
    """Prompts that every frame of the street gives, times the cameras."""
    missed: int
    """Of them, those that did not come live."""
    prompts: int
    p50_ms: float | None
    """Capture to prompt."""
    p95_ms: float | None
    wall_s: float
    health: tuple[CameraHealth, ...]

    @property
    def looked_at(self) -> int:
        """Frames analysed or seen to show nothing new."""
        return sum(one.totals.analysed + one.totals.still for one in self.health)

    @property
    def frames_in(self) -> int:
        """Frames from all cameras."""
        return sum(one.totals.frames_in for one in self.health)

    @property
    def dropped(self) -> int:
        """Frames that were stale before they could be looked at."""
        return sum(one.totals.dropped for one in self.health)


@dataclass(frozen=True, slots=True)
class BenchResult:
    """This machine, with this pack."""

    processors: float
    """That this process may use."""
    pack: str
    model: str
    engines: tuple[EngineTiming, ...]
    choice: EngineChoice
    """The fastest in fp32: another precision needs evidence of its own (R14)."""
    path: PathFigures
    cameras: CamerasFigures

    @property
    def choice_bf16(self) -> EngineChoice | None:
        """The fastest with both networks in bf16; None where this processor or install lacks it.

        A trial may run so at once. A deployment needs evidence of just this precision (R14).
        """
        allowed = (Precision.BF16,)
        try:
            return fastest(self.engines, detector=allowed, recogniser=allowed)
        except Misuse:
            return None

    @property
    def cameras_carried(self) -> int:
        """Cameras of 25 frames a second that this machine carries, estimated.

        Each costs its decoding, and so much analysis that enough of its frames are looked at.
        """
        path = self.path
        each = CAMERA_RATE * path.decode_s / path.frames
        each += LEAST_RATE * path.processor_s / path.frames
        return min(MAX_CAMERAS, int(self.processors / each))

    @property
    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        path, cameras = self.path, self.cameras
        choices = {"fastest_fp32": self.choice, "fastest_bf16": self.choice_bf16}
        return {
            "processors": self.processors,
            "pack": self.pack,
            "model": self.model,
            "engines": [
                {"part": one.part, "identity": one.identity, "ms": round(one.ms, 2)}
                for one in self.engines
            ],
            **{
                name: choice
                and {
                    "detector": choice.detector.identity,
                    "recogniser": choice.recogniser.identity,
                }
                for name, choice in choices.items()
            },
            "path": {
                "frames": path.frames,
                "faces": path.faces,
                "wall_s": round(path.wall_s, 3),
                "model_s": round(path.model_s, 3),
                "frames_per_s": round(path.frames_per_s, 2),
                "model_share": round(path.model_share, 4),
                "decode_ms_per_frame": round(1000 * path.decode_s / path.frames, 3),
            },
            "cameras": {
                "cameras": cameras.cameras,
                "frames_in": cameras.frames_in,
                "looked_at": cameras.looked_at,
                "dropped": cameras.dropped,
                "prompts": cameras.prompts,
                "prompts_wanted": cameras.wanted,
                "prompts_missed": cameras.missed,
                "capture_to_prompt_ms": {
                    "p50": None if cameras.p50_ms is None else round(cameras.p50_ms, 1),
                    "p95": None if cameras.p95_ms is None else round(cameras.p95_ms, 1),
                },
                "each": [one.as_dict for one in cameras.health],
            },
            "cameras_carried_estimate": self.cameras_carried,
        }

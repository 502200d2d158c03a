"""How a camera is doing, and what to do about it in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from overt.policy import WANTED_INTER_EYE_PX
from overt.values import Problem

if TYPE_CHECKING:
    from overt.live.messages import WorkerHealth
    from overt.values import CameraId

State = Literal["starting", "live", "outage"]

OLD_FRAME_S = 1.0
"""Age of the newest frame from which it is worth a word."""
MANY = 1 / 2
"""Share of what could not be assessed from which its reason is worth a word."""
MANY_DROPPED = 1 / 4
MANY_UNDELIVERED = 1 / 20
FEW_FRAMES = 50
"""Frames from which shares say anything."""

_REMEDIES = {
    Problem.TURNED: ("turned away", "place the camera where people walk towards it"),
    Problem.TILTED: ("looking too far up or down", "lower the camera, or step back"),
    Problem.ROLLED: ("tipped over", "set the camera level"),
    Problem.BLURRED: ("blurred", "focus, shorten the exposure, or clean the lens"),
    Problem.TOO_DARK: ("too dark", "add light, open the aperture, or turn away from the sun"),
    Problem.TOO_BRIGHT: ("too bright", "shorten the exposure"),
    Problem.LOW_CONTRAST: ("too flat", "clean the lens, or avoid haze and backlight"),
    Problem.CUT_OFF: ("cut off by the picture's edge", "aim the camera so that faces are whole"),
}


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """One camera, in numbers, since the session started. Nothing here is about a person."""

    camera: CameraId
    state: State
    totals: WorkerHealth
    """Counts over all of its workers; sizes, reasons and effort of the last."""
    frame_age_s: float | None
    """Since the capture of the newest frame; None before the first."""
    rate: float
    """Frames looked at a second, lately; still ones included."""
    restarts: int = 0
    outages: int = 0
    outage_s: float = 0.0
    """Seconds without frames, the present outage included."""
    reason: str | None = None
    """Why the present outage began."""
    sightings: int = 0
    """Sightings that were searched."""
    sightings_refused: int = 0
    """Sightings beyond what one camera may have searched: counted, and not searched."""
    prompts: int = 0

    @property
    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        totals = asdict(self.totals)
        size = totals.pop("inter_eye_px")
        totals["model_s"] = round(self.totals.model_s, 3)
        old_s = self.frame_age_s
        return {
            "camera": self.camera,
            "state": self.state,
            "frame_age_s": None if old_s is None else round(old_s, 3),
            "frames_per_s": round(self.rate, 2),
            "inter_eye_px": None if size is None else round(float(size), 1),
            **totals,
            "sightings": self.sightings,
            "sightings_refused": self.sightings_refused,
            "prompts": self.prompts,
            "restarts": self.restarts,
            "outages": self.outages,
            "outage_s": round(self.outage_s, 3),
            "reason": self.reason,
            "advice": list(advice(self)),
        }


def advice(health: CameraHealth) -> tuple[str, ...]:
    """What a systems engineer should know or do, most urgent first; empty if all is well."""
    camera, totals = health.camera, health.totals
    said = []
    if health.state == "outage":
        said.append(f"{camera} gives no frames: {health.reason or 'it does not answer'}")
    elif health.frame_age_s is not None and health.frame_age_s >= OLD_FRAME_S:
        said.append(
            f"frames of {camera} are {health.frame_age_s:.1f} s old: "
            "check its network and how busy this machine is"
        )
    if health.sightings_refused:
        said.append(
            f"{health.sightings_refused:,} sightings of {camera} were refused, more than any "
            "street gives: its worker may be faulty or taken over; take it out and look into it"
        )
    if totals.sightings_lost:
        said.append(
            f"{totals.sightings_lost:,} sightings of {camera} were never searched: "
            "this machine is too slow for so many cameras"
        )
    looked_for = totals.frames_in - totals.still
    if looked_for >= FEW_FRAMES and totals.dropped >= MANY_DROPPED * looked_for:
        said.append(
            f"{totals.dropped:,} of {totals.frames_in:,} frames of {camera} were not analysed: "
            "draw a smaller zone, lower detector.longest_side, or use fewer cameras"
        )
    sent = totals.frames_in + totals.undelivered
    if sent >= FEW_FRAMES and totals.undelivered >= MANY_UNDELIVERED * sent:
        said.append(
            f"{totals.undelivered:,} of {sent:,} pictures of {camera} came damaged or could not be "
            "decoded in time: check its network, use TCP, and a key frame every 1 to 2 s"
        )
    size = totals.inter_eye_px
    if size is not None and size < WANTED_INTER_EYE_PX:
        said.append(
            f"faces are {size:.0f} px between the eyes on {camera}; "
            f"{WANTED_INTER_EYE_PX:.0f} is wanted: move closer or zoom"
        )
    return (*said, *_on_problems(camera, totals))


def _on_problems(camera: CameraId, totals: WorkerHealth) -> list[str]:
    """What most often keeps faces from being assessed."""
    seen = totals.detections_in_tracks
    said = []
    for problem, (what, remedy) in _REMEDIES.items():
        count = totals.problems.get(problem.value, 0)
        if seen >= FEW_FRAMES and count >= MANY * seen:
            most = "half" if count < 0.75 * seen else "most"
            said.append(f"{most} of the faces on {camera} are {what}: {remedy}")
    return said

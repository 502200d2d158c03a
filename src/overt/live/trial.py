"""A trial: seeded volunteers before a camera or in a recording, and what the path made of it.

The only place where a recording may be searched, and only for volunteers who consented (N6).
A trial runs the same code as a live session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.assess.truth import read_truth
from overt.errors import Misuse
from overt.live.conduct import OperatingPoint, TrialListener, Truth, conduct
from overt.live.engine import open_engine
from overt.live.report import ReportFolder
from overt.values import CameraId
from overt.video.open import open_source
from overt.watchlist.consent import read_blue_list

if TYPE_CHECKING:
    from pathlib import Path

    from overt.clock import Clock
    from overt.config import Config
    from overt.live.trial_result import TrialResult

CAMERA = CameraId("camera-1")


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """What a trial is asked to do."""

    source: str
    """A recording's path, or a local device."""
    blue_list: Path
    """Folder of consenting volunteers, with its consent register."""
    truth: Path | None = None
    report: Path | None = None
    """Folder to be made for the result."""
    keep_crops: bool = False
    """Whether the report keeps the small pictures of alerts (never of anyone else)."""
    point: OperatingPoint = field(default_factory=OperatingPoint)
    seconds: float | None = None
    """End a trial on a live camera after so long."""

    def __post_init__(self) -> None:
        if self.seconds is not None and not self.seconds > 0:
            msg = f"--seconds {self.seconds:g} is not positive"
            raise Misuse(msg)


def run_trial(
    request: TrialRequest, config: Config, clock: Clock, listener: TrialListener
) -> TrialResult:
    """Run a trial from its blue list to its result.

    1. The blue list: within the cap, everyone with a recorded consent (N6).
    2. The truth and the report's folder: usable before anything is spent.
    3. The source: readable.
    4. Enrolment, threshold, frames and result, as `conduct` says.
    5. The report, whole or not at all.

    Raises:
        OvertError: a subclass says what is wrong; nothing is left behind.
    """
    images = read_blue_list(request.blue_list, clock)  # 1
    listed = {image.entry for image in images}
    passes = read_truth(request.truth, listed) if request.truth else None  # 2
    report = ReportFolder.prepare(request.report) if request.report else None
    source = open_source(request.source, CAMERA, clock)  # 3
    try:
        engine = open_engine(config)
        try:
            result, session = conduct(  # 4
                images,
                source,
                engine,
                clock,
                listener,
                name=request.source,
                point=request.point,
                truth=None if passes is None else lambda: Truth(passes),
                seconds=request.seconds,
            )
        finally:
            engine.close()
    finally:
        source.close()
    if report is not None:
        report.write(result, session.prompts if request.keep_crops else [])  # 5
    return result

"""A trial: seeded volunteers before a camera or in a recording, and what the path made of it.

The only place where a recording may be searched, and only for volunteers who consented (N6).
A trial runs the same code as a live session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.assess.truth import read_truth
from overt.config import CameraConfig
from overt.errors import Misuse, Refusal
from overt.faces.runtime import threads_for
from overt.live.alone import Alone, need_leave
from overt.live.conduct import OperatingPoint, Truth, conduct, conduct_cameras, threshold_of
from overt.live.engine import open_engine
from overt.live.report import ReportFolder
from overt.live.worker_spec import names_for, specs_of
from overt.policy import MAX_CAMERAS
from overt.values import CameraId
from overt.video.open import is_camera, open_source
from overt.vocabulary import Kind
from overt.watchlist.consent import read_consents

if TYPE_CHECKING:
    from pathlib import Path

    from overt.clock import Clock
    from overt.config import Config
    from overt.live.conduct import CamerasTrialListener
    from overt.live.trial_result import TrialResult
    from overt.live.worker_spec import WorkerSpec

CAMERA = CameraId("camera-1")
"""What a recording is called."""


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """What a trial is asked to do."""

    sources: tuple[str, ...]
    """One recording's path; or addresses and devices of live cameras, besides those of the
    configuration."""
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
    request: TrialRequest, config: Config, clock: Clock, listener: CamerasTrialListener
) -> TrialResult:
    """Run a trial from its blue list to its result.

    1. The blue list: within the cap, everyone with a recorded consent (N6).
    2. The truth and the report's folder: usable before anything is spent.
    3. The source: one readable recording, or live cameras.
    4. The gate permits: consent stands for the authority (N3, N6).
    5. Enrolment, threshold, frames and result, as `conduct` says.
    6. The report, whole or not at all.

    Raises:
        OvertError: a subclass says what is wrong; nothing is left behind.
    """
    blue_list = read_consents(request.blue_list, clock)  # 1
    images = blue_list.images
    listed = {image.entry for image in images}
    passes = read_truth(request.truth, listed) if request.truth else None  # 2
    truth = None if passes is None else lambda: Truth(passes)
    report = ReportFolder.prepare(request.report) if request.report else None
    specs = _cameras(request, config)  # 3
    source = None if specs else open_source(request.sources[0], CAMERA, clock)
    try:
        engine = open_engine(config, ahead=source is not None)
        try:
            point, _ = threshold_of(request.point, engine, len(listed))
            wanted = Alone(
                kind=Kind.TRIAL,
                images=images,
                consented=frozenset(map(str, blue_list.consented_on)),
                cameras=_sources(request, specs),
                threshold=float(point),
                folder=request.report,
            )
            need_leave(wanted, engine, clock)  # 4
            if source is None:  # 5
                result, prompts = conduct_cameras(
                    images,
                    specs,
                    engine,
                    clock,
                    listener,
                    point=request.point,
                    truth=truth,
                    seconds=request.seconds,
                )
            else:
                result, prompts = conduct(
                    images,
                    source,
                    engine,
                    clock,
                    listener,
                    name=request.sources[0],
                    point=request.point,
                    truth=truth,
                    seconds=request.seconds,
                )
        finally:
            engine.close()
    finally:
        if source is not None:
            source.close()
    if report is not None:
        report.write(result, prompts if request.keep_crops else [])  # 6
    return result


def _sources(request: TrialRequest, specs: list[WorkerSpec]) -> dict[str, str]:
    """What would be watched, by name; addresses without what may be a password."""
    return {one.camera: one.shown for one in specs} or {CAMERA: request.sources[0]}


def _cameras(request: TrialRequest, config: Config) -> list[WorkerSpec]:
    """A spec for each live camera; empty if the trial is of one recording.

    Raises:
        Misuse: if nothing was named, or recordings and cameras, or several recordings.
    """
    recordings = [source for source in request.sources if not is_camera(source)]
    count = len(request.sources) + len(config.cameras)
    if not count:
        msg = "no source was named"
        raise Misuse(msg, advice="Name one with --source, or cameras with --config.")
    if recordings and count > 1:
        msg = "a recording is analysed alone, in strict order"
        raise Misuse(msg, advice="Name one recording, or only cameras.")
    if recordings:
        return []
    if count > MAX_CAMERAS:
        msg = f"{count} cameras; at most {MAX_CAMERAS} serve one deployment"
        raise Refusal(rule="R25", message=msg, advice="Take some out.")
    names = [name for name in names_for(count) if name not in config.cameras]
    named = {
        name: CameraConfig(source=source)
        for name, source in zip(names, request.sources, strict=False)
    }
    return specs_of(named | config.cameras, config, threads_for(count))

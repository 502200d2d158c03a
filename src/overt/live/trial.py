"""A trial: seeded volunteers before a camera or in a recording, and what the path made of it.

The only place where a recording may be searched, and only for volunteers who consented (N6).
A trial runs the same code as a live session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from overt.assess.trial import Alert, score_trial
from overt.assess.truth import read_truth
from overt.errors import Misuse, Refusal
from overt.live.engine import open_engine
from overt.live.prompt import Rarity
from overt.live.reader import StillReader
from overt.live.report import ReportFolder
from overt.live.session import Session, SessionListener
from overt.live.step import Rules
from overt.live.trial_result import Timing, TrialResult
from overt.values import CameraId, Similarity
from overt.video.open import open_source
from overt.watchlist.calibration import threshold_for
from overt.watchlist.consent import read_blue_list
from overt.watchlist.enrol import enrol
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from pathlib import Path

    from overt.assess.trial import TrialScore
    from overt.assess.truth import Pass
    from overt.clock import Clock
    from overt.config import Config
    from overt.live.engine import Engine
    from overt.watchlist.entry import Watchlist

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
    fpir: float = 0.001
    """Wanted share of passers-by who raise a false alert; sets the threshold."""
    threshold: float | None = None
    """Similarity, in place of `fpir`."""
    seconds: float | None = None
    """End a trial on a live camera after so long."""


class TrialListener(SessionListener, Protocol):
    """Who is told how the trial goes."""

    def enrolling(self, done: int, of: int) -> None:
        """Images read for the blue list."""

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None:
        """The list is ready and the first frame is awaited."""


def run_trial(
    request: TrialRequest, config: Config, clock: Clock, listener: TrialListener
) -> TrialResult:
    """Run a trial from its blue list to its result.

    1. The blue list: within the cap, everyone with a recorded consent (N6).
    2. The truth and the report's folder: usable before anything is spent.
    3. The source: readable.
    4. Enrolment through the image-quality gate (R6).
    5. The threshold, fixed from here on (R15).
    6. Every frame through the path.
    7. The result, scored if the truth is known.

    Raises:
        OvertError: a subclass says what is wrong; nothing is left behind.
    """
    _check_figures(request)
    images = read_blue_list(request.blue_list, clock)  # 1
    listed = {image.entry for image in images}
    passes = read_truth(request.truth, listed) if request.truth else None  # 2
    report = ReportFolder.prepare(request.report) if request.report else None
    source = open_source(request.source, CAMERA, clock)  # 3
    try:
        engine = open_engine(config)
        try:
            watchlist = enrol(images, StillReader(engine), progress=listener.enrolling)  # 4
            threshold, threshold_from = _threshold(request, engine, len(watchlist.entries))  # 5
            rarity = Rarity(_curve(engine), len(watchlist.entries))
            listener.started(len(watchlist.entries), threshold, source.frames_expected)
            session = Session(
                engine.path(CAMERA),
                Matcher(watchlist),
                Rules(threshold, config.matching.cool_down_s),
                rarity,
                clock,
                listener,
            )
            before_s = engine.model_s
            wall_s, dropped = session.run(source, request.seconds)  # 6
            timing = Timing(wall_s, engine.model_s - before_s)
            result = _result(  # 7
                request,
                config,
                engine,
                watchlist,
                session,
                passes,
                timing,
                dropped,
                threshold_from,
            )
        finally:
            engine.close()
    finally:
        source.close()
    if report is not None:
        report.write(result, session.prompts if request.keep_crops else [])
    return result


def _curve(engine: Engine) -> list[tuple[float, float]]:
    spec = engine.pack.recogniser.spec
    return [(point.rate, point.similarity) for point in spec.false_match]


def _check_figures(request: TrialRequest) -> None:
    """Refuse figures that make no sense, before anything is read."""
    if request.seconds is not None and not request.seconds > 0:
        msg = f"--seconds {request.seconds:g} is not positive"
        raise Misuse(msg)
    if request.threshold is not None and not -1 < request.threshold < 1:
        msg = f"--threshold {request.threshold:g} is no similarity between -1 and 1"
        raise Misuse(msg)
    if not 0 < request.fpir < 1:
        msg = f"--fpir {request.fpir:g} is no share between 0 and 1"
        raise Misuse(msg, advice="Use 0.001 for 1 in 1,000 passers-by.")


def _threshold(request: TrialRequest, engine: Engine, entries: int) -> tuple[Similarity, str]:
    """The similarity that makes an alert, and in words where it comes from."""
    if request.threshold is not None:
        return Similarity(request.threshold), "given"
    curve = _curve(engine)
    if not curve:
        msg = f"the pack {engine.pack.name!r} brings no measured false match curve"
        raise Refusal(
            rule="R14", message=msg, advice="Give --threshold, and measure it on your own data."
        )
    threshold = threshold_for(curve, request.fpir, entries)
    source = engine.pack.recogniser.spec.false_match_source
    return threshold, f"FPIR {request.fpir:g} with {entries} entries; {source}"


def _result(
    request: TrialRequest,
    config: Config,
    engine: Engine,
    watchlist: Watchlist,
    session: Session,
    passes: tuple[Pass, ...] | None,
    timing: Timing,
    dropped: int,
    threshold_from: str,
) -> TrialResult:
    score: TrialScore | None = None
    if passes is not None:
        alerts = [
            Alert(p.entry, p.first_media_s, p.media_s, (p.camera, p.track)) for p in session.prompts
        ]
        score = score_trial(passes, alerts, list(session.searched.values()))
    return TrialResult(
        source=request.source,
        model=engine.model,
        threshold=float(session.rules.threshold),
        threshold_from=threshold_from,
        entries=len(watchlist.entries),
        left_out=watchlist.left_out,
        counts=session.path.counts,
        problems={p.value: n for p, n in session.path.problems.items() if n},
        tracks_searched=len(session.searched),
        searches=session.state.sightings,
        suppressed=session.state.suppressed,
        frames_dropped=dropped,
        prompts=tuple(session.prompts),
        score=score,
        timing=timing,
        settings=config.as_dict,
    )

"""From a list's pictures and a source to a result: what a trial and the demo have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from overt.assess.trial import Alert, score_trial
from overt.errors import Misuse, Refusal
from overt.faces.path import PathCounts
from overt.live.cameras import CamerasListener, CamerasSession
from overt.live.messages import WorkerHealth
from overt.live.prompt import Rarity
from overt.live.reader import StillReader
from overt.live.search import Search
from overt.live.session import Session, SessionListener
from overt.live.step import Rules
from overt.live.supervisor import Supervisor
from overt.live.trial_result import Timing, TrialResult
from overt.values import Similarity
from overt.watchlist.calibration import threshold_for
from overt.watchlist.enrol import enrol
from overt.watchlist.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from overt.assess.truth import Pass
    from overt.clock import Clock
    from overt.live.engine import Engine
    from overt.live.prompt import Prompt
    from overt.live.worker_spec import WorkerSpec
    from overt.video.source import Source
    from overt.watchlist.entry import Watchlist
    from overt.watchlist.gallery import ListedImage


class TrialListener(SessionListener, Protocol):
    """Who is told how a trial goes."""

    def enrolling(self, done: int, of: int) -> None:
        """Images read for the list."""

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None:
        """The list is ready and the first frame is awaited."""


class CamerasTrialListener(TrialListener, CamerasListener, Protocol):
    """Who is told how a trial with live cameras goes."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """From which similarity a candidate is an alert: fixed before the first frame (R15)."""

    fpir: float = 0.001
    """Wanted share of passers-by who raise a false alert; sets the threshold."""
    threshold: float | None = None
    """Similarity, in place of `fpir`."""

    def __post_init__(self) -> None:
        if self.threshold is not None and not -1 < self.threshold < 1:
            msg = f"--threshold {self.threshold:g} is no similarity between -1 and 1"
            raise Misuse(msg)
        if not 0 < self.fpir < 1:
            msg = f"--fpir {self.fpir:g} is no share between 0 and 1"
            raise Misuse(msg, advice="Use 0.001 for 1 in 1,000 passers-by.")


@dataclass(frozen=True, slots=True)
class Truth:
    """Who really passed."""

    passes: Sequence[Pass]
    seen_on: Callable[[Prompt], tuple[int, ...]] | None = None
    """Which passes a prompt's face was seen on, where the truth knows places."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A list, a threshold fixed for the whole run, and nothing searched yet."""

    watchlist: Watchlist
    rules: Rules
    threshold_from: str
    search: Search


def conduct(
    images: Sequence[ListedImage],
    source: Source,
    engine: Engine,
    clock: Clock,
    listener: TrialListener,
    *,
    name: str,
    point: OperatingPoint,
    truth: Callable[[], Truth] | None = None,
    seconds: float | None = None,
) -> tuple[TrialResult, Sequence[Prompt]]:
    """Run one source past one list.

    1. Enrolment through the image-quality gate (R6), and the threshold, fixed from here on (R15).
    2. Every frame through the path.
    3. The result, scored if the truth is known.

    Args:
        images: the list's pictures.
        source: read to its end, or for `seconds`; closed.
        engine: loaded networks.
        clock: the one that stamps the frames.
        listener: told how it goes.
        name: what to call the source in the result.
        point: where the threshold comes from.
        truth: asked for once the source has ended; None if nobody knows it.
        seconds: of the source's own time, after which to stop.

    Returns:
        The result, and the prompts with their pictures.
    """
    prepared = _prepare(images, engine, clock, listener, point, source.frames_expected)  # 1
    path = engine.path(source.camera)
    session = Session(path, prepared.search, clock, listener, engine.looks(path))
    before_s = engine.model_s
    wall_s, dropped = session.run(source, seconds)  # 2
    result = _result(  # 3
        prepared,
        engine,
        name=name,
        truth=truth,
        counts=path.counts,
        problems={problem.value: n for problem, n in path.problems.items() if n},
        dropped=dropped,
        timing=Timing(wall_s, engine.model_s - before_s, live=source.live),
    )
    return result, prepared.search.prompts


def conduct_cameras(
    images: Sequence[ListedImage],
    specs: Sequence[WorkerSpec],
    engine: Engine,
    clock: Clock,
    listener: CamerasTrialListener,
    *,
    point: OperatingPoint,
    truth: Callable[[], Truth] | None = None,
    seconds: float | None = None,
) -> tuple[TrialResult, Sequence[Prompt]]:
    """Run live cameras past one list; the steps are those of `conduct`.

    Args:
        images: the list's pictures.
        specs: a camera each.
        engine: loaded networks, for enrolment; closed before the cameras start.
        clock: the machine's.
        listener: told how it goes.
        point: where the threshold comes from.
        truth: asked for at the end; its times are seconds from the session's first frame.
        seconds: from the first frame, after which to stop; None to go on until interrupted.

    Returns:
        The result, and the prompts with their pictures.
    """
    prepared = _prepare(images, engine, clock, listener, point, None)  # 1
    engine.close()
    session = CamerasSession(Supervisor(specs, clock), prepared.search, clock, listener)
    wall_s, health = session.run(seconds)  # 2
    totals = WorkerHealth()
    for one in health:
        totals = totals.followed_by(one.totals)
    result = _result(  # 3
        prepared,
        engine,
        name=", ".join(spec.shown for spec in specs),
        truth=truth,
        counts=PathCounts(
            frames=totals.analysed,
            still=totals.still,
            faces=totals.detections,
            outside_zone=totals.outside_zone,
            tracks=totals.faces,
            tracks_ended=totals.faces_ended,
            track_frames=totals.detections_in_tracks,
            unassessable=totals.unassessable,
            embedded=totals.embedded,
        ),
        problems=totals.problems,
        dropped=totals.dropped,
        timing=Timing(wall_s, totals.model_s, live=True),
    )
    return replace(result, cameras=health), prepared.search.prompts


def _prepare(
    images: Sequence[ListedImage],
    engine: Engine,
    clock: Clock,
    listener: TrialListener,
    point: OperatingPoint,
    frames_expected: int | None,
) -> _Prepared:
    watchlist = enrol(images, StillReader(engine), progress=listener.enrolling)
    entries = len(watchlist.entries)
    threshold, threshold_from = threshold_of(point, engine, entries)
    listener.started(entries, threshold, frames_expected)
    rules = Rules(threshold, engine.config.matching.cool_down_s)
    rarity = Rarity(_curve(engine), entries)
    search = Search(Matcher(watchlist), rules, rarity, clock, listener)
    return _Prepared(watchlist, rules, threshold_from, search)


def _result(
    prepared: _Prepared,
    engine: Engine,
    *,
    name: str,
    truth: Callable[[], Truth] | None,
    counts: PathCounts,
    problems: dict[str, int],
    dropped: int,
    timing: Timing,
) -> TrialResult:
    search = prepared.search
    score = None
    if truth is not None:
        known = truth()
        alerts = [
            Alert(
                prompt.entry,
                prompt.first_media_s,
                prompt.media_s,
                (prompt.camera, prompt.track),
                known.seen_on(prompt) if known.seen_on else None,
            )
            for prompt in search.prompts
        ]
        score = score_trial(known.passes, alerts, list(search.searched.values()))
    return TrialResult(
        source=name,
        model=engine.model,
        threshold=float(prepared.rules.threshold),
        threshold_from=prepared.threshold_from,
        entries=len(prepared.watchlist.entries),
        left_out=prepared.watchlist.left_out,
        counts=counts,
        problems=problems,
        tracks_searched=len(search.searched),
        searches=search.state.sightings,
        suppressed=search.state.suppressed,
        frames_dropped=dropped,
        prompts=tuple(search.prompts),
        score=score,
        timing=timing,
        settings=engine.config.as_dict,
    )


def _curve(engine: Engine) -> list[tuple[float, float]]:
    spec = engine.pack.recogniser.spec
    return [(measured.rate, measured.similarity) for measured in spec.false_match]


def threshold_of(point: OperatingPoint, engine: Engine, entries: int) -> tuple[Similarity, str]:
    """The similarity that makes an alert, and in words where it comes from.

    Raises:
        Refusal: if none is given, and none can be had from what the pack brings (R14).
    """
    if point.threshold is not None:
        return Similarity(point.threshold), "given"
    curve = _curve(engine)
    if not curve:
        msg = f"the pack {engine.pack.name!r} brings no measured false match curve"
        raise Refusal(
            rule="R14", message=msg, advice="Give --threshold, measured on your own data."
        )
    source = engine.pack.recogniser.spec.false_match_source
    words = f"FPIR {point.fpir:g} with {entries} entries; {source}"
    return threshold_for(curve, point.fpir, entries), words

"""From a list's pictures and a source to a result: what a trial and the demo have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from overt.assess.trial import Alert, score_trial
from overt.errors import Misuse, Refusal
from overt.live.prompt import Rarity
from overt.live.reader import StillReader
from overt.live.session import Session, SessionListener
from overt.live.step import Rules
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
    from overt.video.source import Source
    from overt.watchlist.gallery import ListedImage


class TrialListener(SessionListener, Protocol):
    """Who is told how a trial goes."""

    def enrolling(self, done: int, of: int) -> None:
        """Images read for the list."""

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None:
        """The list is ready and the first frame is awaited."""


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
) -> tuple[TrialResult, Session]:
    """Run one source past one list.

    1. Enrolment through the image-quality gate (R6).
    2. The threshold, fixed from here on (R15).
    3. Every frame through the path.
    4. The result, scored if the truth is known.

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
        The result, and the session with its prompts.
    """
    watchlist = enrol(images, StillReader(engine), progress=listener.enrolling)  # 1
    entries = len(watchlist.entries)
    threshold, threshold_from = _threshold(point, engine, entries)  # 2
    listener.started(entries, threshold, source.frames_expected)
    rules = Rules(threshold, engine.config.matching.cool_down_s)
    rarity = Rarity(_curve(engine), entries)
    path = engine.path(source.camera)
    session = Session(path, Matcher(watchlist), rules, rarity, clock, listener)
    before_s = engine.model_s
    wall_s, dropped = session.run(source, seconds)  # 3
    score = None  # 4
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
            for prompt in session.prompts
        ]
        score = score_trial(known.passes, alerts, list(session.searched.values()))
    result = TrialResult(
        source=name,
        model=engine.model,
        threshold=float(threshold),
        threshold_from=threshold_from,
        entries=entries,
        left_out=watchlist.left_out,
        counts=path.counts,
        problems={problem.value: n for problem, n in path.problems.items() if n},
        tracks_searched=len(session.searched),
        searches=session.state.sightings,
        suppressed=session.state.suppressed,
        frames_dropped=dropped,
        prompts=tuple(session.prompts),
        score=score,
        timing=Timing(wall_s, engine.model_s - before_s, live=source.live),
        settings=engine.config.as_dict,
    )
    return result, session


def _curve(engine: Engine) -> list[tuple[float, float]]:
    spec = engine.pack.recogniser.spec
    return [(measured.rate, measured.similarity) for measured in spec.false_match]


def _threshold(point: OperatingPoint, engine: Engine, entries: int) -> tuple[Similarity, str]:
    """The similarity that makes an alert, and in words where it comes from."""
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

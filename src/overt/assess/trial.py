"""A trial's alerts against its truth: TPIR, FPIR and what they were counted from.

FNIR, FPIR and TPIR after ISO/IEC 19795-1:2021 and NIST FRTE; a search is a pass where the
truth lists passers-by, otherwise a track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from overt.assess.rates import Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overt.assess.truth import Pass
    from overt.values import EntryId

SLACK_S = 0.5
"""Seconds by which an alert may miss the written times of a pass."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert in a trial: whose, when, and on which track."""

    entry: EntryId
    start_s: float
    """When its track began, seconds of the recording."""
    end_s: float
    """The newest frame behind it, seconds of the recording."""
    track: tuple[str, int]
    """Camera and track number."""
    passes: tuple[int, ...] | None = None
    """Which passes the face was seen on, where the truth knows places; None to go by time."""


@dataclass(frozen=True, slots=True)
class TrackSpan:
    """A track that was compared with the list."""

    start_s: float
    end_s: float
    track: tuple[str, int]


@dataclass(frozen=True, slots=True)
class TrialScore:
    """What the alerts were worth."""

    true_alerts: tuple[Alert, ...]
    false_alerts: tuple[Alert, ...]
    tpir: Rate
    """Passes of listed people that raised an alert naming them, over all such passes."""
    fpir: Rate
    """Non-mated searches that raised an alert, over all non-mated searches."""
    non_mated_unit: str
    """What a non-mated search is: ``pass`` or ``track``."""
    false_over_alerts: Rate
    """False alerts over alerts: the other denominator, always shown beside FPIR (R18)."""


def score_trial(
    passes: Sequence[Pass], alerts: Sequence[Alert], searched: Sequence[TrackSpan]
) -> TrialScore:
    """Compare alerts with the truth.

    1. An alert is true if it was seen on a pass of its entry: the very pass, where the truth
       knows places, or else one that overlaps it in time, within `SLACK_S`. Any other alert
       is false.
    2. TPIR counts passes: several alerts on one pass are one success.
    3. FPIR counts non-mated passes if the truth lists any, else searched tracks that no
       mated pass overlaps. Two false alerts on one track are one. A listed person named as
       another is a false alert, but no non-mated search.

    Args:
        passes: everyone who passed, listed or not.
        alerts: what was raised.
        searched: every track that was compared with the list.
    """
    found: set[int] = set()
    fooled: set[int] = set()
    true_alerts: list[Alert] = []
    false_alerts: list[Alert] = []
    for alert in alerts:
        on = alert.passes
        if on is None:
            on = tuple(i for i, one in enumerate(passes) if _met(one, alert))
        hits = {i for i in on if passes[i].person == alert.entry}
        found |= hits
        (true_alerts if hits else false_alerts).append(alert)
        if not hits:
            fooled |= {i for i in on if passes[i].person is None}
    mated = [one for one in passes if one.person is not None]
    if len(mated) < len(passes):
        unit = "pass"
        trials = len(passes) - len(mated)
        # By time alone a false alert may fall on several passes; and a pass on several tracks.
        events = min(len({a.track for a in false_alerts}), len(fooled))
    else:
        unit = "track"
        alone = [span for span in searched if not any(_met(one, span) for one in mated)]
        trials = len(alone)
        events = len({a.track for a in false_alerts} & {span.track for span in alone})
    return TrialScore(
        true_alerts=tuple(true_alerts),
        false_alerts=tuple(false_alerts),
        tpir=Rate(len(found), len(mated)),
        fpir=Rate(events, trials),
        non_mated_unit=unit,
        false_over_alerts=Rate(len(false_alerts), len(alerts)),
    )


def _met(one: Pass, seen: Alert | TrackSpan) -> bool:
    """Whether a pass and what the camera saw overlap in time, within `SLACK_S`."""
    return one.start_s - SLACK_S <= seen.end_s and seen.start_s <= one.end_s + SLACK_S

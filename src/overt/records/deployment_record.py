"""The public deployment record: what was done, computed from the ledger alone (R18, R19, R22, R23).

Both false alert rates stand side by side with their counts and exact intervals (N12). Disposals
and grounds of arrest may overlap in one person, so nothing here sums them to a total.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from overt.records import events as e
from overt.records.alert_tally import AlertTally, tally_alerts
from overt.records.canonical import sha256
from overt.records.event import Sha256, moment
from overt.records.record_forms import csv_of, text_of
from overt.vocabulary import AlertStanding, PromptStatus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from overt.records.event import Event
    from overt.records.line import Line

FORMAT = "overt-deployment-record-1"
Interval = Callable[[int, int], tuple[float, float]]
"""Exact 95% interval of a rate, from its events and trials; `overt.assess.rates` has one."""


@dataclass(frozen=True, slots=True)
class DeploymentRecord:
    """A record, ready to be published in three forms of the same figures."""

    document: dict[str, Any]
    """Objects, texts, integers and null; rates as decimal texts beside their counts."""

    @property
    def as_json(self) -> bytes:
        """The whole record."""
        return json.dumps(self.document, indent=2, ensure_ascii=False).encode() + b"\n"

    @property
    def as_csv(self) -> str:
        """A header and one row: the columns that forces publish, and ours after them."""
        return csv_of(self.document)

    @property
    def as_text(self) -> str:
        """For people."""
        return text_of(self.document)

    @property
    def sha256(self) -> Sha256:
        """Of the JSON form."""
        return sha256(self.as_json)


class _Told:
    """The lines of a ledger by their event."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.lines = list(lines)
        self._named: defaultdict[type[Event], list[Line]] = defaultdict(list)
        for line in self.lines:
            self._named[type(line.event)].append(line)

    def all(self, event: type[Event]) -> list[Line]:
        return self._named[event]

    def last(self, event: type[Event]) -> Any:
        """The last such event, or None."""
        return self._named[event][-1].event if self._named[event] else None

    def at(self, *events: type[Event]) -> Line | None:
        """The first line of any of these events."""
        found = [self._named[event][0] for event in events if self._named[event]]
        return min(found, key=lambda line: line.seq, default=None)


def record_of(
    lines: Iterable[Line], *, interval: Interval, place: str | None = None
) -> DeploymentRecord:
    """Compute a deployment's record.

    Args:
        lines: of its ledger, from the first.
        interval: exact 95% interval of a rate; passed in, as records know no statistics.
        place: where it was, as the application describes it to the public.

    Raises:
        ValueError: if there is no line.
    """
    told = _Told(lines)
    if not told.lines:
        msg = "a ledger without a line"
        raise ValueError(msg)
    alerts = tally_alerts(told.lines)
    faces = _faces(told)
    document = {
        "format": FORMAT,
        "deployment": told.lines[0].chain,
        **_authority(told, place),
        **_session(told),
        "watchlist": _watchlist(told),
        "faces": faces,
        "alerts": _alerts(told, alerts),
        "rates": _rates(faces["seen"], alerts, interval),
        "stops": _stops([one.outcome for one in alerts if one.outcome], alerts),
        "recorded_by_officers": _people(alerts),
        "troubles": _troubles(told),
        "destruction": _destruction(told),
        "ledger": {
            "public_key": getattr(told.lines[0].event, "public_key", None),
            "lines": len(told.lines),
            "head": told.lines[-1].sha256,
        },
    }
    return DeploymentRecord(document)


def _authority(told: _Told, place: str | None) -> dict[str, Any]:
    opened, applied = told.last(e.LedgerOpened), told.last(e.ApplicationMade)
    granted, notice = told.last(e.AuthorityGranted), told.last(e.NoticePublished)
    signs = told.last(e.SignsConfirmed)
    return {
        "kind": opened and opened.kind,
        "profile": opened and opened.profile,
        "software": opened and opened.software,
        "place": place,
        "use_case": applied and str(applied.use_case),
        "application_sha256": applied and applied.application_sha256,
        "authority_sha256": granted and granted.authority_sha256,
        "threshold": (granted or applied) and (granted or applied).threshold,
        "model": granted and granted.model,
        "evidence_sha256": granted and granted.evidence_sha256,
        "documents": {
            str(line.event.document): line.event.document_sha256  # type: ignore[attr-defined]
            for line in told.all(e.DocumentPinned)
        },
        "notice": {
            "published_at": notice and notice.published_at,
            "notice_sha256": notice and notice.notice_sha256,
            "signs": signs.signs if signs else 0,
        },
    }


def _session(told: _Told) -> dict[str, Any]:
    live = told.at(e.WentLive)
    end = told.at(e.SessionEnded, e.SessionHalted)
    named: list[Any] = [line.event for line in told.all(e.CameraNamed)]
    seconds = None
    if live and end:
        down = sum(line.event.down_seconds for line in told.all(e.SessionRecovered))  # type: ignore[attr-defined]
        seconds = max(0, round((end.at - live.at).total_seconds()) - down)
    return {
        "date": f"{live.at:%Y-%m-%d}" if live else None,
        "started_at": live and moment(live.at),
        "finished_at": end and moment(end.at),
        "duration_seconds": seconds,
        "engine": getattr(live and live.event, "engine", None),
        "cameras": {one.camera: one.zone_sha256 for one in named},
    }


def _watchlist(told: _Told) -> dict[str, Any]:
    sealed = told.last(e.WatchlistSealed)
    began = max((line.seq for line in told.all(e.EnrolmentBegan)), default=0)
    counted: list[Any] = [line.event for line in told.all(e.CategoryCounted) if line.seq > began]
    signed: list[Any] = [line.event for line in told.all(e.EntrySignedOff) if line.seq > began]
    enrolled = told.last(e.WatchlistEnrolled)
    return {
        "entries": sealed.entries if sealed else 0,
        "images": sealed.images if sealed else 0,
        "images_refused": enrolled.refused if enrolled else 0,
        "built_at": sealed and sealed.built_at,
        "list_sha256": sealed and sealed.list_sha256,
        "signed_off": len({one.entry for one in signed}),
        "categories": {
            str(one.category): {
                "entries": one.entries,
                "under_18": one.under_18,
                "vulnerable": one.vulnerable,
            }
            for one in counted
        },
    }


def _faces(told: _Told) -> dict[str, int]:
    """Counts of all stretches of the session: after a recovery they begin again."""
    names = ("faces", "searched", "unassessable", "outside_zone", "frames_dropped", "suppressed")
    total: Counter[str] = Counter()
    stretch: dict[str, int] = {}
    for line in told.lines:
        if isinstance(line.event, e.SessionRecovered):
            total.update(stretch)
            stretch = {}
        elif isinstance(line.event, e.CountsTaken):
            stretch = {name: getattr(line.event, name) for name in names}
    total.update(stretch)
    return {"seen": total["faces"], **{name: total[name] for name in names[1:]}}


def _alerts(told: _Told, alerts: tuple[AlertTally, ...]) -> dict[str, Any]:
    standings = Counter(one.standing for one in alerts)
    ended = Counter(one.status for one in alerts)
    return {
        "total": len(alerts),
        **{standing.replace("-", "_"): standings[standing] for standing in AlertStanding},
        "dismissed_by_operator": ended[PromptStatus.DISMISSED],
        "not_confirmed_by_officer": ended[PromptStatus.NOT_CONFIRMED],
        "expired": ended[PromptStatus.EXPIRED],
        "lost": ended[PromptStatus.LOST],
        "engagements": sum(one.engaged for one in alerts),
        "disclosed": len(told.all(e.AlertDisclosed)),
    }


def _rates(seen: int, alerts: tuple[AlertTally, ...], interval: Interval) -> dict[str, Any]:
    """False alerts over faces seen, and over alerts: never one without the other (R18, N12)."""
    false = sum(one.false for one in alerts)
    return {
        "false_over_faces": _rate(false, max(seen, false), interval),
        "false_over_alerts": _rate(false, len(alerts), interval),
    }


def _rate(events: int, trials: int, interval: Interval) -> dict[str, Any]:
    low, high = interval(events, trials) if trials else (0.0, 1.0)
    return {
        "events": events,
        "trials": trials,
        "rate": f"{events / trials:.3g}" if trials else None,
        "low95": f"{low:.3g}",
        "high95": f"{high:.3g}",
    }


def _stops(outcomes: list[e.OutcomeRecorded], alerts: tuple[AlertTally, ...]) -> dict[str, Any]:
    seconds = sorted(one.stop_seconds for one in outcomes)
    return {
        "recorded": len(outcomes),
        "outcome_missing": sum(one.engaged and one.outcome is None for one in alerts),
        "by_disposal": _counts(one.disposal for one in outcomes),
        "by_identity": _counts(one.identity for one in outcomes),
        "by_means": _counts(one.identity_by for one in outcomes),
        "identity_asked": sum(one.identity_asked for one in outcomes),
        "by_force": _counts(one.force for one in outcomes),
        "by_search": _counts(one.search for one in outcomes),
        "seconds_total": sum(seconds),
        "seconds_median": round(median(seconds)) if seconds else None,
        "seconds_longest": seconds[-1] if seconds else None,
    }


def _people(alerts: tuple[AlertTally, ...]) -> dict[str, Any]:
    """As officers recorded them in engagements, all and false; nobody else is described (R19)."""
    groups = {
        "engagements": [one.outcome for one in alerts if one.outcome],
        "false_alerts": [one.outcome for one in alerts if one.outcome and one.false],
    }
    return {
        name: {
            "sex": _counts(one.recorded_sex for one in outcomes),
            "age": _counts(one.recorded_age for one in outcomes),
            "self_defined_ethnicity": _counts(one.self_defined_ethnicity for one in outcomes),
        }
        for name, outcomes in groups.items()
    }


def _counts(values: Iterable[StrEnum]) -> dict[str, int]:
    return {str(value): number for value, number in sorted(Counter(values).items())}


def _troubles(told: _Told) -> dict[str, Any]:
    refused: list[Any] = [line.event for line in told.all(e.StepRefused)]
    outages: list[Any] = [line.event for line in told.all(e.CameraOutageEnded)]
    halted, ended = told.last(e.SessionHalted), told.last(e.SessionEnded)
    return {
        "halted_by": halted and halted.rules,
        "ended": ended and str(ended.reason),
        "recoveries": len(told.all(e.SessionRecovered)),
        "camera_outages": len(told.all(e.CameraOutageBegan)),
        "camera_outage_seconds": sum(one.seconds for one in outages),
        "camera_restarts": len(told.all(e.WorkerRestarted)),
        "steps_refused": len(refused),
        "destruction_failures": len(told.all(e.ErasureFailed)),
        "torn_lines": len(told.all(e.TornLineCut)),
    }


def _destruction(told: _Told) -> dict[str, Any]:
    """When each thing was destroyed, and the hash of its certificate; holds by reference (R22)."""

    def said(line: Line) -> dict[str, str]:
        certificate = line.event.certificate_sha256  # type: ignore[attr-defined]
        return {"destroyed_at": moment(line.at), "certificate_sha256": certificate}

    lists, texts = told.all(e.WatchlistDestroyed), told.all(e.TextsDestroyed)
    holds: list[Any] = [line.event for line in told.all(e.HoldPlaced)]
    return {
        "watchlist": said(lists[-1]) if lists else None,
        "texts": said(texts[-1]) if texts else None,
        "alerts": {line.event.ref: said(line) for line in told.all(e.AlertDestroyed)},  # type: ignore[attr-defined]
        "holds": {one.ref: one.until for one in holds},
    }

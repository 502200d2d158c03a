"""Events of a live session: cameras, counts, and each prompt from alert to outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from overt.records.event import EntryNumber, Event, Figure, Moment, RuleIds, Sha256, Word
from overt.values import CameraId
from overt.vocabulary import (
    AlertRef,
    Category,
    Disposal,
    EnvironmentFactor,
    Force,
    Ground,
    Identity,
    IdentityBy,
    RecordedAge,
    RecordedSex,
    SearchOutcome,
    SelfDefinedEthnicity,
    SubjectFactor,
    SystemFactor,
)


class EndReason(StrEnum):
    """Why a session ended, other than by a halt."""

    ORDERED = "ordered"
    AUTHORITY_ENDED = "authority-ended"
    LONGEST_SESSION = "longest-session"
    """The hard limit of a session's length."""
    SOURCES_ENDED = "sources-ended"
    """A trial's recording, or the generated street, has run out."""
    FAILED = "failed"
    CRASHED = "crashed"
    """Found at the next start; never said by the session itself."""


@dataclass(frozen=True, slots=True)
class CameraNamed(Event):
    """One camera of the session, and the zone that it looks into (R25)."""

    camera: CameraId
    zone_sha256: Sha256


@dataclass(frozen=True, slots=True)
class WentLive(Event):
    """The gate permitted it and the cameras start (N3)."""

    changes_step: ClassVar[bool] = True
    authority_sha256: Sha256
    list_sha256: Sha256
    threshold: Figure
    model: Word
    engine: Word
    cameras: int


@dataclass(frozen=True, slots=True)
class PromptRaised(Event):
    """An alert was put to the operator as a possible match."""

    ref: AlertRef
    number: int
    """1 for the session's first."""
    entry: EntryNumber
    category: Category
    camera: CameraId
    captured_at: Moment
    """The newest frame in it; ages count from here (R11)."""
    similarity: Figure
    one_in: int | None
    """One passer-by in so many, who is on no list, would score as high; None if not known."""
    frames_used: int
    expires_at: Moment
    """When nobody can act on it any longer."""


@dataclass(frozen=True, slots=True)
class AlertSuppressed(Event):
    """An alert for an entry that was prompted or dismissed a moment ago: counted, not shown."""

    entry: EntryNumber
    camera: CameraId
    captured_at: Moment
    similarity: Figure


@dataclass(frozen=True, slots=True)
class PromptShown(Event):
    """It was on a desk before this person's eyes."""

    ref: AlertRef


@dataclass(frozen=True, slots=True)
class OperatorDecided(Event):
    """The operator weighed it (R12, R13)."""

    ref: AlertRef
    possible: bool
    ground: Ground
    subject: SubjectFactor
    system: SystemFactor
    environment: EnvironmentFactor
    reason_sha256: Sha256 | None


@dataclass(frozen=True, slots=True)
class DecisionUndone(Event):
    """The operator took back a slip of the hand, on which nobody had acted."""

    ref: AlertRef


@dataclass(frozen=True, slots=True)
class PromptAccepted(Event):
    """An engagement officer took it on, or over from another."""

    ref: AlertRef


@dataclass(frozen=True, slots=True)
class OfficerDecided(Event):
    """The engagement officer, another person, weighed it (R27)."""

    ref: AlertRef
    confirmed: bool
    ground: Ground
    subject: SubjectFactor
    system: SystemFactor
    environment: EnvironmentFactor
    reason_sha256: Sha256 | None


@dataclass(frozen=True, slots=True)
class EngagementBegan(Event):
    """The officer is speaking with the person."""

    ref: AlertRef


@dataclass(frozen=True, slots=True)
class OutcomeRecorded(Event):
    """What came of an engagement, as the officer recorded it (R19, R23)."""

    ref: AlertRef
    identity: Identity
    identity_by: IdentityBy
    """By which ordinary means; never by the similarity (R12)."""
    disposal: Disposal
    stop_seconds: int
    identity_asked: bool
    force: Force
    search: SearchOutcome
    recorded_sex: RecordedSex
    recorded_age: RecordedAge
    self_defined_ethnicity: SelfDefinedEthnicity
    reason_sha256: Sha256 | None


@dataclass(frozen=True, slots=True)
class PromptExpired(Event):
    """Nobody decided while it could still be acted on."""

    ref: AlertRef


@dataclass(frozen=True, slots=True)
class PromptLost(Event):
    """The person was not found again, or not approached."""

    ref: AlertRef
    reason_sha256: Sha256 | None


@dataclass(frozen=True, slots=True)
class CountsTaken(Event):
    """Counts since the session went live, or was recovered; the last of a stretch stands.

    The stretches are summed (R16, R18).
    """

    faces: int
    """Passages of a face before a camera: the denominator of the first rate."""
    searched: int
    unassessable: int
    outside_zone: int
    prompts: int
    suppressed: int
    false_alerts: int
    """Dismissed, not confirmed, or shown false by an engagement."""
    frames_dropped: int


@dataclass(frozen=True, slots=True)
class CameraOutageBegan(Event):
    """A camera gives no pictures."""

    camera: CameraId


@dataclass(frozen=True, slots=True)
class CameraOutageEnded(Event):
    """It gives pictures again."""

    camera: CameraId
    seconds: int


@dataclass(frozen=True, slots=True)
class WorkerRestarted(Event):
    """A camera's process hung or crashed, and was replaced."""

    camera: CameraId


@dataclass(frozen=True, slots=True)
class FramesDropped(Event):
    """Frames that were not analysed, because newer ones waited."""

    camera: CameraId
    frames: int


@dataclass(frozen=True, slots=True)
class SessionHalted(Event):
    """A rule stopped the session (R16, N3, N13)."""

    changes_step: ClassVar[bool] = True
    rules: RuleIds


@dataclass(frozen=True, slots=True)
class SessionEnded(Event):
    """The cameras are off."""

    changes_step: ClassVar[bool] = True
    reason: EndReason


@dataclass(frozen=True, slots=True)
class SessionRecovered(Event):
    """The machine or the session had stopped without saying so, and was found again."""

    changes_step: ClassVar[bool] = True
    down_seconds: int
    """From the last line before to this one."""

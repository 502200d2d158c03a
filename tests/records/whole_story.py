"""A whole deployment in a ledger, from application to publication, as `live` would write it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chains import CHAIN, START, opened

from overt.clock import ManualClock
from overt.records.event import SYSTEM, EntryNumber, Event, Figure, Sha256, Word, moment
from overt.records.events import (
    AlertDestroyed,
    AlertSuppressed,
    ApplicationMade,
    AuthorityGranted,
    CameraNamed,
    CategoryAuthorised,
    CategoryCounted,
    CountsTaken,
    DeploymentClosed,
    DeploymentErased,
    DeploymentPublished,
    DocumentPinned,
    EndReason,
    EngagementBegan,
    EntrySignedOff,
    HoldPlaced,
    NoticePublished,
    OfficerDecided,
    OperatorDecided,
    OutcomeRecorded,
    PromptExpired,
    PromptRaised,
    PromptShown,
    PublicKey,
    SessionEnded,
    Signature,
    SignsConfirmed,
    WatchlistDestroyed,
    WatchlistEnrolled,
    WatchlistOpened,
    WatchlistSealed,
    WentLive,
)
from overt.records.ledger import Ledger
from overt.values import CameraId
from overt.vocabulary import (
    AccountId,
    AlertRef,
    Category,
    DeploymentId,
    Disposal,
    DocumentKind,
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
    UseCase,
    Vulnerability,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

APPLICANT, AUTHORISER, OPERATOR, OFFICER = map(
    AccountId, ("a.applicant", "b.authoriser", "o.operator", "e.officer")
)
LIST = Sha256("1" * 64)
AUTHORITY = Sha256("2" * 64)
SOME = Sha256("3" * 64)
MODEL = Word("builtin-1")
NORTH = CameraId("north")
TRUE, FALSE, UNSEEN = map(AlertRef, ("K7QD-3M2P", "A2CD-0001", "B2CD-0002"))
LIVE_AT = START + timedelta(hours=3)
END_AT = LIVE_AT + timedelta(minutes=10)


@dataclass(frozen=True)
class Told:
    """One event to come: when, by whom, what. None ticks: a checkpoint and counts if due."""

    at: datetime
    by: AccountId
    event: Event


def prompt(ref: AlertRef, number: int, entry: str, at: datetime) -> PromptRaised:
    return PromptRaised(
        ref=ref,
        number=number,
        entry=EntryNumber(entry),
        category=Category.WANTED_ON_WARRANT,
        camera=NORTH,
        captured_at=moment(at - timedelta(seconds=1)),
        similarity=Figure("0.9432"),
        one_in=12_000,
        frames_used=5,
        expires_at=moment(at + timedelta(seconds=59)),
    )


def operator(ref: AlertRef, *, possible: bool) -> OperatorDecided:
    return OperatorDecided(
        ref=ref,
        possible=possible,
        ground=Ground.FACIAL_FEATURES_AGREE if possible else Ground.FACIAL_FEATURES_DIFFER,
        subject=SubjectFactor.AGE_GAP,
        system=SystemFactor.NO_CONCERN,
        environment=EnvironmentFactor.LIGHT,
        reason_sha256=SOME,
    )


def officer(ref: AlertRef, *, confirmed: bool) -> OfficerDecided:
    return OfficerDecided(
        ref=ref,
        confirmed=confirmed,
        ground=Ground.DISTINGUISHING_MARK,
        subject=SubjectFactor.NO_CONCERN,
        system=SystemFactor.NO_CONCERN,
        environment=EnvironmentFactor.NO_CONCERN,
        reason_sha256=None,
    )


def outcome(ref: AlertRef, identity: Identity = Identity.IS_THE_PERSON) -> OutcomeRecorded:
    return OutcomeRecorded(
        ref=ref,
        identity=identity,
        identity_by=IdentityBy.DOCUMENT,
        disposal=Disposal.ARREST,
        stop_seconds=340,
        identity_asked=True,
        force=Force.NONE,
        search=SearchOutcome.NOTHING_FOUND,
        recorded_sex=RecordedSex.MALE,
        recorded_age=RecordedAge.FROM_25,
        self_defined_ethnicity=SelfDefinedEthnicity.NOT_STATED,
        reason_sha256=None,
    )


def counts(faces: int, *, prompts: int, false_alerts: int) -> CountsTaken:
    return CountsTaken(
        faces=faces,
        searched=faces - 10,
        unassessable=10,
        outside_zone=0,
        prompts=prompts,
        suppressed=1,
        false_alerts=false_alerts,
        frames_dropped=4,
    )


def before_live() -> list[Told]:
    window = (moment(START + timedelta(hours=2)), moment(START + timedelta(hours=8)))
    warrant, missing = Category.WANTED_ON_WARRANT, Category.MISSING_AT_RISK
    events: list[tuple[int, AccountId, Event]] = [
        (1, APPLICANT, ApplicationMade(SOME, UseCase.HOTSPOT, *window, Figure("0.64"), 9_800, 2)),
        *((1, APPLICANT, DocumentPinned(kind, SOME)) for kind in DocumentKind),
        (1, APPLICANT, CategoryAuthorised(warrant, 9_800, 10, 10)),
        (1, APPLICANT, CategoryAuthorised(missing, 20, 20, 20)),
        (
            20,
            AUTHORISER,
            AuthorityGranted(
                authority_sha256=AUTHORITY,
                application_sha256=SOME,
                public_key=PublicKey("4" * 64),
                signature=Signature("5" * 128),
                use_case=UseCase.HOTSPOT,
                threshold=Figure("0.64"),
                model=MODEL,
                evidence_sha256=SOME,
                list_limit=9_800,
                cameras=2,
                starts_at=window[0],
                ends_at=window[1],
            ),
        ),
        (30, APPLICANT, WatchlistEnrolled(9_756, 9_800, 44)),
        (30, APPLICANT, CategoryCounted(warrant, 9_755, 0, 0)),
        (30, APPLICANT, CategoryCounted(missing, 1, 1, 0)),
        (31, APPLICANT, WatchlistSealed(LIST, moment(START), 9_756, 9_756, 1, MODEL)),
        (
            40,
            AUTHORISER,
            EntrySignedOff(
                entry=EntryNumber("E-0007"),
                under_18=True,
                vulnerability=Vulnerability.NONE,
                justified_by=APPLICANT,
                reason_sha256=SOME,
            ),
        ),
        (50, APPLICANT, NoticePublished(SOME, moment(START - timedelta(days=1)))),
        (60, OFFICER, SignsConfirmed(4)),
    ]
    return [Told(START + timedelta(minutes=at), by, event) for at, by, event in events]


def live() -> list[Told]:
    def at(seconds: int) -> datetime:
        return LIVE_AT + timedelta(seconds=seconds)

    events: list[tuple[int, AccountId, Event]] = [
        (0, SYSTEM, CameraNamed(NORTH, SOME)),
        (0, SYSTEM, WatchlistOpened(Word("live"))),
        (0, OPERATOR, WentLive(AUTHORITY, LIST, Figure("0.64"), MODEL, Word("onnxruntime"), 1)),
        (100, SYSTEM, prompt(TRUE, 1, "E-0012", at(100))),
        (101, OPERATOR, PromptShown(TRUE)),
        (
            103,
            SYSTEM,
            AlertSuppressed(EntryNumber("E-0012"), NORTH, moment(at(102)), Figure("0.7")),
        ),
        (110, OPERATOR, operator(TRUE, possible=True)),
        (130, OFFICER, officer(TRUE, confirmed=True)),
        (140, OFFICER, EngagementBegan(TRUE)),
        (200, SYSTEM, prompt(FALSE, 2, "E-0044", at(200))),
        (210, OPERATOR, operator(FALSE, possible=False)),
        (300, SYSTEM, prompt(UNSEEN, 3, "E-0051", at(300))),
        (360, SYSTEM, PromptExpired(UNSEEN)),
        (480, OFFICER, outcome(TRUE)),
        (600, SYSTEM, counts(3_000, prompts=3, false_alerts=1)),
        (600, OPERATOR, SessionEnded(EndReason.ORDERED)),
    ]
    return [Told(at(seconds), by, event) for seconds, by, event in events]


def after_live() -> list[Told]:
    hold_until = LIVE_AT + timedelta(days=20)
    events: list[tuple[timedelta, AccountId, Event]] = [
        (timedelta(minutes=20), APPLICANT, DeploymentClosed()),
        (timedelta(minutes=21), SYSTEM, WatchlistDestroyed(LIST, SOME)),
        (timedelta(hours=1), AUTHORISER, HoldPlaced(TRUE, moment(hold_until), SOME)),
        (timedelta(hours=23), SYSTEM, AlertDestroyed(FALSE, SOME)),
        (timedelta(hours=23), SYSTEM, AlertDestroyed(UNSEEN, SOME)),
        (timedelta(days=19), SYSTEM, AlertDestroyed(TRUE, SOME)),
        (timedelta(days=19), SYSTEM, DeploymentErased()),
        (timedelta(days=19), APPLICANT, DeploymentPublished(SOME)),
    ]
    return [Told(LIVE_AT + after, by, event) for after, by, event in events]


def whole() -> list[Told]:
    return [*before_live(), *live(), *after_live()]


def index(story: list[Told], event: type[Event], which: int = 0) -> int:
    """Where the story tells of such an event."""
    return [n for n, told in enumerate(story) if isinstance(told.event, event)][which]


def changed(story: list[Told], event: type[Event], which: int = 0, **fields: object) -> list[Told]:
    """The story with one event told otherwise; `by` and `at` change the telling itself."""
    place = index(story, event, which)
    told = story[place]
    outer = {name: fields.pop(name) for name in ("by", "at") if name in fields}
    new = replace(told, event=replace(told.event, **fields), **outer)
    return [*story[:place], new, *story[place + 1 :]]


def without(story: list[Told], event: type[Event], which: int = 0) -> list[Told]:
    place = index(story, event, which)
    return [*story[:place], *story[place + 1 :]]


def write(
    path: Path,
    signer: Ed25519PrivateKey,
    story: list[Told],
    *,
    chain: DeploymentId = CHAIN,
    checkpoints: bool = True,
) -> Path:
    """Tell a story to a ledger; while live, a tick each second signs what is due."""
    clock = ManualClock(wall=START)
    alive = False
    with Ledger.create(path, chain, signer, clock, opened(signer)) as ledger:
        for told in story:
            while alive and checkpoints and clock.wall + timedelta(seconds=1) < told.at:
                clock.advance(1)
                if ledger.checkpoint_due(clock.wall):
                    ledger.checkpoint()
            clock.wall = told.at
            ledger.append(told.event, told.by)
            alive = alive or isinstance(told.event, WentLive)
            alive = alive and not isinstance(told.event, SessionEnded | DeploymentClosed)
    return path

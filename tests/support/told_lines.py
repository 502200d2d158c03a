"""A ledger's lines without a ledger: what a record is computed from, told in a few words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from overt.assess.rates import Rate
from overt.records import events as e
from overt.records.deployment_record import record_of
from overt.records.event import EntryNumber, Figure, Sha256, moment
from overt.records.line import FIRST_PREV, Line
from overt.values import CameraId
from overt.vocabulary import (
    AccountId,
    AlertRef,
    Category,
    DeploymentId,
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

AT = datetime(2026, 11, 25, 14, tzinfo=UTC)
REFS = [AlertRef("K7QD-3M2P"), AlertRef("3Y52-M01C"), AlertRef("ZZZZ-ZZZZ")]
_WEIGHED = (SubjectFactor.NO_CONCERN, SystemFactor.NO_CONCERN, EnvironmentFactor.LIGHT, None)


def document_of(*events: e.Event) -> dict[str, Any]:
    """The record of a ledger of these events."""
    chain, by, some = DeploymentId("D-20261125-7K3Q9M"), AccountId("olga"), Sha256("a" * 64)
    lines = [Line(n, AT, by, chain, one, FIRST_PREV, some) for n, one in enumerate(events)]
    return record_of(lines, interval=lambda k, n: Rate(k, n).interval()).document


def raised(*refs: AlertRef) -> list[e.Event]:
    """A prompt for each."""
    entry, category = EntryNumber("E-0001"), Category.WANTED_ON_WARRANT
    gate, at = CameraId("gate"), moment(AT)
    return [
        e.PromptRaised(ref, n, entry, category, gate, at, Figure("0.95"), None, 3, at)
        for n, ref in enumerate(refs, start=1)
    ]


def decided(ref: AlertRef, *, confirmed: bool) -> list[e.Event]:
    """The operator thought it possible; then the officer says."""
    agree, differ = Ground.FACIAL_FEATURES_AGREE, Ground.FACIAL_FEATURES_DIFFER
    possible = True
    return [
        e.OperatorDecided(ref, possible, agree, *_WEIGHED),
        e.OfficerDecided(ref, confirmed, agree if confirmed else differ, *_WEIGHED),
    ]


def outcome(ref: AlertRef, identity: Identity, sex: RecordedSex) -> e.OutcomeRecorded:
    """What came of a stop."""
    return e.OutcomeRecorded(
        ref=ref,
        identity=identity,
        identity_by=IdentityBy.DOCUMENT,
        disposal=Disposal.NO_ACTION,
        stop_seconds=240,
        identity_asked=True,
        force=Force.NONE,
        search=SearchOutcome.NOT_SEARCHED,
        recorded_sex=sex,
        recorded_age=RecordedAge.NOT_RECORDED,
        self_defined_ethnicity=SelfDefinedEthnicity.NOT_ASKED,
        reason_sha256=None,
    )


def faces(seen: int) -> e.CountsTaken:
    """Counts of a stretch so far."""
    return e.CountsTaken(seen, seen, 0, 0, 0, 0, 0, 0)

"""Requirement by requirement: what a well-signed ledger betrays of a broken rule."""

from __future__ import annotations

import re
from datetime import timedelta
from types import NoneType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from whole_story import (
    APPLICANT,
    AUTHORISER,
    END_AT,
    FALSE,
    LIVE_AT,
    OFFICER,
    OPERATOR,
    SOME,
    START,
    SYSTEM,
    TRUE,
    UNSEEN,
    Told,
    before_live,
    changed,
    counts,
    index,
    live,
    outcome,
    prompt,
    whole,
    without,
    write,
)

from overt.records import event as forms
from overt.records import events as e
from overt.records.event import Figure, RuleIds, Sha256, Word, moment
from overt.records.verify import verify
from overt.records.verify.rules import RULES
from overt.records.verify.rules_live import surely_over
from overt.records.verify.schema import (
    CATEGORIES,
    FACTORS,
    FORMS,
    GROUNDS,
    SCHEMA,
    SIGNED_STEPS,
    USE_CASES,
)
from overt.values import CameraId
from overt.vocabulary import (
    AccountId,
    Category,
    EnvironmentFactor,
    Ground,
    SubjectFactor,
    SystemFactor,
    UseCase,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Story = list[Told]


def told_after(story: Story, event: type, new: e.Event, by: AccountId = SYSTEM) -> Story:
    """The story with one more event, right after another."""
    place = index(story, event)
    at = story[place].at
    return [*story[: place + 1], Told(at, by, new), *story[place + 1 :]]


def moved(story: Story, event: type, at: object) -> Story:
    """The story with one event told at another time, in its new place."""
    return sorted(changed(story, event, at=at), key=lambda told: told.at)


BROKEN: list[tuple[str, str, Callable[[Story], Story]]] = [
    ("R1", "NoticePublished follows Auth", lambda s: without(s, e.WatchlistSealed)),
    ("R1", "WentLive follows WatchlistS", lambda s: without(s, e.NoticePublished)),
    ("R1", "follows nothing", lambda s: without(s, e.ApplicationMade)),
    ("R1", "Published follows Deployment", lambda s: without(s, e.DeploymentErased)),
    (
        "R1",
        "WatchlistSealed follows DeploymentClosed",
        lambda s: told_after(s, e.DeploymentClosed, s[index(s, e.WatchlistSealed)].event),
    ),
    ("R2", "not the one applied", lambda s: changed(s, e.AuthorityGranted, use_case=UC)),
    ("R3", "11 under_18 listed", lambda s: changed(s, e.CategoryCounted, under_18=11)),
    ("R3", "the categories count 9755", lambda s: without(s, e.CategoryCounted, 1)),
    ("R3", "0 authorised", lambda s: without(s, e.CategoryAuthorised, 1)),
    ("R3", "longer than the authority", lambda s: changed(s, e.AuthorityGranted, list_limit=9)),
    ("R4", "own application", lambda s: changed(s, e.AuthorityGranted, by=APPLICANT)),
    ("R4", "no person", lambda s: changed(s, e.AuthorityGranted, by=SYSTEM)),
    ("R4", "another application", lambda s: changed(s, e.AuthorityGranted, application_sha256=X)),
    ("R5", "built 27.0 h before", lambda s: changed(s, e.WatchlistSealed, built_at=LONG_AGO)),
    ("R5", "not the one that was sealed", lambda s: changed(s, e.WentLive, list_sha256=X)),
    ("R7", "signed off their own", lambda s: changed(s, e.EntrySignedOff, by=APPLICANT)),
    ("R7", "0 of 1 entries", lambda s: without(s, e.EntrySignedOff)),
    ("R7", "the categories say 1", lambda s: changed(s, e.WatchlistSealed, need_sign_off=0)),
    ("R7", "two persons", lambda s: changed(s, e.EntrySignedOff, by=SYSTEM)),
    ("R8", "no notice", lambda s: changed(s, e.NoticePublished, published_at=moment(END_AT))),
    ("R8", "nobody confirmed", lambda s: without(s, e.SignsConfirmed)),
    ("R8", "nobody confirmed", lambda s: changed(s, e.SignsConfirmed, signs=0)),
    (
        "R10",
        "was destroyed 1.8 h after",
        lambda s: moved(s, e.WatchlistDestroyed, LIVE_AT + timedelta(hours=26)),
    ),
    ("R10", "not destroyed before", lambda s: without(s, e.WatchlistDestroyed)),
    (
        "R10",
        "still stands 431.8 h after",
        lambda s: without(without(s, e.WatchlistDestroyed), e.DeploymentErased),
    ),
    ("R10", "another list", lambda s: changed(s, e.WatchlistDestroyed, list_sha256=X)),
    (
        "R11",
        f"{FALSE} was destroyed 5.9 h after",
        lambda s: moved(s, e.AlertDestroyed, LIVE_AT + timedelta(hours=30)),
    ),
    ("R11", f"{UNSEEN} still stands", lambda s: without(s, e.AlertDestroyed, 1)),
    ("R11", f"{TRUE} was destroyed", lambda s: without(s, e.HoldPlaced)),
    (
        "R11",
        "more than 31 days",
        lambda s: changed(s, e.HoldPlaced, until=moment(LIVE_AT + timedelta(days=32))),
    ),
    ("R11", "too late", lambda s: moved(s, e.HoldPlaced, LIVE_AT + timedelta(hours=25))),
    ("R11", "from no person", lambda s: changed(s, e.HoldPlaced, by=SYSTEM)),
    ("R11", "the limit is 31 days", lambda s: changed(s, e.AuthorityGranted, alert_hours=745)),
    ("R12", "OperatorDecided by no person", lambda s: changed(s, e.OperatorDecided, by=SYSTEM)),
    ("R12", "OutcomeRecorded by no person", lambda s: changed(s, e.OutcomeRecorded, by=SYSTEM)),
    ("R14", "names no evidence", lambda s: changed(s, e.AuthorityGranted, evidence_sha256=None)),
    ("R14", "not the one in the", lambda s: changed(s, e.WentLive, model=Word("other"))),
    ("R14", "another model", lambda s: changed(s, e.WatchlistSealed, model=Word("other"))),
    ("R15", "threshold 0.63", lambda s: changed(s, e.WentLive, threshold=Figure("0.63"))),
    ("R15", "another authority", lambda s: changed(s, e.WentLive, authority_sha256=X)),
    ("R15", "is below", lambda s: changed(s, e.PromptRaised, similarity=Figure("0.6399"))),
    ("R15", "is below", lambda s: changed(s, e.AlertSuppressed, similarity=Figure("0.5"))),
    (
        "R16",
        "9 false alerts in 3000 faces, surely over",
        lambda s: told_after(s, e.OperatorDecided, counts(3_000, prompts=1, false_alerts=9)),
    ),
    (
        "R16",
        "fell",
        lambda s: told_after(s, e.EngagementBegan, counts(3_001, prompts=1, false_alerts=0)),
    ),
    ("R16", "2 prompts counted; 3", lambda s: changed(s, e.CountsTaken, prompts=2)),
    ("R16", "nothing was counted", lambda s: without(s, e.CountsTaken)),
    ("R18", "nothing was counted", lambda s: without(s, e.CountsTaken)),
    ("R20", "no version of the dpia", lambda s: without(s, e.DocumentPinned)),
    (
        "R20",
        "no version of the dpia",
        lambda s: told_after(
            without(s, e.DocumentPinned),
            e.AuthorityGranted,
            s[index(s, e.DocumentPinned)].event,
            APPLICANT,
        ),
    ),
    ("R22", "stands twice", lambda s: changed(s, e.PromptRaised, 1, ref=TRUE)),
    ("R22", "one is missing", lambda s: without(s, e.PromptRaised)),
    ("R22", "not raised", lambda s: without(s, e.PromptRaised)),
    ("R23", "is missing", lambda s: without(s, e.OutcomeRecorded)),
    ("R23", "of no stop", lambda s: without(s, e.EngagementBegan)),
    ("R23", "twice", lambda s: told_after(s, e.OutcomeRecorded, outcome(TRUE), OFFICER)),
    ("R23", "less than no time", lambda s: changed(s, e.OutcomeRecorded, stop_seconds=-1)),
    ("R25", "0 named", lambda s: without(s, e.CameraNamed)),
    ("R25", "more cameras than the 2", lambda s: changed(s, e.WentLive, cameras=3)),
    ("R25", "roof was not named", lambda s: changed(s, e.PromptRaised, camera=CameraId("roof"))),
    ("R27", "their own decision", lambda s: changed(s, e.OfficerDecided, by=OPERATOR)),
    ("R27", "no operator", lambda s: without(s, e.OperatorDecided)),
    ("R27", "before two people", lambda s: without(s, e.OfficerDecided)),
    ("R27", "before two people", lambda s: changed(s, e.OfficerDecided, confirmed=False)),
    ("R27", "no operator", lambda s: told_after(s, e.OperatorDecided, e.DecisionUndone(TRUE))),
    (
        "N3",
        "PromptRaised outside the live",
        lambda s: told_after(s, e.SessionEnded, prompt(Q, 4, "E-0001", END_AT)),
    ),
    (
        "N3",
        "outside the authority's time",
        lambda s: changed(s, e.AuthorityGranted, ends_at=moment(LIVE_AT + timedelta(minutes=1))),
    ),
    (
        "N3",
        "the session lasted 13.0 h",
        lambda s: changed(
            moved(
                moved(s, e.SessionEnded, LIVE_AT + timedelta(hours=13)),
                e.DeploymentClosed,
                LIVE_AT + timedelta(hours=13),
            ),
            e.AuthorityGranted,
            ends_at=moment(LIVE_AT + timedelta(hours=14)),
        ),
    ),
    ("N3", "no person started it", lambda s: changed(s, e.WentLive, by=SYSTEM)),
    ("N3", "closed while live", lambda s: without(s, e.SessionEnded)),
    (
        "N13",
        "was never destroyed",
        lambda s: told_after(s, e.WatchlistDestroyed, e.ErasureFailed(e.Kept.WATCHLIST, None)),
    ),
]
X = Sha256("f" * 64)
Q = TRUE.__class__("ZZZZ-ZZZZ")
UC = UseCase.PROTECTIVE_SECURITY
LONG_AGO = moment(START - timedelta(days=1))


@pytest.mark.parametrize(
    ("rule", "what", "tell"), BROKEN, ids=[f"{rule} {what}" for rule, what, _ in BROKEN]
)
def test_a_broken_rule_is_found_and_named(
    tmp_path: Path, signer: Ed25519PrivateKey, rule: str, what: str, tell: Callable[[Story], Story]
) -> None:
    result = verify(write(tmp_path / "x", signer, tell(whole())))
    found = [one for one in result.findings if one.rule == rule and what in one.what]
    assert found, result.findings
    assert result.shown[rule] == "broken"
    assert not result.ok
    # the chain itself holds: it was told so, and signed
    assert not [one for one in result.findings if one.rule[0].isdigit()]


def test_each_rule_that_is_checked_is_seen_to_break() -> None:
    seen = {rule for rule, _, _ in BROKEN}
    assert {rule for rule, _, _ in RULES} - seen == {"R13", "R21"}  # those follow


@pytest.mark.parametrize(
    ("rule", "field", "word", "what"),
    [
        ("R2", "use_case", "other", "other is no use case"),
        ("R3", "category", "person-of-interest", "person-of-interest is no category"),
        ("R12", "ground", "high-similarity", "high-similarity is no ground"),
        ("R13", "subject", "hunch", "hunch is no subject factor"),
    ],
)
def test_a_word_of_no_closed_list(
    tmp_path: Path, signer: Ed25519PrivateKey, rule: str, field: str, word: str, what: str
) -> None:
    # The writer cannot write it, so the signed bytes are made by hand.
    path = write(tmp_path / "x", signer, whole())
    path.write_bytes(
        re.sub(rf'"{field}":"[a-z-]+"'.encode(), f'"{field}":"{word}"'.encode(), path.read_bytes())
    )
    result = verify(path)
    assert what in [one.what for one in result.findings if one.rule == rule]
    assert result.shown[rule] == "broken"


def test_r21_no_checkpoint_while_live(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    result = verify(write(tmp_path / "x", signer, whole(), checkpoints=False))
    assert {one.rule for one in result.findings} == {"R21"}
    assert result.findings[0].what == "600 s while live without a checkpoint"


def test_r5_a_list_that_stands_in_another_ledger(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    one = write(tmp_path / "one", signer, whole())
    two = write(tmp_path / "two", signer, before_live())
    assert verify(one).ok
    result = verify(one, others=[two])
    assert [(f.rule, f.what) for f in result.findings] == [
        ("R5", "the list stands in another ledger too (N5)")
    ]


def test_a_ledger_that_goes_on_shows_what_it_holds(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    result = verify(write(tmp_path / "x", signer, [*before_live(), *live()[:7]]))
    assert result.ok
    assert result.shown["R1"] == "shown"
    assert result.shown["R23"] == "not in this ledger"
    assert result.shown["R18"] == "not in this ledger"


def test_a_crash_is_no_session_of_two_days(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    crashed = live()[:8]
    found_at = LIVE_AT + timedelta(hours=20)
    story = [
        *before_live(),
        *crashed,
        Told(found_at, SYSTEM, e.SessionRecovered(72_000 - 130)),
        Told(found_at, SYSTEM, e.CountsTaken(100, 90, 10, 0, 1, 1, 0, 0)),
        Told(found_at, SYSTEM, e.SessionEnded(e.EndReason.CRASHED)),
    ]
    path = tmp_path / "x"
    write(path, signer, story, checkpoints=False)
    found = [one for one in verify(path).findings if one.rule != "R21"]
    assert found == []


def test_a_cancelled_deployment_must_destroy_its_list_too(
    tmp_path: Path, signer: Ed25519PrivateKey
) -> None:
    cancel = Told(LIVE_AT, APPLICANT, e.DeploymentCancelled(None))
    late = Told(LIVE_AT + timedelta(hours=25), SYSTEM, e.WatchlistDestroyed(Sha256("1" * 64), SOME))
    result = verify(write(tmp_path / "x", signer, [*before_live(), cancel, late]))
    assert [one.rule for one in result.findings] == ["R10"]


def test_a_refused_application_is_a_whole_life(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    story = [
        *before_live()[:8],
        Told(LIVE_AT, AUTHORISER, e.AuthorityRefused(SOME, SOME)),
        Told(LIVE_AT, SYSTEM, e.DeploymentErased()),
        Told(LIVE_AT, SYSTEM, e.DeploymentPublished(SOME)),
    ]
    assert verify(write(tmp_path / "x", signer, story)).ok


def test_a_halt_in_time_is_no_finding(tmp_path: Path, signer: Ed25519PrivateKey) -> None:
    # R16
    at = LIVE_AT + timedelta(seconds=50)
    story = [
        *before_live(),
        *live()[:3],
        Told(at, SYSTEM, e.CountsTaken(20, 20, 0, 0, 0, 0, 1, 0)),
        Told(at + timedelta(seconds=1), SYSTEM, e.SessionHalted(RuleIds("R16"))),
    ]
    assert verify(write(tmp_path / "x", signer, story)).ok


@given(st.integers(1, 5_000), st.integers(0, 60))
def test_the_exact_bound_is_that_of_clopper_and_pearson(faces: int, false_alerts: int) -> None:
    false_alerts = min(faces, false_alerts)
    low = beta.ppf(0.025, false_alerts, faces - false_alerts + 1) if false_alerts else 0
    assert surely_over(false_alerts, faces) == (low > 0.001)


@pytest.mark.parametrize(
    ("false_alerts", "faces", "over"),
    [(1, 25, True), (1, 26, False), (3, 620, False), (10, 3_147_436, False), (10**9, 10**9, True)],
)
def test_the_bound_of_known_counts(false_alerts: int, faces: int, over: bool) -> None:  # noqa: FBT001
    assert surely_over(false_alerts, faces) == over


def test_the_verifier_knows_the_writers_events_and_words() -> None:
    """They share no code, so this is where they are held to agree."""
    assert SCHEMA.keys() == e.EVENTS.keys()
    kinds = {int: "i", bool: "b", forms.Moment: "t", forms.Figure: "d", forms.Signature: "g"}
    kinds |= {forms.Sha256: "h", forms.PublicKey: "h"}
    for name, event in e.EVENTS.items():
        for field, allowed in forms.field_types(event).items():
            (one,) = (kind for kind in allowed if kind is not NoneType)
            expected = kinds.get(one, "s") + ("?" if NoneType in allowed else "")
            assert SCHEMA[name][field] == expected, (name, field)
            assert expected[0] in {*FORMS, "i", "b"}
        assert list(SCHEMA[name]) == list(forms.field_types(event))
    assert {name for name, event in e.EVENTS.items() if event.changes_step} == SIGNED_STEPS
    assert set(UseCase) == USE_CASES
    assert set(Category) == CATEGORIES
    assert set(Ground) == GROUNDS
    assert {*SubjectFactor, *SystemFactor, *EnvironmentFactor} == FACTORS

"""The gate: with everything in order it permits; for each fact broken alone it names the rule."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import (
    COMBINATION,
    HOUR,
    NOW,
    START,
    approval_of,
    evidence_of,
    facts_of,
    form_with,
    live,
    point,
    public,
    resigned,
    sign_off_of,
    signed,
)

from overt.authority.facts import (
    Asked,
    Facts,
    ListFacts,
    MachineFacts,
    Permitted,
    Refused,
    SessionFacts,
    Signature,
)
from overt.authority.gate import ENDING, LISTED, ask
from overt.authority.signoff import signing_bytes
from overt.policy import EU, UK
from overt.vocabulary import Category, Kind, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    Break = Callable[[Facts], Facts]

GOOD = facts_of()


def listed(**changes: Any) -> Break:
    def spoil(facts: Facts) -> Facts:
        assert facts.watchlist
        return replace(facts, watchlist=replace(facts.watchlist, **changes))

    return spoil


def machine(**changes: Any) -> Break:
    return lambda facts: replace(facts, machine=replace(facts.machine, **changes))


def session(**changes: Any) -> Break:
    def spoil(facts: Facts) -> Facts:
        assert facts.session
        return replace(facts, session=replace(facts.session, **changes))

    return spoil


def fact(**changes: Any) -> Break:
    return lambda facts: replace(facts, **changes)


def paper(name: str, **changes: Any) -> Break:
    return lambda facts: replace(
        facts,
        **{name: form_with(getattr(facts, name), **changes)},  # type: ignore[arg-type]
    )


def authority(**changes: Any) -> Break:
    return lambda facts: resigned(facts, **changes)


def sign_off(officer: str, signer: str | None = None, **changes: Any) -> Break:
    one = sign_off_of({"E-0001", "E-0002"}, officer, **changes)
    by = Signature(signed(signer or officer, signing_bytes(one)).signature, public(officer))
    return fact(sign_offs=((one, by),))


def counts(**changes: int) -> Break:
    whole = {
        Category(name.replace("_", "-")): count
        for name, count in ({"wanted_on_warrant": 300} | changes).items()
    }
    return listed(counts=MappingProxyType(whole))


RECOGNITION = GOOD.authority.recognition if GOOD.authority else None
BUILT = GOOD.watchlist.built_at if GOOD.watchlist else START

BROKEN: dict[str, tuple[Break, str]] = {
    "deployment": (fact(deployment="D-20261125-OTHERS"), "N3"),
    "kind": (fact(kind=Kind.TRIAL), "N6"),
    "profile, looser": (fact(profile=replace(UK, max_session_hours=99.0)), "R26"),
    "profile, another": (fact(profile=EU), "R26"),
    # the machine
    "machine.ledger_healthy": (machine(ledger_healthy=False), "N13"),
    "machine.overdue": (machine(overdue=("D-20261101-ABCDEF/list",)), "R10"),
    "machine.clock_drift_s, forward": (machine(clock_drift_s=11.0), "N3"),
    "machine.clock_drift_s, back": (machine(clock_drift_s=-3600.0), "N3"),
    "machine.clock_drift_s, nan": (machine(clock_drift_s=math.nan), "N3"),
    "machine.disk_free_bytes": (machine(disk_free_bytes=1000), "N13"),
    # the authority
    "application, none": (fact(application=None), "N3"),
    "application, changed": (paper("application", grounds="Some other grounds altogether, " * 4
        + "with words enough to stand here alone and mean nothing at all to anybody"), "R15"),
    "authority, none": (fact(authority=None), "N3"),
    "authority_signature, none": (fact(authority_signature=None), "N3"),
    "authority_signature, forged": (
        fact(authority_signature=Signature(b"\0" * 64, public("super.intendent"))),
        "R4",
    ),
    "authority_signature, another's": (
        fact(authority_signature=Signature(b"", b"")),
        "R4",
    ),
    "authority, edited": (paper("authority", ends_at=START + 3 * HOUR), "R4"),
    "authority, by the applicant": (authority(authoriser="app.licant"), "R4"),
    "authority, too long": (authority(ends_at=START + 5 * HOUR), "R1"),
    "authority, too early": (authority(starts_at=START - HOUR), "R1"),
    "authority, late": (authority(decided_at=START + 4 * HOUR), "R1"),
    "authority, more listed": (authority(max_entries=406), "R3"),
    "authority, a camera more": (authority(cameras=("gate", "roof")), "R25"),
    "authority, alerts longer": (authority(alert_hours=25), "R11"),
    "authority, lower threshold": (
        authority(recognition=form_with(RECOGNITION, threshold=Decimal("0.92"))),  # type: ignore[arg-type]
        "N9",
    ),
    "authoriser_may": (fact(authoriser_may=False), "R4"),
    # the list
    "watchlist, none": (fact(watchlist=None), "N3"),
    "watchlist.destroyed": (listed(destroyed=True), "N3"),
    "watchlist.deployment": (listed(deployment="D-20261124-7K3Q9M"), "N5"),
    "watchlist.built_at, old": (listed(built_at=NOW - timedelta(hours=24, seconds=36)), "R5"),
    "watchlist.built_at, future": (listed(built_at=NOW + HOUR), "R5"),
    "watchlist.built_by": (listed(built_by="second.officer"), "R7"),
    "watchlist.counts, too many": (counts(missing_at_risk=6), "R3"),
    "watchlist.counts, nobody": (listed(counts=MappingProxyType({})), "R3"),
    "watchlist.counts, not asked for": (counts(wanted_for_arrest=1), "R3"),
    "watchlist.under_18": (listed(under_18=4), "R7"),
    "watchlist.vulnerable": (listed(vulnerable=4), "R7"),
    "watchlist.model": (listed(model=form_with(COMBINATION, detector_px=320)), "R15"),
    "watchlist.need_sign_off": (listed(need_sign_off=frozenset({"E-0009"})), "R7"),
    "watchlist.intact": (listed(intact=False), "R6"),
    "sign_offs, none": (fact(sign_offs=()), "R7"),
    "sign_offs, the authoriser's": (sign_off("super.intendent"), "R7"),
    "sign_offs, the applicant's": (sign_off("app.licant"), "R7"),
    "sign_offs, forged": (sign_off("second.officer", "app.licant"), "R7"),
    "sign_offs, another deployment": (
        sign_off("second.officer", deployment="D-20261125-OTHERS"),
        "R7",
    ),
    # the notice
    "notice, none": (fact(notice=None), "R8"),
    "notice, late": (paper("notice", published_at=NOW - timedelta(hours=11.5)), "R8"),
    "notice, future": (paper("notice", published_at=NOW + HOUR), "R8"),
    "notice, before the authority": (paper("notice", published_at=START - 31 * HOUR), "R8"),
    "notice, elsewhere": (paper("notice", where=("the station's basement",)), "R8"),
    "notice, another's": (paper("notice", deployment="D-20261125-OTHERS"), "R8"),
    "signs, none": (fact(signs=None), "R8"),
    "signs, one missing": (paper("signs", places=("North door of the station",)), "R8"),
    "signs, future": (paper("signs", confirmed_at=NOW + HOUR), "R8"),
    "signs, another's": (paper("signs", deployment="D-20261125-OTHERS"), "R8"),
    # the evidence
    "evidence, none": (fact(evidence=None), "R14"),
    "evidence_sha256": (fact(evidence_sha256="9" * 64), "R14"),
    "evidence, future": (fact(evidence=evidence_of(assessed_at=NOW + HOUR)), "R14"),
    "evidence, shorter list": (fact(evidence=evidence_of(list_size=304)), "R14"),
    "evidence, generated": (fact(evidence=evidence_of(kind="generated")), "R14"),
    "evidence, other threshold": (fact(evidence=evidence_of(point("0.95", 0, 900))), "N9"),
    "evidence, poor": (fact(evidence=evidence_of(point("0.94", 40, 980))), "R14"),
    # the session
    "session, none": (fact(session=None), "R15"),
    "session.combination": (
        session(combination=form_with(COMBINATION, recogniser_sha256="4" * 64)),
        "R14",
    ),
    "session.threshold, lower": (session(threshold=Decimal("0.93999")), "N9"),
    "session.threshold, higher": (session(threshold=Decimal("0.95")), "R15"),
    "session.cameras, none": (session(cameras=MappingProxyType({})), "R25"),
    "session.cameras, another": (session(cameras=MappingProxyType({"roof": "/dev/video0"})), "R25"),
    "session.cameras, moved": (session(cameras=MappingProxyType({"gate": "/dev/video0"})), "R25"),
    "session.cameras, generated": (session(cameras=MappingProxyType({"gate": "generated"})), "N6"),
    "session.at_desk, nobody": (session(at_desk=frozenset()), "R12"),
    "session.at_desk, somebody": (session(at_desk=frozenset({"x.yz"})), "R12"),
    "session.on_street, nobody": (session(on_street=frozenset()), "R27"),
    "session.on_street, the same": (
        session(at_desk=frozenset({"b.khan"}), on_street=frozenset({"b.khan"})),
        "R27",
    ),
    "session.live_since": (session(live_since=NOW - 12.01 * HOUR), "N3"),
    "session.live_s": (session(live_s=12.01 * 3600), "N3"),
    "session.live_s, nan": (session(live_s=math.nan), "N3"),
    "session.false_alerts_halt": (session(false_alerts_halt=True), "R16"),
}  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("profile", ["uk", "eu"])
def test_with_everything_in_order_it_permits(kind: Kind, profile: str) -> None:
    facts = facts_of(kind, profile=profile)
    assert ask(Asked.GO_LIVE, facts, NOW) == Permitted(Asked.GO_LIVE, NOW)
    assert ask(Asked.STAY_LIVE, live(facts), NOW) == Permitted(Asked.STAY_LIVE, NOW)


@pytest.mark.parametrize("asked", [Asked.GO_LIVE, Asked.STAY_LIVE])
@pytest.mark.parametrize("name", BROKEN)
def test_each_fact_broken_alone_is_refused_by_its_rule(asked: Asked, name: str) -> None:
    spoil, rule = BROKEN[name]
    facts = GOOD if asked is Asked.GO_LIVE else live(GOOD)
    if asked is Asked.STAY_LIVE and name in {
        "watchlist.built_at, old",
        "notice, late",
    }:
        return  # judged at the start of the session; see below
    answer = ask(asked, spoil(facts), NOW)
    assert isinstance(answer, Refused)
    assert rule in answer.rules, answer.lines
    assert all(reason.what and reason.advice for reason in answer.reasons)
    assert all("\n" not in line for line in answer.lines)
    assert ask(asked, facts, NOW) == Permitted(asked, NOW)


@pytest.mark.parametrize(
    ("facts", "prefix"),
    [
        (Facts, ""),
        (ListFacts, "watchlist."),
        (MachineFacts, "machine."),
        (SessionFacts, "session."),
    ],
)
def test_no_fact_is_left_unbroken(facts: Any, prefix: str) -> None:
    elsewhere = {"step", "approval", "consented", "machine", "watchlist", "session"}
    for field in dataclasses.fields(facts):
        if prefix or field.name not in elsewhere:
            assert any(name.startswith(prefix + field.name) for name in BROKEN), field.name


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(BROKEN)), min_size=1, max_size=4, unique=True))
def test_several_broken_facts_are_refused_too(names: list[str]) -> None:
    facts = GOOD
    for name in names:
        try:
            facts = BROKEN[name][0](facts)
        except (AssertionError, AttributeError):
            continue  # what it would spoil is gone already
    # Two faults may be of one field, of which the last stands: it is a fault still.
    assert isinstance(ask(Asked.GO_LIVE, facts, NOW), Refused)


def test_every_reason_is_given_at_once_in_the_order_of_the_steps() -> None:
    facts = machine(ledger_healthy=False)(listed(built_at=NOW - 30 * HOUR)(GOOD))
    facts = session(at_desk=frozenset())(replace(facts, signs=None))
    answer = ask(Asked.GO_LIVE, facts, NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N13", "R5", "R8", "R12")
    assert answer.lines[1] == (
        "2. R5: the watchlist was built 30.0 h before the start; the limit is 24 h. "
        "Cancel, and apply anew"
    )


# --- time ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "permitted"),
    [(-1, False), (0, True), (4 * 3600 - 1, True), (4 * 3600, False), (10**6, False)],
)
def test_live_is_for_the_authorised_time_alone(seconds: int, permitted: bool) -> None:  # noqa: FBT001
    now = START + timedelta(seconds=seconds)
    answer = ask(Asked.GO_LIVE, GOOD, now)
    assert isinstance(answer, Permitted) is permitted
    if not permitted:
        assert isinstance(answer, Refused)
        assert "N3" in answer.rules


@settings(max_examples=60, deadline=None)
@given(st.integers(-200_000, 200_000))
def test_staying_live_is_never_permitted_outside_the_window(seconds: int) -> None:
    now = START + timedelta(seconds=seconds)
    answer = ask(Asked.STAY_LIVE, live(GOOD), now)
    if not 0 <= seconds < 4 * 3600:
        assert isinstance(answer, Refused)


def test_the_age_of_a_list_is_that_at_the_start() -> None:
    old = listed(built_at=START - timedelta(hours=23.9))
    late = START + 2 * HOUR
    assert isinstance(ask(Asked.STAY_LIVE, old(live(GOOD)), late), Permitted)
    answer = ask(Asked.GO_LIVE, old(GOOD), late)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R5",)


def test_a_session_at_the_wrong_step_is_refused() -> None:
    for step in (None, *Step):
        for asked, right in ((Asked.GO_LIVE, Step.NOTICED), (Asked.STAY_LIVE, Step.LIVE)):
            facts = live(GOOD) if asked is Asked.STAY_LIVE else GOOD
            answer = ask(asked, replace(facts, step=step), NOW)
            assert isinstance(answer, Permitted) is (step is right)
            if step is not right:
                assert isinstance(answer, Refused)
                assert answer.rules == ("R1",)


# --- the other moves ----------------------------------------------------------------------------

BEFORE = START - 4 * HOUR
STEP_OF = {
    Asked.APPLY: None,
    Asked.AUTHORISE: Step.APPLICATION,
    Asked.REFUSE: Step.APPLICATION,
    Asked.ENROL: Step.AUTHORISED,
    Asked.SIGN_OFF: Step.ENROLLED,
    Asked.GIVE_NOTICE: Step.ENROLLED,
    Asked.CONFIRM_SIGNS: Step.NOTICED,
    Asked.CLOSE: Step.LIVE,
    Asked.ERASE: Step.CLOSED,
    Asked.PUBLISH: Step.ERASED,
    Asked.CANCEL: Step.ENROLLED,
}


@pytest.mark.parametrize("asked", STEP_OF)
def test_each_move_is_permitted_at_its_step(asked: Asked) -> None:
    facts = replace(GOOD, step=STEP_OF[asked])
    assert ask(asked, facts, START - HOUR / 2) == Permitted(asked, START - HOUR / 2)
    wrong = replace(facts, step=Step.PUBLISHED)
    answer = ask(asked, wrong, START - HOUR / 2)
    assert isinstance(answer, Refused)
    assert answer.rules[0] == "R1"


@pytest.mark.parametrize("asked", sorted(ENDING))
def test_whatever_is_broken_it_can_be_ended_and_erased(asked: Asked) -> None:
    nothing = Facts(
        deployment="D-20261125-7K3Q9M",
        step=STEP_OF[asked],
        kind=Kind.OPERATIONAL,
        profile=UK,
        machine=MachineFacts(
            ledger_healthy=False, overdue=("all",), clock_drift_s=math.inf, disk_free_bytes=0
        ),
    )
    assert isinstance(ask(asked, nothing, NOW), Permitted)


@pytest.mark.parametrize("asked", sorted(set(Asked) - ENDING - {Asked.PUBLISH}))
def test_an_overdue_erasure_blocks_everything_else(asked: Asked) -> None:
    facts = machine(overdue=("D-20261101-ABCDEF/list",))(replace(GOOD, step=STEP_OF.get(asked)))
    answer = ask(asked, facts, NOW)
    assert isinstance(answer, Refused)
    assert "R10" in answer.rules


@pytest.mark.parametrize("asked", sorted({Asked.ENROL, Asked.AUTHORISE} | LISTED))
def test_nothing_moves_on_without_an_authority(asked: Asked) -> None:
    answer = ask(asked, replace(GOOD, step=STEP_OF.get(asked), authority=None), NOW)
    assert isinstance(answer, Refused)
    assert "N3" in answer.rules


def test_a_list_is_not_built_too_early() -> None:
    facts = replace(GOOD, step=Step.AUTHORISED, watchlist=None)
    assert isinstance(ask(Asked.ENROL, facts, START - 24 * HOUR), Permitted)
    answer = ask(Asked.ENROL, facts, START - 24 * HOUR - timedelta(seconds=1))
    assert isinstance(answer, Refused)
    assert answer.rules == ("R5",)


def test_a_notice_may_be_given_late_and_then_waits() -> None:
    facts = paper("notice", published_at=START - 9 * HOUR)(replace(GOOD, step=Step.ENROLLED))
    assert isinstance(ask(Asked.GIVE_NOTICE, facts, START - 2 * HOUR), Permitted)
    noticed = replace(facts, step=Step.NOTICED)
    answer = ask(Asked.GO_LIVE, noticed, START)
    assert isinstance(answer, Refused)
    assert answer.rules == ("R8",)
    assert isinstance(ask(Asked.GO_LIVE, noticed, START + 3 * HOUR), Permitted)
    too_late = paper("notice", published_at=START - 7 * HOUR)(facts)
    assert isinstance(ask(Asked.GIVE_NOTICE, too_late, START - 2 * HOUR), Refused)


# --- EU -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "refused"},
        {"approver": "app.licant"},
        {"approver": "super.intendent"},
        {"application_sha256": "5" * 64},
        {"deployment": "D-20261125-OTHERS"},
        {"decided_at": START + timedelta(seconds=1)},
        {"starts_at": START + timedelta(seconds=1)},
        {"ends_at": START + 3 * HOUR},
        {"cameras": ("roof",)},
        {"max_entries": 404},
        {"signer": "super.intendent"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_eu_profile_needs_a_fitting_independent_approval(changes: dict[str, Any]) -> None:
    facts = facts_of(profile="eu")
    assert facts.authority
    for asked in (Asked.GO_LIVE, Asked.ENROL):
        bad = replace(facts, approval=approval_of(facts.authority, **changes))
        answer = ask(asked, replace(bad, step=STEP_OF.get(asked, Step.NOTICED)), NOW)
        assert isinstance(answer, Refused)
        assert answer.rules == ("R26",)


def test_under_the_eu_profile_nothing_follows_until_it_is_approved() -> None:
    facts = replace(facts_of(profile="eu"), approval=None)
    now = START - HOUR / 2
    assert isinstance(ask(Asked.AUTHORISE, replace(facts, step=Step.APPLICATION), now), Permitted)
    for asked in (Asked.ENROL, Asked.GIVE_NOTICE, Asked.GO_LIVE):
        answer = ask(asked, replace(facts, step=STEP_OF.get(asked, Step.NOTICED)), NOW)
        assert isinstance(answer, Refused)
        assert "R26" in answer.rules


# --- trials and the demo, outside a deployment --------------------------------------------------


def alone(kind: Kind) -> Facts:
    facts = facts_of(kind)
    return replace(
        facts,
        step=None,
        application=None,
        authority=None,
        notice=None,
        signs=None,
        evidence=None,
        consented=True,
    )


@pytest.mark.parametrize(
    ("asked", "kind"), [(Asked.START_TRIAL, Kind.TRIAL), (Asked.START_DEMO, Kind.DEMO)]
)
def test_alone_consent_stands_for_the_authority(asked: Asked, kind: Kind) -> None:
    facts = alone(kind)
    assert ask(asked, facts, NOW) == Permitted(asked, NOW)
    breaks: list[tuple[Break, str]] = [
        (fact(consented=False), "N6"),
        (fact(step=Step.NOTICED), "R1"),
        (fact(kind=Kind.OPERATIONAL), "N6"),
        (counts(), "N6"),
        (listed(built_at=NOW - 25 * HOUR), "R5"),
        (
            listed(
                counts=MappingProxyType(
                    dict.fromkeys(facts.watchlist.counts if facts.watchlist else (), 1001)
                )
            ),
            "N6",
        ),
        (machine(ledger_healthy=False), "N13"),
        (session(false_alerts_halt=True), "R16"),
        (session(live_s=13 * 3600.0), "N3"),
        (session(cameras=MappingProxyType({})), "R25"),
        (session(cameras=MappingProxyType({f"c{n}": "generated" for n in range(17)})), "R25"),
    ]
    for spoil, rule in breaks:
        answer = ask(asked, spoil(facts), NOW)
        assert isinstance(answer, Refused)
        assert rule in answer.rules


def test_a_demo_never_sees_a_camera_and_a_trial_never_the_generated_street() -> None:
    real = session(cameras=MappingProxyType({"gate": "/dev/video0"}))
    answer = ask(Asked.START_DEMO, real(alone(Kind.DEMO)), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N6",)
    generated = session(cameras=MappingProxyType({"gate": "generated"}))
    answer = ask(Asked.START_TRIAL, generated(alone(Kind.TRIAL)), NOW)
    assert isinstance(answer, Refused)
    assert answer.rules == ("N6",)


def test_the_question_is_cheap_enough_for_every_second() -> None:
    facts = live(facts_of(profile="eu"))
    ask(Asked.STAY_LIVE, facts, NOW)
    begun = time.perf_counter()
    for _ in range(20):
        ask(Asked.STAY_LIVE, facts, NOW)
    assert (time.perf_counter() - begun) / 20 < 0.1

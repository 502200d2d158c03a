"""The gate at the other moves, under the EU profile, and outside a deployment."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from broken import GOOD, counts, fact, listed, machine, paper, session
from papers import (
    HOUR,
    NOW,
    START,
    approval_of,
    facts_of,
    live,
)

from overt.authority.facts import (
    Asked,
    Facts,
    MachineFacts,
    Permitted,
    Refused,
)
from overt.authority.gate import AUTHORISED, ENDING, ask
from overt.policy import UK
from overt.vocabulary import Kind, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    Break = Callable[[Facts], Facts]

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


@pytest.mark.parametrize("asked", sorted(AUTHORISED))
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

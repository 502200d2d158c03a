"""Every fact of a deployment in good order, broken alone, and the rule that then refuses."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from papers import (
    COMBINATION,
    HOUR,
    LONG,
    NOW,
    START,
    VULNERABLE,
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
    Permitted,
    Refused,
    Signature,
)
from overt.authority.gate import ask
from overt.authority.signoff import signing_bytes
from overt.policy import EU, UK
from overt.vocabulary import Category, Kind

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
    one = sign_off_of(VULNERABLE, officer, **changes)
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
    "watchlist.model": (listed(model="another-model"), "R15"),
    "watchlist.need_sign_off": (listed(need_sign_off=frozenset({"E-0009"})), "R7"),
    "session.model": (session(model="another-model"), "R15"),
    "sign_offs, one person's": (
        sign_off("second.officer", justifications={"E-0001": LONG}),
        "R7",
    ),
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

AT_THE_START = frozenset({"watchlist.built_at, old", "notice, late"})
"""Judged at the start of a session, and not again while it lives."""


def alone(rule: str) -> list[str]:
    """The facts that, each broken alone, break a rule; for the rule's own module."""
    found = [name for name, (_, broken) in BROKEN.items() if broken == rule]
    assert found, rule
    return found


def see_refused(name: str, *moves: Asked) -> None:
    """The gate permits; with one fact broken it refuses by that fact's rule."""
    spoil, rule = BROKEN[name]
    for asked in moves or (Asked.GO_LIVE, Asked.STAY_LIVE):
        facts = GOOD if asked is Asked.GO_LIVE else live(GOOD)
        assert ask(asked, facts, NOW) == Permitted(asked, NOW)
        if asked is Asked.STAY_LIVE and name in AT_THE_START:
            continue
        answer = ask(asked, spoil(facts), NOW)
        assert isinstance(answer, Refused)
        assert rule in answer.rules, answer.lines
        assert all(reason.what and reason.advice for reason in answer.reasons)
        assert all("\n" not in line for line in answer.lines)

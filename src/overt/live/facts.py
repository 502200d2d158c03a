"""What the gate is told: gathered from the ledger, the papers, the list and the machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from overt.authority.facts import Facts, ListFacts, MachineFacts
from overt.authority.limits import held
from overt.policy import PROFILES
from overt.values import EntryId
from overt.vocabulary import AccountId, Role
from overt.watchlist.composition import needing_sign_off

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from overt.authority.facts import SessionFacts
    from overt.live.history import History
    from overt.live.papers import Papers
    from overt.policy import Profile
    from overt.store.accounts import Account, Accounts
    from overt.watchlist.sealed import SealedList


UNKNOWN_ENTRY = EntryId("E-0000")
"""Stands for somebody who needs a sign-off and whose number is not in the ledger (R7)."""


@dataclass(frozen=True, slots=True)
class Machine:
    """How this process finds the machine."""

    home: Path
    ledger_healthy: bool = True
    overdue: tuple[str, ...] = ()
    clock_drift_s: float = 0.0

    @property
    def facts(self) -> MachineFacts:
        """For the gate."""
        free = shutil.disk_usage(self.home).free
        return MachineFacts(self.ledger_healthy, self.overdue, self.clock_drift_s, free)


def facts_of(
    history: History,
    papers: Papers,
    accounts: Accounts,
    machine: Machine,
    *,
    opened: SealedList | None = None,
    session: SessionFacts | None = None,
) -> Facts:
    """Everything that a permission rests on."""
    return Facts(
        deployment=history.id,
        step=history.step,
        kind=history.kind,
        profile=profile_of(history),
        machine=machine.facts,
        application=papers.application,
        authority=papers.authority,
        authority_signature=papers.signature,
        authoriser_may=_may_authorise(history, accounts),
        approval=papers.approval,
        watchlist=list_facts(history, opened),
        sign_offs=papers.sign_offs,
        notice=papers.notice,
        signs=papers.signs,
        evidence=papers.evidence,
        evidence_sha256=papers.evidence_sha256,
        session=session,
    )


def profile_of(history: History) -> Profile:
    """The limits that a deployment runs under."""
    return held(PROFILES[history.profile.lower()])


def list_facts(history: History, opened: SealedList | None = None) -> ListFacts | None:
    """The sealed list in numbers, from the ledger; from the list who needs a sign-off, if open."""
    sealed = history.list_sealed
    if sealed is None or history.list_built_at is None or history.list_built_by is None:
        return None
    if opened is not None:
        needed = {person.entry for person in needing_sign_off(opened.people).people}
    else:
        needed = {EntryId(entry) for entry in history.signed_off}
        if len(needed) < sealed.need_sign_off:
            needed.add(UNKNOWN_ENTRY)
    return ListFacts(
        deployment=history.id,
        built_at=history.list_built_at,
        built_by=history.list_built_by,
        counts=MappingProxyType({one.category: one.entries for one in history.composition}),
        under_18=sum(one.under_18 for one in history.composition),
        vulnerable=sum(one.vulnerable for one in history.composition),
        model=opened.sealed.model if opened else sealed.model,
        need_sign_off=frozenset(needed),
        destroyed=history.list_destroyed_at is not None,
    )


def signed_in(
    accounts: Iterable[Account], named: Iterable[str], role: Role
) -> frozenset[AccountId]:
    """Who of the signed-in accounts is named by the authority and holds the role."""
    wanted = set(named)
    return frozenset(one.id for one in accounts if one.id in wanted and role in one.roles)


def _may_authorise(history: History, accounts: Accounts) -> bool:
    if history.authoriser is None:
        return False
    account = accounts.get(history.authoriser)
    return Role.AUTHORISER in account.roles and not account.disabled

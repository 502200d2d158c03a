"""Requirement by requirement: which events a ledger needs to show one, and what checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import rules_after as after
from . import rules_before as before
from . import rules_live as live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .story import Finding, Story

RULES: tuple[tuple[str, str, Callable[[Story], Iterator[Finding]]], ...] = (
    ("R1", "ApplicationMade", before.order_of_steps),
    ("R2", "ApplicationMade", before.where),
    ("R3", "CategoryCounted WatchlistSealed", before.who),
    ("R4", "AuthorityGranted AuthorityRefused", before.authoriser),
    ("R5", "WentLive WatchlistSealed", before.fresh_list),
    ("R7", "EntrySignedOff WatchlistSealed", before.second_sign_off),
    ("R8", "WentLive", before.notice),
    ("R10", "EnrolmentBegan WatchlistSealed", after.list_destroyed),
    ("R11", "PromptRaised AlertDestroyed HoldPlaced", after.alerts_destroyed),
    ("R12", "OperatorDecided OfficerDecided OutcomeRecorded", live.person_decides),
    ("R13", "OperatorDecided OfficerDecided", live.factors),
    ("R14", "WentLive", before.tested),
    ("R15", "WentLive PromptRaised AlertSuppressed", before.threshold),
    ("R16", "CountsTaken WentLive", live.ceiling),
    ("R18", "DeploymentPublished", after.published),
    ("R20", "AuthorityGranted", before.documents),
    ("R21", "WentLive", live.checkpoints),
    ("R22", "PromptRaised OperatorDecided EngagementBegan", live.references),
    ("R23", "EngagementBegan OutcomeRecorded", live.stops),
    ("R25", "WentLive PromptRaised", live.cameras),
    ("R27", "OfficerDecided EngagementBegan", live.two_people),
    ("N3", "WentLive PromptRaised AlertSuppressed", live.within_authority),
    ("N13", "ErasureFailed", after.failures_mended),
)
"""A rule is shown if an event that it needs stands in the ledger and nothing is found."""


def check_rules(story: Story) -> tuple[list[Finding], dict[str, str]]:
    """Every finding, and for each rule: ``shown``, ``broken`` or ``not in this ledger``."""
    findings: list[Finding] = []
    shown: dict[str, str] = {}
    for rule, needs, check in RULES:
        found = list(check(story)) if story.events else []
        findings += found
        there = any(story.named[name] for name in needs.split())
        shown[rule] = "broken" if found else "shown" if there else "not in this ledger"
    return findings, shown

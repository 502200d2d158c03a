"""Whether a ledger holds every decision that was acknowledged, and none that was refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from kill_desks import EVENT_OF

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kill_desks import Deed

SYSTEM = "overt"
EVENTS = frozenset(EVENT_OF.values())
ONCE = ("WentLive", "DeploymentClosed", "DeploymentErased", "DeploymentPublished")
Decision = tuple[str, str, str]
"""Account, reference, event."""


def decisions(ledger: Path) -> list[Decision]:
    """What people decided, in the order of the ledger."""
    return [
        (told["by"], told["body"]["ref"], told["event"])
        for told in whole_lines(ledger)
        if told["event"] in EVENTS and told["by"] != SYSTEM
    ]


def events(ledger: Path) -> list[str]:
    """Names of the events in a ledger."""
    return [told["event"] for told in whole_lines(ledger)]


def whole_lines(ledger: Path) -> list[dict[str, Any]]:
    """Each line up to the last newline: what follows was acknowledged to nobody."""
    whole, _, _ = ledger.read_bytes().rpartition(b"\n")
    return [json.loads(line) for line in whole.split(b"\n")] if whole else []


def faults(ledger: Path, deeds: Iterable[Deed]) -> list[str]:
    """What is wrong with a ledger, given everything that desks asked of its session.

    1. Each account's acknowledged decisions stand in it, in their order.
    2. Every decision in it was acknowledged, or its answer was never heard; none was refused.
    3. No reference and no step stands twice.
    """
    refs = set(_refs(ledger))
    mine = sorted((one for one in deeds if one.ref in refs), key=lambda one: one.order)
    stands = decisions(ledger)
    found = []
    for account in sorted({one.account for one in mine}):  # 1
        left = iter([one for one in stands if one[0] == account])
        for deed in mine:
            wanted = (deed.account, deed.ref, deed.event)
            mattering = deed.account == account and deed.answer == "acknowledged"
            if mattering and wanted not in left:
                found.append(f"lost, or out of order: {wanted}")
                break
    most = Counter(  # 2
        (one.account, one.ref, one.event) for one in mine if one.answer != "refused"
    )
    found += [f"nobody decided {one}" for one, n in Counter(stands).items() if n > most[one]]
    raised = _refs(ledger)  # 3
    found += [f"the reference {ref} stands twice" for ref, n in Counter(raised).items() if n > 1]
    counted = Counter(events(ledger))
    found += [f"{name} stands {counted[name]} times" for name in ONCE if counted[name] > 1]
    return found


def _refs(ledger: Path) -> list[str]:
    return [one["body"]["ref"] for one in whole_lines(ledger) if one["event"] == "PromptRaised"]

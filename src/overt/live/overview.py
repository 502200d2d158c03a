"""A deployment at a glance: where it stands, who did what when, and what is missing (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from overt.authority.facts import Asked, Refused
from overt.authority.gate import ask
from overt.authority.lifecycle import moves
from overt.live.facts import Machine, facts_of
from overt.live.history import history_of
from overt.live.papers import read_papers
from overt.records.line import read_chain
from overt.vocabulary import DeploymentId, Step

if TYPE_CHECKING:
    from overt.live.history import History
    from overt.live.instance import Instance
    from overt.records.line import Line

NEXT = {
    Step.ENROLLED: Asked.GIVE_NOTICE,
    Step.NOTICED: Asked.GO_LIVE,
    Step.CLOSED: Asked.ERASE,
    Step.ERASED: Asked.PUBLISH,
}
"""What is asked of the gate to say what is missing, where nothing more is typed in first."""
_TOLD = frozenset({"PromptShown", "CountsTaken", "Checkpointed", "AlertSuppressed"})
"""Events too many for a glance."""


@dataclass(frozen=True, slots=True)
class Overview:
    """See the module."""

    history: History
    place: str
    steps: tuple[tuple[str, str, str], ...]
    """When, by whom, what: each line of the ledger that is worth a glance."""
    next_moves: tuple[str, ...]
    missing: tuple[str, ...]
    """Each reason of the gate against the next step, with its rule."""

    @property
    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        history = self.history
        return {
            "deployment": history.id,
            "kind": history.kind,
            "profile": history.profile,
            "step": history.step,
            "place": self.place,
            "applicant": history.applicant,
            "authoriser": history.authoriser,
            "live": history.session_running,
            "alerts": len(history.alerts),
            "alerts_waiting_for_destruction": len(history.alerts_waiting),
            "list_waits_for_destruction": history.list_waits,
            "next": list(self.next_moves),
            "missing": list(self.missing),
            "events": [{"at": at, "by": by, "event": what} for at, by, what in self.steps],
        }


def overview(instance: Instance, deployment: DeploymentId) -> Overview:
    """Read a deployment without holding its ledger: a live session may be writing it.

    Raises:
        Misuse: if there is none of this id.
        BadLedger: if its ledger does not hold together.
    """
    row = instance.deployments.get(deployment)
    lines = list(read_chain(instance.ledger_path(deployment)))
    history = history_of(lines)
    return Overview(
        history=history,
        place=row.place,
        steps=tuple(map(_told, (one for one in lines if type(one.event).__name__ not in _TOLD))),
        next_moves=tuple(str(move) for move in moves(history.step)),
        missing=_missing(instance, history),
    )


def _told(line: Line) -> tuple[str, str, str]:
    return f"{line.at:%Y-%m-%d %H:%M:%S}", str(line.by), type(line.event).__name__


def _missing(instance: Instance, history: History) -> tuple[str, ...]:
    asked = NEXT.get(history.step) if history.step else None
    if asked is None:
        return ()
    papers = read_papers(instance.deployments, instance.accounts, history)
    machine = Machine(instance.home, overdue=instance.overdue)
    facts = facts_of(history, papers, instance.accounts, machine)
    answer = ask(asked, facts, instance.clock.now())
    return answer.lines if isinstance(answer, Refused) else ()

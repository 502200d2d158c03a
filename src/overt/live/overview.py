"""A deployment at a glance: where it stands, who did what when, and what is missing (R1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from overt.authority.facts import Asked, Refused, SessionFacts
from overt.authority.gate import ask
from overt.authority.lifecycle import moves
from overt.errors import OvertError
from overt.faces.packs.store import open_pack
from overt.live.facts import Machine, facts_of, list_facts
from overt.live.history import history_of
from overt.live.keeping import see_overdue
from overt.live.next_command import Next, next_of
from overt.live.papers import read_papers
from overt.live.recognition import combination_of, config_for
from overt.live.step_words import words_of
from overt.records.events import (
    AlertDestroyed,
    CameraOutageBegan,
    CameraOutageEnded,
    SessionEnded,
    SessionHalted,
)
from overt.records.line import read_chain
from overt.vocabulary import AccountId, DeploymentId, Role, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from overt.live.history import History
    from overt.live.instance import Instance
    from overt.live.papers import Papers
    from overt.records.line import Line

ASKED = {
    Step.AUTHORISED: Asked.ENROL,
    Step.ENROLLED: Asked.GIVE_NOTICE,
    Step.NOTICED: Asked.GO_LIVE,
    Step.ERASED: Asked.PUBLISH,
}
"""What is asked of the gate to say what is missing, where nothing more is typed in first."""
PEOPLE = frozenset({"R12", "R27"})
"""Met when officers sign in, after the command to open."""
_TOLD = frozenset({"PromptShown", "CountsTaken", "Checkpointed", "AlertSuppressed"})
"""Events too many for a glance, in JSON too."""


@dataclass(frozen=True, slots=True)
class Overview:
    """See the module."""

    history: History
    now: datetime
    """The reading of the clock by which `missing` was judged, UTC."""
    place: str
    title: str
    steps: tuple[tuple[str, str, str], ...]
    """When, by whom, what in words: the timeline."""
    events: tuple[tuple[str, str, str], ...]
    """When, by whom, and the event's own name: for programs."""
    alerts: tuple[tuple[str, int], ...]
    """How many alerts stand where, in words."""
    outages: tuple[int, int]
    """How often a camera was lost, and for how many seconds together."""
    next_moves: tuple[str, ...]
    next: tuple[Next, ...]
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
            "now": self.now.isoformat(timespec="seconds"),
            "title": self.title,
            "place": self.place,
            "applicant": history.applicant,
            "authoriser": history.authoriser,
            "live": history.session_running,
            "alerts": len(history.alerts),
            "alerts_waiting_for_destruction": len(history.alerts_waiting),
            "list_waits_for_destruction": history.list_waits,
            "next": list(self.next_moves),
            "commands": [{"command": one.command, "why": one.why} for one in self.next],
            "missing": list(self.missing),
            "events": [{"at": at, "by": by, "event": what} for at, by, what in self.events],
        }


def overview(instance: Instance, deployment: DeploymentId) -> Overview:
    """Read a deployment without holding its ledger: a live session may be writing it.

    Raises:
        Misuse: if there is none of this id.
        BadLedger: if its ledger does not hold together.
    """
    row = instance.deployments.get(deployment)
    see_overdue(instance)
    lines = list(read_chain(instance.ledger_path(deployment)))
    history = history_of(lines)
    papers = read_papers(instance.deployments, instance.accounts, history)
    now = instance.clock.now()
    return Overview(
        history=history,
        now=now,
        place=row.place,
        title=papers.application.title if papers.application else "",
        steps=tuple((*_when(line), words) for line in lines if (words := words_of(line.event))),
        events=tuple(
            (*_when(line), name)
            for line in lines
            if (name := type(line.event).__name__) not in _TOLD
        ),
        alerts=_alerts(history, lines),
        outages=_outages(lines),
        next_moves=tuple(str(move) for move in moves(history.step)),
        next=next_of(history, papers),
        missing=_missing(instance, history, papers, now),
    )


def desks_of(instance: Instance, deployment: DeploymentId) -> str:
    """How this deployment's officers come to their desks, and who they are, in a line.

    Raises:
        Misuse: if there is none of this id.
    """
    instance.deployments.get(deployment)
    history = history_of(read_chain(instance.ledger_path(deployment)))
    application = read_papers(instance.deployments, instance.accounts, history).application
    sit = f"Desks: `overt deployment live {deployment} --as ACCOUNT`"
    if application is None:
        return sit
    operators = ", ".join(application.operators)
    officers = ", ".join(application.engagement_officers)
    return f"{sit}. Operators: {operators}. Engagement officers: {officers}."


def how_it_ended(instance: Instance, deployment: DeploymentId) -> str:
    """The last session's end, in words: by whose order, at which hour, or halted by which rule."""
    ended = ""
    for line in read_chain(instance.ledger_path(deployment)):
        if isinstance(line.event, SessionEnded | SessionHalted):
            ended = words_of(line.event) or ""
    return ended


def missing_people(instance: Instance, papers: Papers) -> tuple[str, ...]:
    """Officers whom the application names and who cannot sit at a desk, each with the reason."""
    if papers.application is None:
        return ()
    known = {account.id: account for account in instance.accounts.list()}
    wrong = []
    for names, role in (
        (papers.application.operators, Role.OPERATOR),
        (papers.application.engagement_officers, Role.ENGAGEMENT_OFFICER),
    ):
        for name in names:
            account = known.get(AccountId(name))
            if account is None:
                wrong.append(f"R12: {role} {name} has no account. `overt user add {name}`")
            elif account.disabled or role not in account.roles:
                state = "disabled" if account.disabled else f"no {role}"
                wrong.append(f"R12: {name} is {state}. Apply anew with somebody who may")
    return tuple(wrong)


def _when(line: Line) -> tuple[str, str]:
    return f"{line.at:%Y-%m-%d %H:%M:%S}", str(line.by)


def _alerts(history: History, lines: Sequence[Line]) -> tuple[tuple[str, int], ...]:
    """Counts by status, and how many are destroyed."""
    standing = Counter(str(alert.status) for alert in history.alerts.values())
    gone = sum(isinstance(line.event, AlertDestroyed) for line in lines)
    return (*sorted(standing.items()), *((("destroyed", gone),) if gone else ()))


def _outages(lines: Sequence[Line]) -> tuple[int, int]:
    began = sum(isinstance(line.event, CameraOutageBegan) for line in lines)
    seconds = sum(line.event.seconds for line in lines if isinstance(line.event, CameraOutageEnded))
    return began, seconds


def _missing(
    instance: Instance, history: History, papers: Papers, now: datetime
) -> tuple[str, ...]:
    asked = ASKED.get(history.step) if history.step else None
    late = tuple(f"R10: {line}. Erase it first" for line in instance.overdue)
    if asked is None:
        return late
    machine = Machine(instance.home, overdue=instance.overdue)
    session = _would_run(history, papers) if asked is Asked.GO_LIVE else None
    facts = facts_of(history, papers, instance.accounts, machine, session=session)
    answer = ask(asked, facts, now)
    found = (
        [one.line for one in answer.reasons if one.rule not in PEOPLE or session is None]
        if (isinstance(answer, Refused))
        else []
    )
    people = missing_people(instance, papers) if history.step is not Step.ERASED else ()
    return (*found, *people)


def _would_run(history: History, papers: Papers) -> SessionFacts | None:
    """What `overt deployment open` would run with, as far as it is known without opening it."""
    application, authority, listed = papers.application, papers.authority, list_facts(history)
    if application is None or authority is None or listed is None:
        return None
    config = config_for(application)
    try:
        combination = combination_of(open_pack(config.pack), config)
    except OvertError:
        return None
    sources = {name: application.cameras[name].source for name in authority.cameras}
    return SessionFacts(
        combination=combination,
        model=listed.model,
        threshold=authority.recognition.threshold,
        cameras=MappingProxyType(sources),
        at_desk=frozenset(),
        on_street=frozenset(),
    )

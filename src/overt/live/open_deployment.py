"""One deployment in hand: its ledger held by this process alone, and every move through the gate.

Each move has one form: gather the facts, ask the gate, write what the ledger will name, append to
the ledger (which is the moment it happens), then catch up the index. A move that is refused is
itself recorded, by its rules, and changes nothing (R1, R21).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from overt.authority.facts import MOVE_OF, Refused, Signature
from overt.authority.gate import ask
from overt.authority.lifecycle import TRANSITIONS
from overt.errors import Refusal
from overt.live.catching_up import catch_up
from overt.live.facts import Machine, facts_of
from overt.live.history import History, history_of
from overt.live.papers import read_papers
from overt.records import events as e
from overt.records.event import RuleIds
from overt.vocabulary import Role, Step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from overt.authority.application import Application
    from overt.authority.facts import Asked, Facts, SessionFacts
    from overt.authority.reason import Reason
    from overt.authority.written import WrittenAuthority
    from overt.live.instance import Instance
    from overt.live.papers import Papers
    from overt.records.event import Event
    from overt.records.ledger import Ledger
    from overt.records.line import Line
    from overt.store.accounts import Account
    from overt.vocabulary import AccountId, DeploymentId
    from overt.watchlist.sealed import SealedList


@dataclass(slots=True)
class OpenDeployment:
    """A deployment and what this process knows of it. Use it in `with`."""

    instance: Instance
    id: DeploymentId
    ledger: Ledger
    history: History
    papers: Papers
    opened: SealedList | None = field(default=None, repr=False)
    """The list, while it is open in memory."""

    @classmethod
    def take(cls, instance: Instance, deployment: DeploymentId) -> Self:
        """Take a deployment in hand.

        Raises:
            LedgerFailed: if another process has it, or its ledger does not hold together.
            Misuse: if there is none of this id.
        """
        ledger = instance.open_ledger(deployment)
        try:
            history = history_of(ledger.lines())
            catch_up(instance, history)
            papers = read_papers(instance.deployments, instance.accounts, history)
        except BaseException:
            ledger.close()
            raise
        return cls(instance, deployment, ledger, history, papers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have it."""
        self.ledger.close()

    @property
    def application(self) -> Application:
        """What was applied for.

        Raises:
            Refusal: if there is no application.
        """
        if self.papers.application is None:
            rule = "R1"
            raise Refusal(rule, f"{self.id} has no application")
        return self.papers.application

    def facts(self) -> Facts:
        """What the gate is told."""
        machine = Machine(
            self.instance.home,
            overdue=self.instance.overdue,
            clock_drift_s=self.instance.clock_drift_s,
        )
        return facts_of(self.history, self.papers, self.instance.accounts, machine)

    def facts_live(self, session: SessionFacts, machine: Machine) -> Facts:
        """What the gate is told every second: nothing is read again but the machine's state."""
        return facts_of(
            self.history,
            self.papers,
            self.instance.accounts,
            machine,
            opened=self.opened,
            session=session,
        )

    def with_authority(self, authority: WrittenAuthority, signature: bytes, by: Account) -> Facts:
        """What the gate is told of an authority that was signed a moment ago."""
        return replace(
            self.facts(),
            authority=authority,
            authority_signature=Signature(signature, by.public_key),
            authoriser_may=Role.AUTHORISER in by.roles and not by.disabled,
        )

    def permit(self, asked: Asked, facts: Facts, by: AccountId) -> None:
        """Go on only if the gate permits.

        Raises:
            Refusal: with every reason. The refusal is in the ledger; nothing else has changed.
        """
        answer = ask(asked, facts, self.instance.clock.now())
        if isinstance(answer, Refused):
            target = _target(asked, self.history.step or Step.APPLICATION)
            self.ledger.append(e.StepRefused(target, RuleIds(" ".join(answer.rules))), by)
            raise refusal_of(answer)

    def record(self, event: Event, by: AccountId | None = None) -> Line:
        """Append to the ledger and take it in; then catch up the index.

        Raises:
            LedgerFailed: then it has not happened.
        """
        before = self.history.step
        line = self.ledger.append(event) if by is None else self.ledger.append(event, by)
        self.refresh()
        if event.changes_step:
            last = self.ledger.last
            self.instance.record(e.HeadNoted(self.id, last.seq, last.sha256))
        if self.history.step is not before and self.history.step is not None:
            self.instance.deployments.set_step(self.id, self.history.step, line.at)
        return line

    def refresh(self) -> None:
        """Read the ledger and the papers again."""
        self.history = history_of(self.ledger.lines())
        self.papers = read_papers(self.instance.deployments, self.instance.accounts, self.history)


def refusal_of(answer: Refused) -> Refusal:
    """Every reason of the gate, in one error."""
    return refusal_for(answer.reasons)


def refusal_for(reasons: Sequence[Reason]) -> Refusal:
    """Reasons, of which there is at least one, in one error of one line."""
    first, *others = reasons
    if not others:
        return Refusal(first.rule, first.what, advice=first.advice or None)
    lines = [_whole(first.what, first.advice), *(one.line for one in others)]
    return Refusal(first.rule, " ".join(f"({n}) {line}" for n, line in enumerate(lines, start=1)))


def _whole(what: str, advice: str) -> str:
    return f"{what}. {advice}" if advice else what


def need_role(account: Account, role: Role, why: str) -> None:
    """Go on only if an account holds a role.

    Raises:
        Refusal: naming the role.
    """
    if role in account.roles:
        return
    held = ", ".join(sorted(account.roles))
    if Role.AUDITOR in account.roles:
        rule, advice = "N11", "An auditor reads the record and changes nothing."
    else:
        rule, advice = "R4", f"Somebody with the role {role} must."
    raise Refusal(rule, f"{account.id} ({held}) may not {why}", advice=advice)


def _target(asked: Asked, at: Step) -> Step:
    """The step that was asked for, as far as the request names one."""
    move = MOVE_OF.get(asked)
    after = [to for (_, one), to in TRANSITIONS.items() if one is move]
    return after[0] if after else at

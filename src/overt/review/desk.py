"""The desk of one session: its open prompts, who may do what with them, and what is owed.

Who may decide are the accounts that the authority names, each with its roles. A prompt leaves the
desk when it has ended and nobody can take that back; what became of it is in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from overt.errors import Refusal
from overt.policy import PromptLimits
from overt.review.prompt import BY_OPERATOR, FROM, decide, lapse
from overt.vocabulary import AccountId, Act, PromptStatus, Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.review.prompt import Move, Prompt


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the desk's queue."""

    prompt: Prompt
    left_s: float | None
    """Seconds until time moves it; None if time does not."""
    owed: bool
    """A stop whose outcome is not recorded (R23)."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Open prompts and the people named for them."""

    people: Mapping[AccountId, frozenset[Role]]
    """Who the authority names, and as what; nobody else decides."""
    limits: PromptLimits = field(default_factory=PromptLimits)
    open: Mapping[int, Prompt] = field(default_factory=dict)
    """By number, in the order of raising; dismissals that can be taken back among them."""
    raised: int = 0
    """Prompts ever put here."""

    def put(self, prompt: Prompt) -> Desk:
        """The desk with one prompt more; numbers rise by one."""
        if prompt.number != self.raised + 1:
            msg = f"prompt {prompt.number} does not follow {self.raised}"
            raise ValueError(msg)
        return replace(self, open={**self.open, prompt.number: prompt}, raised=prompt.number)

    def queue(self, at_s: float) -> tuple[Waiting, ...]:
        """Open prompts, newest capture first: who was seen last is nearest."""
        newest_first = sorted(
            self.open.values(), key=lambda one: (one.captured_s, one.number), reverse=True
        )
        return tuple(
            Waiting(one, None if due is None else max(0.0, due - at_s), one.outcome_owed)
            for one in newest_first
            for due in (one.due_s(self.limits),)
        )

    @property
    def pending(self) -> int:
        """Prompts that wait for an operator."""
        return sum(one.status is PromptStatus.PENDING for one in self.open.values())

    @property
    def owed(self) -> tuple[Prompt, ...]:
        """Stops whose outcome is not recorded, oldest first (R23)."""
        return tuple(one for one in self.open.values() if one.outcome_owed)

    def check(self, number: int, by: AccountId, move: Move, at_s: float) -> Prompt:
        """The prompt as a person's act would leave it.

        1. The account is one that the authority names, in the role that the act needs (R4, R27).
        2. The prompt is on the desk.
        3. The prompt's own rules; see `overt.review.prompt.decide`.

        Raises:
            Refusal: naming the rule; nothing has changed.
        """
        roles = self.people.get(by)  # 1
        if roles is None:
            msg = f"{by} is not named in the authority"
            raise Refusal(rule="R4", message=msg, advice="Ask the authorising officer.")
        needed = role_for(move.act)
        if needed not in roles:
            rule = "R12" if needed is Role.OPERATOR else "R27"
            raise Refusal(rule, f"{by} is not named as {needed} and may not {move.act}")
        prompt = self.open.get(number)  # 2
        if prompt is None:
            ended = 0 < number <= self.raised
            msg = f"prompt {number} has ended" if ended else f"there is no prompt {number}"
            raise Refusal(rule="R12", message=msg)
        return decide(prompt, by, move, at_s, self.limits)  # 3

    def decided(self, prompt: Prompt) -> Desk:
        """The desk with a prompt as it is after a decision; it goes if it has ended for good."""
        kept = dict(self.open)
        kept[prompt.number] = prompt
        if prompt.ended and prompt.due_s(self.limits) is None:
            del kept[prompt.number]
        return replace(self, open=kept)

    def overdue(self, at_s: float) -> tuple[Desk, tuple[Prompt, ...]]:
        """The desk without the prompts whose time is over, and those as they ended."""
        due = [one for one in self.open.values() if _is_over(one.due_s(self.limits), at_s)]
        if not due:
            return self, ()
        return self._without(due), tuple(lapse(one) for one in due)

    def closed(self) -> tuple[Desk, tuple[Prompt, ...]]:
        """The desk at the session's end: nobody else is approached; owed outcomes stay (R23)."""
        ending = [one for one in self.open.values() if not one.outcome_owed]
        return self._without(ending), tuple(lapse(one) for one in ending)

    def acts(self, number: int, by: AccountId) -> frozenset[Act]:
        """What this person may do with a prompt by role, status and conflict, if in time."""
        prompt = self.open.get(number)
        roles = self.people.get(by, frozenset())
        if prompt is None:
            return frozenset()
        return frozenset(
            act
            for act, statuses in FROM.items()
            if prompt.status in statuses and role_for(act) in roles and _free(prompt, by, act)
        )

    def _without(self, gone: list[Prompt]) -> Desk:
        numbers = {one.number for one in gone}
        return replace(self, open={n: one for n, one in self.open.items() if n not in numbers})


def role_for(act: Act) -> Role:
    """Who does it."""
    return Role.OPERATOR if act in BY_OPERATOR else Role.ENGAGEMENT_OFFICER


def _is_over(due_s: float | None, at_s: float) -> bool:
    return due_s is not None and at_s >= due_s


def _free(prompt: Prompt, by: AccountId, act: Act) -> bool:
    """Whether nobody else's part in this prompt stands in the way."""
    if act is Act.UNDO:
        return prompt.operator == by and prompt.officer is None
    if act in BY_OPERATOR:
        return True
    if by in prompt.operators:  # R27
        return False
    if act is Act.ACCEPT:
        return prompt.officer != by
    return prompt.officer in {None, by}

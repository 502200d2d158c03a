"""One prompt, from its raising to its end: who did what, and what may still be done.

    pending ──operator──▶ possible ──officer──▶ confirmed ──▶ engaged ──outcome──▶ concluded
       │  ╲                  │   ╲                  │
       ▼   ▶ dismissed       ▼    ▶ not confirmed   ▼
    expired                expired, lost           lost

Only a person moves it forward (R12, N1), and no one person moves it from pending to confirmed
(R27). Time alone can end it. Times are seconds on the session's one time line; the age that
counts is the capture's, for the person walks on while the prompt waits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from overt.errors import Refusal
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm
from overt.vocabulary import AccountId, Act, AlertStanding, Ground, Identity, PromptStatus

if TYPE_CHECKING:
    from overt.policy import PromptLimits
    from overt.values import CameraId, EntryId, TrackId

ENDS = frozenset(
    {
        PromptStatus.CONCLUDED,
        PromptStatus.DISMISSED,
        PromptStatus.NOT_CONFIRMED,
        PromptStatus.EXPIRED,
        PromptStatus.LOST,
    }
)
FROM = {
    Act.FIND_POSSIBLE: {PromptStatus.PENDING},
    Act.DISMISS: {PromptStatus.PENDING},
    Act.UNDO: {PromptStatus.POSSIBLE, PromptStatus.DISMISSED},
    Act.ACCEPT: {PromptStatus.POSSIBLE, PromptStatus.CONFIRMED, PromptStatus.ENGAGED},
    Act.CONFIRM: {PromptStatus.POSSIBLE},
    Act.NOT_CONFIRM: {PromptStatus.POSSIBLE},
    Act.ENGAGE: {PromptStatus.CONFIRMED},
    Act.CONCLUDE: {PromptStatus.ENGAGED},
    Act.LOSE: {PromptStatus.POSSIBLE, PromptStatus.CONFIRMED},
}
"""In which status each act is one."""
TO = {
    Act.FIND_POSSIBLE: PromptStatus.POSSIBLE,
    Act.DISMISS: PromptStatus.DISMISSED,
    Act.UNDO: PromptStatus.PENDING,
    Act.CONFIRM: PromptStatus.CONFIRMED,
    Act.NOT_CONFIRM: PromptStatus.NOT_CONFIRMED,
    Act.ENGAGE: PromptStatus.ENGAGED,
    Act.CONCLUDE: PromptStatus.CONCLUDED,
    Act.LOSE: PromptStatus.LOST,
}
"""Which status each act leads to; accepting leads to none."""
BY_OPERATOR = frozenset({Act.FIND_POSSIBLE, Act.DISMISS, Act.UNDO})


@dataclass(frozen=True, slots=True)
class Undo:
    """The operator takes back what they decided a moment ago."""

    act: ClassVar[Act] = Act.UNDO


@dataclass(frozen=True, slots=True)
class Accept:
    """An engagement officer takes the prompt on, or over from another."""

    act: ClassVar[Act] = Act.ACCEPT


@dataclass(frozen=True, slots=True)
class Engage:
    """The officer speaks with the person."""

    act: ClassVar[Act] = Act.ENGAGE


@dataclass(frozen=True, slots=True)
class Lose:
    """The officer says that the person is not to be found, or will not be approached."""

    act: ClassVar[Act] = Act.LOSE


Move = AdjudicationForm | ConfirmationForm | OutcomeForm | Undo | Accept | Engage | Lose
"""What a person did; what needs a form is that form, so that there is no decision without one."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """An alert before people. It holds no picture, no score and no free text."""

    number: int
    """1 for the session's first."""
    entry: EntryId
    camera: CameraId
    track: TrackId
    captured_s: float
    """Capture of the sighting behind it."""
    status: PromptStatus = PromptStatus.PENDING
    decided_s: float | None = None
    """When the operator last decided."""
    operator: AccountId | None = None
    """Whose decision stands."""
    operators: frozenset[AccountId] = frozenset()
    """Who decided as operator, taken back or not: none of them may confirm (R27)."""
    confirmer: AccountId | None = None
    """The second person."""
    officer: AccountId | None = None
    """The engagement officer whose it is."""
    ground: Ground | None = None
    """Of the latest adjudication or confirmation."""
    identity: Identity | None = None
    """Of the outcome."""

    @property
    def ended(self) -> bool:
        """Whether it has come to an end. A dismissal can be taken back for a moment more."""
        return self.status in ENDS

    @property
    def outcome_owed(self) -> bool:
        """Whether somebody was stopped and it is not recorded what came of it (R23)."""
        return self.status is PromptStatus.ENGAGED

    def due_s(self, limits: PromptLimits) -> float | None:
        """When time moves it by itself; None if time does not."""
        match self.status:
            case PromptStatus.PENDING:
                return self.captured_s + limits.pending_s
            case PromptStatus.POSSIBLE:
                return self.captured_s + limits.possible_s
            case PromptStatus.CONFIRMED:
                return self.captured_s + limits.confirmed_s
            case PromptStatus.DISMISSED if self.decided_s is not None:
                return self.decided_s + limits.undo_s
            case _:
                return None


def lapse(prompt: Prompt) -> Prompt:
    """The prompt when its time is over, or the session's: it expires or the person is lost.

    What has ended, and an engagement, stay as they are.
    """
    if prompt.status in {PromptStatus.PENDING, PromptStatus.POSSIBLE}:
        return replace(prompt, status=PromptStatus.EXPIRED)
    if prompt.status is PromptStatus.CONFIRMED:
        return replace(prompt, status=PromptStatus.LOST)
    return prompt


def decide(prompt: Prompt, by: AccountId, move: Move, at_s: float, limits: PromptLimits) -> Prompt:
    """The prompt after what one person did. Whether their role allows it, the desk asks.

    1. The status allows the act; after an end nothing does, but a dismissal's undoing (R12).
    2. It comes in time: by the capture's age, or for undoing by the decision's.
    3. Nobody confirms or engages who decided as operator on this prompt, undone or not (R27).
    4. Nobody takes back what another decided, or what somebody has acted on.
    5. Once an engagement officer has it, only they go on, unless another accepts it.

    Raises:
        Refusal: naming the rule; the prompt is as before.
    """
    act = move.act
    _check_status(prompt, act)  # 1
    due_s = prompt.due_s(limits)  # 2
    if act is Act.UNDO and prompt.decided_s is not None and due_s is not None:
        due_s = min(prompt.decided_s + limits.undo_s, due_s)
    if due_s is not None and not at_s < due_s:
        rule = "R27" if prompt.status in {PromptStatus.POSSIBLE, PromptStatus.CONFIRMED} else "R12"
        msg = f"prompt {prompt.number}: too late to {_said(act)}"
        raise Refusal(rule, msg, advice="Let the person go.")
    if act is Act.UNDO:  # 4
        _check_undo(prompt, by)
        return replace(
            prompt, status=TO[act], decided_s=None, operator=None, officer=None, ground=None
        )
    if act in BY_OPERATOR:
        return replace(
            prompt,
            status=TO[act],
            decided_s=at_s,
            operator=by,
            operators=prompt.operators | {by},
            ground=getattr(move, "ground", None),
        )
    if by in prompt.operators:  # 3
        msg = f"prompt {prompt.number}: {by} decided on it as operator and may not {_said(act)}"
        raise Refusal(rule="R27", message=msg, advice="A second person must.")
    if act is Act.ACCEPT:
        if prompt.officer == by:
            msg = f"prompt {prompt.number}: {by} has accepted it already"
            raise Refusal(rule="R27", message=msg)
        return replace(prompt, officer=by)
    if prompt.officer not in {None, by}:  # 5
        msg = f"prompt {prompt.number}: {prompt.officer} has accepted it"
        raise Refusal(rule="R27", message=msg, advice="Accept it first, to take it over.")
    return _by_officer(prompt, by, move)


def standing(prompt: Prompt) -> AlertStanding:
    """What an ended alert was worth."""
    return AlertStanding.of(
        prompt.status,
        ground=prompt.ground,
        identity=prompt.identity,
        found_possible=prompt.operator is not None,
    )


def _check_status(prompt: Prompt, act: Act) -> None:
    if prompt.status in FROM[act]:
        return
    if prompt.ended:
        msg = f"prompt {prompt.number} has ended ({prompt.status}): nothing changes it"
        raise Refusal(rule="R12", message=msg)
    if act in {Act.ENGAGE, Act.CONCLUDE} and prompt.confirmer is None:
        msg = f"prompt {prompt.number} is {prompt.status}: two people confirm before an approach"
        raise Refusal(rule="R27", message=msg, advice="Wait for the second person.")
    rule = "R12" if act in BY_OPERATOR else "R27"
    msg = f"prompt {prompt.number} is {prompt.status}: nobody can {_said(act)} now"
    raise Refusal(rule, msg)


def _check_undo(prompt: Prompt, by: AccountId) -> None:
    if prompt.operator != by:
        msg = f"prompt {prompt.number}: only {prompt.operator} may take their decision back"
        raise Refusal(rule="R12", message=msg)
    if prompt.officer is not None:
        msg = f"prompt {prompt.number}: {prompt.officer} has acted on the decision"
        raise Refusal(rule="R27", message=msg, advice="Tell them.")


def _by_officer(prompt: Prompt, by: AccountId, move: Move) -> Prompt:
    after = replace(prompt, status=TO[move.act], officer=by)
    if isinstance(move, ConfirmationForm):
        return replace(after, confirmer=by, ground=move.ground)
    if isinstance(move, OutcomeForm):
        return replace(after, identity=move.identity)
    return after


def _said(act: Act) -> str:
    return act.value.replace("-", " ")

"""What a live session must do next, in the imperative: all that `overt.live.step` ever asks for.

None of them acts on anything outside: they put a possible match before a person, forget it, write
something down, or stop (N1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overt.errors import Refusal
    from overt.live.camera_events import CameraEvent
    from overt.live.events import DecisionMade, SightingSearched
    from overt.review.prompt import Prompt
    from overt.vocabulary import AlertStanding


@dataclass(frozen=True, slots=True)
class RaisePrompt:
    """Put this alert to the operator as a possible match."""

    number: int
    """1 for the session's first."""
    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Suppress:
    """An alert for an entry that was prompted a moment ago or dismissed: counted, not shown."""

    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Repeat:
    """The track that raised the entry's prompt, seen better: already before the operator."""

    searched: SightingSearched


@dataclass(frozen=True, slots=True)
class Drop:
    """Below the threshold: forget the sighting now."""


@dataclass(frozen=True, slots=True)
class ExpirePrompt:
    """Take a prompt from the desk: its time or the session's is over. Record how it ended."""

    prompt: Prompt
    """As it ended: expired or lost."""


@dataclass(frozen=True, slots=True)
class RecordDecision:
    """Write down what a person did, and only then let it take effect (R12, R21)."""

    made: DecisionMade
    before: Prompt
    after: Prompt


@dataclass(frozen=True, slots=True)
class RefuseDecision:
    """Tell the person that a rule forbids it; nothing changed."""

    made: DecisionMade
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class SettlePrompt:
    """A prompt has ended for good: what its alert was worth can be counted."""

    prompt: Prompt
    standing: AlertStanding


@dataclass(frozen=True, slots=True)
class WarnFlooded:
    """More prompts wait than an operator can judge with care. Say so; none is dropped (N13)."""

    waiting: int


@dataclass(frozen=True, slots=True)
class RecordCamera:
    """Write down what befell a camera."""

    event: CameraEvent


@dataclass(frozen=True, slots=True)
class Halt:
    """A safeguard stops the session for good: stop the cameras, approach nobody else."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class EndSession:
    """The session is over: stop the cameras, approach nobody else."""

    rule: str
    reason: str


Command = (
    RaisePrompt
    | Suppress
    | Repeat
    | Drop
    | ExpirePrompt
    | RecordDecision
    | RefuseDecision
    | SettlePrompt
    | WarnFlooded
    | RecordCamera
    | Halt
    | EndSession
)

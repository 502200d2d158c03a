"""What the gate must know. Whoever asks gathers it; the gate looks nothing up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from overt.authority.lifecycle import Move

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from overt.authority.application import Application
    from overt.authority.evidence import Combination, Evidence
    from overt.authority.notice import Notice, SignsConfirmed
    from overt.authority.reason import Reason
    from overt.authority.signoff import SignOff
    from overt.authority.written import SignedDecision, WrittenAuthority
    from overt.policy import Profile
    from overt.values import EntryId
    from overt.vocabulary import AccountId, Category, Kind, Step


class Asked(StrEnum):
    """What leave is asked for."""

    APPLY = "apply"
    AUTHORISE = "authorise"
    REFUSE = "refuse"
    ENROL = "enrol"
    SIGN_OFF = "sign-off"
    GIVE_NOTICE = "give-notice"
    CONFIRM_SIGNS = "confirm-signs"
    GO_LIVE = "go-live"
    STAY_LIVE = "stay-live"
    """Asked every second while live, and before a session that broke off is taken up again."""
    CLOSE = "close"
    ERASE = "erase"
    PUBLISH = "publish"
    CANCEL = "cancel"
    START_TRIAL = "start-trial"
    """A trial outside a deployment: `overt trial run`. Written consent stands in for the authority,
    and no officer is told of anything (N6, R17)."""
    START_DEMO = "start-demo"
    """The generated street outside a deployment: nobody is there."""


MOVE_OF = MappingProxyType({Asked(move.value): move for move in Move})
"""The move of each request that is one."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature, and the key of the account that should have made it."""

    signature: bytes
    """64 bytes, Ed25519."""
    public_key: bytes
    """32 bytes, as the account is registered."""


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What is known of a sealed watchlist without opening a picture."""

    deployment: str
    """For which it was sealed (R5, N5)."""
    built_at: datetime
    built_by: AccountId
    counts: MappingProxyType[Category, int]
    """Entries of each category."""
    under_18: int
    vulnerable: int
    model: str
    """What made its templates, as each template says it (`Template.model`)."""
    need_sign_off: frozenset[EntryId] = frozenset()
    """Entries that need a second sign-off: under 18, vulnerable, or both (R7)."""
    intact: bool = True
    """Whether the vault opened all of it and found nothing altered."""
    destroyed: bool = False

    @property
    def entries(self) -> int:
        """People listed."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a session would run, or is running, with."""

    combination: Combination
    model: str
    """What its probes' templates say made them (`Template.model`)."""
    threshold: Decimal
    cameras: MappingProxyType[str, str]
    """Name and source of each camera that is open or about to be."""
    at_desk: frozenset[AccountId]
    """Operators signed in."""
    on_street: frozenset[AccountId]
    """Engagement officers signed in."""
    live_since: datetime | None = None
    live_s: float = 0.0
    """Seconds live on the monotonic clock, which nobody can set back."""
    false_alerts_halt: bool = False
    """Whether false alerts surely exceed the ceiling (R16)."""


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The state of this instance."""

    ledger_healthy: bool
    """Whether the last write to the deployment's ledger was flushed, and its chain is whole."""
    overdue: tuple[str, ...]
    """What should have been destroyed by now and was not, in any deployment (R10, N13)."""
    clock_drift_s: float
    """Seconds that the wall clock moved against the monotonic one since this process began."""
    disk_free_bytes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a permission rests on. None is a thing that there is not (yet)."""

    deployment: str | None
    step: Step | None
    kind: Kind
    profile: Profile
    machine: MachineFacts
    application: Application | None = None
    authority: WrittenAuthority | None = None
    authority_signature: Signature | None = None
    authoriser_may: bool = False
    """Whether the account that signed held the role of authoriser, and was not disabled."""
    approval: SignedDecision | None = None
    """The independent decision, where the profile wants one (R26)."""
    watchlist: ListFacts | None = None
    sign_offs: tuple[tuple[SignOff, Signature], ...] = ()
    notice: Notice | None = None
    signs: SignsConfirmed | None = None
    evidence: Evidence | None = None
    evidence_sha256: str | None = None
    """Of the evidence file's bytes."""
    session: SessionFacts | None = None
    consented: bool = False
    """A trial or demo outside a deployment: whether everybody listed consented, or is nobody."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """Go on."""

    asked: Asked
    at: datetime
    """The reading of the clock that it was judged by. It is leave for this moment, not the next."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Do not, for these reasons. There is at least one."""

    asked: Asked
    at: datetime
    reasons: tuple[Reason, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are not met, each once, in the order of the gate's steps."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons))

    @property
    def lines(self) -> tuple[str, ...]:
        """One line a reason, numbered."""
        return tuple(f"{n}. {reason.line}" for n, reason in enumerate(self.reasons, start=1))

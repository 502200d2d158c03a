"""Events of keeping and destroying, of the ledger itself, and of the instance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from overt.records.event import Event, Moment, PublicKey, RoleNames, Sha256, Signature
from overt.vocabulary import AccountId, AlertRef, DeploymentId


class Kept(StrEnum):
    """What must be destroyed on time."""

    WATCHLIST = "watchlist"
    ALERT = "alert"
    TEXTS = "texts"
    """Reasons in free text, and their salts."""


@dataclass(frozen=True, slots=True)
class HoldPlaced(Event):
    """An alert is kept for longer than a day, for a reason, 31 days at most (R11)."""

    ref: AlertRef
    until: Moment
    reason_sha256: Sha256


@dataclass(frozen=True, slots=True)
class AlertDisclosed(Event):
    """An alert was shown or given to somebody outside the deployment (R21)."""

    ref: AlertRef
    reason_sha256: Sha256


@dataclass(frozen=True, slots=True)
class AlertDestroyed(Event):
    """Key and pictures of an alert are gone (R11)."""

    ref: AlertRef
    certificate_sha256: Sha256


@dataclass(frozen=True, slots=True)
class WatchlistDestroyed(Event):
    """Key and files of the list are gone (R10)."""

    list_sha256: Sha256 | None
    """None if enrolment was broken off and nothing was sealed."""
    certificate_sha256: Sha256


@dataclass(frozen=True, slots=True)
class TextsDestroyed(Event):
    """Reasons in free text and their salts are gone: the hashes say nothing any longer."""

    texts: int
    certificate_sha256: Sha256


@dataclass(frozen=True, slots=True)
class ErasureFailed(Event):
    """Something could not be destroyed; it is tried again and blocks what is new (N13)."""

    kept: Kept
    ref: AlertRef | None
    """Which alert, if it is one."""


@dataclass(frozen=True, slots=True)
class Checkpointed(Event):
    """The chain so far, signed; see docs/ledger-format.md for the bytes."""

    public_key: PublicKey
    signature: Signature


@dataclass(frozen=True, slots=True)
class TornLineCut(Event):
    """A crash left part of a line that was never acknowledged; it was set aside."""

    size: int
    """Bytes."""
    torn_sha256: Sha256


@dataclass(frozen=True, slots=True)
class AccountAdded(Event):
    """A person may sign in."""

    account: AccountId
    roles: RoleNames
    public_key: PublicKey


@dataclass(frozen=True, slots=True)
class AccountDisabled(Event):
    """A person may no longer sign in."""

    account: AccountId


@dataclass(frozen=True, slots=True)
class SignInRefused(Event):
    """A password or second factor was wrong, or the account is disabled."""

    account: AccountId | None
    """None if what was typed is no account's id: it might be a password."""


@dataclass(frozen=True, slots=True)
class HeadNoted(Event):
    """The end of a deployment's chain, noted in the instance's own chain."""

    deployment: DeploymentId
    last_seq: int
    head: Sha256

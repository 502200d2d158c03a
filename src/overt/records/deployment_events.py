"""Events of a deployment before and after it is live: from the application to publication (R1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from overt.records.event import (
    EntryNumber,
    Event,
    Figure,
    Moment,
    PublicKey,
    RuleIds,
    Sha256,
    Signature,
    Word,
)
from overt.vocabulary import AccountId, Category, DocumentKind, Kind, Step, UseCase, Vulnerability


@dataclass(frozen=True, slots=True)
class LedgerOpened(Event):
    """The first line of every chain."""

    kind: Kind | None
    """None for the instance's own chain."""
    profile: Word | None
    """Policy profile: ``UK`` or ``EU``; None for the instance's own chain."""
    software: Word
    """Name and version of what writes."""
    public_key: PublicKey
    """Of the key that signs the checkpoints."""


@dataclass(frozen=True, slots=True)
class ApplicationMade(Event):
    """Somebody asked for a deployment (R2, R4)."""

    changes_step: ClassVar[bool] = True
    application_sha256: Sha256
    use_case: UseCase
    starts_at: Moment
    ends_at: Moment
    threshold: Figure
    list_limit: int
    """Entries, at most."""
    cameras: int


@dataclass(frozen=True, slots=True)
class DocumentPinned(Event):
    """The version of a document that the application relies on (R20)."""

    document: DocumentKind
    document_sha256: Sha256


@dataclass(frozen=True, slots=True)
class CategoryAuthorised(Event):
    """How many people of a category the authority allows on the list (R3)."""

    category: Category
    entries: int
    under_18: int
    vulnerable: int


@dataclass(frozen=True, slots=True)
class AuthorityGranted(Event):
    """Somebody other than the applicant signed the written authority (R4)."""

    changes_step: ClassVar[bool] = True
    authority_sha256: Sha256
    application_sha256: Sha256
    public_key: PublicKey
    """The authoriser's."""
    signature: Signature
    """Over the written authority; see its own format."""
    use_case: UseCase
    threshold: Figure
    """Fixed: a change needs a new authority (R15)."""
    model: Word | None
    evidence_sha256: Sha256 | None
    """The evidence file of R14."""
    list_limit: int
    cameras: int
    starts_at: Moment
    ends_at: Moment
    alert_hours: int = 24
    """How long alerts are kept without a hold (R11)."""


@dataclass(frozen=True, slots=True)
class AuthorityRefused(Event):
    """The authoriser said no."""

    changes_step: ClassVar[bool] = True
    application_sha256: Sha256
    reason_sha256: Sha256


@dataclass(frozen=True, slots=True)
class DeploymentCancelled(Event):
    """It will not go live."""

    changes_step: ClassVar[bool] = True
    reason_sha256: Sha256 | None


@dataclass(frozen=True, slots=True)
class IndependentlyApproved(Event):
    """A court or an independent administrative authority approved it beforehand (R26)."""

    application_sha256: Sha256
    approval_sha256: Sha256
    public_key: PublicKey
    signature: Signature


@dataclass(frozen=True, slots=True)
class EnrolmentBegan(Event):
    """Pictures and names are about to be taken in: from here on something must be destroyed."""


@dataclass(frozen=True, slots=True)
class ImagesRefused(Event):
    """Pictures that the quality gate refused, counted by its reason (R6)."""

    reason: Word
    images: int


@dataclass(frozen=True, slots=True)
class WatchlistEnrolled(Event):
    """The list was read and its pictures judged (R6)."""

    entries: int
    images: int
    refused: int
    """Pictures."""


@dataclass(frozen=True, slots=True)
class EntrySignedOff(Event):
    """A second person accepted an entry that is under 18 or vulnerable (R7)."""

    entry: EntryNumber
    under_18: bool
    vulnerability: Vulnerability
    justified_by: AccountId
    """Who wrote the justification: another than who signs this line."""
    reason_sha256: Sha256


@dataclass(frozen=True, slots=True)
class CategoryCounted(Event):
    """Composition of the list that is about to be sealed: one line for each category (R3)."""

    category: Category
    entries: int
    under_18: int
    vulnerable: int


@dataclass(frozen=True, slots=True)
class WatchlistSealed(Event):
    """The list is built, counted and sealed to this deployment (R5)."""

    changes_step: ClassVar[bool] = True
    list_sha256: Sha256
    built_at: Moment
    entries: int
    images: int
    need_sign_off: int
    """Entries that need a second sign-off before anything goes live (R7)."""
    model: Word


@dataclass(frozen=True, slots=True)
class WatchlistOpened(Event):
    """Somebody consulted the sealed list (R21)."""

    purpose: Word
    """Such as ``live``, ``sign-off``."""


@dataclass(frozen=True, slots=True)
class NoticePublished(Event):
    """The public was told in advance (R8)."""

    changes_step: ClassVar[bool] = True
    notice_sha256: Sha256
    published_at: Moment


@dataclass(frozen=True, slots=True)
class SignsConfirmed(Event):
    """Somebody saw the signs in place, before any camera starts (R8)."""

    signs: int


@dataclass(frozen=True, slots=True)
class StepRefused(Event):
    """A rule forbade a step; nothing was changed."""

    step: Step
    rules: RuleIds


@dataclass(frozen=True, slots=True)
class DeploymentClosed(Event):
    """It is over: no camera will start again under this authority."""

    changes_step: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DeploymentErased(Event):
    """List, alerts and free texts are gone (R10, R11)."""

    changes_step: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DeploymentPublished(Event):
    """The deployment record is out (R18)."""

    changes_step: ClassVar[bool] = True
    record_sha256: Sha256

"""The documents of one deployment, read back from where they are kept, each checked by its hash."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from overt.authority.application import Application
from overt.authority.evidence import Evidence, read_evidence
from overt.authority.facts import Signature
from overt.authority.forms import Form, parse
from overt.authority.notice import Notice, SignsConfirmed
from overt.authority.signoff import SignOff
from overt.authority.written import SignedDecision, WrittenAuthority
from overt.errors import BadDatabase

if TYPE_CHECKING:
    from typing import TypeVar

    from overt.live.history import History
    from overt.store.accounts import Accounts
    from overt.store.deployments import Deployments

    Paper = TypeVar("Paper", bound=Form)

APPLICATION, AUTHORITY, EVIDENCE = "application", "authority", "evidence"
APPROVAL, NOTICE, SIGNS = "independent-decision", "notice", "signs"


class SignedSignOff(Form):
    """A second officer's sign-off as it is kept, and dies, with the list (R7)."""

    sign_off: SignOff
    signature: str
    """128 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Papers:
    """What there is; None is what there is not yet."""

    application: Application | None = None
    authority: WrittenAuthority | None = None
    signature: Signature | None = None
    approval: SignedDecision | None = None
    notice: Notice | None = None
    signs: SignsConfirmed | None = None
    evidence: Evidence | None = None
    evidence_sha256: str | None = None
    sign_offs: tuple[tuple[SignOff, Signature], ...] = field(default=(), repr=False)


def read_papers(deployments: Deployments, accounts: Accounts, history: History) -> Papers:
    """Everything of a deployment that the gate looks at.

    Raises:
        BadDatabase: if a document is not the one that the ledger names (R21).
    """
    kept = deployments.documents(history.id)

    def paper(kind: str, form: type[Paper], *, wanted: str | None = None) -> Paper | None:
        if kind not in kept or (wanted is not None and kept[kind] != wanted):
            if wanted is not None:
                msg = f"{history.id}: the {kind} is not the one that the ledger names"
                raise BadDatabase(msg, rule="R21", advice="Restore the database.")
            return None
        return parse(deployments.document(history.id, kind), form, name=kind)

    evidence, evidence_sha256 = None, None
    if EVIDENCE in kept:
        evidence, evidence_sha256 = read_evidence(
            deployments.document(history.id, EVIDENCE).encode()
        )
    made, granted, told = history.application, history.authority, history.notice
    papers = Papers(
        approval=paper(APPROVAL, SignedDecision),
        signs=paper(SIGNS, SignsConfirmed) if history.signs_confirmed_at else None,
        evidence=evidence,
        evidence_sha256=evidence_sha256,
        sign_offs=_sign_offs(deployments, accounts, history),
    )
    if made is not None:
        application = paper(APPLICATION, Application, wanted=made.application_sha256)
        papers = replace(papers, application=application)
    if granted is not None and history.authoriser is not None:
        authority = paper(AUTHORITY, WrittenAuthority, wanted=granted.authority_sha256)
        key = accounts.get(history.authoriser).public_key
        signature = Signature(bytes.fromhex(granted.signature), key)
        papers = replace(papers, authority=authority, signature=signature)
    if told is not None:
        papers = replace(papers, notice=paper(NOTICE, Notice, wanted=told.notice_sha256))
    return papers


def _sign_offs(
    deployments: Deployments, accounts: Accounts, history: History
) -> tuple[tuple[SignOff, Signature], ...]:
    """Each sign-off once, with the key of the account that should have made it."""
    if history.list_destroyed_at is not None:
        return ()
    found = []
    for sha256 in history.sign_off_texts:
        kept = parse(deployments.text(history.id, sha256), SignedSignOff, name="sign-off")
        officer = accounts.get(kept.sign_off.officer)
        signature = Signature(bytes.fromhex(kept.signature), officer.public_key)
        found.append((kept.sign_off, signature))
    return tuple(found)

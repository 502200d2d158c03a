"""The certificate of a destruction: what was destroyed, when and by which rule; signed (R10, R11).

It is canonical JSON and holds no name and no picture, so it can be published with the record.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from overt.errors import BadLedger, Misuse
from overt.records.canonical import canonical, sha256
from overt.records.checkpoint import Signer, public_key_of
from overt.records.event import Moment, Sha256, moment

if TYPE_CHECKING:
    from datetime import datetime

    from overt.records.keeping_events import Kept
    from overt.vocabulary import AlertRef, DeploymentId

FORMAT = "overt-certificate-1"
_SIGNED = FORMAT.encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    deployment: str
    kept: str
    """``watchlist``, ``alert`` or ``texts``."""
    ref: str | None
    """Which alert, if it is one."""
    rule: str
    """``R10`` or ``R11``."""
    limit_at: Moment
    """By when it had to be."""
    destroyed_at: Moment
    """When the key was overwritten: from then on nobody can read what it sealed."""
    files: int
    """Files that were overwritten and removed; for texts, how many texts."""
    size: int
    """Their bytes; 0 for texts."""
    public_key: str
    """The instance's, which signs."""


def certify(
    signer: Signer,
    *,
    deployment: DeploymentId,
    kept: Kept,
    ref: AlertRef | None,
    rule: str,
    limit_at: datetime,
    destroyed_at: datetime,
    files: int,
    size: int,
) -> tuple[bytes, Sha256]:
    """A signed certificate, and its hash for the ledger."""
    said = Certificate(
        deployment=deployment,
        kept=str(kept),
        ref=ref,
        rule=rule,
        limit_at=moment(limit_at),
        destroyed_at=moment(destroyed_at),
        files=files,
        size=size,
        public_key=public_key_of(signer),
    )
    body = {"format": FORMAT, **asdict(said)}
    signature = signer.sign(_SIGNED + canonical(body)).hex()
    written = canonical({**body, "signature": signature})
    return written, sha256(written)


def read_certificate(written: bytes, public_key: str | None = None) -> Certificate:
    """Check a certificate's form and signature.

    Args:
        written: its bytes.
        public_key: the instance's, from elsewhere; without it the certificate vouches for itself.

    Raises:
        BadLedger: if it is no certificate, is altered, or is signed with another key.
    """
    try:
        body = json.loads(written)
        signature = bytes.fromhex(body.pop("signature"))
        fault = None if body.pop("format") == FORMAT else "it has another format"
        said = Certificate(**body)
        signed = canonical({"format": FORMAT, **body})
        if canonical({"format": FORMAT, **body, "signature": signature.hex()}) != written:
            fault = "it is not in its canonical form"
        if public_key not in (None, said.public_key):
            fault = "it was signed with another key"
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(said.public_key))
        key.verify(signature, _SIGNED + signed)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, Misuse) as error:
        msg = "this is no certificate of a destruction"
        raise BadLedger(msg, rule="R10") from error
    except InvalidSignature as error:
        msg = "the certificate was altered"
        raise BadLedger(msg, rule="R10") from error
    if fault:
        msg = f"this is no certificate of a destruction: {fault}"
        raise BadLedger(msg, rule="R10")
    return said

"""Checkpoints: the chain so far, signed, so that nobody without the key can rewrite it (R21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from overt.records.event import PublicKey, Sha256, Signature, moment
from overt.records.keeping_events import Checkpointed

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from overt.vocabulary import DeploymentId

CHECKPOINT_SECONDS = 60.0
"""Between checkpoints while something happens, at most."""


class Signer(Protocol):
    """Signs with Ed25519; `cryptography`'s `Ed25519PrivateKey` is one."""

    def sign(self, data: bytes, /) -> bytes:
        """64 bytes."""

    def public_key(self) -> Ed25519PublicKey:
        """The key that checks them."""


def public_key_of(signer: Signer) -> PublicKey:
    """A signer's public key as the ledger writes it."""
    return PublicKey(signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex())


def checkpoint_bytes(chain: DeploymentId, seq: int, at: datetime, prev: Sha256) -> bytes:
    """What a checkpoint at place `seq` signs: through `prev`, every line before it."""
    return f"overt-checkpoint-1\n{chain}\n{seq}\n{moment(at)}\n{prev}\n".encode("ascii")


def sign_checkpoint(
    signer: Signer, *, chain: DeploymentId, seq: int, at: datetime, prev: Sha256
) -> Checkpointed:
    """The event that signs the chain before place `seq`."""
    signature = signer.sign(checkpoint_bytes(chain, seq, at, prev))
    return Checkpointed(public_key_of(signer), Signature(signature.hex()))

"""Ed25519 over a document's canonical form, with a word before it that says which kind it is.

The word keeps a signature of one kind of document from being shown as that of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from overt.authority.forms import canonical

if TYPE_CHECKING:
    from overt.authority.forms import Form

KEY_BYTES = 32
SIGNATURE_BYTES = 64


def signing_bytes(word: str, form: Form) -> bytes:
    """What is signed: ``overt-WORD-1``, a line feed, and the canonical form."""
    return f"overt-{word}-1\n".encode() + canonical(form)


def is_signed(word: str, form: Form, signature: bytes, public_key: bytes) -> bool:
    """Whether this is the key's signature of this document.

    Args:
        word: the kind of document.
        form: the document.
        signature: 64 bytes.
        public_key: 32 bytes, Ed25519.
    """
    if len(public_key) != KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signing_bytes(word, form))
    except (InvalidSignature, ValueError):
        return False
    return True

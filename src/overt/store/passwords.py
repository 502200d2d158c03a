"""Passwords: what one must be, how it is checked, and how it wraps a private key."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from typing import Self

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from overt.errors import BadAccount
from overt.store.schema import KEY_SALT

MIN_LENGTH = 12
"""Characters, after normalisation. Length is what slows a guesser; no rule of mixed signs."""
MAX_LENGTH = 1024
NONCE = 12
HASHER = PasswordHasher()
"""Argon2id with argon2-cffi's parameters of today: RFC 9106, the low-memory profile."""
NOBODYS_HASH = (
    f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""Checked where there is no such account, so that it takes the same time. No password gives it."""


def normalised(password: str) -> str:
    """The same password however a keyboard composes it: NFKC (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def fit(password: str, *, account: str, name: str) -> str:
    """A new password, normalised.

    Raises:
        BadAccount: if it is too short or too long, is the account's id or name, or is one
            character over and over. The message never repeats it.
    """
    secret = normalised(password)
    if len(secret) < MIN_LENGTH:
        msg = f"the password has {len(secret)} characters, fewer than {MIN_LENGTH}"
        raise BadAccount(msg, advice="Four or five unrelated words are long enough.")
    if len(secret) > MAX_LENGTH:
        msg = f"the password is longer than {MAX_LENGTH} characters"
        raise BadAccount(msg, advice="Choose a shorter one.")
    if secret.casefold() in {account.casefold(), normalised(name).casefold()}:
        msg = "the password is the account's own id or name"
        raise BadAccount(msg, advice="Choose one that nobody can guess.")
    if len(set(secret)) == 1 or not secret.isprintable():
        msg = "the password is one character over and over, or holds signs that cannot be typed"
        raise BadAccount(msg, advice="Four or five unrelated words are long enough.")
    return secret


def hashed(secret: str) -> str:
    """The hash of a normalised password, with its salt and parameters in it."""
    return HASHER.hash(secret)


def right(stored: str, secret: str) -> bool:
    """Whether a normalised password is the one that was hashed."""
    try:
        return HASHER.verify(stored, secret)
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


@dataclass(frozen=True, slots=True)
class WrapCost:
    """What deriving a wrapping key from a password costs; stored beside what it wraps."""

    time: int
    """Passes."""
    memory: int
    """KiB."""
    lanes: int

    @classmethod
    def of_today(cls) -> Self:
        """As costly as a sign-in."""
        return cls(HASHER.time_cost, HASHER.memory_cost, HASHER.parallelism)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote, ``argon2id 3 65536 4``.

        Raises:
            ValueError: if it is of another form.
        """
        kind, *numbers = text.split(" ")
        time, memory, lanes = map(int, numbers)
        if kind != "argon2id":
            msg = f"no cost of Argon2id: {text[:40]}"
            raise ValueError(msg)
        return cls(time, memory, lanes)

    def __str__(self) -> str:
        return f"argon2id {self.time} {self.memory} {self.lanes}"

    def key(self, secret: str, salt: bytes) -> bytes:
        """32 bytes from a normalised password and a salt of its own, not that of the hash."""
        return hash_secret_raw(
            secret.encode(), salt, self.time, self.memory, self.lanes, 32, Type.ID
        )


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """An Ed25519 private key that only a password opens."""

    sealed: bytes
    """Nonce (12), then the key (32) and AES-256-GCM's tag (16)."""
    salt: bytes
    cost: WrapCost

    @classmethod
    def wrap(cls, key: Ed25519PrivateKey, secret: str, *, account: str) -> Self:
        """Wrap a key for one account: it opens for no other."""
        cost, salt, nonce = WrapCost.of_today(), os.urandom(KEY_SALT), os.urandom(NONCE)
        cipher = AESGCM(cost.key(secret, salt))
        sealed = cipher.encrypt(nonce, key.private_bytes_raw(), _purpose(account))
        return cls(nonce + sealed, salt, cost)

    def unwrap(self, secret: str, *, account: str) -> Ed25519PrivateKey:
        """Open it.

        Raises:
            BadAccount: if the row was altered: the password is checked by its hash before.
        """
        cipher = AESGCM(self.cost.key(secret, self.salt))
        nonce, sealed = self.sealed[:NONCE], self.sealed[NONCE:]
        try:
            return Ed25519PrivateKey.from_private_bytes(
                cipher.decrypt(nonce, sealed, _purpose(account))
            )
        except InvalidTag:
            msg = f"the key of account {account} does not open: the database was altered"
            raise BadAccount(msg, rule="R21", advice="Disable it and add a new one.") from None


def _purpose(account: str) -> bytes:
    return f"overt account key {account}".encode()

"""Canonical JSON (RFC 8785) and the hash over it, as the ledger and its certificates use them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import rfc8785

from overt.errors import Misuse
from overt.records.event import MAX_INTEGER, Sha256

Scalar = str | int | bool | None
Canonical = Mapping[str, "Scalar | Canonical"]
"""Objects of scalars: no array, so no template; no float, so one way to write each number."""


def canonical(value: Canonical) -> bytes:
    """RFC 8785 bytes of an object: sorted keys, no space, UTF-8.

    Raises:
        Misuse: if it holds an array, a float, bytes or an integer beyond ±(2^53 − 1).
    """
    _check(value)
    return rfc8785.dumps(value)


def sha256(data: bytes) -> Sha256:
    """SHA-256 as lower-case hexadecimal digits."""
    return Sha256(hashlib.sha256(data).hexdigest())


def _check(value: object) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if type(key) is not str:
                msg = f"a key of canonical JSON is text, not {type(key).__name__}"
                raise Misuse(msg)
            _check(inner)
    elif isinstance(value, float) or not isinstance(value, str | int | None):
        msg = f"a {type(value).__name__} has no place in the ledger"
        raise Misuse(msg)
    elif isinstance(value, int) and abs(value) > MAX_INTEGER:
        msg = f"the integer {value} is beyond what every reader of JSON keeps"
        raise Misuse(msg)

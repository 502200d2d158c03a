"""The reference of an alert (R22): ``K7QD-3M2P``, to be read aloud, copied by hand and checked.

Seven random characters of Crockford's base 32, and a check character that refuses any one
mistyped character and any two that changed places. It says nothing of whom or when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from overt.errors import BadForm
from overt.vocabulary import AlertRef

if TYPE_CHECKING:
    from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford (2019), "Base 32": no I, L, O or U."""
RANDOM_CHARS = 7
"""35 bits: a guess at one of a session's 1,000 alerts fails 34 million times in a row."""
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})
_FIELD = 0b100101
"""x⁵ + x² + 1, primitive: its root's powers 1 to 31 differ, so each place weighs otherwise."""


def draw_reference(
    randbelow: Callable[[int], int], taken: Callable[[AlertRef], bool] = lambda _: False
) -> AlertRef:
    """A fresh reference.

    Args:
        randbelow: an unguessable number from 0 to below its argument: `secrets.randbelow`.
        taken: whether the instance has given this one out before.
    """
    while True:
        digits = [randbelow(len(ALPHABET)) for _ in range(RANDOM_CHARS)]
        chars = "".join(ALPHABET[digit] for digit in (*digits, _check(digits)))
        reference = AlertRef(f"{chars[:4]}-{chars[4:]}")
        if not taken(reference):
            return reference


def read_reference(text: str) -> AlertRef:
    """A reference as somebody typed it: any case, with or without its hyphen, O for 0.

    Raises:
        BadForm: if it is not eight characters, or the check character does not fit.
    """
    chars = text.strip().upper().translate(_READ_AS)
    if len(chars) != RANDOM_CHARS + 1 or not set(chars) <= set(ALPHABET):
        msg = "that is no alert reference: it has eight letters and digits, such as K7QD-3M2P"
        raise BadForm(msg, rule="R22", advice="Copy it again from the leaflet.")
    digits = [ALPHABET.index(char) for char in chars]
    if _check(digits[:-1]) != digits[-1]:
        msg = "the reference has a mistyped character"
        raise BadForm(msg, rule="R22", advice="Copy it again from the leaflet.")
    return AlertRef(f"{chars[:4]}-{chars[4:]}")


def _check(digits: list[int]) -> int:
    """Sum of each digit times its place's power of x, in the field of 32 elements."""
    total = 0
    for digit in digits:  # Horner's rule
        total = _times_x(total ^ digit)
    return total


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ _FIELD if doubled & 0b100000 else doubled

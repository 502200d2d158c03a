"""The second sign-off for under-18s and other vulnerable people on a list (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from overt.authority.forms import Account, Deployment, Form, Statement, Time
from overt.authority.reason import Reason
from overt.authority.signing import is_signed
from overt.authority.signing import signing_bytes as _signing_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from overt.authority.written import WrittenAuthority

WORD = "sign-off"
_SHOWN = 5

EntryNumber = Annotated[str, Field(pattern=r"^E-[0-9]{4,6}$")]
"""A listed person, as the ledger knows them."""


class SignOff(Form):
    """A second officer's decision that these people may be listed, each with its own reason."""

    format: Literal[1]
    deployment: Deployment
    officer: Account
    decided_at: Time
    justifications: Annotated[dict[EntryNumber, Statement], Field(min_length=1)]


def signing_bytes(sign_off: SignOff) -> bytes:
    """What the officer's account signs, for `store.accounts.sign`."""
    return _signing_bytes(WORD, sign_off)


def check(
    needed: Iterable[str],
    sign_offs: Iterable[tuple[SignOff, bytes, bytes]],
    authority: WrittenAuthority,
    *,
    enrolled_by: str,
) -> Iterator[Reason]:
    """What is still wanting before the list may be used.

    1. Each sign-off is for this deployment and bears its officer's signature.
    2. The officer is a second one: not the authoriser, the applicant or who built the list.
    3. Everybody who needs one has one.

    Args:
        needed: entry numbers of the under-18s and vulnerable people listed.
        sign_offs: each with its signature (64 bytes) and the key of the officer's account.
        authority: of the deployment.
        enrolled_by: the account that built the list.
    """
    first = {authority.applicant, authority.authoriser, enrolled_by}
    signed: set[str] = set()
    for sign_off, signature, public_key in sign_offs:
        # 1. Genuine
        mine = sign_off.deployment == authority.deployment
        if not mine or not is_signed(WORD, sign_off, signature, public_key):
            what = f"the sign-off of {sign_off.officer} is not for this deployment, or not signed"
            yield Reason("R7", what, "Have it signed anew")
        # 2. A second person
        elif sign_off.officer in first:
            what = f"{sign_off.officer} took part already and is no second officer"
            yield Reason("R7", what, "Ask an authorising officer who had no part in it")
        else:
            signed |= sign_off.justifications.keys()
    # 3. Everybody
    missing = sorted(set(needed) - signed)
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (" and more" if len(missing) > _SHOWN else "")
        what = f"{len(missing)} under-18 or vulnerable entries have no second sign-off: {shown}"
        yield Reason("R7", what, "Have a second officer sign, or take them off the list")

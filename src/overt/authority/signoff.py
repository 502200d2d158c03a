"""The second sign-off for under-18s and other vulnerable people on a list (R7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from overt.authority.forms import Account, Deployment, Form, Sha256, Statement, Time
from overt.authority.reason import Reason
from overt.authority.signing import is_signed
from overt.authority.signing import signing_bytes as _signing_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from overt.authority.written import WrittenAuthority

WORD = "sign-off"


class SignOff(Form):
    """A second officer's decision that exactly these people may be listed.

    Each has a reason of their own in the list; the hash covers it. Nobody is named here.
    """

    format: Literal[1]
    deployment: Deployment
    officer: Account
    decided_at: Time
    people: Annotated[int, Field(ge=1, le=100_000)]
    people_sha256: Sha256
    """Names exactly these people on exactly these grounds: `NeedingSignOff.sha256` of the list."""
    justification: Statement
    """Why it is right to look for them, under-18 or vulnerable as they are."""


def signing_bytes(sign_off: SignOff) -> bytes:
    """What the officer's account signs, for `store.accounts.sign`."""
    return _signing_bytes(WORD, sign_off)


def check(
    people: int,
    people_sha256: str | None,
    sign_offs: Iterable[tuple[SignOff, bytes, bytes]],
    authority: WrittenAuthority,
    *,
    enrolled_by: str,
) -> Iterator[Reason]:
    """What is still wanting before the list may be used.

    1. Each sign-off is for this deployment and bears its officer's signature.
    2. The officer is a second one: not the authoriser, the applicant or who built the list.
    3. It covers exactly the people who need one.

    Args:
        people: how many under-18s and vulnerable people are listed.
        people_sha256: who they are, as the list was enrolled; None if there are none.
        sign_offs: each with its signature (64 bytes) and the key of the officer's account.
        authority: of the deployment.
        enrolled_by: the account that built the list.
    """
    first = {authority.applicant, authority.authoriser, enrolled_by}
    covered = people == 0
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
        # 3. These people; some of them may have been left out of the list since
        elif sign_off.people_sha256 == people_sha256 and sign_off.people >= people:
            covered = True
    if not covered:
        what = f"{people:,} under-18 or vulnerable entries have no second sign-off"
        yield Reason("R7", what, "Have a second officer sign, or take them off the list")

"""Slows down whoever guesses passwords, in the database, so that a restart forgives nothing."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from overt.errors import Refusal
from overt.store.database import insert_new
from overt.store.schema import sign_ins

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from overt.vocabulary import AccountId

FREE_ATTEMPTS = 5
"""Mistakes that cost nothing but another try."""
FIRST_WAIT = timedelta(seconds=5)
"""After the next one; each further mistake doubles it."""
LONGEST_WAIT = timedelta(minutes=15)
"""A wait, not a lock: whoever guesses at a colleague's account must not take it out of service."""
BUCKETS = 1024
"""Ids that are no account share these, so that they are slowed alike and cannot fill the disk."""


def subject_of(account: AccountId, *, exists: bool) -> str:
    """Whose failures these are."""
    if exists:
        return account
    digest = hashlib.sha256(account.encode("utf-8", "replace")).digest()
    return f"?{int.from_bytes(digest[:4], 'big') % BUCKETS}"  # no id begins so


def count_attempt(connection: Connection, subject: str, now: datetime) -> None:
    """Count an attempt as failed before the password is looked at.

    Counted first, many attempts at one moment cannot all slip through before any has failed.

    Raises:
        Refusal: if it is too early; nothing is counted then.
    """
    insert_new(connection, sign_ins, subject=subject, failed=0, blocked_until=now)
    mine = sign_ins.c.subject == subject
    row = connection.execute(select(sign_ins).where(mine).with_for_update()).one()
    if now < row.blocked_until:
        raise _too_early(row.blocked_until)
    failed = row.failed + 1
    connection.execute(
        sign_ins.update().where(mine).values(failed=failed, blocked_until=now + wait_after(failed))
    )


def wait_after(failed: int) -> timedelta:
    """How long nobody may try again after so many mistakes in a row."""
    over = failed - FREE_ATTEMPTS
    if over <= 0:
        return timedelta(0)
    doublings = min(over - 1, 16)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << doublings))


def forgive(connection: Connection, subject: str) -> None:
    """The password was right: forget what went before."""
    connection.execute(sign_ins.delete().where(sign_ins.c.subject == subject))


def _too_early(until: datetime) -> Refusal:
    return Refusal(
        rule="R12",
        message="too many wrong passwords for this account",
        advice=f"Try again at {until + timedelta(seconds=1):%H:%M:%S} UTC.",
    )

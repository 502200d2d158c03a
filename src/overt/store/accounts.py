"""Accounts: who a person is to the system, what they may do, and the key they sign with.

Roles are parted twice. *Here, for good*: whoever audits holds no other role, for nobody can check
their own work and the one who checks must have no hand in what is checked (N11). Someone who is
given both jobs needs two accounts, and each deployment's record shows both names. *For each
deployment, elsewhere*: the applicant is not the authoriser (R4), and the operator of a prompt is
not its engagement officer (R27). Those roles may lie in one account, since a small force has few
people; one deployment then refuses to let it use both.

Nobody's account is deleted. A disabled one never signs in again, and its public key stays, so that
what it signed can still be verified.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from overt.errors import BadAccount, Refusal
from overt.store import passwords
from overt.store.database import insert_new
from overt.store.passwords import WrapCost, WrappedKey
from overt.store.schema import account_roles, accounts
from overt.store.sign_in import count_attempt, forgive, subject_of
from overt.vocabulary import AccountId, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from overt.store.database import Database

ID_FORM = re.compile(r"[a-z][a-z0-9._-]{0,39}")
RESERVED = frozenset({"overt"})
"""The ledger names the system itself so."""
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Account:
    """One person."""

    id: AccountId
    name: str
    roles: frozenset[Role]
    public_key: bytes
    """Ed25519, 32 bytes; verifies what this account signed, even after it is disabled."""
    disabled: bool
    created_at: datetime


class Accounts:
    """The accounts of one instance.

    Args:
        database: where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, account: AccountId, name: str, roles: Iterable[Role], password: str, now: datetime
    ) -> Account:
        """Add a person, with a new signing key that only this password opens.

        Raises:
            BadAccount: if id, name, roles or password are unfit, or the id is taken.
            Refusal: N11, if an auditor would hold another role.
        """
        given, name = frozenset(Role(role) for role in roles), name.strip()
        _check_id(account)
        _check_name(name)
        _check_roles(given)
        secret = passwords.fit(password, account=account, name=name)
        key = Ed25519PrivateKey.generate()
        public_key = key.public_key().public_bytes_raw()
        row = {
            "id": account,
            "name": name,
            "password_hash": passwords.hashed(secret),
            "public_key": public_key,
            "created_at": now,
            **_columns(WrappedKey.wrap(key, secret, account=account)),
        }
        with self._database.begin() as connection:
            if not insert_new(connection, accounts, **row):
                msg = f"account {account} exists"
                raise BadAccount(msg, advice="Choose another id; an id is never used again.")
            connection.execute(
                account_roles.insert(), [{"account": account, "role": role} for role in given]
            )
        return Account(account, name, given, public_key, disabled=False, created_at=now)

    def list(self) -> tuple[Account, ...]:
        """Every account, by id, disabled ones too."""
        with self._database.read() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.id)).all()
            return tuple(_account(connection, row) for row in rows)

    def get(self, account: AccountId) -> Account:
        """One account.

        Raises:
            BadAccount: if there is none of this id.
        """
        with self._database.read() as connection:
            row = _row(connection, account)
            return _account(connection, row)

    def disable(self, account: AccountId, now: datetime) -> Account:
        """Let it never sign in again. What it signed can still be verified; nothing is deleted.

        Raises:
            BadAccount: if there is none of this id. A disabled one stays as it is.
        """
        with self._database.begin() as connection:
            _row(connection, account)
            connection.execute(
                accounts.update()
                .where(accounts.c.id == account, accounts.c.disabled_at.is_(None))
                .values(disabled_at=now)
            )
            return _account(connection, _row(connection, account))

    def check(self, account: AccountId, password: str, now: datetime) -> Account:
        """Sign in: the account, if the password is right.

        Raises:
            Refusal: R12, if the account or the password is wrong, it is disabled, or there were
                too many mistakes. A wrong id and a wrong password cannot be told apart, by the
                words or by the time.
        """
        return self._opened(account, password, now)[0]

    def sign(self, account: AccountId, password: str, message: bytes, now: datetime) -> bytes:
        """Sign a message as this account: an Ed25519 signature, 64 bytes.

        The private key is in memory for this call alone. A wrong password counts as a failed
        sign-in, so that signing is no way around the wait.

        Raises:
            Refusal: as `check`.
            BadAccount: if the wrapped key was altered.
        """
        _, row, secret = self._opened(account, password, now)
        return _wrapped(row).unwrap(secret, account=account).sign(message)

    def change_password(
        self, account: AccountId, password: str, new_password: str, now: datetime
    ) -> None:
        """Change it; the signing key stays the same.

        Raises:
            Refusal: as `check`.
            BadAccount: if the new password is unfit.
        """
        found, row, secret = self._opened(account, password, now)
        new = passwords.fit(new_password, account=account, name=found.name)
        self._secure(row, secret, new)

    def _opened(
        self, account: AccountId, password: str, now: datetime
    ) -> tuple[Account, Row[tuple[object, ...]], str]:
        secret = passwords.normalised(password)[: passwords.MAX_LENGTH + 1]
        with self._database.begin() as connection:
            row = _find(connection, account)
            subject = subject_of(account, exists=row is not None)
            count_attempt(connection, subject, now)
        # No transaction is held while Argon2 runs.
        is_right = passwords.right(row.password_hash if row else passwords.NOBODYS_HASH, secret)
        if row is None or not is_right:
            msg = "the account or the password is wrong"
            raise Refusal(message=msg, rule="R12", advice="Try again.")
        with self._database.begin() as connection:
            forgive(connection, subject)
            row = _row(connection, account)
            found = _account(connection, row)
        if found.disabled:
            msg = f"account {account} is disabled"
            raise Refusal(
                message=msg, rule="R12", advice="Ask whoever keeps the accounts for a new one."
            )
        stale = passwords.HASHER.check_needs_rehash(row.password_hash)
        if stale or _wrapped(row).cost != WrapCost.of_today():
            row = self._secure(row, secret, secret)
        return found, row, secret

    def _secure(
        self, row: Row[tuple[object, ...]], secret: str, new: str
    ) -> Row[tuple[object, ...]]:
        """Hash and wrap anew, with today's parameters."""
        key = _wrapped(row).unwrap(secret, account=row.id)
        values = {
            "password_hash": passwords.hashed(new),
            **_columns(WrappedKey.wrap(key, new, account=row.id)),
        }
        mine = accounts.c.id == row.id
        with self._database.begin() as connection:
            unchanged = accounts.c.password_hash == row.password_hash
            if not connection.execute(
                accounts.update().where(mine, unchanged).values(values)
            ).rowcount:
                msg = "the account's password was changed at the same moment"
                raise Refusal(message=msg, rule="R12", advice="Sign in again.")
            return connection.execute(select(accounts).where(mine)).one()


def _check_id(account: str) -> None:
    if not ID_FORM.fullmatch(account) or account in RESERVED:
        msg = f"{account[:40]!r} cannot be an account's id"
        raise BadAccount(
            msg, advice="Use 1 to 40 of a-z 0-9 . _ -, beginning with a letter, not 'overt'."
        )


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        msg = "the account's name is empty, too long, or not printable"
        raise BadAccount(msg, rule="R12", advice="Give the name by which others know them.")


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        msg = "an account without a role may do nothing"
        raise BadAccount(msg, advice=f"Choose from {', '.join(Role)}.")
    if Role.AUDITOR in roles and len(roles) > 1:
        others = ", ".join(sorted(roles - {Role.AUDITOR}))
        msg = f"an auditor holds no other role, and this one would also be {others}"
        raise Refusal(message=msg, rule="N11", advice="Let someone else audit.")


def _find(connection: Connection, account: AccountId) -> Row[tuple[object, ...]] | None:
    if not ID_FORM.fullmatch(account):
        return None
    return connection.execute(select(accounts).where(accounts.c.id == account)).one_or_none()


def _row(connection: Connection, account: AccountId) -> Row[tuple[object, ...]]:
    found = _find(connection, account)
    if found is None:
        msg = f"there is no account {account[:40]!r}"
        raise BadAccount(msg, advice="See overt user list.")
    return found


def _account(connection: Connection, row: Row[tuple[object, ...]]) -> Account:
    roles = connection.execute(
        select(account_roles.c.role).where(account_roles.c.account == row.id)
    ).scalars()
    return Account(
        id=AccountId(row.id),
        name=row.name,
        roles=frozenset(map(Role, roles)),
        public_key=row.public_key,
        disabled=row.disabled_at is not None,
        created_at=row.created_at,
    )


def _wrapped(row: Row[tuple[object, ...]]) -> WrappedKey:
    return WrappedKey(row.wrapped_key, row.key_salt, WrapCost.parse(row.key_cost))


def _columns(wrapped: WrappedKey) -> dict[str, object]:
    return {
        "wrapped_key": wrapped.sealed,
        "key_salt": wrapped.salt,
        "key_cost": str(wrapped.cost),
    }

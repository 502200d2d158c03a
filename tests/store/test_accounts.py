"""R4, R12, N11: accounts are people, with roles, a password and a key of their own."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import pytest
from argon2 import PasswordHasher
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from overt.errors import BadAccount, OvertError, Refusal
from overt.store import passwords
from overt.store.accounts import Accounts
from overt.store.database import Database
from overt.store.schema import account_roles
from overt.store.schema import accounts as table
from overt.store.sign_in import FREE_ATTEMPTS, LONGEST_WAIT, wait_after
from overt.vocabulary import AccountId, Role

from .people import NOW, PASSWORD, WRONG, add_account

JONES = AccountId("a.jones")


def verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def stored(database: Database) -> list[tuple[object, ...]]:
    with database.read() as connection:
        return [
            tuple(row)
            for asked in (select(table), select(account_roles))
            for row in connection.execute(asked)
        ]


def test_an_account_signs_in_and_signs(accounts: Accounts) -> None:
    added = add_account(accounts, JONES, Role.OPERATOR, Role.APPLICANT)
    assert accounts.get(JONES) == added
    assert accounts.list() == (added,)
    assert accounts.check(JONES, PASSWORD, NOW) == added
    assert added.roles == {Role.OPERATOR, Role.APPLICANT}
    signature = accounts.sign(JONES, PASSWORD, b"decided", NOW)
    assert verifies(added.public_key, signature, b"decided")
    assert not verifies(added.public_key, signature, b"decided otherwise")


def test_neither_password_nor_private_key_is_stored(accounts: Accounts, database: Database) -> None:
    add_account(accounts, JONES)
    with database.read() as connection:
        row = connection.execute(select(table)).one()
    key = passwords.WrappedKey(
        row.wrapped_key, row.key_salt, passwords.WrapCost.parse(row.key_cost)
    ).unwrap(PASSWORD, account=JONES)
    assert key.public_key().public_bytes_raw() == row.public_key
    whole = repr(tuple(row)).encode() + row.wrapped_key + row.key_salt
    assert PASSWORD.encode() not in whole
    assert key.private_bytes_raw() not in whole
    assert row.password_hash.startswith("$argon2id$")


def test_a_wrapped_key_opens_for_no_other_account(accounts: Accounts, database: Database) -> None:
    add_account(accounts, JONES)
    smith = add_account(accounts, AccountId("b.smith"))
    with database.begin() as connection:
        row = connection.execute(select(table).where(table.c.id == JONES)).one()
        connection.execute(
            table.update()
            .where(table.c.id == smith.id)
            .values(wrapped_key=row.wrapped_key, key_salt=row.key_salt)
        )
    with pytest.raises(BadAccount, match=r"R21: the key of account b.smith does not open"):
        accounts.sign(smith.id, PASSWORD, b"x", NOW)


UNFIT = {
    "short": (JONES, "A Jones", [Role.OPERATOR], "eleven char", "fewer than 12"),
    "short once normalised": (JONES, "A Jones", [Role.OPERATOR], "a" + "e\u0301" * 10, "fewer"),
    "endless": (JONES, "A Jones", [Role.OPERATOR], "xy" * 600, "longer than 1024"),
    "the id": (AccountId("a.jones.of.leeds"), "A", [Role.OPERATOR], "A.Jones.of.Leeds", "id or"),
    "the name": (JONES, "Alexander Jones", [Role.OPERATOR], "alexander jones", "id or name"),
    "one sign": (JONES, "A Jones", [Role.OPERATOR], "a" * 20, "over and over"),
    "a zero": (JONES, "A Jones", [Role.OPERATOR], "twelve signs\0", "cannot be typed"),
    "half a sign": (JONES, "A Jones", [Role.OPERATOR], "twelve signs\ud800", "cannot be typed"),
    "capital in the id": (AccountId("A.jones"), "A", [Role.OPERATOR], PASSWORD, "account's id"),
    "zero in the id": (AccountId("a\0"), "A", [Role.OPERATOR], PASSWORD, "account's id"),
    "line in the id": (AccountId("a.jones\n"), "A", [Role.OPERATOR], PASSWORD, "account's id"),
    "the system's id": (AccountId("overt"), "A", [Role.OPERATOR], PASSWORD, "account's id"),
    "long id": (AccountId("a" * 41), "A", [Role.OPERATOR], PASSWORD, "account's id"),
    "no name": (JONES, "  ", [Role.OPERATOR], PASSWORD, "name is empty"),
    "zero in the name": (JONES, "A\0", [Role.OPERATOR], PASSWORD, "name is empty"),
    "no role": (JONES, "A Jones", [], PASSWORD, "without a role"),
    **{
        f"auditor and {role}": (JONES, "A Jones", [Role.AUDITOR, role], PASSWORD, "N11: an auditor")
        for role in Role
        if role is not Role.AUDITOR
    },
}


@pytest.mark.parametrize("case", UNFIT)
def test_an_unfit_account_is_refused_and_nothing_is_kept(
    accounts: Accounts, database: Database, case: str
) -> None:
    account, name, roles, password, said = UNFIT[case]
    with pytest.raises(OvertError, match=said) as refused:
        accounts.add(account, name, roles, password, NOW)
    assert password.strip() not in str(refused.value) or password.casefold() == account
    assert stored(database) == []


def test_every_other_pair_of_roles_may_be_in_one_account(accounts: Accounts) -> None:
    roles = set(Role) - {Role.AUDITOR}
    assert add_account(accounts, JONES, *roles).roles == roles
    assert add_account(accounts, AccountId("c.auditor"), Role.AUDITOR).roles == {Role.AUDITOR}


def test_an_id_is_never_used_again(accounts: Accounts, database: Database) -> None:
    add_account(accounts, JONES)
    accounts.disable(JONES, NOW)
    before = stored(database)
    with pytest.raises(BadAccount, match=r"account a.jones exists"):
        add_account(accounts, JONES, Role.ENGINEER)
    assert stored(database) == before


def test_a_password_is_the_same_however_it_is_composed(accounts: Accounts) -> None:
    accounts.add(JONES, "A Jones", [Role.OPERATOR], "na\u0131ve caf\u00e9 \ufb01nch", NOW)
    assert accounts.check(JONES, "na\u0131ve cafe\u0301 finch", NOW).id == JONES


@pytest.mark.parametrize("password", [WRONG, "", PASSWORD + " ", "\ud800", "x" * 100_000])
def test_a_wrong_password_opens_and_signs_nothing(accounts: Accounts, password: str) -> None:
    add_account(accounts, JONES)
    with pytest.raises(Refusal, match="R12: the account or the password is wrong"):
        accounts.check(JONES, password, NOW)
    with pytest.raises(Refusal, match="R12: the account or the password is wrong"):
        accounts.sign(JONES, password, b"x", NOW)


def test_a_disabled_account_neither_signs_in_nor_signs_but_its_signatures_hold(
    accounts: Accounts,
) -> None:
    add_account(accounts, JONES)
    signature = accounts.sign(JONES, PASSWORD, b"decided", NOW)
    disabled = accounts.disable(JONES, NOW)
    assert disabled.disabled
    assert accounts.disable(JONES, NOW + timedelta(days=1)) == disabled
    with pytest.raises(Refusal, match=r"R12: account a.jones is disabled"):
        accounts.check(JONES, PASSWORD, NOW)
    with pytest.raises(Refusal, match=r"R12: account a.jones is disabled"):
        accounts.sign(JONES, PASSWORD, b"x", NOW)
    # Only whoever knows the password is told.
    with pytest.raises(Refusal, match="the account or the password is wrong"):
        accounts.check(JONES, WRONG, NOW)
    assert verifies(accounts.get(JONES).public_key, signature, b"decided")


def test_of_an_unknown_account_nothing_is_there(accounts: Accounts) -> None:
    for absent in (JONES, AccountId("a\0"), AccountId("'; --")):
        with pytest.raises(BadAccount, match="there is no account"):
            accounts.get(absent)
        with pytest.raises(BadAccount, match="there is no account"):
            accounts.disable(absent, NOW)
        with pytest.raises(Refusal, match="the account or the password is wrong"):
            accounts.check(absent, PASSWORD, NOW)


@pytest.mark.parametrize("known", [True, False])
def test_guesses_are_slowed_down_and_a_restart_forgives_nothing(
    accounts: Accounts, database: Database, address: str, *, known: bool
) -> None:
    if known:
        add_account(accounts, JONES)
    now = NOW
    for _ in range(FREE_ATTEMPTS + 1):
        with pytest.raises(Refusal, match="the account or the password is wrong"):
            accounts.check(JONES, WRONG, now)
    with pytest.raises(Refusal, match=r"too many wrong passwords.*again at 14:00:06 UTC"):
        accounts.check(JONES, PASSWORD, now)
    database.close()
    with Database.open(address) as reopened:
        again = Accounts(reopened)
        for attempt in (again.check, lambda *args: again.sign(args[0], args[1], b"x", args[2])):
            with pytest.raises(Refusal, match="too many wrong passwords"):
                attempt(JONES, PASSWORD, now + timedelta(seconds=4.9))
        if known:
            assert again.check(JONES, PASSWORD, now + timedelta(seconds=5)).id == JONES
            # The right password forgives the wrong ones.
            with pytest.raises(Refusal, match="the account or the password is wrong"):
                again.check(JONES, WRONG, now + timedelta(seconds=5))


def test_each_wait_is_longer_up_to_a_limit_that_locks_nobody_out() -> None:
    waits = [wait_after(failed) for failed in range(100)]
    assert waits[: FREE_ATTEMPTS + 1] == [timedelta(0)] * (FREE_ATTEMPTS + 1)
    rising = waits[FREE_ATTEMPTS + 1 :]
    assert FREE_ATTEMPTS == 5
    assert [wait.total_seconds() for wait in rising[:3]] == [5, 10, 20]
    assert rising == sorted(rising)
    assert rising[-1] == LONGEST_WAIT == timedelta(minutes=15)


def test_an_unknown_account_takes_as_long_as_a_wrong_password(accounts: Accounts) -> None:
    add_account(accounts, JONES)

    def fastest(account: AccountId) -> float:
        took = []
        for attempt in range(5):
            start = perf_counter()
            with pytest.raises(Refusal, match="the account or the password is wrong"):
                accounts.check(account, WRONG, NOW + attempt * timedelta(hours=1))
            took.append(perf_counter() - start)
        return min(took)

    wrong, unknown, malformed = map(fastest, (JONES, AccountId("nobody"), AccountId("No body")))
    # Argon2 is nearly all of it: without it an answer takes a tenth of this.
    assert 0.6 < unknown / wrong < 1.7
    assert 0.6 < malformed / wrong < 1.7


def test_old_parameters_are_renewed_at_sign_in(accounts: Accounts, database: Database) -> None:
    added = add_account(accounts, JONES)
    old = passwords.WrapCost(time=1, memory=8192, lanes=1)
    with database.begin() as connection:
        row = connection.execute(select(table)).one()
        key = passwords.WrappedKey(
            row.wrapped_key, row.key_salt, passwords.WrapCost.parse(row.key_cost)
        ).unwrap(PASSWORD, account=JONES)
        cipher = passwords.AESGCM(old.key(PASSWORD, b"s" * 16))
        sealed = cipher.encrypt(b"n" * 12, key.private_bytes_raw(), passwords._purpose(JONES))
        connection.execute(
            table.update().values(
                password_hash=PasswordHasher(1, 8192, 1).hash(PASSWORD),
                wrapped_key=b"n" * 12 + sealed,
                key_salt=b"s" * 16,
                key_cost=str(old),
            )
        )
    with pytest.raises(Refusal):
        accounts.check(JONES, WRONG, NOW)
    with database.read() as connection:
        assert connection.execute(select(table.c.key_cost)).scalar_one() == str(old)
    assert accounts.check(JONES, PASSWORD, NOW) == added
    with database.read() as connection:
        row = connection.execute(select(table)).one()
    assert not passwords.HASHER.check_needs_rehash(row.password_hash)
    assert row.key_cost == str(passwords.WrapCost.of_today())
    assert row.key_salt != b"s" * 16
    assert verifies(added.public_key, accounts.sign(JONES, PASSWORD, b"x", NOW), b"x")


def test_a_changed_password_opens_the_same_key(accounts: Accounts, database: Database) -> None:
    added = add_account(accounts, JONES)
    before = stored(database)
    with pytest.raises(Refusal):
        accounts.change_password(JONES, WRONG, "an entirely new one", NOW)
    with pytest.raises(BadAccount, match="fewer than 12"):
        accounts.change_password(JONES, PASSWORD, "short", NOW)
    assert stored(database) == before
    accounts.change_password(JONES, PASSWORD, "an entirely new one", NOW)
    with pytest.raises(Refusal):
        accounts.check(JONES, PASSWORD, NOW)
    signature = accounts.sign(JONES, "an entirely new one", b"x", NOW)
    assert verifies(added.public_key, signature, b"x")

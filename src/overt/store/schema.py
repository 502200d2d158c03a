"""The tables: what the ledger must not hold, and an index that can be caught up from it.

There is no biometric column (R9): bytes are keys and salts alone, each with a fixed length that
the database itself enforces. Whatever has a face or a name of a listed person is in the vault.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

ID = 40
"""Longest id of an account or a deployment, characters."""
HASH_HEX = 64
PUBLIC_KEY = 32
WRAPPED_KEY = 12 + 32 + 16
"""Nonce, an Ed25519 private key, and AES-GCM's tag, bytes."""
KEY_SALT = 16
TEXT_SALT = 32


class UtcTime(TypeDecorator[datetime]):
    """A timezone-aware time, UTC on both databases, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive time: nobody could say later what it meant."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a time without a timezone cannot be stored"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives UTC back without saying so; PostgreSQL in the session's timezone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _bytes(name: str, length: int, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary(length), nullable=nullable)


def _exactly(name: str, length: int) -> CheckConstraint:
    """Both databases know ``length`` of bytes; neither enforces that of a column's type."""
    return CheckConstraint(f"length({name}) = {length}", name=f"{name}_length")


def _deployment(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "deployment",
        String(ID),
        ForeignKey("deployments.id"),
        primary_key=primary_key,
        nullable=False,
    )


accounts = Table(
    "accounts",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("password_hash", String(200), nullable=False),
    _bytes("public_key", PUBLIC_KEY),
    _bytes("wrapped_key", WRAPPED_KEY),
    _bytes("key_salt", KEY_SALT),
    Column("key_cost", String(40), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
    _exactly("public_key", PUBLIC_KEY),
    _exactly("wrapped_key", WRAPPED_KEY),
    _exactly("key_salt", KEY_SALT),
)
"""People. The private key is wrapped by a key that only their password gives."""

account_roles = Table(
    "account_roles",
    metadata,
    Column("account", String(ID), ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(40), primary_key=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("subject", String(ID), primary_key=True),
    Column("failed", Integer, nullable=False),
    Column("blocked_until", UtcTime, nullable=False),
)
"""Failed sign-ins. `subject` is an account's id, or one of a fixed number of buckets for ids that
are no account, which are slowed down alike."""

deployments = Table(
    "deployments",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("profile", String(40), nullable=False),
    Column("step", String(40), nullable=False),
    Column("place", String(400), nullable=False),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    _deployment(primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("sha256", String(HASH_HEX), nullable=False),
    Column("body", Text, nullable=False),
)
"""Texts that the ledger pins by hash (R20). Never changed once put."""

texts = Table(
    "texts",
    metadata,
    _deployment(primary_key=True),
    Column("sha256", String(HASH_HEX), primary_key=True),
    Column("about", String(64), nullable=False),
    _bytes("salt", TEXT_SALT, nullable=True),
    Column("body", Text),
    Column("destroyed_at", UtcTime),
    _exactly("salt", TEXT_SALT),
    CheckConstraint(
        "(destroyed_at IS NULL) = (salt IS NOT NULL AND body IS NOT NULL)", name="destroyed"
    ),
)
"""Free texts that must die (R10, R11). Of a destroyed one only the salted hash is left."""

certificates = Table(
    "certificates",
    metadata,
    _deployment(primary_key=True),
    Column("sha256", String(HASH_HEX), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("ref", String(ID), primary_key=True),
    _deployment(),
    Column("raised_at", UtcTime, nullable=False),
    Column("destroy_after", UtcTime, nullable=False),
    Column("hold_until", UtcTime),
    Column("destroyed_at", UtcTime),
    Index(None, "deployment"),
)
"""When each alert must be destroyed (R11); nothing of whom it showed."""

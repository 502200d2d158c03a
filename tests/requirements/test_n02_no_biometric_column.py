"""N2, R9: the database has no room for a face or a template, whatever the code above it does.

Walks the tables as described and as they are. The vault, which alone may hold faces, has tests of
its own in tests/store/; the search of the disk after a session comes with the session.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, Text, inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import ARRAY, JSON, Float, Numeric, PickleType

from overt.store.database import Database
from overt.store.schema import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Inspector

BYTES = {
    "accounts.public_key": 32,
    "accounts.wrapped_key": 60,
    "accounts.key_salt": 16,
    "texts.salt": 32,
}
"""Every column of bytes, and exactly how many: keys and salts. The smallest template that any
pack of ours gives is 128 numbers of 4 bytes."""
LONG_TEXTS = {"documents.body", "texts.body", "certificates.body"}
"""Columns without a longest length: what people wrote, and what was signed about it."""
SHORT = 400
"""Characters of every other text, at most: fewer than a template in any notation."""
NAMED_FOR_A_FACE = re.compile(
    r"template|vector|embedding|image|picture|photo|crop|face|feature|biometric|probe|pixel"
    r"|portrait|likeness|similarity|score"
)


def breaches(tables: MetaData) -> set[str]:
    """Each column that could hold a face, or is named as if it did."""
    found = set()
    for table in tables.tables.values():
        for column in table.columns:
            kind = getattr(column.type, "impl", column.type)
            name = f"{table.name}.{column.name}"
            if NAMED_FOR_A_FACE.search(name):
                found.add(name)
            if isinstance(kind, LargeBinary) and kind.length != BYTES.get(name, -1):
                found.add(name)
            if isinstance(kind, ARRAY | JSON | Numeric | Float | PickleType):
                found.add(name)
            if isinstance(kind, Text) and name not in LONG_TEXTS:
                found.add(name)
            elif isinstance(kind, String) and not isinstance(kind, Text):
                found |= {name} if (kind.length or SHORT + 1) > SHORT else set()
    return found


def test_no_column_could_hold_a_face_or_a_template() -> None:
    assert breaches(metadata) == set()


def test_every_column_of_bytes_is_a_key_or_a_salt_and_is_there() -> None:
    described = {
        f"{table.name}.{column.name}": column.type.length
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert described == BYTES


@pytest.mark.parametrize(
    "planted",
    [
        Column("public_key", LargeBinary(512)),
        Column("seal", LargeBinary(32)),
        Column("seal", LargeBinary),
        Column("place", Text),
        Column("place", String),
        Column("place", String(2_000)),
        Column("weights", ARRAY(Float)),
        Column("weights", JSON),
        Column("weight", Float),
        Column("weights", PickleType),
        Column("face_ref", String(10)),
        Column("best_crop", String(10)),
    ],
    ids=lambda column: f"{column.name} {column.type!r}",
)
def test_the_walk_finds_a_planted_column(planted: Column[object]) -> None:
    tables = MetaData()
    Table("accounts", tables, planted)
    assert breaches(tables) == {f"accounts.{planted.name}"}


def columns(live: Inspector) -> dict[str, set[str]]:
    return {
        name: {column["name"] for column in live.get_columns(name)}
        for name in live.get_table_names()
    }


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(f"sqlite:///{tmp_path}/overt.db")


def test_the_database_has_the_columns_described_and_no_other(database: Database) -> None:
    # tests/store/test_database.py compares types and checks as well, on PostgreSQL too.
    described = {
        name: {column.name for column in table.columns} for name, table in metadata.tables.items()
    }
    with database, database.read() as connection:
        assert columns(inspect(connection)) == described | {"alembic_version": {"version_num"}}
        views = inspect(connection).get_view_names()
    assert views == []


@pytest.mark.parametrize("column", ["public_key", "wrapped_key", "key_salt"])
def test_the_database_itself_refuses_longer_bytes(database: Database, column: str) -> None:
    row = {
        "id": "a.jones",
        "name": "A Jones",
        "password_hash": "x",
        "public_key": b"k" * 32,
        "wrapped_key": b"k" * 60,
        "key_salt": b"k" * 16,
        "key_cost": "x",
        "created_at": "2026-11-25 14:00:00.000000",
    }
    names = ", ".join(row)
    insert = f"INSERT INTO accounts ({names}) VALUES ({', '.join(f':{name}' for name in row)})"  # noqa: S608
    with database, database._engine.connect() as connection:
        with pytest.raises(IntegrityError, match=f"{column}_length"):
            connection.exec_driver_sql(insert, row | {column: b"t" * 512})
        connection.exec_driver_sql(insert, row)

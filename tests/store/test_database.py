"""Opening either database: made once, brought up to date, and refused in words if it cannot be."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, inspect, text

import overt.store.migrate as migrating
from overt.errors import BadDatabase, DestructionFailed, OvertError
from overt.store.address import read_address
from overt.store.database import Database
from overt.store.deployments import Deployments
from overt.store.migrations.versions import r0001_first
from overt.store.schema import deployments as table
from overt.store.schema import metadata
from overt.vocabulary import DeploymentId

from .people import market

if TYPE_CHECKING:
    from pathlib import Path

    from .postgres_server import PostgresServer


def test_the_database_made_is_the_one_described(database: Database) -> None:
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        checks = {
            name: {check["name"] for check in inspect(connection).get_check_constraints(name)}
            for name in metadata.tables
        }
    assert checks == {
        name: {
            str(check.name) for check in described.constraints if isinstance(check, CheckConstraint)
        }
        for name, described in metadata.tables.items()
    }


def test_what_was_stored_is_there_when_it_is_opened_again(address: str) -> None:
    with Database.open(address) as database:
        assert Deployments(database).add(market())
    with Database.open(address) as database:
        assert Deployments(database).list() == (market(),)


def test_a_newer_schema_is_refused_and_left_alone(address: str) -> None:
    with Database.open(address) as database:
        Deployments(database).add(market())
        with database.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadDatabase, match=r"schema is 9999, newer than Overt .* knows"):
        Database.open(address)
    # It was neither migrated nor taken back.
    with pytest.raises(BadDatabase, match="9999"):
        Database.open(address)


def test_a_downgrade_is_refused() -> None:
    with pytest.raises(BadDatabase, match="never taken back"):
        r0001_first.downgrade()


def test_a_database_of_someone_else_is_refused_and_left_alone(address: str) -> None:
    with Database.open(address) as database, database.begin() as connection:
        for name in (*reversed(metadata.sorted_tables), "alembic_version"):
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(text("CREATE TABLE footage (id INTEGER)"))
    with pytest.raises(BadDatabase, match="holds tables, but no schema of Overt's"):
        Database.open(address)


def test_a_database_that_lost_a_table_is_refused(address: str) -> None:
    with Database.open(address) as database, database.begin() as connection:
        connection.execute(text("DROP TABLE texts"))
    with pytest.raises(BadDatabase, match="lacks tables"):
        Database.open(address)


def test_a_migration_that_fails_leaves_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "the power went"
        raise RuntimeError(msg)

    with monkeypatch.context() as patched:
        patched.setattr("alembic.runtime.migration.MigrationContext._ensure_version_table", fail)
        with pytest.raises(RuntimeError, match="the power went"):
            Database.open(address)
    with Database.open(address) as database, database.read() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_a_migration_cut_off_halfway_leaves_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = migrating.Operations.invoke

    def cut(self: object, operation: object) -> object:
        if getattr(operation, "table_name", "") == "texts":
            msg = "the power went"
            raise RuntimeError(msg)
        return real(self, operation)

    with monkeypatch.context() as patched:
        patched.setattr(migrating.Operations, "invoke", cut)
        with pytest.raises(RuntimeError, match="the power went"):
            Database.open(address)
    with Database.open(address) as database:
        assert Deployments(database).list() == ()


def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    deployments = Deployments(database)

    def half() -> None:
        with database.begin() as connection:
            row = {name: getattr(market(), name) for name in market().__slots__}
            connection.execute(table.insert().values(**row))
            msg = "stopped"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="stopped"):
        half()
    assert deployments.list() == ()
    assert deployments.add(market())


def test_what_is_read_is_of_one_moment(database: Database) -> None:
    deployments = Deployments(database)
    with database.read() as connection:
        assert connection.execute(table.select()).all() == []
        deployments.add(market())
        assert connection.execute(table.select()).all() == []
    assert len(deployments.list()) == 1


# --- SQLite ------------------------------------------------------------------------------------


def test_sqlite_is_set_to_lose_nothing_and_keep_nothing(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path}/overt.db") as database:
        for connect in (database.begin, database.read):
            with connect() as connection:
                found = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                    for name in (
                        "journal_mode",
                        "synchronous",
                        "foreign_keys",
                        "secure_delete",
                        "busy_timeout",
                        "temp_store",
                    )
                }
            assert found == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "secure_delete": 1,
                "busy_timeout": 10_000,
                "temp_store": 2,
            }


def test_the_sqlite_files_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "overt.db"
    path.touch(0o644)
    path.chmod(0o644)
    before = os.umask(0)
    try:
        with Database.open(f"sqlite:///{path}") as database:
            Deployments(database).add(market())
            modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("overt.db", "overt.db-wal", "overt.db-shm"), 0o600)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "overt.db"
    path.write_bytes(b"holiday pictures" * 1_000)
    with pytest.raises(BadDatabase, match=r"overt\.db: damaged, or no SQLite database"):
        Database.open(f"sqlite:///{path}")
    assert path.read_bytes() == b"holiday pictures" * 1_000


def test_a_link_or_a_folder_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("link", ".", "absent/overt.db"):
        with pytest.raises(BadDatabase, match="cannot be opened"):
            Database.open(f"sqlite:///{tmp_path}/{name}")
    assert (tmp_path / "elsewhere").read_bytes() == b""


def test_a_damaged_database_is_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "overt.db"
    with Database.open(f"sqlite:///{path}") as database:
        Deployments(database).add(market())
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with (
        pytest.raises(BadDatabase, match="damaged, or no SQLite database"),
        Database.open(f"sqlite:///{path}") as database,
    ):
        Deployments(database).list()


def test_a_full_disk_is_said_to_be_and_nothing_is_written(tmp_path: Path) -> None:
    with Database.open(f"sqlite:///{tmp_path}/overt.db") as database:
        deployments = Deployments(database)
        deployments.add(market())
        connection = database._engine.raw_connection()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        connection.close()
        with pytest.raises(BadDatabase, match=r"N13: the disk of the database is full; nothing"):
            deployments.put_document(market().id, "dpia", "x" * 100_000)
        assert deployments.documents(market().id) == {}


def test_a_writer_that_stays_too_long_is_said_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "overt.db"
    monkeypatch.setattr("overt.store.database.PRAGMAS", ("busy_timeout = 100",))
    with Database.open(f"sqlite:///{path}") as database:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BadDatabase, match="another process kept the database"):
            Deployments(database).add(market())
        other.rollback()
        other.close()
        assert Deployments(database).list() == ()


def test_a_reader_of_old_pages_is_no_silent_failure_of_erasure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pragmas = ("busy_timeout = 100", "journal_mode = WAL", "secure_delete = ON")
    monkeypatch.setattr("overt.store.database.PRAGMAS", pragmas)
    path = tmp_path / "overt.db"
    with Database.open(f"sqlite:///{path}") as database:
        deployments = Deployments(database)
        deployments.add(market())
        put = deployments.put_text(market().id, "what nobody may read again")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM texts").fetchall()
        with pytest.raises(DestructionFailed, match="N13: another process keeps old pages"):
            deployments.destroy_texts(market().id, market().created_at)
        other.rollback()
        other.close()
        # Once it is gone the same call ends it, and names the same text.
        gone = deployments.destroy_texts(market().id, market().created_at)
        assert gone.sha256 == (put.sha256,)
        held = b"".join(found.read_bytes() for found in tmp_path.iterdir())
    assert b"nobody may read" not in held


# --- PostgreSQL --------------------------------------------------------------------------------

SECRET = "tr0ub4dor&3-and-more"  # noqa: S105 - of nobody


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///relative.db",
        "sqlite:////abs.db?mode=ro",
        f"mysql://overt:{SECRET}@localhost/overt",
        f"postgresql+asyncpg://overt:{SECRET}@localhost/overt",
        f"postgresql://overt:{SECRET}@localhost",
        f"postgresql://overt:{SECRET}@headquarters.example/overt",
        f"postgresql://overt:{SECRET}@headquarters.example/overt?sslmode=require",
        f"postgresql://overt:{SECRET}@/overt?host=/run/postgresql,headquarters.example",
        f"postgresql://overt:{SECRET}@localhost/overt?hostaddr=192.0.2.1",
        f"overt:{SECRET}@localhost",
        f"postgresql://overt:{SECRET}@localhost:port/overt",
        "",
    ],
)
def test_an_unfit_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadDatabase) as refused:
        read_address(address)
    assert SECRET not in refused.value.line
    assert refused.value.advice
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://overt@headquarters.example/overt?sslmode=verify-full",
        "postgres://overt@127.0.0.1/overt",
        "postgresql+psycopg://overt@/overt?host=/run/postgresql",
        "postgresql://overt@/overt",
    ],
)
def test_a_fit_address_of_a_server_is_taken(address: str) -> None:
    assert read_address(address).drivername == "postgresql+psycopg"


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    address = f"postgresql://overt:{SECRET.replace('&', '%26')}@/overt?host={tmp_path}"
    with pytest.raises(BadDatabase, match=r"failed: .*Check that it is there") as refused:
        Database.open(address)
    assert SECRET not in refused.value.line
    assert SECRET.replace("&", "%26") not in refused.value.line


def test_a_wrong_password_is_not_shown(postgres: PostgresServer) -> None:
    address = postgres.new_database().replace("postgres@", f"nobody:{SECRET.replace('&', '%26')}@")
    with pytest.raises(BadDatabase, match='role "nobody" does not exist') as refused:
        Database.open(address)
    assert SECRET not in refused.value.line


def test_a_driver_that_repeats_the_password_is_not_repeated(database: Database) -> None:
    database._engine.url = database._engine.url.set(password=SECRET)
    shown = database._named(RuntimeError(f"cannot connect with password={SECRET}")).line
    assert "cannot connect" in shown
    assert SECRET not in shown


def test_without_the_driver_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from overt.store.database import Database\n"
        "from overt.errors import BadDatabase\n"
        "try: Database.open('postgresql://a@/b')\n"
        "except BadDatabase as error: print(error.line)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "a PostgreSQL database needs a driver that is not installed. Install overt[postgresql].\n"
    )


def test_a_server_that_restarts_is_met_again(postgres: PostgresServer) -> None:
    with Database.open(postgres.new_database()) as database:
        deployments = Deployments(database)
        deployments.add(market())
        postgres.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert deployments.list() == (market(),)


def test_an_odd_id_finds_nothing_on_either_database(database: Database) -> None:
    deployments = Deployments(database)
    for odd in ("", "\0", "'; DROP TABLE texts; --", "D" * 5_000):
        with pytest.raises(OvertError, match="there is no deployment"):
            deployments.get(DeploymentId(odd))

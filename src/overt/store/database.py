"""One database, SQLite or PostgreSQL, behind transactions that are whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from overt.errors import BadDatabase, DestructionFailed
from overt.store.address import read_address, sqlite_file
from overt.store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table

WAIT_S = 10
"""How long one process waits for another's transaction, seconds."""
PRAGMAS = (
    f"busy_timeout = {WAIT_S * 1000}",
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk before it is acted on
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is overwritten with zeros (R10, R11)
    "temp_store = MEMORY",  # nothing spills into other files
    "trusted_schema = OFF",
    "cell_size_check = ON",
)
SETTINGS = (f"lock_timeout = '{WAIT_S}s'", "timezone = 'UTC'", "synchronous_commit = 'on'")
"""Of each session with PostgreSQL."""
WRITE_TEXTS_ANEW = (
    "LOCK TABLE texts IN ACCESS EXCLUSIVE MODE",
    "CREATE TEMPORARY TABLE texts_kept ON COMMIT DROP AS SELECT * FROM texts",
    "TRUNCATE texts",  # gives it a new file; VACUUM FULL would copy what an old reader may see
    "INSERT INTO texts SELECT * FROM texts_kept",
)
"""PostgreSQL: leaves no old version of a row in the table's file."""
DISK_FULL = "53100"
WAITED = frozenset({"55P03", "40P01", "40001"})
"""PostgreSQL's codes: a lock not had in time, a deadlock, a serialisation failure."""


class Database:
    """An open database at the newest schema."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str | Path) -> Self:
        """Open a database, making it or bringing its schema up to date if need be.

        A SQLite file is readable by its owner alone, as are the files that SQLite puts beside it.

        Args:
            url: ``sqlite:////path/overt.db``, that file's path, or
                ``postgresql://USER@HOST/NAME``.

        Raises:
            BadDatabase: if it cannot be reached or read, is not Overt's, or was written by a
                newer Overt.
        """
        address = read_address(url)
        try:
            # Parameters hold texts and hashes: no message may show them.
            if address.drivername == "sqlite":
                _own_file(sqlite_file(address))
                engine = create_engine(address, hide_parameters=True)
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin_sqlite)
            else:
                engine = create_engine(
                    address,
                    hide_parameters=True,
                    pool_pre_ping=True,
                    connect_args={"connect_timeout": WAIT_S},
                )
                event.listen(engine, "connect", _prepare_postgresql)
        except ImportError:
            msg = "a PostgreSQL database needs a driver that is not installed"
            raise BadDatabase(msg, advice="Install overt[postgresql].") from None
        database = cls(engine)
        try:
            with database.begin() as connection:
                migrate(connection)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write: all of it is kept, or on any error none.

        On SQLite one process writes at a time; another waits up to `WAIT_S`.

        Raises:
            BadDatabase: if the database fails: full, locked, unreachable, altered.
        """
        with self._failures_named(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, from one moment; it never waits for a writer."""
        with self._failures_named(), self._engine.connect() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection.execution_options(reading=True)

    def purge(self) -> None:
        """Make sure that nothing deleted before is left in the database's own files (R10, R11).

        SQLite overwrites what is deleted; its log still holds the older pages, so the log is
        emptied. PostgreSQL keeps the old versions of rows, so the table of texts is written anew
        and its old file dropped. The server's own write-ahead log and backups hold the text until
        they are recycled; whoever runs the server must bound that: docs/database.md.

        Raises:
            DestructionFailed: if another process holds on to old pages (N13).
            BadDatabase: if the database fails.
        """
        with self._failures_named():
            if self._engine.dialect.name == "sqlite":
                self._empty_log()
                return
            with self._engine.begin() as connection:
                for statement in WRITE_TEXTS_ANEW:
                    connection.execute(text(statement))

    def _empty_log(self) -> None:
        # Below SQLAlchemy, which would begin a transaction first.
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (busy, *_) = cursor.fetchone() or (1,)
        finally:
            connection.close()
        if busy:
            msg = "another process keeps old pages of the database in use, so what was deleted "
            msg += "is not gone yet"
            raise DestructionFailed(msg, rule="N13", advice="Stop it and erase again.")

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._named(error.orig) from None
        except sqlite3.Error as error:
            raise self._named(error) from None
        except SQLAlchemyError as error:
            msg = f"the database cannot be used ({type(error).__name__})"
            raise BadDatabase(msg) from error

    def _named(self, error: BaseException | None) -> BadDatabase:
        """What happened, in words, without the password."""
        told = " ".join(str(error).split())
        code = getattr(error, "sqlstate", None)
        if code == DISK_FULL or "disk is full" in told:
            msg = "the disk of the database is full; nothing was written"
            return BadDatabase(msg, rule="N13", advice="Make room, then do it again.")
        if code in WAITED or "database is locked" in told:
            msg = f"another process kept the database for over {WAIT_S} s; nothing was written"
            return BadDatabase(msg, advice="Do it again; if it stays so, stop the other process.")
        if "not a database" in told or "malformed" in told:
            msg = f"{self._engine.url.database}: damaged, or no SQLite database"
            return BadDatabase(msg, advice="Restore a copy, or name another file.")
        password = self._engine.url.password
        if password:
            told = told.replace(str(password), "***")
        where = self._engine.url.render_as_string(hide_password=True)
        return BadDatabase(
            f"the database {where} failed: {told}",
            advice="Check that it is there, writable and, if it is a server, running.",
        )


def insert_new(connection: Connection, table: Table, **values: object) -> bool:
    """Insert a row unless one with its primary key is there; whether it was inserted.

    On either database two processes may do this at once and one of them is told of the other.
    """
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    # Answers with a row if there is a new one; the drivers' counts of rows differ.
    statement = insert(table).values(**values).on_conflict_do_nothing()
    key = table.primary_key.columns.values()
    return connection.execute(statement.returning(*key)).first() is not None


def _own_file(path: Path) -> None:
    """Make the file, or check it, so that its owner alone may read it from the first byte on."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                msg = f"{path}: no plain file"
                raise BadDatabase(msg, advice="Name another file.")
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        msg = f"{path}: cannot be opened ({error.strerror})"
        raise BadDatabase(msg, advice="Check the folder, its owner and its mode.") from error


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a transaction that read first could otherwise not be told to wait to write.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _prepare_postgresql(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(f"SET {setting}")
    connection.commit()

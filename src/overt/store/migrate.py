"""Brings a database's schema up to date, and refuses one that this code does not know."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from overt import __version__
from overt.errors import BadDatabase
from overt.store.schema import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x4F56455254
"""PostgreSQL's advisory lock that a migration holds: "OVERT"."""


def migrate(connection: Connection) -> None:
    """Run what is missing, in the transaction given: the whole of it or nothing.

    Raises:
        BadDatabase: if the schema is newer than this code, or the tables are not Overt's.
    """
    if connection.dialect.name == "postgresql":
        # On SQLite the transaction itself keeps others out.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    script = ScriptDirectory(str(MIGRATIONS))
    context = MigrationContext.configure(
        connection,
        opts={
            # The only way that Alembic has to run revisions without its own files of settings.
            "fn": lambda heads, _: script._upgrade_revs("head", heads),  # noqa: SLF001
        },
    )
    here = context.get_current_heads()
    known = {revision.revision for revision in script.walk_revisions()}
    unknown = sorted(set(here) - known)
    if unknown:
        msg = f"the database's schema is {unknown[0]}, newer than Overt {__version__} knows"
        raise BadDatabase(msg, advice="Use the newer Overt; a schema is never taken back.")
    tables = set(inspect(connection).get_table_names())
    if not here and tables - {"alembic_version"}:
        msg = "the database holds tables, but no schema of Overt's"
        raise BadDatabase(msg, advice="Give Overt a database of its own.")
    if here and not set(metadata.tables) <= tables and set(here) == set(script.get_heads()):
        msg = "the database lacks tables that its schema must have"
        raise BadDatabase(msg, advice="Restore a copy.")
    if set(here) != set(script.get_heads()):
        with Operations.context(context):
            context.run_migrations()

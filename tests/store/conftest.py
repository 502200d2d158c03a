"""Both databases, real ones: SQLite in a file, and Debian's PostgreSQL on a socket of its own.

It also lets the tests beside it import `sealed_vault`: importlib mode leaves `sys.path` alone.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from overt.store.accounts import Accounts
from overt.store.database import Database
from overt.store.deployments import Deployments

from .postgres_server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.append(str(Path(__file__).parent))

ABSENT = "needs PostgreSQL's server: apt-get install postgresql"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip(ABSENT)
    # Not pytest's own folder: user postgres may not enter that.
    with tempfile.TemporaryDirectory(prefix="overt-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = PostgresServer(found[-1].parent, folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/overt.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    with Database.open(address) as opened:
        yield opened


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


@pytest.fixture
def deployments(database: Database) -> Deployments:
    return Deployments(database)

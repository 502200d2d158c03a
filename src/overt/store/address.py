"""The database's address: SQLite in a file, or PostgreSQL. No error shows its password."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from overt.errors import BadDatabase

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
FORMS = "Use sqlite:////path/overt.db, or postgresql://USER@HOST/NAME?sslmode=verify-full."


def read_address(text: str | Path) -> URL:
    """A database's address, checked, with the driver that Overt uses. A path is a SQLite file's.

    A server that is reached over a network must prove who it is and encrypt: texts and accounts
    pass through that connection.

    Raises:
        BadDatabase: if it is of no such form, or would send in the clear. The message never
            repeats the address, which may hold a password.
    """
    if isinstance(text, Path):
        return URL.create("sqlite", database=str(text.absolute()))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        msg = "the database's address cannot be understood"
        raise BadDatabase(msg, advice=FORMS) from None
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _file(url)
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return _server(url)
    msg = "the database's address names no database that Overt can use"
    raise BadDatabase(msg, advice=FORMS)


def sqlite_file(url: URL) -> Path:
    """Where the SQLite file is."""
    return Path(str(url.database))


def _file(url: URL) -> URL:
    path = Path(url.database or "")
    if url.host or url.query or not path.is_absolute():
        msg = "the SQLite database must be a file with a whole path and no options"
        raise BadDatabase(msg, advice="Write sqlite:////path/overt.db, with four slashes.")
    return url.set(drivername="sqlite")


def _server(url: URL) -> URL:
    hosts = {host for host in (url.host, *_listed(url, "host"), *_listed(url, "hostaddr")) if host}
    away = {host for host in hosts if host not in LOCAL and not host.startswith("/")}
    if away and _listed(url, "sslmode") != ("verify-full",):
        msg = "the database is on another machine and the connection would not prove which"
        raise BadDatabase(msg, rule="R25", advice="Add ?sslmode=verify-full to its address.")
    if not url.database:
        msg = "the address of the PostgreSQL server names no database"
        raise BadDatabase(msg, advice=FORMS)
    return url.set(drivername="postgresql+psycopg")


def _listed(url: URL, option: str) -> tuple[str, ...]:
    """Every value of an option: given once, several times, or with commas."""
    value = url.query.get(option, ())
    values = (value,) if isinstance(value, str) else value
    return tuple(part for text in values for part in text.split(","))

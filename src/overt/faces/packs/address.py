"""Which addresses a manifest may name: paths that stay inside, and https."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def check_relative(value: str) -> str:
    """A relative path, unchanged.

    Raises:
        ValueError: if it is absolute, or climbs out of its folder.
    """
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or "\\" in value or "\0" in value or not path.name:
        msg = f"{value!r} must be a relative path that stays inside its folder"
        raise ValueError(msg)
    return value


def check_url(value: str) -> str:
    """An address that weights may be pulled from, unchanged.

    https and file are taken; plain http only from this machine itself.

    Raises:
        ValueError: for any other scheme, for a name and password in the address, or for one
            that names no file.
    """
    parts = urlsplit(value)
    allowed = (
        (parts.scheme == "https" and parts.hostname is not None)
        or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        or (parts.scheme == "file" and not parts.netloc)
    )
    if not allowed:
        msg = f"{value!r} must be an https or file address"
        raise ValueError(msg)
    if parts.username is not None or parts.password is not None:
        msg = "an address must hold no name or password"
        raise ValueError(msg)
    file_name(value)
    return value


def file_name(url: str) -> str:
    """The last part of an address's path.

    Raises:
        ValueError: if there is none.
    """
    name = PurePosixPath(urlsplit(url).path).name
    if not name or name == "..":
        msg = f"{url!r} names no file"
        raise ValueError(msg)
    return name

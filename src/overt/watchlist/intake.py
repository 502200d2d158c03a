"""The one way that a file handed to us is opened: regular, inside its folder, bounded, no waiting.

A watchlist folder comes from outside. A pipe in it would hang us, a device would never end, and
a link could draw in a file from elsewhere on the machine.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from overt.errors import OvertError

_KINDS = (
    (stat.S_ISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, "it is a pipe, not a file"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (stat.S_ISCHR, "it is a device, not a file"),
    (stat.S_ISBLK, "it is a device, not a file"),
)


def read_file(path: Path, *, within: Path, at_most: int, error: type[OvertError]) -> bytes:
    """The bytes of one regular file.

    Args:
        path: the file; links are followed.
        within: the folder that the file must really lie in once links are followed.
        at_most: bytes; a larger file is refused unread.
        error: the class to raise. Its message is the reason alone, without the file's name.

    Raises:
        OvertError: of class `error`, if the file is missing, elsewhere, not regular, empty,
            too large or not readable.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(within.resolve(strict=True)):
            msg = "it is a link to somewhere outside the folder"
            raise error(msg, advice="Copy the file into the folder.")
        # Looking before opening: some devices act on being opened.
        _check_kind(real.stat().st_mode, error)
        # Not waiting: should a pipe have taken the file's place since, open() returns at once.
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            _check_kind(found.st_mode, error)
            if found.st_size > at_most:
                msg = f"the file is larger than {at_most / 1e6:g} MB"
                raise error(msg)
            data = file.read(found.st_size)
    except FileNotFoundError:
        msg = "there is no such file"
        raise error(msg) from None
    except PermissionError:
        msg = "it may not be read"
        raise error(msg, advice="Check the permissions of the file and its folder.") from None
    except (OSError, RuntimeError) as fault:  # pathlib reports a loop of links as RuntimeError
        reason = getattr(fault, "strerror", None) or "its links lead nowhere"
        msg = f"it cannot be read ({str(reason).lower()})"
        raise error(msg) from None
    if not data:
        msg = "the file is empty"
        raise error(msg)
    return data


def _check_kind(mode: int, error: type[OvertError]) -> None:
    if not stat.S_ISREG(mode):
        reason = next((words for is_kind, words in _KINDS if is_kind(mode)), "it is not a file")
        raise error(reason)

"""Files that are there whole or not at all, and go when they are told to.

Everything is made for this account alone (0600, folders 0700). A file is written under a
temporary name that its writer keeps locked, so that what a killed process left can be told from
what another is still writing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".writing-"
"""How the names of half-written files begin. No other name in a vault begins with a dot but these,
`.lock`, and tombstones that lie ready."""
CHUNK = 1 << 20
"""Bytes that are overwritten at a time."""


def sync_folder(folder: Path) -> None:
    """Make names that were added to or taken from a folder last through a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folder(folder: Path) -> None:
    """Make a folder that only this account may enter, and those above it; keep one that exists."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


def open_lock(folder: Path) -> int:
    """Open the file by which a folder is locked, and make it if need be. Gives its descriptor."""
    return os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder against other threads and processes; for short work only."""
    fd = open_lock(folder)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def open_temporary(folder: Path) -> tuple[int, Path]:
    """A new file, locked while it is open, and its path. It becomes real by `os.replace`."""
    while True:
        path = folder / f"{TEMPORARY}{secrets.token_hex(8)}"
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return fd, path
        os.close(fd)  # Taken for abandoned before it could be locked.


def remove_abandoned(folder: Path) -> int:
    """Remove temporary files whose writer is gone. Returns how many."""
    removed = 0
    for path in list(folder.glob(f"{TEMPORARY}*")):
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # Its writer has just finished.
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                removed += 1
        finally:
            os.close(fd)
    if removed:
        sync_folder(folder)
    return removed


def write_all(fd: int, content: bytes) -> None:
    """Write each byte, however many calls that takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]


def write_whole(path: Path, content: bytes) -> None:
    """Put a small file in place of any that is there, durably; on OSError nothing has changed."""
    fd, temporary = open_temporary(path.parent)
    try:
        write_all(fd, content)
        os.fsync(fd)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    sync_folder(path.parent)


def open_regular(path: Path) -> int:
    """Open a plain file for reading. A link, pipe or device raises OSError and is never read."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return fd


def read_small(path: Path, most: int) -> bytes:
    """The whole of a plain file of at most `most` bytes; OSError where it is longer."""
    with os.fdopen(open_regular(path), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"longer than {most} bytes", str(path))
    return content


def overwrite(path: Path) -> None:
    """Fill a plain file with random bytes where it lies, and wait until the disk says so."""
    fd = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        left = os.fstat(fd).st_size
        while left > 0:
            piece = min(left, CHUNK)
            write_all(fd, os.urandom(piece))
            left -= piece
        os.fsync(fd)
    finally:
        os.close(fd)


def destroy_file(path: Path) -> None:
    """Overwrite a plain file and take its name away; a link loses its name alone.

    Raises:
        OSError: if either fails; the file then keeps its name, so that it can be tried again.
    """
    if stat.S_ISREG(path.lstat().st_mode):
        overwrite(path)
    path.unlink()

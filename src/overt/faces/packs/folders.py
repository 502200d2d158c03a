"""Where models are kept, and how a file is written so that it is whole or absent."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import platformdirs

from overt.errors import BadModel

if TYPE_CHECKING:
    from collections.abc import Iterator


def cache_dir() -> Path:
    """Graphs built from weights, which may be deleted at any time."""
    named = os.environ.get("OVERT_CACHE_DIR")
    return Path(named) if named else Path(platformdirs.user_cache_dir("overt"))


def models_dir() -> Path:
    """Weights that a person pulled or added."""
    named = os.environ.get("OVERT_MODELS_DIR")
    return Path(named) if named else Path(platformdirs.user_data_dir("overt")) / "models"


def sha256_of(path: Path) -> str:
    """Hash of a file, as 64 hexadecimal digits.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only once it is complete and on the disk.

    Two processes may write the same file at once: each has its own temporary file, and the
    last to finish wins. After any failure, the old file (or none) is still there.

    Raises:
        BadModel: if the folder cannot be written to, or the disk is full.
    """
    temporary: Path | None = None
    made_folder = not path.parent.exists()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as fault:
        msg = f"cannot write {path}: {fault.strerror or fault}"
        advice = "Free some space, or name a folder in OVERT_CACHE_DIR or OVERT_MODELS_DIR."
        raise BadModel(msg, advice=advice) from fault
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if made_folder:
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # does nothing unless it is empty

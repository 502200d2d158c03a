"""Tombstones: what says that a compartment is being destroyed, or was, and may never come again.

A tombstone lies ready from the day its compartment is made. To begin a destruction is to rename
it, which needs no room: a full disk cannot keep anybody on a list (R10, R11).
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from overt.store.durable import read_small, sync_folder, write_whole

if TYPE_CHECKING:
    from pathlib import Path

READY = ".ready-"
"""How the names of tombstones begin whose compartments are alive."""
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Destruction:
    """That a compartment is gone, for a certificate."""

    compartment: str
    key_destroyed_at: datetime
    """UTC. After a crash in between, when the key was found gone."""
    files: int
    """How many data files there were when it began."""
    bytes: int
    """Their bytes as stored."""


class Inscription(BaseModel):
    """What stands on a tombstone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["overt tombstone 1"] = "overt tombstone 1"
    files: int = 0
    bytes: int = 0
    counted: bool = False
    key_destroyed_at: datetime | None = None
    finished: bool = False


class Tombstones:
    """All tombstones of a vault, in one folder. Names are those of the compartments' folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lay_ready(self, name: str) -> None:
        """Put a tombstone beside a compartment that is being made.

        Raises:
            OSError: if it cannot be written.
        """
        write_whole(self._folder / f"{READY}{name}", _text(Inscription()))

    def raise_one(self, name: str) -> None:
        """Begin: from now on the compartment is dead, whatever happens.

        Raises:
            OSError: if that cannot be said durably.
        """
        if not self.stands(name):
            path = self._folder / name
            try:
                (self._folder / f"{READY}{name}").replace(path)
            except FileNotFoundError:
                write_whole(path, _text(Inscription()))
        sync_folder(self._folder)

    def stands(self, name: str) -> bool:
        """Whether a compartment is dead. That the stone is there decides, not what is on it."""
        return os.path.lexists(self._folder / name)

    def read(self, name: str) -> Inscription:
        """What stands on one. An unreadable one counts as just begun."""
        try:
            return Inscription.model_validate_json(read_small(self._folder / name, MOST_BYTES))
        except (OSError, ValidationError):
            return Inscription()

    def write(self, name: str, inscription: Inscription) -> None:
        """Change what stands on one.

        Raises:
            OSError: if it cannot be written; the old one then stands.
        """
        write_whole(self._folder / name, _text(inscription))

    def note(self, name: str, inscription: Inscription) -> None:
        """As `write`, where there is room: destruction goes on without."""
        with contextlib.suppress(OSError):
            self.write(name, inscription)

    def names(self) -> tuple[str, ...]:
        """Of all that stand, sorted."""
        return tuple(
            sorted(path.name for path in self._folder.iterdir() if not path.name.startswith("."))
        )


def _text(inscription: Inscription) -> bytes:
    return inscription.model_dump_json().encode() + b"\n"

"""A watchlist in memory: people, each with the templates of their accepted pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from overt.errors import BadList, BadModel

if TYPE_CHECKING:
    from overt.values import EntryId, Template
    from overt.watchlist.likeness import Doubt


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One person."""

    id: EntryId
    templates: tuple[Template, ...] = field(repr=False)
    """One for each accepted picture; at least one."""
    weights: tuple[float, ...] = field(repr=False)
    """The quality score of each of these pictures, 0 to 1."""
    images: tuple[str, ...]
    """Each of these pictures, by its path within the list."""

    def __post_init__(self) -> None:
        """Check that the three run in parallel."""
        if not self.templates or not len(self.templates) == len(self.weights) == len(self.images):
            msg = f"{self.id}: an entry needs a weight and a picture's name for each template"
            raise BadList(msg)


@dataclass(frozen=True, slots=True, eq=False)
class Watchlist:
    """The people of one list, complete: there is no half-built one."""

    entries: tuple[Entry, ...] = field(repr=False)
    """At least one, each person once."""
    model: str
    """The model that made every template of it."""
    left_out: tuple[str, ...] = ()
    """People with no accepted picture, each with the reason: they will not be found."""
    doubts: tuple[Doubt, ...] = ()
    """Warnings about who is who, for a person to settle."""

    def __post_init__(self) -> None:
        """Check that it lists somebody, each once, by one model."""
        if not self.entries:
            msg = "the watchlist lists nobody"
            raise BadList(msg, advice="Enrol at least one person.")
        seen: set[EntryId] = set()
        for entry in self.entries:
            if entry.id in seen:
                msg = f"the watchlist lists {entry.id} twice"
                raise BadList(msg, advice="Put all of a person's pictures in one entry.")
            seen.add(entry.id)
            for template in entry.templates:
                if template.model != self.model:
                    msg = f"{entry.id}: a template was made by {template.model}, not {self.model}"
                    raise BadModel(msg, advice="Enrol the whole list with one model.")

    def __len__(self) -> int:
        """How many people it lists."""
        return len(self.entries)

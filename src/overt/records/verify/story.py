"""What a ledger tells, once its lines are read: events in order, times as numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
"""Milliseconds."""
SYSTEM = "overt"
ENDS = ("SessionEnded", "SessionHalted", "DeploymentClosed")


@dataclass(frozen=True)
class Finding:
    """Something that does not hold."""

    seq: int
    """The line, counted from 0; −1 for the file as a whole."""
    rule: str
    """A check of the chain (``5 prev``) or a requirement (``R10``)."""
    what: str


@dataclass(frozen=True)
class Happening:
    """One well-formed line."""

    seq: int
    at: int
    """Milliseconds since 1970."""
    by: str
    name: str
    body: dict[str, Any]
    """Times in milliseconds, figures as Decimal."""


@dataclass
class Story:
    """The events of one ledger, to be asked about."""

    events: list[Happening]
    other_lists: frozenset[str] = frozenset()
    """Hashes of the watchlists in other ledgers (N5)."""
    named: defaultdict[str, list[Happening]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for event in self.events:
            self.named[event.name].append(event)

    def all(self, *names: str) -> list[Happening]:
        """Events of these names, in the order of the ledger."""
        return sorted((e for name in names for e in self.named[name]), key=lambda e: e.seq)

    def first(self, *names: str) -> Happening | None:
        """The first of them."""
        return next(iter(self.all(*names)), None)

    @property
    def now(self) -> int:
        """The ledger's own last moment: what is missing may yet come after it."""
        return self.events[-1].at

    @property
    def operational(self) -> bool:
        """Whether real people are listed who did not consent."""
        opened = self.first("LedgerOpened")
        return opened is not None and opened.body["kind"] == "operational"

    @property
    def live_end(self) -> Happening | None:
        """What ended the session; None while it is live."""
        live = self.first("WentLive")
        return next((e for e in self.all(*ENDS) if live and e.seq > live.seq), None)

    def spans(self) -> Iterator[tuple[Happening, Happening]]:
        """First and last line of each stretch of the session, without what a crash took out."""
        live = self.first("WentLive")
        if live is None:
            return
        end = self.live_end or self.events[-1]
        start = before = live
        for event in self.events:
            if live.seq < event.seq <= end.seq:
                if event.name == "SessionRecovered":
                    yield start, before
                    start = event
                before = event
        yield start, end

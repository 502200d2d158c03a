"""What a live session knows, and the rules that hold it: frozen, in memory, bounded.

It grows with the watchlist and with the alerts of the last minutes, and never with passers-by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from overt.errors import BadConfig
from overt.policy import CEILING_FALSE_ALERTS_PER_FACE, MAX_SESSION_HOURS
from overt.vocabulary import AlertStanding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.live.commands import EndSession, Halt
    from overt.review.desk import Desk
    from overt.values import CameraId, EntryId, Similarity, TrackId
    from overt.vocabulary import PromptStatus

MAX_SESSION_S = MAX_SESSION_HOURS * 3_600


@dataclass(frozen=True, slots=True)
class Rules:
    """Fixed for the whole session: a change needs a new one (R15, N9)."""

    threshold: Similarity
    """At or over it, a candidate is an alert."""
    cool_down_s: float
    """Seconds in which one entry raises at most one prompt, over all cameras."""
    ends_at_s: float = MAX_SESSION_S
    """When the session ends by itself, seconds from its start (N3)."""
    ceiling: float = CEILING_FALSE_ALERTS_PER_FACE
    """False alerts over faces seen, above which it halts (R16)."""

    def __post_init__(self) -> None:
        if not 0 < self.ends_at_s <= MAX_SESSION_S:
            msg = f"a session of {self.ends_at_s:g} s is not above 0 and at most {MAX_SESSION_S:g}"
            raise BadConfig(msg, rule="R1", advice="A limit may only be tightened.")
        if not 0 < self.ceiling <= CEILING_FALSE_ALERTS_PER_FACE:
            limit = CEILING_FALSE_ALERTS_PER_FACE
            msg = f"a ceiling of {self.ceiling:g} is not above 0 and at most {limit:g}"
            raise BadConfig(msg, rule="R16", advice="A limit may only be tightened.")


class Seen(NamedTuple):
    """One track that scored as one entry, before one camera (N6)."""

    camera: CameraId
    track: TrackId
    entry: EntryId


class Fate(Enum):
    """What became of a track's alert."""

    RAISED = "raised"
    SUPPRESSED = "suppressed"
    REJECTED = "rejected"
    """A person said that this track is not this entry."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered of a track that raised an alert, for some minutes."""

    fate: Fate
    seen_s: float
    number: int | None = None
    """Of its prompt, if it raised one."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """Counts, when each entry was last prompted, and the desk.

    Without a desk nobody is asked: that is how a trial measures.
    """

    sightings: int = 0
    """Searches made."""
    prompts: int = 0
    suppressed: int = 0
    """Alerts of other tracks within an entry's cool-down: counted, not shown."""
    last_prompt_s: Mapping[EntryId, float] = field(default_factory=dict)
    tracks: Mapping[Seen, Mark] = field(default_factory=dict)
    """Tracks that raised an alert; those that raised none leave nothing (R9)."""
    swept_s: float = 0.0
    """When the two above were last rid of what no longer matters."""
    desk: Desk | None = None
    now_s: float = 0.0
    """The latest time that was told, seconds of the session's time line, which begins at 0."""
    faces: int = 0
    """Faces seen."""
    unassessable: int = 0
    ended: Mapping[PromptStatus, int] = field(default_factory=dict)
    """Prompts that ended for good, by how."""
    standings: Mapping[AlertStanding, int] = field(default_factory=dict)
    """The same prompts, by what their alerts were worth."""
    flooded: bool = False
    unraised: int = 0
    """Alerts after the session was over: forgotten, as anything is that is seen then."""
    over: Halt | EndSession | None = None
    """Why the session is over; final."""

    @property
    def false_alerts(self) -> int:
        """Confirmed or not; counted once they cannot be taken back (R16)."""
        return self.standings.get(AlertStanding.FALSE_CONFIRMED, 0) + self.standings.get(
            AlertStanding.FALSE_UNCONFIRMED, 0
        )

    @property
    def faces_at_least(self) -> int:
        """Faces seen; each prompt was one, though the cameras' counts may come later."""
        return max(self.faces, self.prompts)

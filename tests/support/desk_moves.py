"""People and filled-in forms for tests of the desk: what each act needs, and nothing more."""

from __future__ import annotations

from overt.live.events import DecisionMade, SightingSearched
from overt.live.state import SessionState
from overt.review.desk import Desk
from overt.review.forms import AdjudicationForm, ConfirmationForm, OutcomeForm, read_form
from overt.review.prompt import Accept, Engage, Lose, Move, Undo
from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId
from overt.vocabulary import AccountId, Role

OLGA, OSCAR = AccountId("olga"), AccountId("oscar")
ERIN, EVAN = AccountId("erin"), AccountId("evan")
BOTH, AUDREY, STRANGER = AccountId("both"), AccountId("audrey"), AccountId("stranger")
PEOPLE = {
    OLGA: frozenset({Role.OPERATOR}),
    OSCAR: frozenset({Role.OPERATOR}),
    ERIN: frozenset({Role.ENGAGEMENT_OFFICER}),
    EVAN: frozenset({Role.ENGAGEMENT_OFFICER}),
    BOTH: frozenset({Role.OPERATOR, Role.ENGAGEMENT_OFFICER}),
    AUDREY: frozenset({Role.AUDITOR}),
}
WEIGHED = {"subject": "no-concern", "system": "no-concern", "environment": "light"}
OUTCOME = {
    "identity": "is-the-person",
    "identity_by": "document",
    "identity_asked": True,
    "disposal": "no-action",
    "stop_seconds": 240,
    "force": "none",
    "search": "not-searched",
    "ethnicity": "not-asked",
    "sex": "not-recorded",
    "age": "not-recorded",
}
AGREE, DIFFER = "facial-features-agree", "facial-features-differ"


def adjudication(decision: str, ground: str, **more: object) -> AdjudicationForm:
    return read_form(AdjudicationForm, {**WEIGHED, "decision": decision, "ground": ground, **more})


def confirmation(decision: str, ground: str, **more: object) -> ConfirmationForm:
    return read_form(ConfirmationForm, {**WEIGHED, "decision": decision, "ground": ground, **more})


def outcome(**more: object) -> OutcomeForm:
    return read_form(OutcomeForm, {**OUTCOME, **more})


POSSIBLE = adjudication("possible", AGREE)
DISMISSED = adjudication("dismissed", DIFFER)
NOT_NOW = adjudication("dismissed", "not-proportionate")
CONFIRMED = confirmation("confirmed", AGREE)
NOT_CONFIRMED = confirmation("not-confirmed", DIFFER)
IS_THE_PERSON = outcome()
IS_ANOTHER = outcome(identity="is-not-the-person", identity_by="plainly-another")
UNRESOLVED = outcome(identity="unresolved", identity_by="not-established")
UNDO, ACCEPT, ENGAGE, LOSE = Undo(), Accept(), Engage(), Lose()
MOVES: tuple[Move, ...] = (
    POSSIBLE,
    DISMISSED,
    NOT_NOW,
    CONFIRMED,
    NOT_CONFIRMED,
    IS_THE_PERSON,
    IS_ANOTHER,
    UNRESOLVED,
    UNDO,
    ACCEPT,
    ENGAGE,
    LOSE,
)


def live_session() -> SessionState:
    """A session with a desk, before anything happened."""
    return SessionState(desk=Desk(PEOPLE))


def searched(
    entry: str = "E-0001",
    similarity: float = 0.95,
    at_s: float = 0.0,
    track: int = 1,
    camera: str = "camera-1",
) -> SightingSearched:
    candidate = Candidate(EntryId(entry), Similarity(similarity))
    return SightingSearched(CameraId(camera), TrackId(track), at_s, candidate)


def made(by: AccountId, move: Move, at_s: float = 0.0, number: int = 1) -> DecisionMade:
    return DecisionMade(at_s, number, by, move)

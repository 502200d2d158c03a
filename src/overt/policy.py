"""Limits that configuration may tighten and never loosen.

A limit that a setting could switch off would be no safeguard. Each constant names the rule
that it serves; `docs/requirements.md` gives the sources.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from overt.errors import BadConfig
from overt.vocabulary import Category, DocumentKind

MAX_CAMERAS = 16
"""Cameras in one deployment (R25)."""
MAX_SESSION_HOURS = 12.0
"""A live session (R1)."""
MAX_LIST_AGE_HOURS = 24.0
"""Age of a watchlist at the start (R5)."""
MAX_LIST_AFTER_END_HOURS = 24.0
"""Time to the destruction of a watchlist after the end (R10)."""
MAX_ALERT_DAYS = 31.0
"""Time to the destruction of an alert (R11)."""
DEFAULT_SESSION_HOURS = 6.0
"""A live session whose application names no end (R1)."""
DEFAULT_ALERT_HOURS = 24.0
"""Time to the destruction of an alert unless a longer hold has a written reason (R11)."""
MAX_BLUE_LIST = 1_000
"""Volunteers in a trial (R17, N6). NPL seeded about 400; a longer list is no list of volunteers."""
MAX_IMAGES_PER_ENTRY = 20
"""Images of one person; more cannot help and would slow enrolment (R6)."""
IMAGE_CURRENT_YEARS = 10
"""A listed image held for longer needs a person to say that it still shows them (R6). As long as
a British adult's passport is valid."""
IMAGE_CURRENT_YEARS_UNDER_18 = 5
"""The same for people under 18, who change faster: as long as a British child's passport."""
CEILING_FALSE_ALERTS_PER_FACE = 1 / 1_000
"""False alerts over faces seen at which a session halts (R16)."""
FALSE_ALERT_LEVEL = 0.95
"""Level of the exact interval whose lower bound must not pass that ceiling (R16)."""
MAX_PENDING_S = 60.0
"""Seconds from capture in which an operator decides; then the person has gone (R12)."""
MAX_POSSIBLE_S = 180.0
"""Seconds from capture in which a second person confirms (R27)."""
MAX_CONFIRMED_S = 900.0
"""Seconds from capture in which an officer engages; then the person is lost (R27)."""
MAX_UNDO_S = 5.0
"""Seconds in which an operator takes back a slip of the hand (R12)."""
MAX_UNMANNED_S = 60.0
"""Seconds for which a live session goes on with one of its two people signed off: time for a desk
whose line broke to come back, and no longer than a prompt may wait (R12, R27)."""
FLOODED_DESK = 20
"""Prompts awaiting an operator from which the desk is said to be flooded; all are kept (N13)."""
MAX_REASON_CHARS = 500
"""Free text of one decision (R12)."""
MAX_STOP_S = 12 * 3_600
"""A recorded stop (R23); a longer figure is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class PromptLimits:
    """How long a prompt may wait, in seconds from its capture. Shorter is stricter."""

    pending_s: float = MAX_PENDING_S
    """For the operator; then it expires."""
    possible_s: float = MAX_POSSIBLE_S
    """For the second person; then it expires."""
    confirmed_s: float = MAX_CONFIRMED_S
    """For the engagement; then the person is lost."""
    undo_s: float = MAX_UNDO_S
    """From an operator's decision: for taking it back."""

    def __post_init__(self) -> None:
        most = (MAX_PENDING_S, MAX_POSSIBLE_S, MAX_CONFIRMED_S, MAX_UNDO_S)
        for field, limit in zip(fields(self), most, strict=True):
            value = getattr(self, field.name)
            if not 0 < value <= limit:  # refuses what is no number (NaN)
                msg = f"{field.name} = {value:g} is not above 0 and at most {limit:g}"
                raise BadConfig(msg, rule="R12", advice="A limit may only be tightened.")
        if not self.pending_s <= self.possible_s <= self.confirmed_s:
            msg = "pending_s, possible_s and confirmed_s must not fall"
            raise BadConfig(msg, rule="R12", advice="Each is counted from the capture.")


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """What a picture of a face must meet before a template is made from it (R6)."""

    min_inter_eye_px: float
    """Pixels between the eyes, at least."""
    max_yaw_deg: float
    """Turn of the head to either side, at most."""
    max_pitch_deg: float
    """Nod up or down, at most."""
    max_roll_deg: float
    """Tip of the head to either shoulder, at most."""
    min_sharpness: float
    """Detail in the aligned chip, at least; see `overt.faces.quality`."""
    min_brightness: float
    """Mean grey level of the face, at least."""
    max_brightness: float
    """Mean grey level of the face, at most."""
    min_contrast: float
    """Standard deviation of the face's grey levels, at least."""

    def tightened(self, **changes: float) -> QualityLimits:
        """These limits with some made stricter.

        Raises:
            BadConfig: if a change would loosen a limit, or names none.
        """
        names = {field.name for field in fields(self)}
        values = {name: getattr(self, name) for name in names}
        for name, value in changes.items():
            if name not in names:
                msg = f"there is no quality limit {name!r}"
                raise BadConfig(msg, rule="R6", advice=f"Use one of {', '.join(sorted(names))}.")
            limit = values[name]
            # Written so that what is no number (NaN) counts as looser.
            within = value >= limit if name.startswith("min_") else value <= limit
            if not within:
                msg = f"{name} = {value:g} is looser than the limit of {limit:g}"
                raise BadConfig(msg, rule="R6", advice="A limit may only be tightened.")
            values[name] = value
        return QualityLimits(**values)


PROBE_LIMITS = QualityLimits(
    min_inter_eye_px=16,
    max_yaw_deg=50,
    max_pitch_deg=40,
    max_roll_deg=40,
    min_sharpness=0.015,
    min_brightness=25,
    max_brightness=235,
    min_contrast=5,
)
"""For faces before a camera: what falls short is counted as unassessable, never searched."""

ENROLMENT_LIMITS = QualityLimits(
    min_inter_eye_px=20,
    max_yaw_deg=35,
    max_pitch_deg=30,
    max_roll_deg=30,
    min_sharpness=0.025,
    min_brightness=35,
    max_brightness=225,
    min_contrast=7,
)
"""For watchlist images: what falls short is refused with the reason (R6)."""

WANTED_INTER_EYE_PX = 60.0
"""Pixels between the eyes that a camera should be set up to give; the advice's figure."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits that one jurisdiction's deployments run under (R26).

    Whether two people confirm, the ledger, the blur of bystanders and the destruction of what did
    not match have no field here: there is nothing to switch. `min_` limits may only rise, `max_`
    and `default_` ones only fall, requirements only be added and categories only taken away.
    """

    name: str
    max_session_hours: float = MAX_SESSION_HOURS
    default_session_hours: float = DEFAULT_SESSION_HOURS
    max_list_age_hours: float = MAX_LIST_AGE_HOURS
    max_list_after_end_hours: float = MAX_LIST_AFTER_END_HOURS
    max_alert_hours: float = MAX_ALERT_DAYS * 24
    default_alert_hours: float = DEFAULT_ALERT_HOURS
    max_cameras: int = MAX_CAMERAS
    max_area_km2: float = 1.0
    """One narrow place (R2, R25). A square kilometre takes in a town centre or a stadium with its
    approaches, and no whole town."""
    min_notice_hours: float = 12.0
    """From publication to the start (R8). The sources ask for "in advance" and give no figure: half
    a day lets somebody read it the evening before and choose another way. The demo's street has
    nobody on it to read a notice; see `overt.authority.gate`."""
    max_false_alerts_per_face: float = CEILING_FALSE_ALERTS_PER_FACE
    """The ceiling of R16."""
    # What an assessment must show of the exact combination before it runs operationally (R14).
    min_tpir: float = 0.75
    """Lower end of the 95% interval of TPIR. NPL found 89% for the system in police use; the
    trials of 2016 to 2019, at about 7 in 10, were faulted for imposing on thousands to find few."""
    max_fpir: float = 0.001
    """Upper end of the 95% interval of FPIR: the ceiling of R16, so that what is known beforehand
    is at least what would halt a session."""
    max_group_fpir_ratio: float = 2.0
    """FPIR of a group over that of everyone else. Raw scores of three models gave 1.2 to 5; judged
    against the list's own entries nearly all fell under 2 at little cost, so 2 can be met."""
    min_non_mated: int = 4_000
    """Non-mated searches. Without one false alert, 3,688 put the upper end at 1 in 1,000."""
    min_mated: int = 200
    """Mated searches. They know a TPIR of 0.8 to about 6 points either way."""
    min_group_non_mated: int = 500
    """Non-mated searches of each group that is compared."""
    min_group_false_alerts: int = 10
    """False alerts of all groups together, at the threshold where groups are compared; fewer and
    their ratio is chance, which is "not enough data" and never "no bias" (N12)."""
    require_independent_approval: bool = False
    """Prior approval by a court or an independent administrative authority."""
    required_documents: frozenset[DocumentKind] = frozenset(
        {
            DocumentKind.DPIA,
            DocumentKind.EQUALITY_IMPACT,
            DocumentKind.COMMUNITY_IMPACT,
            DocumentKind.LEGAL_MANDATE,
            DocumentKind.POLICY,
        }
    )
    """Before operational use (R20)."""
    categories: frozenset[Category] = frozenset(Category)
    """Who may be listed (R3)."""

    def tightened(self, **changes: object) -> Profile:
        """This profile with some limits made stricter.

        Raises:
            BadConfig: if a change would loosen a limit, names none, or is of another type.
        """
        names = {field.name for field in fields(self)} - {"name"}
        for name, value in changes.items():
            if name not in names:
                msg = f"the profile has no limit {name!r}"
                raise BadConfig(msg, rule="R26", advice=f"Use one of {', '.join(sorted(names))}.")
            if not _is_tighter(name, getattr(self, name), value):
                msg = f"{name} = {value!r} is looser than the {self.name} profile's limit"
                raise BadConfig(msg, rule="R26", advice="A limit may only be tightened.")
        return replace(self, **changes)  # type: ignore[arg-type]  # each was checked above


def _is_tighter(name: str, limit: object, value: object) -> bool:
    """Whether a value is at least as strict as the limit, and of its type."""
    if isinstance(limit, frozenset):
        if not isinstance(value, frozenset):
            return False
        return value >= limit if name.startswith("required_") else frozenset() < value <= limit
    if isinstance(limit, bool):
        return isinstance(value, bool) and value >= limit
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not isinstance(limit, int | float) or (isinstance(limit, int) and isinstance(value, float)):
        return False
    # Written so that what is no number (NaN) counts as looser, and a limit below nothing too.
    return value >= limit if name.startswith("min_") else 0 < value <= limit


UK = Profile("uk")
"""England and Wales: *Bridges v SWP* [2020], College of Policing APP, Met and SWP documents."""

EU = Profile(
    "eu",
    max_session_hours=6.0,
    max_area_km2=0.25,
    min_notice_hours=24.0,
    max_alert_hours=7 * 24.0,
    require_independent_approval=True,
    required_documents=UK.required_documents | {DocumentKind.FUNDAMENTAL_RIGHTS},
    categories=UK.categories - {Category.COURT_ORDER_CONDITIONS},
)
"""EU AI Act art. 5(1)(h) and 5(2) to (5).

Prior approval by a judicial or independent administrative authority, bound to a time, a place and
a list; no approval, or one that is refused, means stop and delete. Searches are for victims and the
missing, a threat to life, or suspects of listed offences: a breach of court conditions is none of
these. Art. 5(2) wants a fundamental rights impact assessment and "strictly necessary" limits of
time and place but gives no figures: half the session, a quarter of the area, a week for alerts and
a day's notice are ours.
"""

PROFILES = MappingProxyType({"uk": UK, "eu": EU})
"""By name, as an application gives it."""

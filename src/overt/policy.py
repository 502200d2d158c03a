"""Limits that configuration may tighten and never loosen.

A limit that a setting could switch off would be no safeguard. Each constant names the rule
that it serves; `docs/requirements.md` gives the sources.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from overt.errors import BadConfig

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

"""The image-quality gate (R6): whether one picture may enter a watchlist, and if not, why.

Exactly one person must be meant. The largest face is taken for the person; any other face at
least `RIVAL_FRACTION` of its height makes the picture ambiguous, whatever that face's own
quality: of two people side by side the better-lit one need not be the listed one, and enrolling
the wrong person is the worst mistake this gate can make. A smaller face is background. So is one
cut off by the picture's edge, for somebody cropped it away, and one with too few pixels to be
enrolled, for nobody hands in such a picture of the person they mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from overt.errors import BadImage, BadModel
from overt.policy import ENROLMENT_LIMITS
from overt.values import Problem
from overt.watchlist.image import decode
from overt.watchlist.picture import portrait

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from overt.policy import QualityLimits
    from overt.values import Quality, Reading, Template
    from overt.watchlist.gallery import ListedImage

RIVAL_FRACTION = 0.5
"""Height of another face over the largest one's, from which the picture is ambiguous."""

_BACKGROUND = frozenset({Problem.CUT_OFF, Problem.TOO_SMALL})
"""Problems of a large second face that leave no doubt that another is meant."""


class FaceReader(Protocol):
    """What enrolment needs of the face models."""

    @property
    def model(self) -> str:
        """Identity of the model that makes the templates."""

    def read(self, image: NDArray[np.uint8]) -> list[Reading]:
        """Every face of one picture, judged by the enrolment limits, largest first.

        Args:
            image: (h, w, 3) uint8 RGB.
        """


class Outcome(StrEnum):
    """What becomes of one picture."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPEATED = "counted once"
    """The same file as another accepted or refused picture of the same person."""


class Cause(StrEnum):
    """Why a picture is refused. Stable: programs may read it."""

    BAD_FILE = "bad file"
    NO_FACE = "no face"
    SEVERAL_FACES = "several faces"
    QUALITY = "quality"
    SHARED = "shared"
    """The same file is listed for another person."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal."""

    cause: Cause
    words: str
    """For people, with the figure and the limit where there is one."""
    problem: Problem | None = None
    """Which limit of quality was missed, if `cause` is that."""


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What the gate says of one picture."""

    image: ListedImage
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    """Empty unless refused."""
    note: str = ""
    """What the user should know of a picture that is not refused."""
    quality: Quality | None = None
    """Of the largest face, where one was found."""
    template: Template | None = field(default=None, repr=False)
    """Of an accepted picture."""
    picture: bytes | None = field(default=None, repr=False)
    """JPEG of an accepted picture's face, if it was asked for."""

    @property
    def words(self) -> str:
        """The reasons or the note, on one line."""
        return "; ".join(reason.words for reason in self.reasons) or self.note


def judge(
    image: ListedImage,
    data: bytes,
    reader: FaceReader,
    limits: QualityLimits = ENROLMENT_LIMITS,
    *,
    with_picture: bool = False,
) -> Verdict:
    """Judge one picture.

    Args:
        image: which picture.
        data: its file's bytes.
        reader: the face models.
        limits: those by which `reader` judged, for the figures in the words.
        with_picture: whether to cut out the face, if the picture is accepted.

    Raises:
        BadModel: if the reader breaks its promises.
    """
    try:
        pixels = decode(data)
    except BadImage as fault:
        return refused(image, Cause.BAD_FILE, fault.line)
    readings = sorted(reader.read(pixels), key=_height, reverse=True)
    if not readings:
        return refused(image, Cause.NO_FACE, "no face was found")
    main, *others = readings
    rivals = [
        other
        for other in others
        if _height(other) >= RIVAL_FRACTION * _height(main)
        and not _BACKGROUND.intersection(other.quality.problems)
    ]
    reasons = [
        Reason(Cause.QUALITY, words_for(problem, main.quality, limits), problem)
        for problem in main.quality.problems
    ]
    if rivals:
        words = f"{1 + len(rivals)} faces of like size; crop the picture to the person meant"
        reasons.insert(0, Reason(Cause.SEVERAL_FACES, words))
    if reasons:
        return Verdict(image, Outcome.REFUSED, tuple(reasons), quality=main.quality)
    if main.template is None or main.template.model != reader.model:
        msg = f"the model {reader.model} read a usable face and made no template of its own from it"
        raise BadModel(msg, advice="Report this; nothing was enrolled.")
    return Verdict(
        image,
        Outcome.ACCEPTED,
        note=f"smaller faces left out: {len(others)}" if others else "",
        quality=main.quality,
        template=main.template,
        picture=portrait(pixels, main.face, [o.face for o in others]) if with_picture else None,
    )


def refused(image: ListedImage, cause: Cause, words: str) -> Verdict:
    """A refusal for one reason."""
    return Verdict(image, Outcome.REFUSED, (Reason(cause, words),))


def words_for(problem: Problem, quality: Quality, limits: QualityLimits) -> str:
    """A problem with its figure and limit: ``too dark: grey level 21, at least 35 wanted``."""
    grey = f"grey level {quality.brightness:.0f}"
    figures = {
        Problem.TOO_SMALL: (f"{quality.inter_eye_px:.0f} px", "least", limits.min_inter_eye_px),
        Problem.TURNED: (f"about {abs(quality.yaw_deg):.0f}°", "most", limits.max_yaw_deg),
        Problem.TILTED: (f"about {abs(quality.pitch_deg):.0f}°", "most", limits.max_pitch_deg),
        Problem.ROLLED: (f"{abs(quality.roll_deg):.0f}°", "most", limits.max_roll_deg),
        Problem.BLURRED: (f"sharpness {quality.sharpness:.2g}", "least", limits.min_sharpness),
        Problem.TOO_DARK: (grey, "least", limits.min_brightness),
        Problem.TOO_BRIGHT: (grey, "most", limits.max_brightness),
        Problem.LOW_CONTRAST: (
            f"grey levels vary by {quality.contrast:.0f}",
            "least",
            limits.min_contrast,
        ),
    }
    if problem not in figures:
        return str(problem)
    figure, bound, limit = figures[problem]
    return f"{problem}: {figure}, at {bound} {limit:g} wanted"


def _height(reading: Reading) -> float:
    return reading.face.box.height

"""Closed lists in the field's own words: roles, steps, use cases, categories, decisions.

No free text stands where one of these is wanted (R2, R3, N4). Imports nothing of Overt.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

DeploymentId = NewType("DeploymentId", str)
"""One bounded deployment: ``D-20261125-7K3Q9M``."""
AccountId = NewType("AccountId", str)
"""One person's account: 1 to 40 of ``a-z 0-9 . _ -``, beginning with a letter."""
AlertRef = NewType("AlertRef", str)
"""Reference of one alert, for redress (R22): ``K7QD-3M2P``, unique in an instance."""


class Kind(StrEnum):
    """What kind of authority something runs under. The gate is the same for each."""

    OPERATIONAL = "operational"
    TRIAL = "trial"
    """Consenting volunteers alone are listed; a recording is accepted (N6, R17)."""
    DEMO = "demo"
    """Nobody exists: the generated cast before the generated street."""


class Role(StrEnum):
    """What an account may do. An account may hold several; a deployment parts them (R4, R27)."""

    APPLICANT = "applicant"
    AUTHORISER = "authoriser"
    OPERATOR = "operator"
    ENGAGEMENT_OFFICER = "engagement-officer"
    ENGINEER = "engineer"
    AUDITOR = "auditor"


class Step(StrEnum):
    """Where a deployment stands (R1)."""

    APPLICATION = "application"
    AUTHORISED = "authorised"
    ENROLLED = "enrolled"
    NOTICED = "noticed"
    LIVE = "live"
    CLOSED = "closed"
    ERASED = "erased"
    PUBLISHED = "published"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class UseCase(StrEnum):
    """Where, justified (R2): *Bridges v SWP* [2020]; Met policy 2024."""

    HOTSPOT = "hotspot"
    """A crime hotspot or its access route, shown by intelligence."""
    PROTECTIVE_SECURITY = "protective-security"
    """An event, or critical infrastructure, that needs protecting."""
    INTELLIGENCE_LED = "intelligence-led"
    """Intelligence that listed people are likely to be there."""


class Category(StrEnum):
    """Who, justified (R3). There is no catch-all."""

    WANTED_ON_WARRANT = "wanted-on-warrant"
    WANTED_FOR_ARREST = "wanted-for-arrest"
    """Suspected of an offence, and arrest is necessary."""
    COURT_ORDER_CONDITIONS = "court-order-conditions"
    """Subject to bail, an order or conditions that may be breached by being there."""
    MISSING_AT_RISK = "missing-at-risk"
    RISK_OF_SERIOUS_HARM = "risk-of-serious-harm"
    """Intelligence of a risk of serious harm to themselves or to others."""
    BLUE_LIST_VOLUNTEER = "blue-list-volunteer"
    """A consenting volunteer seeded to measure TPIR (R17)."""
    GENERATED_PERSON = "generated-person"
    """Nobody: of the demo's cast."""


class Provenance(StrEnum):
    """Where an image comes from (R6).

    What is not here may not be used (N4): no scraped image, no passport, no driving licence.
    """

    CUSTODY = "custody"
    """Lawfully held after arrest."""
    COURT_ORDER = "court-order"
    SUPPLIED_BY_FAMILY = "supplied-by-family"
    """For a missing person."""
    LAWFUL_INVESTIGATION = "lawful-investigation"
    """Obtained in an investigation by a lawful power, and recorded as such."""
    CONSENT = "consent"
    """A volunteer's, for a trial."""
    GENERATED = "generated"


class Vulnerability(StrEnum):
    """Why an adult entry needs a second sign-off (R7)."""

    NONE = "none"
    MENTAL_HEALTH = "mental-health"
    DISABILITY = "disability"
    VICTIM_OR_WITNESS = "victim-or-witness"
    MISSING = "missing"
    OTHER_SAFEGUARDING = "other-safeguarding"


class DocumentKind(StrEnum):
    """Documents whose versions an authority pins (R20)."""

    DPIA = "dpia"
    EQUALITY_IMPACT = "equality-impact"
    COMMUNITY_IMPACT = "community-impact"
    LEGAL_MANDATE = "legal-mandate"
    POLICY = "policy"
    FUNDAMENTAL_RIGHTS = "fundamental-rights-impact"
    """EU AI Act art. 27; the EU profile wants it (R26)."""


class PromptStatus(StrEnum):
    """Where one prompt stands."""

    PENDING = "pending"
    """Before the operator."""
    POSSIBLE = "possible"
    """The operator thinks it possible; a second person must confirm (R27)."""
    CONFIRMED = "confirmed"
    """The engagement officer thinks so too: they may approach."""
    NOT_CONFIRMED = "not-confirmed"
    """The engagement officer does not think so. An end."""
    ENGAGED = "engaged"
    """The officer is speaking with the person."""
    CONCLUDED = "concluded"
    """The outcome is recorded. An end."""
    DISMISSED = "dismissed"
    """The operator does not think so. An end."""
    EXPIRED = "expired"
    """Nobody decided while it could still be acted on. An end."""
    LOST = "lost"
    """The person was not found again, or not approached. An end."""


class Act(StrEnum):
    """What a person may do with a prompt. Time and the end of a session do the rest."""

    FIND_POSSIBLE = "find-possible"
    """Operator: it may be the person."""
    DISMISS = "dismiss"
    """Operator: it is not, or not to be acted on."""
    UNDO = "undo"
    """Operator: takes back their own decision of a moment ago, on which nobody has acted."""
    ACCEPT = "accept"
    """Engagement officer: takes the prompt on."""
    CONFIRM = "confirm"
    """Engagement officer: thinks so too, having looked for themselves (R27)."""
    NOT_CONFIRM = "not-confirm"
    """Engagement officer: does not think so."""
    ENGAGE = "engage"
    """Engagement officer: speaks with the person."""
    CONCLUDE = "conclude"
    """Engagement officer: records the outcome (R23)."""
    LOSE = "lose"
    """Engagement officer: the person is not to be found, or will not be approached."""


class Adjudication(StrEnum):
    """What an operator decides (R12)."""

    POSSIBLE = "possible"
    DISMISSED = "dismissed"


class Confirmation(StrEnum):
    """What an engagement officer decides, having looked for themselves (R27)."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"


class AlertStanding(StrEnum):
    """What an alert was worth, once its prompt has ended: the words of the public record."""

    TRUE_CONFIRMED = "true-confirmed"
    """An engagement established that it is the person."""
    TRUE_UNCONFIRMED = "true-unconfirmed"
    """An officer thought it possible; no engagement settled it."""
    FALSE_CONFIRMED = "false-confirmed"
    """An engagement established that it is not the person."""
    FALSE_UNCONFIRMED = "false-unconfirmed"
    """An officer thought that it is not the person."""
    UNDECIDED = "undecided"
    """It expired before anyone decided."""

    @classmethod
    def of(
        cls,
        status: PromptStatus,
        *,
        ground: Ground | None,
        identity: Identity | None,
        found_possible: bool,
    ) -> AlertStanding:
        """What the alert of an ended prompt was worth; one rule for the desk and the record.

        A picture too poor to judge counts against the system; an approach that would not be
        proportionate does not say that it is somebody else.

        Args:
            status: how the prompt ended.
            ground: of the last adjudication or confirmation.
            identity: of the outcome, if there was an engagement.
            found_possible: whether an operator's "possible" stood at the end.
        """
        if status == PromptStatus.CONCLUDED and identity != Identity.UNRESOLVED:
            true = identity == Identity.IS_THE_PERSON
            return cls.TRUE_CONFIRMED if true else cls.FALSE_CONFIRMED
        if status in {PromptStatus.DISMISSED, PromptStatus.NOT_CONFIRMED}:
            may_be = ground == Ground.NOT_PROPORTIONATE
            return cls.TRUE_UNCONFIRMED if may_be else cls.FALSE_UNCONFIRMED
        if status == PromptStatus.EXPIRED and not found_possible:
            return cls.UNDECIDED
        return cls.TRUE_UNCONFIRMED


class SubjectFactor(StrEnum):
    """What about the person bears on an adjudication (R13)."""

    NO_CONCERN = "no-concern"
    AGE_GAP = "age-gap"
    """The listed image is old, or the person looks older or younger."""
    PARTLY_COVERED = "partly-covered"
    """Hair, glasses, hat or mask. It casts doubt on the comparison; never suspicion (N8)."""
    EXPRESSION_OR_POSE = "expression-or-pose"
    TWIN_OR_LIKENESS = "twin-or-likeness"


class SystemFactor(StrEnum):
    """What about the system bears on an adjudication (R13)."""

    NO_CONCERN = "no-concern"
    LOW_SIMILARITY = "low-similarity"
    """Little over the threshold."""
    POOR_LISTED_IMAGE = "poor-listed-image"
    GROUP_ERROR_RATE = "group-error-rate"
    """The evidence says that this model errs more on people like this one."""


class EnvironmentFactor(StrEnum):
    """What about the place bears on an adjudication (R13)."""

    NO_CONCERN = "no-concern"
    LIGHT = "light"
    CROWDING = "crowding"
    DISTANCE = "distance"
    WEATHER = "weather"


class Ground(StrEnum):
    """Why a person decided as they did (R12). The similarity alone is none of these."""

    FACIAL_FEATURES_AGREE = "facial-features-agree"
    FACIAL_FEATURES_DIFFER = "facial-features-differ"
    DISTINGUISHING_MARK = "distinguishing-mark"
    OTHER_INFORMATION = "other-information"
    """Something known besides the pictures."""
    PICTURE_TOO_POOR = "picture-too-poor"
    KNOWN_TO_BE_ELSEWHERE = "known-to-be-elsewhere"
    NOT_PROPORTIONATE = "not-proportionate"
    """It may be the person; approaching them here and now is not right."""


class Identity(StrEnum):
    """What the engagement showed, by ordinary means (R12)."""

    IS_THE_PERSON = "is-the-person"
    IS_NOT_THE_PERSON = "is-not-the-person"
    UNRESOLVED = "unresolved"


class IdentityBy(StrEnum):
    """By which ordinary means identity was settled (R12). No similarity, and no likeness."""

    DOCUMENT = "document"
    ACCOUNT_CHECKED = "account-checked"
    """What the person said of themselves, checked."""
    FINGERPRINT = "fingerprint"
    KNOWN_TO_OFFICER = "known-to-officer"
    FAMILY_OR_CARER = "family-or-carer"
    """Who knows them said so, as for a missing person."""
    PLAINLY_ANOTHER = "plainly-another"
    """Seen face to face, it is somebody else. It can never show that it is the person."""
    NOT_ESTABLISHED = "not-established"


class Disposal(StrEnum):
    """What came of an engagement."""

    ARREST = "arrest"
    OTHER_DISPOSAL = "other-disposal"
    CONDITIONS_CHECKED = "conditions-checked"
    SAFEGUARDING = "safeguarding"
    NO_ACTION = "no-action"


class Force(StrEnum):
    """Force used in a stop (R23)."""

    NONE = "none"
    COMPLIANT_HANDCUFFING = "compliant-handcuffing"
    RESTRAINT = "restraint"
    OTHER = "other"


class SearchOutcome(StrEnum):
    """Whether the person was searched in a stop, and with what result (R23)."""

    NOT_SEARCHED = "not-searched"
    NOTHING_FOUND = "nothing-found"
    ITEM_FOUND = "item-found"


class SelfDefinedEthnicity(StrEnum):
    """What the person said when the officer asked (R19). Never inferred (N7)."""

    ASIAN = "asian"
    BLACK = "black"
    MIXED = "mixed"
    WHITE = "white"
    OTHER = "other"
    NOT_STATED = "not-stated"
    NOT_ASKED = "not-asked"


class RecordedSex(StrEnum):
    """What the officer recorded (R19). Never inferred by software (N7)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    NOT_RECORDED = "not-recorded"


class RecordedAge(StrEnum):
    """Age band that the officer recorded (R19). Never inferred by software (N7)."""

    UNDER_18 = "under-18"
    FROM_18 = "18-24"
    FROM_25 = "25-34"
    FROM_35 = "35-49"
    FROM_50 = "50-64"
    FROM_65 = "65-and-over"
    NOT_RECORDED = "not-recorded"

"""What a person must write down with a decision (R12, R13, R19, R23), read strictly.

A decision is made by its form and by nothing else: without grounds and factors there is none. No
ground is a similarity. What describes a person is what an officer recorded face to face, and
"not recorded" is always an answer (N7).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from overt.errors import BadForm
from overt.policy import MAX_REASON_CHARS, MAX_STOP_S
from overt.vocabulary import (
    Act,
    Adjudication,
    Confirmation,
    Disposal,
    EnvironmentFactor,
    Force,
    Ground,
    Identity,
    IdentityBy,
    RecordedAge,
    RecordedSex,
    SearchOutcome,
    SelfDefinedEthnicity,
    SubjectFactor,
    SystemFactor,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUNDS_FOR = frozenset(
    {Ground.FACIAL_FEATURES_AGREE, Ground.DISTINGUISHING_MARK, Ground.OTHER_INFORMATION}
)
"""Why it may be the person. A similarity is not among them (R12)."""
GROUNDS_AGAINST = frozenset(Ground) - {Ground.FACIAL_FEATURES_AGREE}
"""Why it is not, or why nobody is approached."""
NEEDS_REASON = frozenset({Ground.OTHER_INFORMATION, Ground.KNOWN_TO_BE_ELSEWHERE})
"""Grounds that say nothing until they are explained."""
NOT_BY = {
    Identity.IS_THE_PERSON: {IdentityBy.NOT_ESTABLISHED, IdentityBy.PLAINLY_ANOTHER},
    Identity.IS_NOT_THE_PERSON: {IdentityBy.NOT_ESTABLISHED},
    Identity.UNRESOLVED: set(IdentityBy) - {IdentityBy.NOT_ESTABLISHED},
}
"""What cannot have settled it (R12)."""

NOT_RECORDED: Mapping[str, str] = {
    "ethnicity": SelfDefinedEthnicity.NOT_ASKED.value,
    "sex": RecordedSex.NOT_RECORDED.value,
    "age": RecordedAge.NOT_RECORDED.value,
}
"""Fields of an outcome that say nothing of the person, which is always an answer (N7)."""

Reason = Annotated[str, Field(max_length=MAX_REASON_CHARS)]
StopSeconds = Annotated[int, Field(ge=1, le=MAX_STOP_S)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    reason: Reason = ""
    """Free text. It never reaches the ledger, which holds a salted hash of it."""

    @field_validator("reason")
    @classmethod
    def _printable(cls, reason: str) -> str:
        if any(not char.isprintable() and char not in "\n\t" for char in reason):
            msg = "it holds a character that cannot be printed"
            raise ValueError(msg)
        return reason


class _Weighed(_Form):
    """Grounds, and the three factors that R13 wants weighed; "no concern" is an answer."""

    ground: Ground
    subject: SubjectFactor
    system: SystemFactor
    environment: EnvironmentFactor

    def _check_ground(self, allowed: frozenset[Ground], decided: str) -> None:
        if self.ground not in allowed:
            msg = f"{self.ground} is no ground for {decided}"
            raise ValueError(msg)
        if self.ground in NEEDS_REASON and not self.reason:
            msg = f"the ground {self.ground} needs a reason in words"
            raise ValueError(msg)


class AdjudicationForm(_Weighed):
    """An operator's decision (R12, R13)."""

    decision: Adjudication

    @model_validator(mode="after")
    def _grounds(self) -> Self:
        possible = self.decision is Adjudication.POSSIBLE
        self._check_ground(GROUNDS_FOR if possible else GROUNDS_AGAINST, self.decision)
        return self

    @property
    def act(self) -> Act:
        """What it does to the prompt."""
        return Act.FIND_POSSIBLE if self.decision is Adjudication.POSSIBLE else Act.DISMISS


class ConfirmationForm(_Weighed):
    """An engagement officer's own look (R27): their own grounds and factors, not a nod."""

    decision: Confirmation

    @model_validator(mode="after")
    def _grounds(self) -> Self:
        confirmed = self.decision is Confirmation.CONFIRMED
        self._check_ground(GROUNDS_FOR if confirmed else GROUNDS_AGAINST, self.decision)
        return self

    @property
    def act(self) -> Act:
        """What it does to the prompt."""
        return Act.CONFIRM if self.decision is Confirmation.CONFIRMED else Act.NOT_CONFIRM


class OutcomeForm(_Form):
    """What came of a stop (R19, R23). Each field is answered; none is guessed."""

    identity: Identity
    identity_by: IdentityBy
    identity_asked: bool
    """Whether the person was asked who they are (R23)."""
    disposal: Disposal
    stop_seconds: StopSeconds
    """How long the person was held up, seconds."""
    force: Force
    search: SearchOutcome
    ethnicity: SelfDefinedEthnicity
    """As the person said when asked (R19)."""
    sex: RecordedSex
    age: RecordedAge

    @model_validator(mode="after")
    def _ordinary_means(self) -> Self:
        if self.identity_by in NOT_BY[self.identity]:
            msg = f"{self.identity_by} cannot show {self.identity}"
            raise ValueError(msg)
        return self

    @property
    def act(self) -> Act:
        """What it does to the prompt."""
        return Act.CONCLUDE

    @property
    def recorded(self) -> dict[str, object]:
        """What the ledger keeps of it, by its names there; not the free text."""
        return {
            "identity": self.identity,
            "identity_by": self.identity_by,
            "disposal": self.disposal,
            "stop_seconds": self.stop_seconds,
            "identity_asked": self.identity_asked,
            "force": self.force,
            "search": self.search,
            "recorded_sex": self.sex,
            "recorded_age": self.age,
            "self_defined_ethnicity": self.ethnicity,
        }


Form = AdjudicationForm | ConfirmationForm | OutcomeForm

_F = TypeVar("_F", AdjudicationForm, ConfirmationForm, OutcomeForm)


def read_form(kind: type[_F], data: Mapping[str, object] | str) -> _F:
    """A form out of JSON text, or out of a mapping of what JSON can hold.

    Args:
        kind: which form is wanted.
        data: its fields, enums by their values; nothing more and nothing less.

    Raises:
        BadForm: naming the first field at fault, and how many others are.
    """
    try:
        text = data if isinstance(data, str) else json.dumps(dict(data), allow_nan=False)
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise _bad_form(kind, error) from None
    except (TypeError, ValueError) as error:
        msg = f"{_name(kind)}: not what JSON can hold"
        raise BadForm(msg) from error


def _bad_form(kind: type[_Form], error: ValidationError) -> BadForm:
    faults = error.errors(include_url=False, include_input=False)  # never echo free text
    first = faults[0]
    said = first["msg"].removeprefix("Value error, ")
    field = ".".join(str(part) for part in first["loc"])
    text = f"{field}: {said}" if field else said
    rule = "R12" if first["type"] == "value_error" and not field else None
    if len(faults) > 1:
        text += f" (and {len(faults) - 1} more)"
    return BadForm(f"{_name(kind)}: {text}", rule=rule, advice="Mend it and send the form again.")


def _name(kind: type[_Form]) -> str:
    return {
        AdjudicationForm: "adjudication",
        ConfirmationForm: "confirmation",
        OutcomeForm: "outcome",
    }.get(kind, "form")

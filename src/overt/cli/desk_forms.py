"""The forms of a desk in a terminal: numbered choices, and nothing chosen for anybody (R12, R13).

What the form would refuse anyway is not offered; what it accepts is the session's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from overt.review.forms import GROUNDS_AGAINST, GROUNDS_FOR, NEEDS_REASON, NOT_BY
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
    from collections.abc import Collection, Iterable
    from enum import StrEnum

BACK = "x"
"""Typed in place of an answer, it leaves the form; nothing is decided."""


class Typing(Protocol):
    """Where a person reads and types."""

    def show(self, text: str) -> None:
        """Show a line."""

    def ask(self, question: str) -> str:
        """Wait for a line. Raises `LeftForm` if there is nobody any more."""


class LeftForm(Exception):
    """The form was left; nothing is decided."""


@dataclass(frozen=True, slots=True)
class Form:
    """What an act asks for."""

    do: str
    """The request it ends in."""
    decision: str | None = None
    grounds: Collection[Ground] = field(default=())


FORMS: dict[str, Form] = {
    Act.FIND_POSSIBLE: Form("adjudicate", Adjudication.POSSIBLE.value, GROUNDS_FOR),
    Act.DISMISS: Form("adjudicate", Adjudication.DISMISSED.value, GROUNDS_AGAINST),
    Act.CONFIRM: Form("confirm", Confirmation.CONFIRMED.value, GROUNDS_FOR),
    Act.NOT_CONFIRM: Form("confirm", Confirmation.NOT_CONFIRMED.value, GROUNDS_AGAINST),
    Act.CONCLUDE: Form("conclude"),
}
"""By the act that a desk may do; the others need no form."""


def filled_in(form: Form, typing: Typing) -> dict[str, Any]:
    """Ask for each field.

    Raises:
        LeftForm: if the person leaves it.
    """
    typing.show(f"Type a number; {BACK} goes back, and nothing is decided.")
    given: dict[str, Any] = {}
    if form.do == "conclude":
        _outcome(given, typing)
        given["reason"] = _text("In your own words, if need be", typing)
        return given
    given["decision"] = form.decision
    ground = _one_of("Ground", sorted(form.grounds), typing)
    given["ground"] = ground
    given["subject"] = _one_of("About the person (R13)", SubjectFactor, typing)
    given["system"] = _one_of("About the system (R13)", SystemFactor, typing)
    given["environment"] = _one_of("About the place (R13)", EnvironmentFactor, typing)
    needed = ground in NEEDS_REASON
    given["reason"] = _text("Why, in your own words", typing, needed=needed)
    return given


def _outcome(given: dict[str, Any], typing: Typing) -> None:
    """What came of an engagement (R19, R23)."""
    identity = _one_of("Who it was, by ordinary means", Identity, typing)
    means = [one for one in IdentityBy if one not in NOT_BY[Identity(identity)]]
    given["identity"] = identity
    given["identity_by"] = _one_of("Established by", means, typing)
    given["identity_asked"] = _one_of("Was identity asked for?", ("yes", "no"), typing) == "yes"
    given["disposal"] = _one_of("What came of it", Disposal, typing)
    given["stop_seconds"] = _number("Seconds for which the person was held up", typing)
    given["force"] = _one_of("Force used", Force, typing)
    given["search"] = _one_of("Search", SearchOutcome, typing)
    typing.show("As the person said or you saw face to face; never from the picture (R19, N7):")
    given["ethnicity"] = _one_of("Self-defined ethnicity", SelfDefinedEthnicity, typing)
    given["sex"] = _one_of("Sex as recorded", RecordedSex, typing)
    given["age"] = _one_of("Age as recorded", RecordedAge, typing)


def _one_of(title: str, values: Iterable[StrEnum | str], typing: Typing) -> str:
    """One of a few, by its number or its own word."""
    choices = [str(value) for value in values]
    typing.show(f"{title}:")
    for number, choice in enumerate(choices, start=1):
        typing.show(f"  {number:>2}  {choice}")
    while True:
        typed = _typed("number", typing)
        if typed in choices:
            return typed
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(choices):
            return choices[int(typed) - 1]
        typing.show(f"1 to {len(choices)}, please, or {BACK} to go back.")


def _number(title: str, typing: Typing) -> int:
    while True:
        typed = _typed(title, typing)
        if typed.isascii() and typed.isdigit() and 0 < len(typed) <= 6 and int(typed):  # noqa: PLR2004
            return int(typed)
        typing.show(f"A whole number, at least 1, or {BACK} to go back.")


def _text(title: str, typing: Typing, *, needed: bool = False) -> str:
    while True:
        typed = _typed(title + ("" if needed else " (or Enter)"), typing)
        if typed or not needed:
            return typed
        typing.show("This ground says nothing until it is explained.")


def _typed(question: str, typing: Typing) -> str:
    typed = typing.ask(question).strip()
    if typed == BACK:
        raise LeftForm
    return typed

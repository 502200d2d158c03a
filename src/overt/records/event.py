"""What an event may hold: scalars of closed forms and members of closed lists, nothing else.

Each kind of text has a pattern, so that no name, sentence, picture or template fits in (R21, N2).
"""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, NewType, get_args, get_type_hints

from overt.errors import BadLedger, Misuse
from overt.values import CameraId
from overt.vocabulary import AccountId, AlertRef, DeploymentId

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""
PublicKey = NewType("PublicKey", str)
"""An Ed25519 public key: 64 lower-case hexadecimal digits."""
Signature = NewType("Signature", str)
"""An Ed25519 signature: 128 lower-case hexadecimal digits."""
Moment = NewType("Moment", str)
"""Wall time in UTC to the millisecond: ``2026-11-25T14:00:00.000Z``."""
Figure = NewType("Figure", str)
"""A decimal number such as ``0.9432``; a float has no one way to be written."""
EntryNumber = NewType("EntryNumber", str)
"""A listed person, numbered for this deployment alone: ``E-0001``."""
Word = NewType("Word", str)
"""An identifier without spaces: of a model, an engine, a profile, a version."""
RuleIds = NewType("RuleIds", str)
"""Ids of rules, one space between: ``R5 R8``."""
RoleNames = NewType("RoleNames", str)
"""Roles of an account, one space between: ``applicant operator``."""

SYSTEM = AccountId("overt")
"""Who did it, where no person did: the system itself."""
INSTANCE = DeploymentId("instance")
"""The chain of what belongs to no deployment."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that every reader of JSON keeps exactly."""

_ACCOUNT = r"[a-z][a-z0-9._-]{0,39}"
_FORMS: dict[object, str] = {
    Sha256: r"[0-9a-f]{64}",
    PublicKey: r"[0-9a-f]{64}",
    Signature: r"[0-9a-f]{128}",
    Moment: r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    Figure: r"-?\d{1,9}(\.\d{1,9})?",
    EntryNumber: r"E-\d{4,7}",
    Word: r"[A-Za-z0-9][A-Za-z0-9._:/+@=,-]{0,199}",
    RuleIds: r"[RN]\d{1,2}( [RN]\d{1,2}){0,40}",
    RoleNames: r"[a-z][a-z-]{0,39}( [a-z][a-z-]{0,39}){0,9}",
    AccountId: _ACCOUNT,
    DeploymentId: r"D-\d{8}-[0-9A-Z]{6}",
    AlertRef: r"[0-9A-Z]{4}-[0-9A-Z]{4}",
    CameraId: r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}",
}
_types: dict[type[Event], dict[str, tuple[object, ...]]] = {}
_ACCOUNT_FORM = re.compile(_ACCOUNT, re.ASCII)
_CHAIN_FORM = re.compile(rf"{_FORMS[DeploymentId]}|{INSTANCE}", re.ASCII)


class Event:
    """Base of all events. A subclass is a frozen dataclass in the past tense."""

    __slots__ = ()
    changes_step: ClassVar[bool] = False
    """Whether it moves the deployment on, so that a signed checkpoint must follow (R21)."""

    def __post_init__(self) -> None:
        for name, allowed in field_types(type(self)).items():
            fault = _fault(getattr(self, name), allowed)
            if fault:
                msg = f"{type(self).__name__}.{name} {fault}"
                raise Misuse(msg)


def moment(at: datetime) -> Moment:
    """A wall time as the ledger writes it, cut to the millisecond.

    Raises:
        Misuse: if `at` bears no time zone.
    """
    if at.tzinfo is None:
        msg = f"the time {at} bears no time zone"
        raise Misuse(msg)
    utc = at.astimezone(UTC).replace(tzinfo=None)
    return Moment(utc.isoformat(timespec="milliseconds") + "Z")


def read_moment(text: str) -> datetime:
    """The wall time that `moment` wrote.

    Raises:
        BadLedger: if the text is none.
    """
    if not re.fullmatch(_FORMS[Moment], text, re.ASCII):
        msg = f"{text[:40]!r} is no time of the form 2026-11-25T14:00:00.000Z"
        raise BadLedger(msg, rule="R21")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text} is no time: {error}"
        raise BadLedger(msg, rule="R21") from error


def figure(number: float | Decimal, places: int = 4) -> Figure:
    """A decimal number as the ledger writes it.

    A similarity at or over a threshold stays so: both are rounded down, at the same place.
    """
    exact = number if isinstance(number, Decimal) else Decimal(repr(float(number)))
    return Figure(str(exact.quantize(Decimal(1).scaleb(-places), rounding="ROUND_FLOOR")))


def is_account(text: str) -> bool:
    """Whether it has the form of an account's id."""
    return bool(_ACCOUNT_FORM.fullmatch(text))


def is_chain(text: str) -> bool:
    """Whether it has the form of a deployment's id, or is the instance's own chain."""
    return bool(_CHAIN_FORM.fullmatch(text))


def field_types(event: type[Event]) -> dict[str, tuple[object, ...]]:
    """Each field's name and the types that it may have, `NoneType` among them."""
    if event not in _types:
        hints = get_type_hints(event)
        names = [field.name for field in fields(event)]  # type: ignore[arg-type]
        _types[event] = {name: get_args(hints[name]) or (hints[name],) for name in names}
    return _types[event]


def read_fields(event: type[Event], body: dict[str, Any]) -> Event:
    """An event from the body of its line; strict.

    Raises:
        BadLedger: if a field is missing, unknown, or of the wrong form.
    """
    types = field_types(event)
    wrong = sorted(types.keys() ^ body.keys())
    if wrong:
        msg = f"{event.__name__} has these fields missing or unknown: {', '.join(wrong)[:200]}"
        raise BadLedger(msg, rule="R21")
    try:
        return event(**{name: _read(body[name], allowed) for name, allowed in types.items()})
    except Misuse as error:
        raise BadLedger(error.message, rule="R21") from error


def _read(value: object, allowed: tuple[object, ...]) -> object:
    """The member of a closed list that a text names; anything else as it is."""
    for one in allowed:
        if isinstance(one, type) and issubclass(one, StrEnum) and isinstance(value, str):
            return one(value) if value in set(one) else value
    return value


def _fault(value: object, allowed: tuple[object, ...]) -> str | None:
    """What is wrong with a field's value; None if nothing is."""
    if any(_fits(value, one) for one in allowed):
        return None
    names = " or ".join(getattr(one, "__name__", str(one)) for one in allowed)
    return f"is {str(value)[:60]!r}, which is no {names}"


def _fits(value: object, one: object) -> bool:
    form = _FORMS.get(one)
    if form is not None:
        return type(value) is str and bool(re.fullmatch(form, value, re.ASCII))
    if one is int:
        return type(value) is int and abs(value) <= MAX_INTEGER
    return type(value) is one

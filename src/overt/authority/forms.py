"""What every written document of a deployment is made of: strict fields, exact numbers, one form.

A document is signed and hashed, so it has one canonical form: RFC 8785 JSON with no float in it.
Numbers that are no whole numbers are decimal strings, times are UTC to the second.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import rfc8785
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from overt.errors import BadApplication
from overt.vocabulary import AccountId

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FORM_BYTES = 1_000_000
MIN_STATEMENT = 80
MAX_STATEMENT = 20_000
MIN_WORDS = 10
"""Different words in a statement: fewer say nothing about this place and these people."""


class Form(BaseModel):
    """A strict, frozen document: no unknown field, no conversion, no number that is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _line(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        msg = "must be one printable line without spaces around it"
        raise ValueError(msg)
    return text


def _statement(text: str) -> str:
    text = text.strip()
    if len(text) < MIN_STATEMENT:
        msg = f"has {len(text)} characters; write at least {MIN_STATEMENT}"
        raise ValueError(msg)
    words = {word.casefold() for word in re.findall(r"[^\W\d_]{2,}", text)}
    if len(words) < MIN_WORDS:
        msg = f"has {len(words)} different words; at least {MIN_WORDS} are needed to say anything"
        raise ValueError(msg)
    return text


def _time(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            msg = "is no date and time, such as 2026-11-25T14:00:00Z"
            raise ValueError(msg) from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            msg = "has no time zone; write 2026-11-25T14:00:00Z"
            raise ValueError(msg)
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            msg = "lies outside the calendar"
            raise ValueError(msg) from None
        if value.microsecond:
            msg = "is given to the second"
            raise ValueError(msg)
    return value


def _decimal(value: object) -> object:
    """Decimals come from the file's own digits, never through a binary fraction."""
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value, re.ASCII):
            msg = "is no decimal number, such as 0.9432"
            raise ValueError(msg)
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, float):
        msg = "must be written as a decimal, such as 0.9432"
        raise ValueError(msg)  # noqa: TRY004 - pydantic wants a ValueError
    return value


def _few_decimals(value: Decimal) -> Decimal:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -9:  # noqa: PLR2004 - as in `_decimal`
        msg = "has more than nine decimals"
        raise ValueError(msg)
    return value


Line = Annotated[str, Field(min_length=3, max_length=200), AfterValidator(_line)]
"""One line of text."""
Statement = Annotated[str, Field(max_length=MAX_STATEMENT), AfterValidator(_statement)]
"""A written reason of some substance. Whether it is a good one, the authoriser judges."""
Time = Annotated[datetime, BeforeValidator(_time)]
Number = Annotated[Decimal, BeforeValidator(_decimal), AfterValidator(_few_decimals)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Account = Annotated[AccountId, Field(pattern=r"^[a-z][a-z0-9._-]{0,39}$")]
Deployment = Annotated[str, Field(pattern=r"^D-[0-9]{8}-[0-9A-Z]{6}$")]

FormT = TypeVar("FormT", bound=Form)


def text_of(value: Decimal) -> str:
    """The one way to write a decimal: ``0.94``, never ``0.940`` or ``9.4E-1``."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def plain(value: object) -> Any:  # noqa: PLR0911 - one for each type
    """A value as canonical JSON has it: strings, whole numbers, booleans, lists, objects."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {name: plain(getattr(value, name)) for name in fields}
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inner) for inner in value]
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    msg = f"{type(value).__name__} has no canonical form"
    raise TypeError(msg)


def canonical(form: Form) -> bytes:
    """A document's one form: RFC 8785 JSON, UTF-8, keys in order, no float."""
    return rfc8785.dumps(plain(form))


def digest(form: Form) -> str:
    """SHA-256 of the canonical form, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(form)).hexdigest()


def parse(text: str, form: type[FormT], *, name: str) -> FormT:
    """Parse TOML or JSON text (whatever begins with a brace) into a document.

    Raises:
        BadApplication: naming each field at fault.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_FORM_BYTES:
        raise faulty(name, (f"longer than {MAX_FORM_BYTES:,} bytes",))
    try:
        if text.lstrip().startswith("{"):
            data = json.loads(
                text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once
            )
        else:
            data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, InvalidOperation, RecursionError) as error:  # both decoders' too
        raise faulty(name, (f"neither TOML nor JSON ({error})",)) from None
    return validate(data, form, name=name)


def validate(data: object, form: type[FormT], *, name: str) -> FormT:
    """Make a document of parsed data. Raises: as `parse`."""
    try:
        return form.model_validate(data)
    except ValidationError as error:
        problems = tuple(_problem(fault) for fault in error.errors(include_url=False))
        raise faulty(name, problems) from None


def faulty(name: str, problems: tuple[str, ...]) -> BadApplication:
    """The error that lists a document's faults."""
    many = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    msg = f"{name}: {many}: {'; '.join(problems)}"
    return BadApplication(msg, problems=problems, advice="See docs/authority.md.")


def _problem(fault: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in fault["loc"]) or "the whole"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "missing":
        message = "is missing"
    elif fault["type"] == "extra_forbidden":
        message = "is no field of it"
    if message[1:2].islower():  # and not "R2: …"
        message = f"{message[0].lower()}{message[1:]}"
    return f"{field}: {message}"


def _no_constant(word: str) -> None:
    msg = f"{word} is no number"
    raise ValueError(msg)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object whose keys each stand once: what was signed must be what is read."""
    found = dict(pairs)
    if len(found) < len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found

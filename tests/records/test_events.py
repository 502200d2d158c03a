"""Events hold scalars of closed forms and members of closed lists, and read back as written."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import NoneType

import pytest
from chains import CHAIN, START
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BadLedger, Misuse
from overt.records import event as forms
from overt.records.canonical import canonical
from overt.records.event import EntryNumber, Event, Figure, Sha256, figure, moment, read_moment
from overt.records.events import EVENTS, EntrySignedOff, PromptRaised, body_of, parse
from overt.records.line import FIRST_PREV, read_line, write_line
from overt.values import CameraId
from overt.vocabulary import AccountId, AlertRef, Category, Vulnerability

PROMPT = PromptRaised(
    ref=AlertRef("K7QD-3M2P"),
    number=1,
    entry=EntryNumber("E-0001"),
    category=Category.MISSING_AT_RISK,
    camera=CameraId("north"),
    captured_at=moment(START),
    similarity=Figure("0.9432"),
    one_in=None,
    frames_used=4,
    expires_at=moment(START),
)
SIGNED = EntrySignedOff(
    entry=EntryNumber("E-0001"),
    under_18=True,
    vulnerability=Vulnerability.NONE,
    justified_by=AccountId("b.smith"),
    reason_sha256=Sha256("a" * 64),
)


def strategy(allowed: tuple[object, ...]) -> st.SearchStrategy[object]:
    """Any value that a field of these types may have."""
    return st.one_of(
        st.none()
        if one is NoneType
        else st.booleans()
        if one is bool
        else st.integers(-(2**53) + 1, 2**53 - 1)
        if one is int
        else st.sampled_from(one)
        if isinstance(one, type) and issubclass(one, StrEnum)
        else st.datetimes().map(lambda at: moment(at.replace(tzinfo=UTC)))
        if one is forms.Moment
        else st.from_regex(forms._FORMS[one], fullmatch=True, alphabet=st.characters(codec="ascii"))
        for one in allowed
    )


def example(event: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(
        event, **{name: strategy(allowed) for name, allowed in forms.field_types(event).items()}
    )


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_is_frozen_and_holds_scalars_alone(event: type[Event]) -> None:
    # R21, N2: no float, no bytes, no container, no bare text: nothing that could be a template.
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen
    assert event.__doc__
    for name, allowed in forms.field_types(event).items():
        for one in allowed:
            closed = isinstance(one, type) and issubclass(one, StrEnum)
            assert closed or one in (int, bool, NoneType) or one in forms._FORMS, (name, one)


@pytest.mark.parametrize("kind", EVENTS.values(), ids=EVENTS)
@given(data=st.data())
@settings(max_examples=10)
def test_an_event_reads_back_as_written(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(example(kind))
    line, written = write_line(
        event, seq=3, at=START, by=AccountId("a.jones"), chain=CHAIN, prev=FIRST_PREV
    )
    assert line.event == event
    assert type(line.event) is type(event)
    assert read_line(written) == line
    assert parse(type(event).__name__, json.loads(json.dumps(body_of(event)))) == event


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ref", "K7QD3M2P"),
        ("entry", "Ada Lovelace"),
        ("category", "persons-of-interest"),
        ("similarity", 0.9432),
        ("similarity", "0,94"),
        ("similarity", "nan"),
        ("number", True),
        ("number", 2**53),
        ("number", 1.0),
        ("one_in", "10000"),
        ("camera", "the one by the door"),
        ("captured_at", "2026-11-25T14:00:00Z"),
        ("captured_at", None),
        ("frames_used", [0.1, 0.2]),
    ],
)
def test_a_field_of_the_wrong_form_is_refused(field: str, value: object) -> None:
    # N4: no free text where a closed list stands.
    with pytest.raises(Misuse, match=f"PromptRaised.{field} is"):
        dataclasses.replace(PROMPT, **{field: value})
    with pytest.raises(BadLedger, match=f"PromptRaised.{field} is"):
        parse("PromptRaised", body_of(PROMPT) | {field: value})


def test_a_missing_or_unknown_field_or_event_is_refused() -> None:
    body = body_of(SIGNED)
    with pytest.raises(BadLedger, match="missing or unknown: name"):
        parse("EntrySignedOff", body | {"name": "Ada"})
    with pytest.raises(BadLedger, match="missing or unknown: entry"):
        parse("EntrySignedOff", {name: v for name, v in body.items() if name != "entry"})
    with pytest.raises(BadLedger, match="no event 'FaceSeen'"):
        parse("FaceSeen", {})


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"null",
        b"[" * 10_000,
        b"\xff",
        b"1" * 5_000,
        b'{"at":1,"body":{},"by":"a","chain":"instance","event":"X","prev":"","seq":0}',
    ],
)
def test_garbage_is_no_line(written: bytes) -> None:
    with pytest.raises(BadLedger):
        read_line(written)


@given(st.binary())
def test_random_bytes_are_no_line(written: bytes) -> None:
    with pytest.raises(BadLedger):
        read_line(written)


def test_a_moment_is_utc_to_the_millisecond() -> None:
    summer = datetime(2026, 7, 1, 15, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
    assert moment(summer) == "2026-07-01T14:00:00.123Z"
    assert read_moment(moment(summer)) == datetime(2026, 7, 1, 14, 0, 0, 123_000, tzinfo=UTC)
    with pytest.raises(Misuse, match="no time zone"):
        moment(datetime(2026, 7, 1))  # noqa: DTZ001
    with pytest.raises(BadLedger, match="is no time"):
        read_moment("2026-13-01T00:00:00.000Z")


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_figure_keeps_what_is_at_or_over_the_threshold_so(
    similarity: float, other: float
) -> None:
    # N9: rounding never brings an alert under its threshold.
    low, high = sorted((similarity, other))
    assert Decimal(figure(low)) <= Decimal(figure(high))
    assert figure(0.9432) == Figure("0.9432")


@pytest.mark.parametrize("value", [{"a": 0.5}, {"a": [1]}, {"a": b"x"}, {1: "a"}, {"a": 2**53}])
def test_canonical_json_has_no_float_array_or_bytes(value: dict) -> None:
    with pytest.raises(Misuse):
        canonical(value)


def test_canonical_json_sorts_and_escapes() -> None:
    assert canonical({"b": {"d": None, "c": True}, "a": "é\u2028\n"}) == (
        '{"a":"é\u2028\\n","b":{"c":true,"d":null}}'.encode()
    )


def test_a_listed_person_is_a_number() -> None:
    assert forms._fits("E-0001", EntryNumber)
    assert not forms._fits("ada", EntryNumber)

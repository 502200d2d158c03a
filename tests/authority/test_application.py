"""The application: strict, exact, and every fault named at once."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.authority import limits
from overt.authority.application import Application, canonical, digest, parse_application
from overt.authority.example import example_toml
from overt.authority.forms import text_of
from overt.authority.place import area_km2, fault_of
from overt.errors import BadApplication
from overt.policy import EU, UK
from overt.vocabulary import Category, Kind

START = datetime(2026, 11, 25, 16, tzinfo=UTC)
TOML = example_toml(Kind.OPERATIONAL, starts_at=START)
LONG = (
    "A reason with more than ten different words in it, so that somebody could judge what it says."
)


def data() -> dict[str, Any]:
    """The example as plain data."""
    found: dict[str, Any] = json.loads(canonical(parse_application(TOML)))
    return found


def spoilt(path: str, value: object) -> str:
    """The example as JSON with one field changed; None takes it away."""
    whole = data()
    *way, last = path.split("/")
    inner = whole
    for part in way:
        inner = inner[part]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(whole)


def leaves(value: object, path: str = "") -> list[str]:
    """The path of each field of an object, innermost and not."""
    if not isinstance(value, dict):
        return []
    return [
        found
        for key, inner in value.items()
        for found in (f"{path}{key}", *leaves(inner, f"{path}{key}/"))
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_the_example_parses_and_keeps_to_its_profile(kind: Kind) -> None:
    application = parse_application(example_toml(kind, starts_at=START))
    assert application.kind is kind
    limits.check(application)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_canonical_form_is_one_and_reads_back(kind: Kind) -> None:
    application = parse_application(example_toml(kind, starts_at=START))
    form = canonical(application)
    assert parse_application(form.decode()) == application
    assert canonical(parse_application(form.decode())) == form
    assert json.loads(form, parse_float=lambda _: pytest.fail("a float")) is not None


def test_the_hash_is_of_what_is_said_and_not_of_how_it_is_written() -> None:
    other = TOML.replace('threshold = "0.94"', 'threshold = "0.9400"  # four decimals')
    paris = timezone(timedelta(hours=1))
    other = other.replace("2026-11-25T16:00:00Z", START.astimezone(paris).isoformat())
    assert other != TOML
    assert digest(parse_application(other)) == digest(parse_application(TOML))


@pytest.mark.parametrize("path", leaves(data()))
def test_a_change_of_any_field_changes_the_hash_or_is_refused(path: str) -> None:
    whole = data()
    *way, last = path.split("/")
    inner = whole
    for part in way:
        inner = inner[part]
    old = inner[last]
    if isinstance(old, dict | list) or old is None:
        return
    inner[last] = old + 1 if isinstance(old, int) else f"{old}1"
    with suppress(BadApplication):  # which is as good
        assert digest(parse_application(json.dumps(whole))) != digest(parse_application(TOML))


@pytest.mark.parametrize("path", leaves(data()))
def test_an_unknown_field_is_refused_anywhere(path: str) -> None:
    before = "/".join([*path.split("/")[:-1], "surprise"])
    with pytest.raises(BadApplication, match="surprise"):
        parse_application(spoilt(before, 1))


OPTIONAL = {
    "documents",
    "retention",
    "retention/alert_hours",
    "retention/reason",
    "cameras/gate/transport",
    "recognition/normalisation",
    "recognition/detector_px",
    "recognition/evidence_sha256",
    "watchlist/vulnerable_justification",
    "watchlist/categories/missing-at-risk",
    "watchlist/categories/wanted-on-warrant",
} | {path for path in leaves(data()) if path.startswith("documents/") and path.count("/") == 1}


@pytest.mark.parametrize("path", [path for path in leaves(data()) if path not in OPTIONAL])
def test_a_missing_field_is_named(path: str) -> None:
    with pytest.raises(BadApplication) as caught:
        parse_application(spoilt(path, None))
    said = " ".join(caught.value.problems)
    assert path.replace("/", ".") in said or "at least" in said
    assert "\n" not in caught.value.line


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kind", "real", "kind"),
        ("use_case", "anything", "use_case"),
        ("profile", "us", "profile"),
        ("title", "a\nb c", "title"),
        ("grounds", "because " * 40, "grounds: has 1 different words"),
        ("grounds", "x" * 400, "grounds"),
        ("grounds", "", "grounds: has 0 characters"),
        ("expected_footfall", True, "expected_footfall"),
        ("expected_footfall", "4000", "expected_footfall"),
        ("expected_footfall", 0, "expected_footfall"),
        ("window/starts_at", "2026-11-25T16:00:00", "time zone"),
        ("window/starts_at", "tomorrow", "no date and time"),
        ("window/starts_at", 1_700_000_000, "window.starts_at"),
        ("window/starts_at", "0001-01-01T00:00:00+14:00", "calendar"),
        ("place/boundary", [["0", "0"], ["0", "1"]], "2 corners"),
        ("place/boundary", [["0", "0"], ["1", "1"], ["1", "0"], ["0", "1"]], "crosses"),
        ("place/boundary", [["0", "0"], ["1", "1"], ["2", "2"]], "encloses nothing"),
        ("place/boundary", [["181", "0"], ["1", "1"], ["1", "0"]], "no \\[longitude"),
        ("cameras", {}, "cameras"),
        ("cameras/gate/source", "rtsp://u:secret@host/x", "password"),
        ("cameras/gate/transport", "carrier-pigeon", "transport"),
        ("cameras/gate/zone", [["0", "0"]], "zone"),
        ("watchlist/categories", {}, "R3"),
        ("watchlist/categories", {"other": 3}, "categories.other"),
        ("watchlist/categories/missing-at-risk", 0, "missing-at-risk"),
        ("watchlist/max_entries", 200_000, "max_entries"),
        ("documents/dpia/sha256", "abc", "documents.dpia.sha256"),
        ("documents/diary", {"title": "x"}, "documents.diary"),
        ("recognition/threshold", "1.0", "threshold"),
        ("recognition/threshold", "nan", "threshold"),
        ("recognition/threshold", "0.94123456789", "threshold"),
        ("recognition/engine", "tea-leaves", "engine"),
        ("retention/alert_hours", -1, "alert_hours"),
        ("operators", [], "operators"),
        ("operators", ["A Jones"], "operators"),
        ("format", 2, "format"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(path: str, value: object, said: str) -> None:
    with pytest.raises(BadApplication, match=said) as caught:
        parse_application(spoilt(path, value))
    assert "secret" not in caught.value.line
    assert "\n" not in caught.value.line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[[[",
        "\x00",
        "{}",
        '{"a":1,"a":2}',
        '{"format": NaN}',
        "format = 1\nformat = 1",
        '{"a":' * 5000,
        "x = 1e999999999",
        "\ud800",
    ],
)
def test_what_is_no_application_is_refused(text: str) -> None:
    with pytest.raises(BadApplication):
        parse_application(text)


def test_a_key_that_stands_twice_is_refused_in_an_otherwise_whole_application() -> None:
    whole = json.dumps(data())
    assert parse_application(whole)
    with pytest.raises(BadApplication, match="stands twice"):
        parse_application(whole.replace('"format": 1', '"format": 1, "format": 1'))


def test_several_faults_are_listed_at_once() -> None:
    text = TOML.replace('kind = "operational"', 'kind = "x"')
    text = text.replace("expected_footfall = 4000", "expected_footfall = -1")
    with pytest.raises(BadApplication) as caught:
        parse_application(text)
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("window/ends_at", "2026-11-26T04:00:01Z", "R1"),
        ("window/ends_at", "2026-11-25T16:00:00Z", "R1"),
        ("place/boundary", [["0", "0"], ["0.02", "0"], ["0.02", "0.02"], ["0", "0.02"]], "R2"),
        ("cameras/gate/source", "/home/x/walk.mp4", "N6"),
        ("cameras/gate/source", "generated", "N6"),
        ("cameras/gate/source", "https://example.org/x.m3u8", "N6"),
        ("cameras/gate/zone", [["0", "0"], ["1.1", "0"], ["1", "1"]], "R25"),
        ("watchlist/categories/blue-list-volunteer", 1, "R3"),
        ("watchlist/categories/generated-person", 1, "R3"),
        ("watchlist/max_entries", 406, "R3"),
        ("watchlist/max_under_18", 1, "R7"),
        ("watchlist/max_vulnerable", 1, "R7"),
        ("watchlist/max_vulnerable", 500, "R7"),
        ("documents/dpia", None, "R20"),
        ("documents/policy", None, "R20"),
        ("recognition/evidence_sha256", None, "R14"),
        ("recognition/precision", "bf16", "R14"),
        ("retention/alert_hours", 25, "R11"),
        ("retention/alert_hours", 31 * 24 + 1, "R11"),
        ("notice/publish_by", "2026-11-25T04:00:01Z", "R8"),
        ("operators", ["c.smith", "c.smith"], "R27"),
    ],
)
def test_what_exceeds_the_profile_is_refused_with_its_rule(
    path: str, value: object, rule: str
) -> None:
    application = parse_application(spoilt(path, value))
    with pytest.raises(BadApplication, match=f": {rule}: "):
        limits.check(application)


def test_every_excess_is_listed_at_once() -> None:
    whole = data()
    whole["window"]["ends_at"] = "2026-11-27T04:00:00Z"
    whole["retention"]["alert_hours"] = 10_000
    whole["documents"] = {}
    application = parse_application(json.dumps(whole))
    with pytest.raises(BadApplication) as caught:
        limits.check(application)
    rules = [problem.split(": ")[1] for problem in caught.value.problems]
    assert rules == ["R1", *["R20"] * 5, "R11"]


def test_a_reason_lets_alerts_be_held_longer() -> None:
    whole = data()
    whole["retention"] = {"alert_hours": 31 * 24, "reason": LONG}
    limits.check(parse_application(json.dumps(whole)))


def test_one_person_may_not_be_both_people() -> None:
    whole = data()
    whole["operators"] = whole["engagement_officers"] = ["a.jones"]
    assert list(limits.problems(parse_application(json.dumps(whole)), UK)) == [
        "engagement_officers: R27: somebody other than the operator must confirm"
    ]


def test_the_eu_profile_asks_more() -> None:
    whole = data()
    whole["profile"] = "eu"
    whole["watchlist"]["categories"]["court-order-conditions"] = 1
    application = parse_application(json.dumps(whole))
    found = " ".join(limits.problems(application, EU))
    assert "watchlist.categories.court-order-conditions: R3" in found
    assert "documents.fundamental-rights-impact: R20" in found


@pytest.mark.parametrize("category", sorted(set(Category) - {Category.BLUE_LIST_VOLUNTEER}))
def test_a_trial_lists_volunteers_alone(category: Category) -> None:
    text = example_toml(Kind.TRIAL, starts_at=START)
    application = parse_application(text.replace("blue-list-volunteer", category))
    assert any("R3" in problem for problem in limits.problems(application, UK))


def test_an_instance_cannot_bring_a_looser_profile(application: Application) -> None:
    tight = {"uk": UK.tightened(max_session_hours=2.0)}
    with pytest.raises(BadApplication, match="the limit is 2 h"):
        limits.check(application, tight)


# --- places and numbers -------------------------------------------------------------------------


def test_area_of_a_known_square() -> None:
    """A hundredth of a degree at the equator is 1.11195 km (2 pi × 6371.0088 / 36,000)."""
    side = [Decimal(0), Decimal("0.01")]
    square = [(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    corners = [(side[x], side[y]) for x, y in square]
    assert fault_of(corners) is None
    assert area_km2(corners) == pytest.approx(1.11195**2, rel=1e-4)


@given(st.decimals(min_value=-1000, max_value=1000, places=7))
def test_a_decimal_has_one_form(number: Decimal) -> None:
    text = text_of(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert text_of(Decimal(text)) == text
    assert text_of(number * Decimal("1.00")) == text

"""The words on signs and leaflets."""

from __future__ import annotations

import pytest
from papers import DEPLOYMENT, START, application_of, authority_of

from overt.authority.notice import LOOKED_FOR, leaflet_text, sign_text
from overt.vocabulary import Category, Kind


@pytest.mark.parametrize("kind", list(Kind))
def test_a_sign_says_who_where_when_and_how_to_ask(kind: Kind) -> None:
    application = application_of(kind)
    text = sign_text(application, authority_of(application))
    for wanted in (
        "LIVE FACIAL RECOGNITION",
        "Exampleford Police",
        "Station Square",
        "25 November 2026, 16:00 to 20:00 UTC",
        application.complaints.contact,
        DEPLOYMENT,
        "not suspicious",
    ):
        assert wanted in text
    assert ("A TRIAL" in text) is (kind is Kind.TRIAL)
    assert ("DEMONSTRATION" in text) is (kind is Kind.DEMO)


def test_a_leaflet_says_how_to_complain_and_whom_it_looks_for() -> None:
    application = application_of()
    text = leaflet_text(application, authority_of(application))
    flat = " ".join(text.split())
    assert " ".join(application.complaints.route.split()) in flat
    assert "at most 405 people" in flat
    assert "within 24 hours" in flat
    assert "reference of the alert" in flat
    for category in application.watchlist.categories:
        assert LOOKED_FOR[category] in text
    assert LOOKED_FOR[Category.WANTED_FOR_ARREST] not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_words_hold_what_was_granted_and_not_what_was_asked_for() -> None:
    from overt.authority.written import Conditions  # noqa: PLC0415

    application = application_of()
    granted = authority_of(application, conditions=Conditions(max_entries=7, alert_hours=3))
    text = leaflet_text(application, granted)
    assert "at most 7 people" in text
    assert "within 3 hours" in text


def test_a_window_over_midnight_names_both_days() -> None:
    application = application_of(
        window={
            "starts_at": START.replace(hour=22).isoformat(),
            "ends_at": START.replace(day=26, hour=2).isoformat(),
        }
    )
    text = sign_text(application, authority_of(application))
    assert "25 November 2026, 22:00 to 26 November 2026 02:00 UTC" in text


def test_every_category_has_words() -> None:
    assert set(LOOKED_FOR) == set(Category)

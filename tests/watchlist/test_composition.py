from __future__ import annotations

from typing import TYPE_CHECKING

from listed import Numbers, read, row, write

from overt.authority.application import Composition as Authorised
from overt.vocabulary import Category
from overt.watchlist.composition import CompositionLimits, composition_of, needing_sign_off

if TYPE_CHECKING:
    from pathlib import Path

    from overt.watchlist.listing import Listing


def four(folder: Path) -> Listing:
    """One wanted; one wanted and 17; one missing and 16; one disabled, born nobody knows when."""
    return read(
        write(
            folder,
            row(),
            row(person="Bo", image="b.png", date_of_birth="2009-11-25"),
            row(
                person="Cem",
                image="c.png",
                category="missing-at-risk",
                vulnerability="missing",
                date_of_birth="2010-11-25",
            ),
            row(person="Dora", image="d.png", date_of_birth="", vulnerability="disability"),
        )
    )


def test_a_list_in_numbers(tmp_path: Path) -> None:
    counts = composition_of(four(tmp_path).people)
    assert counts.entries == 4
    assert counts.categories == {Category.MISSING_AT_RISK: 1, Category.WANTED_ON_WARRANT: 3}
    assert (counts.under_18, counts.not_known_if_under_18) == (2, 1)
    assert (counts.vulnerable, counts.needing_sign_off) == (2, 3)


def test_within_its_limits_to_the_last_one(tmp_path: Path) -> None:
    limits = Numbers(4, {Category.MISSING_AT_RISK: 1, Category.WANTED_ON_WARRANT: 3}, 2, 2)
    assert composition_of(four(tmp_path).people).over(limits) == ()


def test_each_number_over_its_limit_is_named(tmp_path: Path) -> None:
    limits = Numbers(3, {Category.WANTED_ON_WARRANT: 2}, 1, 1)
    assert composition_of(four(tmp_path).people).over(limits) == (
        "R3: entries: 4 listed, 3 authorised",
        "R3: category missing-at-risk: 1 listed, 0 authorised",
        "R3: category wanted-on-warrant: 3 listed, 2 authorised",
        "R7: under 18: 2 listed, 1 authorised",
        "R7: vulnerable: 2 listed, 1 authorised",
    )


def test_an_applications_own_table_is_a_limit(tmp_path: Path) -> None:
    table = Authorised.model_validate(
        {
            "max_entries": 3,
            "categories": {"wanted-on-warrant": 3, "missing-at-risk": 1},
            "max_under_18": 2,
            "max_vulnerable": 2,
        }
    )
    limits: CompositionLimits = table
    assert composition_of(four(tmp_path).people).over(limits) == (
        "R3: entries: 4 listed, 3 authorised",
    )


def test_who_needs_a_second_sign_off(tmp_path: Path) -> None:
    needing = needing_sign_off(four(tmp_path).people)
    assert [person.name for person in needing.people] == ["Bo", "Cem", "Dora"]
    assert needing
    assert not needing_sign_off(read(write(tmp_path, row())).people)


def test_a_sign_off_is_of_these_people_on_these_grounds(tmp_path: Path) -> None:
    def digest(**changes: str) -> str:
        return needing_sign_off(
            read(write(tmp_path, row(), row(**({"person": "Bo", "image": "b"} | changes)))).people
        ).sha256

    child = digest(date_of_birth="2010-01-01")
    assert child == digest(date_of_birth="2010-01-02")  # still under 18, and nothing else
    assert child != digest(date_of_birth="2010-01-01", person="Cem")
    assert child != digest(date_of_birth="2010-01-01", reason="seen to break into three shops")
    assert child != digest(date_of_birth="2010-01-01", category="wanted-for-arrest")
    assert child != digest(date_of_birth="2010-01-01", vulnerability="disability")

"""N4: no category in free words; no scraped, passport or driving-licence image is ever taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from listed import read, row, write

from overt.errors import BadListing
from overt.vocabulary import Category, Provenance

if TYPE_CHECKING:
    from pathlib import Path

NEVER = (
    "passport",
    "driving-licence",
    "social-media",
    "scraped",
    "web",
    "internet",
    "immigration",
    "cctv",
    "body-worn",
    "other",
    "unknown",
    "Custody",
)


def test_the_closed_list_has_none_of_them() -> None:
    assert set(NEVER).isdisjoint(Provenance)


@pytest.mark.parametrize("provenance", NEVER)
def test_an_image_from_there_is_refused_by_name(tmp_path: Path, provenance: str) -> None:
    file = write(tmp_path, row(), row(person="Bo", image="b.png", provenance=provenance))
    before = sorted(tmp_path.rglob("*"))
    words = f"N4: .*line 3, column provenance: '{provenance}' images are never used"
    with pytest.raises(BadListing, match=words):
        read(file)
    assert sorted(tmp_path.rglob("*")) == before


def test_one_such_image_refuses_the_whole_list(tmp_path: Path) -> None:
    rows = [row(person=f"P {n}", image=f"{n}.png") for n in range(8)]
    rows[5]["provenance"] = "passport"
    with pytest.raises(BadListing) as caught:
        read(write(tmp_path, *rows))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("blank", ["category", "provenance", "held_since"])
def test_neither_may_be_left_out(tmp_path: Path, blank: str) -> None:
    with pytest.raises(BadListing, match=f"line 2, column {blank}: it is blank"):
        read(write(tmp_path, row(**{blank: ""})))


def test_a_category_in_free_words_is_refused(tmp_path: Path) -> None:
    assert "known troublemaker" not in set(Category)
    with pytest.raises(BadListing, match="column category: 'known troublemaker' is no category"):
        read(write(tmp_path, row(category="known troublemaker")))


@pytest.mark.parametrize("category", ["wanted-on-warrant", "court-order-conditions"])
def test_a_familys_picture_is_for_a_missing_person_alone(tmp_path: Path, category: str) -> None:
    with pytest.raises(BadListing, match=r"N4: .* for a missing person alone"):
        read(write(tmp_path, row(category=category, provenance="supplied-by-family")))
    given = {"provenance": "supplied-by-family", "vulnerability": "missing"}
    assert read(write(tmp_path, row(category="missing-at-risk", **given))).people

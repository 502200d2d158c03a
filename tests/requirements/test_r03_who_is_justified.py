"""R3: who is listed is justified: a closed list of categories, no catch-all, a reason for each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from listed import Numbers, painted_list, read, row, write
from painted import PaintedReader
from sealing import HERE, NOON, built, new_vault, stored

from overt.errors import BadListing, Refusal
from overt.values import EntryId
from overt.vocabulary import Category
from overt.watchlist.enrolment import Agreed
from overt.watchlist.sealed import build_sealed, open_sealed

if TYPE_CHECKING:
    from pathlib import Path

CATCH_ALL = re.compile(r"other|misc|any|general|interest|unknown|suspect|associate|known|nominal")


def test_no_category_is_a_catch_all() -> None:
    assert [category for category in Category if CATCH_ALL.search(category)] == []


@pytest.mark.parametrize(
    "category", ["other", "person-of-interest", "any", "protester", "WANTED", "wanted on warrant"]
)
def test_no_category_of_ones_own_is_taken(tmp_path: Path, category: str) -> None:
    file = write(tmp_path, row(), row(person="Bo", image="b.png", category=category))
    with pytest.raises(BadListing, match=f"R3: .*line 3, column category: '{category}' is no cat"):
        read(file)


@pytest.mark.parametrize(
    "reason", ["", "wanted", "-" * 40, "see file", "wanted wanted wanted wanted"]
)
def test_nobody_is_listed_without_a_reason(tmp_path: Path, reason: str) -> None:
    with pytest.raises(BadListing, match="line 2, column reason"):
        read(write(tmp_path, row(reason=reason)))


def test_each_entry_that_is_sealed_has_a_category_and_a_reason(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    count = built(vault, tmp_path / "offered").sealed.composition.entries
    opened = open_sealed(vault, HERE, model="painted")
    people = [opened.person(EntryId(f"E-{n:04}")) for n in range(1, count + 1)]
    assert all(person.category in Category and person.reason for person in people)


@pytest.mark.parametrize(
    "limits",
    [
        Numbers(max_entries=4),
        Numbers(categories={Category.MISSING_AT_RISK: 1_000}),
        Numbers(categories={Category.WANTED_ON_WARRANT: 4}),
    ],
)
def test_a_list_beyond_the_authorised_numbers_is_not_built(tmp_path: Path, limits: Numbers) -> None:
    vault, reader = new_vault(tmp_path), PaintedReader()
    before = stored(vault)
    listing = read(painted_list(tmp_path))
    with pytest.raises(Refusal, match="R3: "):
        build_sealed(vault, HERE, listing, reader, Agreed(limits), built_at=NOON)
    assert stored(vault) == before
    assert reader.seen == 0

"""R7: an under-18 or vulnerable person is listed only with a reason and a second sign-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from listed import Numbers, painted_list, read, row, write
from painted import PaintedReader
from sealing import HERE, NOON, built, new_vault, stored

from overt.errors import BadListing, Refusal
from overt.values import EntryId
from overt.watchlist.enrolment import Agreed
from overt.watchlist.sealed import build_sealed, open_sealed

if TYPE_CHECKING:
    from pathlib import Path


SPECIAL = {"Bo": "date_of_birth=2010-01-01", "Cem": "vulnerability=disability"}


def test_the_sealed_list_names_exactly_the_entries_that_need_a_sign_off(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    sealed = built(vault, tmp_path / "offered", **SPECIAL).sealed
    opened = open_sealed(vault, HERE, model="painted")
    assert {opened.person(entry).name for entry in sealed.need_sign_off} == set(SPECIAL)
    assert opened.sealed.need_sign_off == sealed.need_sign_off
    assert (sealed.composition.under_18, sealed.composition.vulnerable) == (1, 1)
    assert sealed.composition.needing_sign_off == 2


@pytest.mark.parametrize("signed", [None, "0" * 64])
def test_without_a_sign_off_nothing_is_sealed(tmp_path: Path, signed: str | None) -> None:
    vault, reader = new_vault(tmp_path), PaintedReader()
    before = stored(vault)
    listing = read(painted_list(tmp_path, **SPECIAL))
    agreed = Agreed(Numbers(), signed_off=signed)
    with pytest.raises(Refusal, match="R7: under 18 or vulnerable: 2 listed"):
        build_sealed(vault, HERE, listing, reader, agreed, built_at=NOON)
    assert stored(vault) == before
    assert reader.seen == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "missing-at-risk"},
        {"vulnerability": ""},
        {"vulnerability": "unsure"},
        {"date_of_birth": "31/01/2010"},
    ],
)
def test_vulnerability_must_be_answered(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(BadListing, match=r"line 2, column (vulnerability|date_of_birth)"):
        read(write(tmp_path, row(**changes)))


def test_a_missing_date_of_birth_must_be_looked_at(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    before = stored(vault)
    listing = read(painted_list(tmp_path, Bo="date_of_birth="))
    with pytest.raises(Refusal, match="R7: warnings not read: 1; the first: Bo has no date of"):
        build_sealed(vault, HERE, listing, PaintedReader(), Agreed(Numbers()), built_at=NOON)
    assert stored(vault) == before


@pytest.mark.parametrize("limits", [Numbers(max_under_18=0), Numbers(max_vulnerable=0)])
def test_more_than_were_authorised_are_not_enrolled(tmp_path: Path, limits: Numbers) -> None:
    vault = new_vault(tmp_path)
    before = stored(vault)
    listing = read(painted_list(tmp_path, **SPECIAL))
    with pytest.raises(Refusal, match=r"R7: (under 18|vulnerable): 1 listed, 0 authorised"):
        build_sealed(vault, HERE, listing, PaintedReader(), Agreed(limits), built_at=NOON)
    assert stored(vault) == before


def test_an_adult_without_vulnerability_needs_none(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    assert built(vault, tmp_path / "offered").sealed.need_sign_off == frozenset()
    opened = open_sealed(vault, HERE, model="painted")
    assert not opened.person(EntryId("E-0001")).needs_sign_off

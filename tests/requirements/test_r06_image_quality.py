"""R6: watchlist images are lawfully held, current and good enough; the bar only rises."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from broken import alone, see_refused
from listed import Kept, Numbers, painted_list, read, row, write
from painted import PaintedReader, paint
from sealing import HERE, built, new_vault

from overt.errors import BadConfig, BadListing, Refusal
from overt.policy import (
    ENROLMENT_LIMITS,
    IMAGE_CURRENT_YEARS,
    IMAGE_CURRENT_YEARS_UNDER_18,
    PROBE_LIMITS,
    QualityLimits,
)
from overt.values import EntryId, Problem
from overt.vocabulary import Provenance
from overt.watchlist.enrolment import Agreed, enrol_listed
from overt.watchlist.sealed import open_sealed

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [field.name for field in dataclasses.fields(QualityLimits)]


def stricter(name: str, limits: QualityLimits) -> float:
    value: float = getattr(limits, name)
    return value + 1 if name.startswith("min_") else value - 1


def looser(name: str, limits: QualityLimits) -> float:
    value: float = getattr(limits, name)
    return value - 1e-9 if name.startswith("min_") else value + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_can_be_tightened(name: str) -> None:
    bar = stricter(name, ENROLMENT_LIMITS)
    assert getattr(ENROLMENT_LIMITS.tightened(**{name: bar}), name) == bar


@pytest.mark.parametrize("name", NAMES)
def test_a_limit_cannot_be_loosened_however_little(name: str) -> None:
    before = dataclasses.asdict(ENROLMENT_LIMITS)
    with pytest.raises(BadConfig, match=f"R6: {name} = .* is looser than the limit"):
        ENROLMENT_LIMITS.tightened(**{name: looser(name, ENROLMENT_LIMITS)})
    assert dataclasses.asdict(ENROLMENT_LIMITS) == before


@pytest.mark.parametrize("name", NAMES)
def test_nan_is_no_way_round_a_limit(name: str) -> None:
    with pytest.raises(BadConfig):
        ENROLMENT_LIMITS.tightened(**{name: float("nan")})


def test_one_loosened_limit_spoils_the_tightened_rest() -> None:
    with pytest.raises(BadConfig, match="max_yaw_deg"):
        ENROLMENT_LIMITS.tightened(min_inter_eye_px=60, max_yaw_deg=90)


def test_an_unknown_limit_is_refused_by_name() -> None:
    with pytest.raises(BadConfig, match="no quality limit 'min_beauty'"):
        ENROLMENT_LIMITS.tightened(min_beauty=1)


@pytest.mark.parametrize("name", NAMES)
def test_enrolment_asks_at_least_as_much_as_a_probe(name: str) -> None:
    listed, probe = getattr(ENROLMENT_LIMITS, name), getattr(PROBE_LIMITS, name)
    assert listed >= probe if name.startswith("min_") else listed <= probe


# --- lawfully held, and current ----------------------------------------------------------------


@pytest.mark.parametrize("column", ["provenance", "held_since"])
def test_each_image_says_where_it_comes_from_and_since_when(tmp_path: Path, column: str) -> None:
    with pytest.raises(BadListing, match=f"line 2, column {column}: it is blank"):
        read(write(tmp_path, row(**{column: ""})))


def test_an_image_is_not_held_since_tomorrow(tmp_path: Path) -> None:
    with pytest.raises(BadListing, match=r"R6: .*2026-11-26 is in the future"):
        read(write(tmp_path, row(held_since="2026-11-26")))


def test_provenance_and_date_are_sealed_with_each_picture(tmp_path: Path) -> None:
    vault = new_vault(tmp_path)
    built(vault, tmp_path / "offered")
    opened = open_sealed(vault, HERE, model="painted")
    for number in range(1, 6):
        for picture in opened.person(EntryId(f"E-{number:04}")).pictures:
            assert picture.provenance is Provenance.CUSTODY
            assert picture.held_since.isoformat() == "2022-05-03"


def test_years_after_which_somebody_must_look() -> None:
    assert (IMAGE_CURRENT_YEARS, IMAGE_CURRENT_YEARS_UNDER_18) == (10, 5)


def test_an_old_image_is_enrolled_only_if_somebody_has_looked(tmp_path: Path) -> None:
    listing = read(painted_list(tmp_path, Bo="held_since=2016-11-25"))
    assert [w[:28] for w in listing.warnings] == ["R6: a picture of Bo is held "]
    for said in (None, "0" * 64):
        reader, kept = PaintedReader(), Kept()
        with pytest.raises(Refusal, match="R6: warnings not read: 1"):
            enrol_listed(listing, reader, kept, Agreed(Numbers(), warnings_read=said))
        assert (reader.seen, kept.jpegs) == (0, [])
    looked = Agreed(Numbers(), warnings_read=listing.warnings_sha256)
    assert len(enrol_listed(listing, PaintedReader(), Kept(), looked).people) == 5


def test_a_picture_below_the_bar_is_not_sealed(tmp_path: Path) -> None:
    file = painted_list(tmp_path)
    paint(tmp_path / "bo-0.png", (2, 100, Problem.TURNED))
    done = enrol_listed(read(file), PaintedReader(), kept := Kept(), Agreed(Numbers()))
    assert {person.name for person in done.people} == {"Ada", "Cem", "Dora", "Ema"}
    assert len(kept.jpegs) == 5


@pytest.mark.parametrize("name", alone("R6"))
def test_the_gate_refuses_for_one_fact_alone(name: str) -> None:
    see_refused(name)

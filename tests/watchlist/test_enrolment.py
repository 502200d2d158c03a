from __future__ import annotations

import random
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from listed import NAMES, Kept, Numbers, painted_list, read
from painted import PaintedReader, paint
from PIL import Image

from overt.errors import Refusal
from overt.values import Problem, Similarity
from overt.vocabulary import Kind
from overt.watchlist.composition import needing_sign_off
from overt.watchlist.enrolment import Agreed, Strictness, enrol_listed
from overt.watchlist.person import draw_entries

if TYPE_CHECKING:
    from pathlib import Path

    from overt.watchlist.listing import Listing

GENEROUS = Agreed(Numbers())


def refused(listing: Listing, agreed: Agreed, words: str) -> None:
    """Refused before a picture is read or kept."""
    reader, kept = PaintedReader(), Kept()
    with pytest.raises(Refusal, match=words):
        enrol_listed(listing, reader, kept, agreed)
    assert (reader.seen, kept.jpegs) == (0, [])


def test_everybody_gets_a_number_and_a_picture_for_each_image(tmp_path: Path) -> None:
    kept = Kept()
    done = enrol_listed(read(painted_list(tmp_path)), PaintedReader(), kept, GENEROUS)
    assert done.kind is Kind.OPERATIONAL
    assert [p.entry for p in done.people] == [f"E-000{n}" for n in range(1, 6)]
    assert sorted(p.name for p in done.people) == list(NAMES)
    assert [e.id for e in done.watchlist.entries] == [p.entry for p in done.people]
    assert len(kept.jpegs) == 6
    for person, entry in zip(done.people, done.watchlist.entries, strict=True):
        # The painted vector of a person has its one at their number.
        assert entry.templates[0].vector[NAMES.index(person.name) + 1] == 1
        assert len(person.pictures) == len(entry.templates) == (2 if person.name == "Ada" else 1)
        for picture in person.pictures:
            jpeg = kept.jpegs[picture.place.number]
            assert Image.open(BytesIO(jpeg)).format == "JPEG"


def test_no_name_is_left_in_what_is_searched(tmp_path: Path) -> None:
    done = enrol_listed(read(painted_list(tmp_path)), PaintedReader(), Kept(), GENEROUS)
    said = repr(done) + repr(done.people) + repr(done.watchlist.entries)
    assert [name for name in NAMES if name.lower() in said.lower()] == []
    assert "Crown Court" not in said


def test_the_best_picture_comes_first(tmp_path: Path) -> None:
    listing = read(painted_list(tmp_path))
    reader = PaintedReader(scores={0: 0.3, 9: 0.7})
    done = enrol_listed(listing, reader, kept := Kept(), GENEROUS)
    (ada,) = (p for p in done.people if p.name == "Ada")
    (entry,) = (e for e in done.watchlist.entries if e.id == ada.entry)
    assert entry.weights == (0.7, 0.3)
    assert [picture.place.number for picture in ada.pictures] == [1, 0]
    assert len(kept.jpegs) == 6


def test_numbers_are_drawn_anew_and_tell_nothing(tmp_path: Path) -> None:
    listing = read(painted_list(tmp_path))
    orders = {
        tuple(
            p.name
            for p in enrol_listed(
                listing,
                PaintedReader(),
                Kept(),
                GENEROUS,
                chance=random.Random(seed),  # noqa: S311
            ).people
        )
        for seed in range(8)
    }
    assert len(orders) > 4


def test_the_numbers_drawn() -> None:
    assert sorted(draw_entries(3)) == ["E-0001", "E-0002", "E-0003"]
    drawn = draw_entries(20_000)
    assert len(set(drawn)) == 20_000
    assert {len(entry) for entry in drawn} == {len("E-20000")}
    assert list(drawn) != sorted(drawn)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Numbers(max_entries=4), "R3: entries: 5 listed, 4 authorised"),
        (Numbers(max_vulnerable=0), "R7: vulnerable: 1 listed, 0 authorised"),
        (Numbers(categories={}), "R3: category wanted-on-warrant: 5 listed, 0 authorised"),
    ],
)
def test_a_list_over_its_numbers_is_refused(tmp_path: Path, limits: Numbers, words: str) -> None:
    listing = read(painted_list(tmp_path, Bo="vulnerability=disability"))
    refused(listing, Agreed(limits), words)


def test_a_child_is_refused_until_a_second_officer_agreed_to_this_child(tmp_path: Path) -> None:
    born = "date_of_birth=2012-01-01"
    listing = read(painted_list(tmp_path, Bo=born))
    other = read(painted_list(tmp_path, Cem=born))
    refused(listing, GENEROUS, "R7: under 18 or vulnerable: 1 listed, .* none was given")
    signed_other = Agreed(Numbers(), signed_off=needing_sign_off(other.people).sha256)
    refused(listing, signed_other, "R7: .* the one given is of others")
    agreed = Agreed(Numbers(), signed_off=needing_sign_off(listing.people).sha256)
    assert len(enrol_listed(listing, PaintedReader(), Kept(), agreed).people) == 5


def test_warnings_must_have_been_read(tmp_path: Path) -> None:
    listing = read(painted_list(tmp_path, Bo="held_since=2010-01-01"))
    refused(listing, GENEROUS, "R6: warnings not read: 1; the first: a picture of Bo")
    refused(listing, Agreed(Numbers(), warnings_read="0" * 64), "warnings not read")
    agreed = Agreed(Numbers(), warnings_read=listing.warnings_sha256)
    assert len(enrol_listed(listing, PaintedReader(), Kept(), agreed).people) == 5


def test_whoever_has_no_usable_picture_is_left_out_by_name_and_has_no_number(
    tmp_path: Path,
) -> None:
    file = painted_list(tmp_path)
    paint(tmp_path / "bo-0.png", (2, 100, Problem.BLURRED))
    done = enrol_listed(read(file), PaintedReader(), kept := Kept(), GENEROUS)
    assert [words.split(":")[0] for words in done.left_out] == ["Bo"]
    assert len(done.people) == 4
    assert len(kept.jpegs) == 5
    strict = Strictness(on_refusal="raise")
    with pytest.raises(Refusal, match="R6: 1 of 5 people have no usable picture: Bo"):
        enrol_listed(read(file), PaintedReader(), Kept(), GENEROUS, strictness=strict)


def test_doubts_are_told_by_name(tmp_path: Path) -> None:
    file = painted_list(tmp_path)
    paint(tmp_path / "bo-0.png", (1, 100, None), shade=5)
    strictness = replace(Strictness(), alike_at=Similarity(0.9))
    done = enrol_listed(read(file), PaintedReader(), Kept(), GENEROUS, strictness=strictness)
    assert [doubt.entries for doubt in done.doubts] == [("Ada", "Bo")]

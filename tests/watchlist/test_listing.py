from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from listed import TODAY, read, row, write

from overt.clock import ManualClock
from overt.errors import BadList, BadListing, Misuse, Refusal
from overt.vocabulary import Category, Kind, Provenance, Vulnerability
from overt.watchlist.listing import generated, is_listing, listing_for, volunteers
from overt.watchlist.listing_row import MAX_REASON_CHARACTERS, years_between

if TYPE_CHECKING:
    from pathlib import Path


def refused(file: Path) -> BadListing:
    with pytest.raises(BadListing) as caught:
        read(file)
    assert "\n" not in caught.value.line
    return caught.value


def test_a_sound_list(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        row(person="Bo", image="bo.png", date_of_birth="", vulnerability="disability"),
        row(image="b.png", provenance="court-order", held_since="2024-01-01"),
        row(image="a.png"),
    )
    listing = read(file)
    assert listing.kind is Kind.OPERATIONAL
    ada, bo = listing.people
    assert (ada.name, ada.category, ada.under_18) == ("Ada", Category.WANTED_ON_WARRANT, False)
    assert ada.reason == row()["reason"]
    assert [(p.image.name, p.provenance, p.held_since.year) for p in ada.pictures] == [
        ("a.png", Provenance.CUSTODY, 2022),
        ("b.png", Provenance.COURT_ORDER, 2024),
    ]
    assert (bo.under_18, bo.vulnerability) == (None, Vulnerability.DISABILITY)
    assert [image.name for image in listing.images] == ["a.png", "b.png", "bo.png"]


def test_every_fault_is_named_with_its_line_and_column(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        row(category="person-of-interest", provenance="passport"),
        row(person="", image="bo.png"),
        row(person="Cem", image="cem.png", held_since="3/5/2022", vulnerability="maybe"),
    )
    found = refused(file)
    assert len(found.problems) == 5
    for problem, start in zip(
        found.problems,
        (
            f"{file}, line 3, column person: it is blank",
            f"R3: {file}, line 2, column category: 'person-of-interest' is no category",
            f"N4: {file}, line 2, column provenance: 'passport' images are never used",
            f"R6: {file}, line 4, column held_since: '3/5/2022' is not a date",
            f"R7: {file}, line 4, column vulnerability: 'maybe' is no answer",
        ),
        strict=True,
    ):
        assert problem.startswith(start)
    assert "5 faults" in found.line
    assert "and 2 more" in found.line


def test_one_fault_is_told_as_it_is(tmp_path: Path) -> None:
    found = refused(write(tmp_path, row(provenance="social-media")))
    assert found.rule == "N4"
    assert found.problems == (found.line,)


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"held_since": "2026-11-26"}, "R6", "2026-11-26 is in the future"),
        ({"held_since": "1900-01-01"}, "R6", "too long ago"),
        ({"held_since": "1980-01-01"}, "R6", "before the date of birth"),
        ({"date_of_birth": "2027-01-01"}, "R7", "in the future"),
        ({"date_of_birth": "1890-01-01"}, "R7", "too long ago"),
        ({"date_of_birth": "1990-02-30"}, "R7", "not a date"),
        ({"reason": "wanted"}, "R3", "too little"),
        ({"reason": "x x x x x x x x x x x x x"}, "R3", "too little"),
        ({"reason": "1234 5678 9012 3456 7890"}, "R3", "too little"),
        ({"reason": "n/a - see the other system"[:19]}, "R3", "too little"),
        ({"reason": "words " * MAX_REASON_CHARACTERS}, "R3", "too little"),
        ({"reason": "one two three four " * 60}, "R3", "the limit is 1,000"),
        ({"reason": "failed to appear\x07 in court"}, "R3", "unprintable character U+0007"),
        ({"category": "blue-list-volunteer"}, "R3", "is no category"),
        ({"category": "generated-person"}, "R3", "is no category"),
        ({"category": "other"}, "R3", "Use one of wanted-on-warrant, "),
        ({"category": "Wanted-On-Warrant"}, "R3", "is no category"),
        ({"provenance": "consent"}, "N4", "never used"),
        ({"provenance": "generated"}, "N4", "never used"),
        ({"provenance": "supplied-by-family"}, "N4", "for a missing person alone"),
        ({"category": "missing-at-risk"}, "R7", "Say missing"),
        ({"person": "A\x1bda"}, None, "unprintable"),
        ({"image": "../a.png"}, None, "outside the CSV's own folder"),
    ],
)
def test_a_field_at_fault(
    tmp_path: Path, changes: dict[str, str], rule: str | None, words: str
) -> None:
    found = refused(write(tmp_path, row(**changes)))
    assert found.rule == rule
    assert words in found.line
    assert ", line 2, column " in found.line


def test_a_picture_that_is_not_there(tmp_path: Path) -> None:
    file = write(tmp_path, row())
    (tmp_path / "ada.png").unlink()
    assert "line 2, column image: there is no file 'ada.png'" in refused(file).line


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("category", "wanted-for-arrest"),
        ("reason", "breached a court order in Anytown twice"),
        ("date_of_birth", "1990-02-02"),
        ("date_of_birth", ""),
        ("vulnerability", "disability"),
    ],
)
def test_rows_of_one_person_must_agree(tmp_path: Path, column: str, other: str) -> None:
    file = write(tmp_path, row(), row(image="b.png", **{column: other}))
    found = refused(file)
    assert f"line 3, column {column}: Ada has another one on line 2" in found.line
    assert found.rule == "R3"


def test_a_row_may_not_be_repeated(tmp_path: Path) -> None:
    assert "line 3: it repeats line 2" in refused(write(tmp_path, row(), row())).line


def test_an_empty_list_and_a_wrong_header(tmp_path: Path) -> None:
    with pytest.raises(BadList, match="lists nobody"):
        read(write(tmp_path))
    (tmp_path / "list.csv").write_text("image,person,category\n", encoding="utf-8")
    with pytest.raises(BadList, match="The first line must be image,person,category,reason,prov"):
        read(tmp_path / "list.csv")


@pytest.mark.parametrize(
    ("born", "on", "under_18"),
    [
        ("2008-11-25", date(2026, 11, 25), False),
        ("2008-11-26", date(2026, 11, 25), True),
        ("2008-11-26", date(2026, 11, 26), False),  # the deployment's day counts, not today
        ("2008-02-29", date(2026, 2, 28), True),
        ("2008-02-29", date(2026, 3, 1), False),
        ("", date(2026, 11, 25), None),
    ],
)
def test_under_18_is_told_on_the_day_of_the_deployment(
    tmp_path: Path, *, born: str, on: date, under_18: bool | None
) -> None:
    file = write(tmp_path, row(date_of_birth=born))
    assert read(file, on=on).people[0].under_18 is under_18


def test_whole_years() -> None:
    assert years_between(date(2000, 6, 2), date(2026, 6, 1)) == 26 - 1
    assert years_between(date(2000, 6, 2), date(2026, 6, 2)) == 26


class TestWarnings:
    def test_a_sound_list_has_none(self, tmp_path: Path) -> None:
        listing = read(write(tmp_path, row()))
        assert listing.warnings == ()
        assert listing.warnings_sha256 is None

    @pytest.mark.parametrize(
        ("held_since", "born", "warned"),
        [
            ("2016-11-25", "1990-01-01", True),
            ("2016-11-26", "1990-01-01", False),
            ("2021-11-25", "2010-01-01", True),
            ("2021-11-26", "2010-01-01", False),
            ("2021-11-25", "1990-01-01", False),
        ],
    )
    def test_an_old_picture(
        self, tmp_path: Path, *, held_since: str, born: str, warned: bool
    ) -> None:
        listing = read(write(tmp_path, row(held_since=held_since, date_of_birth=born)))
        assert [
            w.startswith("R6: a picture of Ada is held since 20") for w in listing.warnings
        ] == [True] * warned

    def test_no_date_of_birth(self, tmp_path: Path) -> None:
        (warning,) = read(write(tmp_path, row(date_of_birth=""))).warnings
        assert warning.startswith("R7: Ada has no date of birth")

    @pytest.mark.parametrize(("people", "warned"), [(9, 0), (10, 1)])
    def test_one_reason_for_many(self, tmp_path: Path, people: int, warned: int) -> None:
        rows = [row(person=f"p{n}", image=f"{n}.png") for n in range(people)]
        warnings = read(write(tmp_path, *rows)).warnings
        assert len(warnings) == warned
        assert all(w.startswith("R3: 10 people are listed for one") for w in warnings)

    def test_other_warnings_have_another_hash(self, tmp_path: Path) -> None:
        one = read(write(tmp_path, row(date_of_birth=""))).warnings_sha256
        other = read(write(tmp_path, row(date_of_birth="", person="Bo"))).warnings_sha256
        assert one
        assert other
        assert one != other


class TestFolders:
    def test_volunteers_bring_their_consents(self, tmp_path: Path) -> None:
        (tmp_path / "ada.png").write_bytes(b"x")
        (tmp_path / "consent.csv").write_text(
            "person,consented_on,witness\nada,2025-12-01,Bo\n", encoding="utf-8"
        )
        listing = volunteers(tmp_path, ManualClock())
        (ada,) = listing.people
        assert listing.kind is Kind.TRIAL
        assert ada.category is Category.BLUE_LIST_VOLUNTEER
        (picture,) = ada.pictures
        assert (picture.provenance, picture.held_since) == (Provenance.CONSENT, date(2025, 12, 1))

    def test_without_consent_nobody_is_listed(self, tmp_path: Path) -> None:
        (tmp_path / "ada.png").write_bytes(b"x")
        with pytest.raises(Refusal, match=r"N6: .* no consent is recorded for ada"):
            listing_for(tmp_path, Kind.TRIAL, ManualClock(), on=TODAY)

    def test_the_generated_are_nobody(self, tmp_path: Path) -> None:
        (tmp_path / "ada.png").write_bytes(b"x")
        listing = generated(tmp_path, today=TODAY)
        assert listing.people[0].category is Category.GENERATED_PERSON
        assert listing.people[0].pictures[0].provenance is Provenance.GENERATED
        assert listing_for(tmp_path, Kind.DEMO, ManualClock(), on=TODAY).kind is Kind.DEMO

    def test_a_kind_takes_its_own_form_alone(self, tmp_path: Path) -> None:
        file = write(tmp_path, row())
        with pytest.raises(Misuse, match=r"R3: .* an operational list is a CSV"):
            listing_for(tmp_path, Kind.OPERATIONAL, ManualClock(), on=TODAY)
        for kind in (Kind.TRIAL, Kind.DEMO):  # else a CSV would be a way round the consents
            with pytest.raises(Misuse, match=r"N6: .* no CSV"):
                listing_for(file, kind, ManualClock(), on=TODAY)


def test_a_listing_is_told_by_its_header(tmp_path: Path) -> None:
    file = write(tmp_path, row())
    assert is_listing(file)
    plain = tmp_path / "plain.csv"
    plain.write_text("image,person\n", encoding="utf-8")
    assert not is_listing(plain)
    plain.write_text("image,person,provenence,reason\n", encoding="utf-8")
    assert is_listing(plain)
    assert not is_listing(tmp_path)

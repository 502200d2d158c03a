from __future__ import annotations

import gc
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from listed import NAMES, Kept, Numbers, painted_list, read
from painted import PaintedReader, paint, vector_of
from sealing import AGREED, ELSEWHERE, HERE, NOON, built, copied_to, new_vault, stored

from overt.errors import BadList, BadVault, Misuse, OvertError, Refusal
from overt.values import EntryId, Problem, Template
from overt.vocabulary import Category, DeploymentId, Kind, Vulnerability
from overt.watchlist.enrolment import Agreed, Strictness, enrol_listed
from overt.watchlist.matcher import Matcher
from overt.watchlist.sealed import (
    LIST,
    PICTURES,
    build_sealed,
    compartment_of,
    open_sealed,
    pictures_of,
    seal,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overt.store.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return new_vault(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "offered"
    folder.mkdir()
    return folder


def entries(count: int) -> list[EntryId]:
    return [EntryId(f"E-{number:04}") for number in range(1, count + 1)]


def test_what_was_sealed_is_what_is_opened(vault: Vault, folder: Path) -> None:
    sealed = built(vault, folder).sealed
    opened = open_sealed(vault, HERE, model="painted", list_sha256=sealed.list_sha256)
    assert opened.sealed == sealed
    assert (sealed.deployment, sealed.kind, sealed.model) == (HERE, Kind.OPERATIONAL, "painted")
    assert sealed.built_at == NOON
    assert sealed.composition.categories == {Category.WANTED_ON_WARRANT: 5}
    assert sealed.pictures == 6
    assert len(opened) == 5
    people = [opened.person(entry) for entry in entries(5)]
    assert sorted(person.name for person in people) == list(NAMES)
    ada = next(person for person in people if person.name == "Ada")
    assert ada.reason == "failed to appear at Anytown Crown Court in March"
    assert (ada.under_18, ada.vulnerability) == (False, Vulnerability.NONE)
    assert [picture.held_since.year for picture in ada.pictures] == [2022, 2022]
    for number, name in enumerate(NAMES, start=1):
        candidate = opened.matcher.best(Template(vector_of(number), "painted"))
        assert opened.person(candidate.entry).name == name
        assert candidate.similarity == pytest.approx(1)


def test_the_matcher_is_that_of_the_enrolment_to_the_last_bit(vault: Vault, folder: Path) -> None:
    listing = read(painted_list(folder))
    reader = PaintedReader(shades={0: 0.3, 9: -0.2}, scores={0: 0.31, 9: 0.77})
    with pictures_of(vault, HERE) as pictures:
        enrolment = enrol_listed(listing, reader, pictures, AGREED)
    seal(vault, HERE, enrolment, built_at=NOON)
    before, after = Matcher(enrolment.watchlist), open_sealed(vault, HERE, model="painted").matcher
    assert before.entries == after.entries
    assert np.array_equal(before.vectors, after.vectors)


def test_a_picture_is_read_when_it_is_needed(vault: Vault, folder: Path) -> None:
    kept = Kept()
    enrol_listed(read(painted_list(folder)), PaintedReader(), kept, AGREED)
    built(vault, folder)
    opened = open_sealed(vault, HERE, model="painted")
    shown = [
        opened.picture(entry, number)
        for entry in entries(5)
        for number in range(len(opened.person(entry).pictures))
    ]
    assert sorted(shown) == sorted(kept.jpegs)
    for entry, number in (("E-0001", 2), ("E-0001", -1), ("E-0006", 0)):
        with pytest.raises(BadList):
            opened.picture(EntryId(entry), number)


def test_a_picture_of_somebody_else_is_not_shown(vault: Vault, folder: Path) -> None:
    built(vault, folder)
    opened = open_sealed(vault, HERE, model="painted")
    pictures = list(vault.read(compartment_of(HERE), PICTURES))
    with vault.write(compartment_of(HERE), PICTURES) as file:
        for picture in reversed(pictures):
            file.append(picture)
    for entry in entries(5):
        with pytest.raises(OvertError):
            opened.picture(entry)


def test_nothing_on_disk_names_or_shows_anybody(vault: Vault, folder: Path) -> None:
    built(vault, folder)
    opened = open_sealed(vault, HERE, model="painted")
    on_disk = b"".join(stored(vault).values())
    assert len(on_disk) > 5_000
    for secret in (
        *(name.encode() for name in NAMES if len(name) > 2),
        b"Crown Court",
        opened.picture(EntryId("E-0001"))[:40],
        vector_of(1).tobytes()[:64],
    ):
        assert secret not in on_disk


def test_a_repr_names_nobody(vault: Vault, folder: Path) -> None:
    done = built(vault, folder)
    said = repr(done) + repr(open_sealed(vault, HERE, model="painted"))
    assert [name for name in NAMES if name in said] == []


class TestBinding:
    def test_another_deployment_has_no_list(self, vault: Vault, folder: Path) -> None:
        built(vault, folder)
        with pytest.raises(BadVault):
            open_sealed(vault, ELSEWHERE, model="painted")

    def test_carried_into_another_vaults_place_it_cannot_be_read(
        self, vault: Vault, folder: Path
    ) -> None:
        built(vault, folder)
        vault.make(compartment_of(ELSEWHERE))
        files = vault._folder / "files"
        here, there = (files / compartment_of(d).replace("/", "+") for d in (HERE, ELSEWHERE))
        for name in (LIST, PICTURES):
            (there / name).write_bytes((here / name).read_bytes())
        with pytest.raises(OvertError):
            open_sealed(vault, ELSEWHERE, model="painted")

    def test_sealed_anew_for_another_deployment_it_says_whose_it_is(
        self, vault: Vault, folder: Path
    ) -> None:
        built(vault, folder)
        copied_to(vault, ELSEWHERE)
        before = stored(vault)
        with pytest.raises(Refusal, match=f"N5: the list was built for {HERE}, not for"):
            open_sealed(vault, ELSEWHERE, model="painted")
        assert stored(vault) == before

    def test_another_model_is_refused(self, vault: Vault, folder: Path) -> None:
        built(vault, folder)
        with pytest.raises(Refusal, match="R5: the list was built by the model painted, and o"):
            open_sealed(vault, HERE, model="other")

    def test_another_list_than_the_ledgers_is_refused(self, vault: Vault, folder: Path) -> None:
        built(vault, folder)
        with pytest.raises(Refusal, match="R5: the sealed list is not the one"):
            open_sealed(vault, HERE, model="painted", list_sha256="0" * 64)

    def test_the_hash_does_not_give_the_list_away(self, vault: Vault, folder: Path) -> None:
        # The same list twice: who has the pictures cannot test a guess against the ledger.
        listing = read(painted_list(folder))
        hashes = set()
        for number in range(3):
            place = DeploymentId(f"D-20261125-AAAAA{number}")
            enrolled = enrol_listed(listing, PaintedReader(), Kept(), AGREED)
            with pictures_of(vault, place):
                pass
            hashes.add(seal(vault, place, enrolled, built_at=NOON).list_sha256)
        assert len(hashes) == 3


class TestOnce:
    def test_a_list_is_built_once(self, vault: Vault, folder: Path) -> None:
        first = built(vault, folder).sealed
        before = stored(vault)
        with pytest.raises(Refusal, match=f"R5: {HERE} has its list"):
            built(vault, folder)
        assert stored(vault) == before
        assert open_sealed(vault, HERE, model="painted").sealed == first

    def test_seal_alone_does_not_go_over_it(self, vault: Vault, folder: Path) -> None:
        built(vault, folder)
        enrolled = enrol_listed(read(painted_list(folder)), PaintedReader(), Kept(), AGREED)
        before = stored(vault)
        with pytest.raises(Refusal, match="R5"):
            seal(vault, HERE, enrolled, built_at=NOON)
        assert stored(vault) == before

    def test_what_the_authority_does_not_allow_makes_not_even_a_compartment(
        self, vault: Vault, folder: Path
    ) -> None:
        before = stored(vault)
        listing, few = read(painted_list(folder)), Agreed(Numbers(max_entries=1))
        with pytest.raises(Refusal, match="R3"):
            build_sealed(vault, HERE, listing, PaintedReader(), few, built_at=NOON)
        assert stored(vault) == before
        assert not vault.exists(compartment_of(HERE))

    def test_a_refused_picture_leaves_no_list_and_may_be_mended(
        self, vault: Vault, folder: Path
    ) -> None:
        file = painted_list(folder)
        paint(folder / "ema-0.png", (5, 100, Problem.BLURRED))
        strict = Strictness(on_refusal="raise")
        with pytest.raises(Refusal, match="R6"):
            build_sealed(
                vault, HERE, read(file), PaintedReader(), AGREED, built_at=NOON, strictness=strict
            )
        assert vault.names(compartment_of(HERE)) == ()
        assert built(vault, folder).sealed.composition.entries == 5

    def test_destroyed_it_is_gone_and_never_built_again(self, vault: Vault, folder: Path) -> None:
        built(vault, folder)
        opened = open_sealed(vault, HERE, model="painted")
        vault.destroy(compartment_of(HERE))
        with pytest.raises(BadVault):
            open_sealed(vault, HERE, model="painted")
        with pytest.raises(BadVault):
            opened.picture(EntryId("E-0001"))
        with pytest.raises(Refusal, match="N5"):
            built(vault, folder)


class TestOtherVersions:
    def refuse(
        self, vault: Vault, folder: Path, words: str, change: Callable[[int, bytes], bytes]
    ) -> None:
        built(vault, folder)
        copied_to(vault, HERE, change)
        with pytest.raises(BadList, match=words) as caught:
            open_sealed(vault, HERE, model="painted")
        assert "\n" not in caught.value.line

    def test_a_later_format(self, vault: Vault, folder: Path) -> None:
        def later(number: int, record: bytes) -> bytes:
            return record.replace(b"overt list 1", b"overt list 2") if number == 0 else record

        self.refuse(vault, folder, "has the format 'overt list 2'. Use the version", later)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "casual"),
            ("entries", "5"),
            ("entries", 0),
            ("built_at", "2026-11-25T12:00:00"),
            ("salt", ""),
            ("format", None),
            ("extra", 1),
        ],
    )
    def test_a_header_that_is_none(
        self, vault: Vault, folder: Path, field: str, value: object
    ) -> None:
        def other(number: int, record: bytes) -> bytes:
            return (
                json.dumps(json.loads(record) | {field: value}).encode() if not number else record
            )

        self.refuse(vault, folder, f"header: {field}", other)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("category", "other"),
            ("under_18", "no"),
            ("entry", "Ada"),
            ("entry", "E-0004"),
            ("pictures", []),
            ("gait", 1),
        ],
    )
    def test_an_entry_that_is_none(
        self, vault: Vault, folder: Path, field: str, value: object
    ) -> None:
        def other(number: int, record: bytes) -> bytes:
            if number != 2:
                return record
            size = int.from_bytes(record[:4], "little")
            text = json.dumps(json.loads(record[4 : 4 + size]) | {field: value}).encode()
            return len(text).to_bytes(4, "little") + text + record[4 + size :]

        self.refuse(vault, folder, "record 2", other)

    @pytest.mark.parametrize("cut", [0, 3, 4, 100, -8, -1])
    def test_a_record_cut_short(self, vault: Vault, folder: Path, cut: int) -> None:
        self.refuse(vault, folder, "record 3", lambda n, r: r[:cut] if n == 3 else r)

    def test_a_record_too_long(self, vault: Vault, folder: Path) -> None:
        self.refuse(vault, folder, "as long as its templates", lambda n, r: r + b"\0" * (n == 1))

    @pytest.mark.parametrize("skip", [(5,), (3,), (0, 1, 2, 3, 4, 5)])
    def test_a_missing_record(self, vault: Vault, folder: Path, skip: tuple[int, ...]) -> None:
        built(vault, folder)
        copied_to(vault, HERE, skip=skip)
        with pytest.raises(BadList):
            open_sealed(vault, HERE, model="painted")

    def test_a_template_that_is_none(self, vault: Vault, folder: Path) -> None:
        def emptied(number: int, record: bytes) -> bytes:
            text = 4 + int.from_bytes(record[:4], "little")
            return record[:text] + b"\0" * len(record[text:]) if number == 2 else record

        built(vault, folder)
        copied_to(vault, HERE, emptied)
        with pytest.raises(Misuse, match="unit length"):
            open_sealed(vault, HERE, model="painted")


def test_the_vaults_own_errors_pass(vault: Vault, folder: Path) -> None:
    built(vault, folder)
    path = vault._folder / "files" / compartment_of(HERE).replace("/", "+") / LIST
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadVault):
        open_sealed(vault, HERE, model="painted")


def test_only_the_matcher_holds_templates_once_it_is_open(vault: Vault, folder: Path) -> None:
    built(vault, folder)
    opened = open_sealed(vault, HERE, model="painted")
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Template)] == []
    assert len(opened.matcher) == 5


def test_a_built_list_can_be_replaced_in_no_part(vault: Vault, folder: Path) -> None:
    done = built(vault, folder)
    opened = open_sealed(vault, HERE, model="painted")
    with pytest.raises(AttributeError):
        opened.matcher = None  # type: ignore[misc, assignment]
    with pytest.raises(ValueError, match="read-only"):
        opened.matcher.vectors[0, 0] = 0
    assert replace(done.sealed, pictures=1) != done.sealed

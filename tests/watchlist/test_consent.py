from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from overt.clock import ManualClock
from overt.errors import BadList, Misuse, OvertError, Refusal
from overt.policy import MAX_BLUE_LIST
from overt.watchlist import image as image_module
from overt.watchlist.consent import read_blue_list, write_consent_form

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = ManualClock(datetime(2026, 3, 5, 12, tzinfo=UTC))
HEAD = "person,consented_on,witness\n"
ALL = HEAD + "Anna,2026-03-05,Wim\nZoë,2025-12-31,Wim\n"


@pytest.fixture(autouse=True)
def _no_picture_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        pytest.fail("a picture was read")

    monkeypatch.setattr(image_module, "read_file", read)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Anna/1.jpg", "Anna/2.jpg", "Zoë.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def register(folder: Path, text: str) -> Path:
    (folder / "consent.csv").write_text(text, encoding="utf-8")
    return folder


def refuse(folder: Path, error: type[OvertError], words: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}
    with pytest.raises(error, match=words) as caught:
        read_blue_list(folder, CLOCK)
    assert "\n" not in caught.value.line
    assert {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))} == before


def test_volunteers_who_consented_are_listed(folder: Path) -> None:
    images = read_blue_list(register(folder, ALL), CLOCK)
    assert [(image.entry, image.name) for image in images] == [
        ("Anna", "Anna/1.jpg"),
        ("Anna", "Anna/2.jpg"),
        ("Zoë", "Zoë.jpg"),
    ]


def test_without_a_register_everybody_is_named_with_the_command(folder: Path) -> None:
    refuse(folder, Refusal, f"N6: .* for Anna, Zoë. Run `overt trial consent {folder}`")


@pytest.mark.parametrize(
    "line", ["", "Zoë,,\n", "Zoë,2026-03-05,\n", "Zoë,,Wim\n", "Zoë, ,Wim\n", '"Zoë","",""\n']
)
def test_whoever_has_not_consented_is_named_with_the_command(folder: Path, line: str) -> None:
    text = HEAD + "Anna,2026-03-05,Wim\n" + line
    refuse(register(folder, text), Refusal, "N6: .* consent of Zoë. Run `overt trial consent")


def test_consent_from_tomorrow(folder: Path) -> None:
    text = ALL.replace("2026-03-05", "2026-03-06")
    refuse(register(folder, text), Refusal, "N6: .*line 2.*Anna consents on 2026-03-06, in the f")


@pytest.mark.parametrize(
    "written", ["5.3.2026", "2026-3-5", "20260305", "2026-02-30", "yes", "٢٠٢٦-٠٣-٠٥", "2026-W10-4"]
)
def test_what_is_no_date(folder: Path, written: str) -> None:
    text = ALL.replace("2026-03-05", written)
    refuse(register(folder, text), BadList, "line 2, column consented_on: .* is not a date")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ALL + "Bo,2026-01-01,Wim\n", "line 4, column person: there is no picture of Bo"),
        (ALL + "Anna,2026-01-01,Wim\n", "line 4, column person: Anna is already on line 2"),
        (ALL + ",2026-01-01,Wim\n", "line 4, column person: it is blank"),
        ("person,date,witness\n", "line 1, column 2: there is no column 'date'"),
        ("", "consent.csv: the file is empty"),
        (ALL + "Bo\n", "line 4: it has 1 fields"),
    ],
)
def test_a_malformed_register(folder: Path, text: str, words: str) -> None:
    refuse(register(folder, text), BadList, words)


def test_a_list_too_long_for_volunteers(tmp_path: Path) -> None:
    for number in range(MAX_BLUE_LIST + 1):
        (tmp_path / f"{number}.jpg").touch()
    refuse(tmp_path, Refusal, "N6: .* lists 1,001 people; the limit is 1,000")
    with pytest.raises(Refusal, match="N6"):
        write_consent_form(tmp_path)
    assert not (tmp_path / "consent.csv").exists()
    (tmp_path / "0.jpg").unlink()
    write_consent_form(tmp_path)
    refuse(tmp_path, Refusal, "N6: .* consent of 1, 10, 100, 1000, 101 and 995 more")


def test_nobody_and_no_folder(tmp_path: Path) -> None:
    refuse(tmp_path, BadList, "lists nobody")
    with pytest.raises(BadList, match="cannot be read"):
        read_blue_list(tmp_path / "none", CLOCK)
    (tmp_path / "list.csv").write_text("image,person\n")
    with pytest.raises(Misuse, match="a blue list is a folder"):
        read_blue_list(tmp_path / "list.csv", CLOCK)


def test_the_form_has_a_line_for_each_person_and_consents_for_nobody(folder: Path) -> None:
    written = write_consent_form(folder)
    assert written.read_text(encoding="utf-8") == HEAD + "Anna,,\nZoë,,\n"
    refuse(folder, Refusal, "consent of Anna, Zoë")
    filled = written.read_text(encoding="utf-8").replace(",,", ",2026-01-02,Wim")
    written.write_text(filled, encoding="utf-8")
    assert len(read_blue_list(folder, CLOCK)) == 3


def test_the_form_quotes_names(tmp_path: Path) -> None:
    (tmp_path / 'Bo "B", jr.jpg').touch()
    written = write_consent_form(tmp_path)
    text = written.read_text(encoding="utf-8").replace(",,", ",2026-01-02,Wim")
    written.write_text(text, encoding="utf-8")
    assert [image.entry for image in read_blue_list(tmp_path, CLOCK)] == ['Bo "B", jr']


def test_the_form_never_overwrites(folder: Path) -> None:
    register(folder, ALL)
    with pytest.raises(BadList, match="never overwritten"):
        write_consent_form(folder)
    assert (folder / "consent.csv").read_text(encoding="utf-8") == ALL


def test_a_link_where_the_form_would_go_is_not_followed(folder: Path) -> None:
    target = folder / ".target"
    (folder / "consent.csv").symlink_to(target)
    with pytest.raises(BadList, match="never overwritten"):
        write_consent_form(folder)
    assert not target.exists()


def test_ctrl_c_leaves_no_half_form(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def getvalue(self) -> str:
            assert (folder / "consent.csv").exists()  # it comes while the file is open
            raise KeyboardInterrupt

    monkeypatch.setattr(io, "StringIO", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_consent_form(folder)
    assert not (folder / "consent.csv").exists()


@pytest.mark.timeout(10)
def test_a_pipe_for_a_register_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "consent.csv")
    refuse(folder, BadList, "is a pipe")

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from listed import painted_list, row, write
from painted import PaintedReader, paint
from PIL import Image
from typer.testing import CliRunner, Result

import overt.live.reader
from overt.cli.watchlist import app
from overt.errors import BadList
from overt.values import Problem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def packs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packs asked for, in place of loading one."""
    asked: list[str] = []

    def open_reader(pack: str) -> object:
        asked.append(pack)
        return PaintedReader()

    monkeypatch.setattr(overt.live.reader, "open_reader", open_reader)
    return asked


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["inspect", *map(str, arguments)])


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_usable_list(tmp_path: Path, packs: list[str]) -> None:
    paint(tmp_path / "anna.png", (1, 100, None))
    paint(tmp_path / "bo.png", (2, 100, None), (3, 20, None))
    before = everything(tmp_path)
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert "2 people accepted, 0 refused; 2 pictures accepted, 0 refused, 0 rep" in result.stdout
    assert "Nothing is stored." in result.stdout
    assert "Note: bo.png: smaller faces left out: 1" in result.stdout
    assert "Refused pictures" not in result.stdout
    assert everything(tmp_path) == before
    assert packs == ["builtin"]


def test_refused_pictures_are_shown_with_reasons(tmp_path: Path) -> None:
    paint(tmp_path / "[red]anna.png", (1, 100, Problem.TOO_DARK))
    paint(tmp_path / "bo.png", (2, 100, None))
    (tmp_path / "Thumbs.db").touch()
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "[red]anna" in result.stdout  # a name is no markup
    assert "too dark: grey level 21, at least 35 wanted" in result.stdout
    assert "1 person accepted, 1 refused" in result.stdout
    assert "passed over 1 hidden or system files: Thumbs.db" in result.stdout


def test_json_is_one_document(tmp_path: Path, packs: list[str]) -> None:
    paint(tmp_path / "a.png", (1, 100, Problem.TOO_DARK))
    copy = paint(tmp_path / "Zoë" / "1.png", (2, 100, None)).read_bytes()
    (tmp_path / "Zoë" / "2.png").write_bytes(copy)
    Image.new("RGB", (4, 4)).save(tmp_path / "c.png")
    result = run(tmp_path, "--json", "--pack", "other")
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert packs == ["other"]
    assert said["stored"] is False
    assert said["model"] == "painted"
    assert said["people"] == {"accepted": 1, "refused": 2}
    assert said["images"] == {"accepted": 1, "refused": 2, "repeated": 1}
    assert said["refused_people"] == ["a", "c"]
    assert [(p["person"], p["outcome"]) for p in said["pictures"]] == [
        ("Zoë", "accepted"),
        ("Zoë", "repeated"),
        ("a", "refused"),
        ("c", "refused"),
    ]
    assert said["pictures"][2]["reasons"] == [
        {
            "cause": "quality",
            "problem": "too_dark",
            "words": "too dark: grey level 21, at least 35 wanted",
        }
    ]
    assert said["pictures"][2]["quality"]["brightness"] == 21.0


def test_a_csv(tmp_path: Path) -> None:
    paint(tmp_path / "x.png", (1, 100, None))
    (tmp_path / "list.csv").write_text("image,person\nx.png,Anna\n")
    assert "1 person accepted, 0 refused; 1 picture accepted" in run(tmp_path / "list.csv").stdout


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_a_malformed_list_is_refused_before_a_model_is_loaded(
    tmp_path: Path, packs: list[str], flags: list[str]
) -> None:
    (tmp_path / "list.csv").write_text("image,person\nx.png,Anna\n")
    result = run(tmp_path / "list.csv", *flags)
    assert isinstance(result.exception, BadList)
    assert "line 2, column image" in result.exception.line
    assert result.stdout == ""
    assert packs == []


def test_help_has_an_example() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert "Example: overt watchlist inspect" in result.stdout


class TestOperationalList:
    def test_faults_are_listed_one_a_line_and_nothing_is_read(
        self, tmp_path: Path, packs: list[str]
    ) -> None:
        file = write(tmp_path, row(provenance="passport"), row(person="Bo", image="b", reason="x"))
        before = everything(tmp_path)
        result = run(file)
        assert result.exit_code == 1
        first, second, last = result.stdout.splitlines()
        assert first.startswith(f"Fault: N4: {file}, line 2, column provenance: 'passport' images")
        assert second.startswith(f"Fault: R3: {file}, line 3, column reason: 'x' is too little")
        assert last == "2 faults; the list is refused. Nothing is stored."
        assert everything(tmp_path) == before
        assert packs == []  # no model was loaded
        document = json.loads(run(file, "--json").stdout)
        assert len(document["faults"]) == 2
        assert (document["all_usable"], document["stored"]) == (False, False)

    def test_a_sound_one_goes_on_to_its_pictures(self, tmp_path: Path) -> None:
        file = painted_list(tmp_path, Bo="date_of_birth=")
        before = everything(tmp_path)
        result = run(file)
        assert result.exit_code == 0, result.output
        assert "To be read: R7: Bo has no date of birth" in result.stdout
        assert "5 people accepted, 0 refused; 6 pictures accepted" in result.stdout
        document = json.loads(run(file, "--json").stdout)
        assert document["warnings"] == ["R7: Bo has no date of birth: are they surely 18 or over?"]
        assert everything(tmp_path) == before

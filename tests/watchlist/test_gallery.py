from __future__ import annotations

import os
import time
import unicodedata
from typing import TYPE_CHECKING

import pytest

from overt.errors import BadList
from overt.policy import MAX_IMAGES_PER_ENTRY
from overt.watchlist.gallery import Gallery, read_csv, read_folder, read_gallery

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> None:
    """Files by name. Listing reads none of them, so they hold no picture."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def listed(gallery: Gallery) -> list[tuple[str, str]]:
    return [(image.entry, image.name) for image in gallery.images]


def refuse(source: Path, words: str) -> None:
    with pytest.raises(BadList, match=words) as caught:
        read_gallery(source)
    assert "\n" not in caught.value.line


class TestFolder:
    def test_both_layouts_in_order_of_name(self, tmp_path: Path) -> None:
        put(tmp_path, "Zoë.jpg", "Anna/2.PNG", "Anna/1.jpg", "Mr. Bo.Tiff", "Anna.jpeg")
        assert listed(read_folder(tmp_path)) == [
            ("Anna", "Anna/1.jpg"),
            ("Anna", "Anna/2.PNG"),
            ("Anna", "Anna.jpeg"),
            ("Mr. Bo", "Mr. Bo.Tiff"),
            ("Zoë", "Zoë.jpg"),
        ]
        assert read_folder(tmp_path).entries == ("Anna", "Mr. Bo", "Zoë")

    def test_names_are_normalised(self, tmp_path: Path) -> None:
        decomposed = unicodedata.normalize("NFD", "Jürgen Åström 李明")
        put(tmp_path, f"{decomposed}.jpg", "Jürgen Åström 李明/b.jpg")
        assert read_folder(tmp_path).entries == ("Jürgen Åström 李明",)
        assert len(read_folder(tmp_path).images) == 2

    def test_hidden_and_system_files_are_passed_over_and_said(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jpg", ".DS_Store", "Thumbs.db", "b/DESKTOP.INI", "b/1.jpg", ".x/y.jpg")
        gallery = read_folder(tmp_path)
        assert gallery.entries == ("a", "b")
        assert gallery.notices == (
            "passed over 4 hidden or system files: .DS_Store, .x, Thumbs.db, b/DESKTOP.INI",
        )

    def test_the_consent_register_is_no_picture(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jpg", "consent.csv", "b/consent.csv")
        # Only at the top, where it belongs; deeper it is a file that is no picture.
        assert listed(read_folder(tmp_path)) == [("a", "a.jpg"), ("b", "b/consent.csv")]

    def test_a_file_that_is_no_picture_stays_listed_to_be_refused(self, tmp_path: Path) -> None:
        put(tmp_path, "a.jpg", "notes.txt")
        assert read_folder(tmp_path).entries == ("a", "notes.txt")

    def test_names_that_differ_in_case_alone_are_noticed(self, tmp_path: Path) -> None:
        put(tmp_path, "anna.jpg", "Anna.jpg")
        gallery = read_folder(tmp_path)
        assert gallery.entries == ("Anna", "anna")
        assert gallery.notices == ("listed as 2 different people, by letter case: Anna, anna",)

    def test_faults_of_structure(self, tmp_path: Path) -> None:
        refuse(tmp_path / "none", "there is no such file")
        refuse(tmp_path, "lists nobody")
        (tmp_path / "empty").mkdir()
        refuse(tmp_path, "holds no picture")
        put(tmp_path, "empty/deeper/1.jpg")
        refuse(tmp_path, "may not lie deeper")

    def test_only_hidden_files_is_nobody(self, tmp_path: Path) -> None:
        put(tmp_path, ".hidden.jpg")
        refuse(tmp_path, "lists nobody")

    def test_neither_folder_nor_csv(self, tmp_path: Path) -> None:
        put(tmp_path, "list.xlsx")
        refuse(tmp_path / "list.xlsx", "neither a folder nor a CSV")

    def test_a_folder_linked_from_elsewhere(self, tmp_path: Path) -> None:
        put(tmp_path, "elsewhere/1.jpg")
        (tmp_path / "list").mkdir()
        (tmp_path / "list" / "anna").symlink_to(tmp_path / "elsewhere")
        refuse(tmp_path / "list", "outside the list's folder")

    @pytest.mark.parametrize(
        ("name", "code"),
        [(b"a\xff.jpg", "U\\+DCFF"), (b"a\x1b[2J.jpg", "U\\+001B"), ("a\u202eb.jpg", "U\\+202E")],
    )
    def test_names_that_cannot_be_shown(self, tmp_path: Path, name: bytes | str, code: str) -> None:
        (tmp_path / os.fsdecode(name)).touch()
        refuse(tmp_path, code)
        with pytest.raises(BadList) as caught:
            read_folder(tmp_path)
        assert caught.value.line.isprintable()

    def test_a_pictures_name_that_cannot_be_shown_is_escaped(self, tmp_path: Path) -> None:
        (tmp_path / "anna").mkdir()
        (tmp_path / "anna" / os.fsdecode(b"\xff\x1b.jpg")).touch()
        assert listed(read_folder(tmp_path)) == [("anna", "anna/\\udcff\\x1b.jpg")]

    def test_a_name_too_long_or_blank(self, tmp_path: Path) -> None:
        put(tmp_path, "x" * 201 + ".jpg")
        refuse(tmp_path, "201 characters; the limit is 200")
        (tmp_path / ("x" * 201 + ".jpg")).unlink()
        put(tmp_path, "  /1.jpg")
        refuse(tmp_path, "name is blank")

    def test_too_many_pictures_of_one_person(self, tmp_path: Path) -> None:
        put(tmp_path, *(f"anna/{n}.jpg" for n in range(MAX_IMAGES_PER_ENTRY)))
        assert len(read_folder(tmp_path).images) == MAX_IMAGES_PER_ENTRY
        put(tmp_path, "anna.jpg")
        refuse(tmp_path, "R6: .*anna has 21 pictures; the limit is 20")

    def test_ten_thousand_people_are_listed_quickly(self, tmp_path: Path) -> None:
        for number in range(10_000):
            (tmp_path / f"{number:05d}.jpg").touch()
        started = time.perf_counter()
        assert len(read_folder(tmp_path).entries) == 10_000
        assert time.perf_counter() - started < 5


class TestCsv:
    def csv(self, folder: Path, text: str | bytes) -> Path:
        put(folder, "a.jpg", "b/1.jpg", "Zoë, the 2nd.jpg")
        file = folder / "list.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_read(self, tmp_path: Path, mark: bytes, end: str) -> None:
        lines = ["image,person", '"Zoë, the 2nd.jpg","Zoë, ""Zo"""', "./a.jpg, Anna ", "b/1.jpg,李"]
        gallery = read_gallery(self.csv(tmp_path, mark + end.join([*lines, ""]).encode()))
        assert listed(gallery) == [
            ("Anna", "a.jpg"),
            ('Zoë, "Zo"', "Zoë, the 2nd.jpg"),
            ("李", "b/1.jpg"),
        ]

    def test_relative_to_its_own_folder_wherever_we_are(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = self.csv(tmp_path, "image,person\na.jpg,Anna\n")
        monkeypatch.chdir("/")
        assert read_csv(file).images[0].path == tmp_path / "a.jpg"

    def test_a_name_spelt_in_another_unicode_form_is_found(self, tmp_path: Path) -> None:
        name = unicodedata.normalize("NFD", "Zoë, the 2nd.jpg")
        assert len(read_csv(self.csv(tmp_path, f'image,person\n"{name}",Zoë\n')).images) == 1

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "the file is empty"),
            ("image,person\n", "lists nobody"),
            ("person,image\na,a.jpg\n", "line 1: the columns are person,image"),
            ("image\na.jpg\n", "line 1: the columns are image"),
            ("image,person,age\na.jpg,Anna,7\n", "line 1, column 3: there is no column 'age'"),
            ("Image,person\na.jpg,Anna\n", "line 1, column 1: there is no column 'Image'"),
            ("image;person\na.jpg;Anna\n", "line 1, column 1"),
            ("image,person\na.jpg,Anna\n\n", "line 3: the line is blank"),
            ("image,person\n,\n", "line 2: the line is blank"),
            ("image,person\na.jpg,\n", "line 2, column person: it is blank"),
            ("image,person\n ,Anna\n", "line 2, column image: it is blank"),
            ("image,person\na.jpg,Anna,x\n", "line 2: it has 3 fields where 2"),
            ("image,person\na.jpg\n", "line 2: it has 1 fields where 2"),
            ("image,person\na.jpg,Anna\n./a.jpg,Anna\n", "line 3: it repeats line 2"),
            ("image,person\n/etc/passwd,Anna\n", "line 2, column image: .* outside"),
            ("image,person\nb/../../a.jpg,Anna\n", "line 2, column image: .* outside"),
            ("image,person\nc.jpg,Anna\n", "line 2, column image: there is no file 'c.jpg'"),
            ("image,person\nb\\1.jpg,Anna\n", "Use forward slashes"),
            ('image,person\n"a.jpg,Anna\n', "line 2: it is not a well-formed CSV"),
            ('image,person\n"a"b.jpg,Anna\n', "line 2: it is not a well-formed CSV"),
            ("image,person\na.jpg,An\u202ena\n", "line 2, column person: .* U\\+202E"),
            (b"image,person\na.jpg,Zo\xeb\n", "line 2: it is not UTF-8"),
            ("image,person\na.jpg,Anna\n".encode("utf-16"), "line 1: it is not UTF-8"),
            ("image,person\na.jpg,An\0na\n", "line 2: it holds a zero byte"),
            ("image,person\n" + "a" * 200_000 + ",Anna\n", "line 2: .*field"),
            ("image,person\n" + "a" * 5_000 + ",Anna\n", "line 2, column image: there is no file"),
        ],
    )
    def test_refused_by_line_and_column(
        self, tmp_path: Path, text: str | bytes, words: str
    ) -> None:
        refuse(self.csv(tmp_path, text), words)

    @pytest.mark.timeout(10)
    def test_a_pipe_for_a_csv_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "list.csv")
        refuse(tmp_path / "list.csv", "is a pipe")

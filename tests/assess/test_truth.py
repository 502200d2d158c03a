from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overt.assess.truth import Pass, read_truth
from overt.errors import BadTruth
from overt.values import EntryId

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "track_start_s,track_end_s,person\n"
LISTED = {EntryId("Zoë"), EntryId("b")}

BAD = {
    "empty": ("", "first line"),
    "no rows": (HEAD, "holds no passes"),
    "other columns": ("start,end,person\n1,2,b\n", "first line"),
    "too few columns": (HEAD + "1,2\n", "line 2: wants 3 columns"),
    "too many columns": (HEAD + "1,2,b,c\n", "line 2: wants 3 columns"),
    "no number": (HEAD + "1,2,b\nx,2,b\n", "line 3: track_start_s = 'x'"),
    "not a number": (HEAD + "nan,2,b\n", "track_start_s = 'nan'"),
    "infinite": (HEAD + "0,inf,b\n", "track_end_s = 'inf'"),
    "negative": (HEAD + "-1,2,b\n", "track_start_s"),
    "backwards": (HEAD + "3,2,b\n", "track_end_s = 2 lies before track_start_s = 3"),
    "broken quotes": (HEAD + '1,2,"b\n', "line"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_name_the_line_and_the_column(tmp_path: Path, name: str) -> None:
    text, wanted = BAD[name]
    path = tmp_path / "truth.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadTruth, match=wanted) as refusal:
        read_truth(path, LISTED)
    assert str(path) in str(refusal.value)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match="cannot be read"):
        read_truth(tmp_path / "none.csv", LISTED)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(BadTruth, match="not UTF-8"):
        read_truth(tmp_path / "binary.csv", LISTED)


def test_people_off_the_list_are_passers_by_and_names_are_normalised(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    decomposed = "Zoe\N{COMBINING DIAERESIS}"
    path.write_text(f"\ufeff{HEAD}5,6,stranger\n1,2.5,{decomposed}\n1,2,\n", encoding="utf-8")
    assert read_truth(path, LISTED) == (
        Pass(1, 2, None),
        Pass(1, 2.5, EntryId("Zoë")),
        Pass(5, 6, None),
    )

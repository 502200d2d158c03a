"""A session killed at random moments and started again each time: bench/kill_nine.py in short."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from kill_nine import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_was_acknowledged_stands_and_the_list_dies_in_its_hour(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kill-") as folder:  # a socket's path has few bytes
        found = run(Path(folder), kills=6, seed=2, listed=8, per=4)
    assert found.faults == []  # R10, R12, R21, N13
    assert found.kills >= 6
    assert found.deeds.counted("acknowledged") > 0

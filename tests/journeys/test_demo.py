"""The demo, as a newcomer runs it: the real command, the real models, the generated street."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OVERT = Path(sys.executable).parent / "overt"


def demo(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [OVERT, "demo", "--headless", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "120", "TMPDIR": str(folder)},
    )


def test_the_five_listed_people_are_prompted_and_nobody_else(tmp_path: Path) -> None:
    done = demo("--fast", "--seconds", "25", "--people", "9", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert sorted(prompt["entry"] for prompt in result["prompts"]) == [
        f"Person 0{number}" for number in range(1, 6)
    ]
    assert result["list"]["entries"] == 40
    assert result["rates"]["true_alerts"] == 5
    assert result["rates"]["false_alerts"] == 0
    assert result["rates"]["tpir"]["trials"] == 5
    assert result["rates"]["fpir"]["trials"] == 4
    assert result["frames"] == 625
    assert result["capture_to_prompt_ms"]["p95"] > 0
    assert list(tmp_path.iterdir()) == []  # nothing is left of the stills


def test_at_a_cameras_pace_stale_frames_are_dropped_and_prompts_still_come(
    tmp_path: Path,
) -> None:
    done = demo("--seconds", "20", "--people", "5", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Possible match 1" in done.stdout
    assert "TPIR" in done.stdout
    assert "Capture to prompt" in done.stdout


@pytest.mark.parametrize(
    ("option", "value"),
    [("--seconds", "3"), ("--seconds", "nan"), ("--people", "4"), ("--people", "99999"),
     ("--seed", "-1"), ("--pack", "none-such")],
)  # fmt: skip
def test_figures_out_of_range_are_refused_in_one_line(
    option: str, value: str, tmp_path: Path
) -> None:
    done = demo(option, value, folder=tmp_path)
    assert done.returncode in (1, 2)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("overt: ")]
    assert option.strip("-") in line or value in line
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []

"""`overt bench`: a minute's measurement of this machine, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


def overt_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "overt", "bench", *arguments],
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.mark.slow
def test_the_machine_is_measured_and_nothing_is_left_behind() -> None:
    before = set(Path(tempfile.gettempdir()).glob("overt-bench-*"))
    done = overt_bench("--cameras", "1", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    parts = {(one["part"], one["identity"].split("-")[0]) for one in found["engines"]}
    assert {("detector", "onnxruntime"), ("recogniser", "onnxruntime")} <= parts
    assert all(one["ms"] > 0 for one in found["engines"])
    path, cameras = found["path"], found["cameras"]
    assert path["frames"] == 300
    assert 0.3 < path["model_share"] < 1
    assert cameras["frames_in"] == 300
    # The newest frame may still wait to be looked at when the time is up.
    assert 299 <= cameras["looked_at"] + cameras["dropped"] <= 300
    assert cameras["prompts_wanted"] == 4
    assert cameras["prompts_missed"] == 0
    assert 0 < cameras["capture_to_prompt_ms"]["p50"] <= cameras["capture_to_prompt_ms"]["p95"]
    assert len(cameras["each"]) == 1
    assert 1 <= found["cameras_carried_estimate"] <= 16
    assert set(Path(tempfile.gettempdir()).glob("overt-bench-*")) == before


def test_more_cameras_than_a_deployment_has_are_refused() -> None:
    done = overt_bench("--cameras", "17")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == "overt: --cameras 17: 1 to 16 can be watched"
    assert "Traceback" not in done.stderr


def test_help_shows_an_example() -> None:
    assert "overt bench --cameras 4" in " ".join(overt_bench("--help").stdout.split())

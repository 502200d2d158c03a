"""The demo, as a newcomer runs it: the real command, the real models, the generated street.

Where the machine allows it, the deployment is played with no network at all (R25).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

OVERT = Path(sys.executable).parent / "overt"


NO_NETWORK = ("unshare", "--net", "--map-root-user")
"""Runs a program in a network of its own, which reaches nothing (R25)."""


def demo(
    *arguments: str, folder: Path, within: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*within, OVERT, "demo", "--headless", *arguments],
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


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, Path]:
    """A whole deployment on the street, played once: its result, what was told, its folder."""
    folder = tmp_path_factory.mktemp("demo")
    alone = subprocess.run([*NO_NETWORK, "true"], capture_output=True, check=False).returncode == 0
    within = NO_NETWORK if alone else ()
    done = demo("--seconds", "24", "--people", "8", "--json", folder=folder, within=within)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr, folder


def test_the_whole_life_of_a_deployment_is_told_step_by_step(
    played: tuple[dict[str, Any], str, Path],
) -> None:
    _, told, _ = played
    steps = ("application", "authorised", "enrolled", "noticed", "signs", "live: two", "closed",
             "list is destroyed", "erased", "published: the")  # fmt: skip
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert "possible match" in told
    assert "operator: possible" in told


def test_the_record_counts_what_happened(played: tuple[dict[str, Any], str, Path]) -> None:
    result, told, _ = played
    record = result["record"]
    assert record["alerts"]["total"] == told.count("possible match with") > 0
    assert result["listed_prompted"] == result["listed_walking"] == 5
    assert record["rates"]["false_over_faces"]["events"] == 0


def test_the_ledger_holds_and_the_certificates_are_as_many_as_what_died(
    played: tuple[dict[str, Any], str, Path],
) -> None:
    result, _, _ = played
    verification = result["verification"]
    assert verification["ok"], verification["findings"]
    assert {verification["shown"][rule] for rule in ("R1", "R4", "R10", "R11", "R12", "R27")} == {
        "shown"
    }
    kept = [one["kept"] for one in result["certificates"]]
    assert kept.count("watchlist") == kept.count("texts") == 1
    assert kept.count("alert") == result["record"]["alerts"]["total"]


def test_nothing_is_left_of_the_demo(played: tuple[dict[str, Any], str, Path]) -> None:
    assert list(played[2].iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("--seconds", "3"), ("--seconds", "nan"), ("--people", "4"), ("--people", "99999"),
     ("--seed", "-1")],
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

"""`overt ledger show` and `overt ledger verify`, run as a person runs them (R24)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from whole_story import whole, write

from overt.records.checkpoint import public_key_of
from overt.records.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def overt(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "overt", "ledger", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def told(tmp_path: Path, signer: Ed25519PrivateKey) -> Path:
    return write(tmp_path / "ledger.jsonl", signer, whole())


def test_a_true_ledger_is_verified(told: Path, signer: Ed25519PrivateKey) -> None:
    head = verify(told).head
    done = overt("verify", told, "--head", head, "--key", public_key_of(signer))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing found." in done.stdout
    assert "R10" in done.stdout
    assert head in done.stdout
    assert "--head" not in done.stdout
    assert "No --head was given" in overt("verify", told).stdout


def test_an_altered_ledger_is_exit_code_1_and_the_line_is_named(told: Path) -> None:
    told.write_bytes(told.read_bytes().replace(b'"stop_seconds":340', b'"stop_seconds":34'))
    done = overt("verify", told)
    assert done.returncode == 1
    assert "5 prev" in done.stdout
    as_json = overt("verify", told, "--json")
    assert as_json.returncode == 1
    said = json.loads(as_json.stdout)
    assert not said["ok"]
    assert [one["rule"] for one in said["findings"]] == ["5 prev"]


def test_a_list_in_two_ledgers_is_found(told: Path, tmp_path: Path) -> None:
    # N5
    done = overt("verify", told, "--other", told)
    assert done.returncode == 1
    assert "another ledger" in done.stdout


def test_events_are_shown_in_their_order(told: Path) -> None:
    done = overt("show", told)
    assert done.returncode == 0
    assert done.stdout.index("ApplicationMade") < done.stdout.index("WentLive")
    lines = [json.loads(line) for line in overt("show", told, "--json").stdout.splitlines()]
    assert [line["seq"] for line in lines] == list(range(61))
    assert lines[0]["event"] == "LedgerOpened"


@pytest.mark.parametrize("command", ["show", "verify"])
def test_what_cannot_be_read_is_one_line(tmp_path: Path, command: str) -> None:
    done = overt(command, tmp_path / "gone")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No such file" in done.stderr
    (tmp_path / "x").write_bytes(b"\x00garbage\n")
    assert overt(command, tmp_path / "x").returncode == 1

"""`overt models` on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from overt.cli.models import app
from overt.errors import BadModel

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Homes, Sample

RUN = CliRunner()


def states() -> dict[str, str]:
    answer = RUN.invoke(app, ["list", "--json"])
    assert answer.exit_code == 0
    return {pack["name"]: pack["state"] for pack in json.loads(answer.stdout)}


def test_list_says_what_each_pack_lacks_and_changes_nothing(homes: Homes) -> None:
    assert states() == {"builtin": "ready", "opencv-zoo": "needs pull", "retail": "missing"}
    assert homes.files() == {}


def test_list_shows_licence_and_permitted_use(sample: Sample) -> None:
    RUN.invoke(app, ["add", str(sample.manifest)])
    shown = " ".join(RUN.invoke(app, ["list"]).stdout.split())
    assert "sample ready CC0-1.0 tests" in shown
    assert "overt models pull opencv-zoo" in shown


def test_add_check_and_find_an_alteration(sample: Sample, homes: Homes) -> None:
    assert RUN.invoke(app, ["add", str(sample.manifest)]).exit_code == 0
    assert states()["sample"] == "ready"
    assert RUN.invoke(app, ["check", "sample"]).exit_code == 0
    path = homes.models / "sample" / "detector.onnx"
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    assert states()["sample"] == "altered"
    for arguments in (["check"], ["check", "sample"], ["check", "--json"]):
        answer = RUN.invoke(app, arguments)
        assert answer.exit_code == 1
        assert "detector.onnx has the SHA-256" in answer.stderr


def test_a_spoilt_manifest_shows_as_altered(sample: Sample, homes: Homes) -> None:
    RUN.invoke(app, ["add", str(sample.manifest)])
    (homes.models / "sample" / "manifest.toml").write_text("name = ")
    assert states()["sample"] == "altered"
    answer = RUN.invoke(app, ["check"])
    assert answer.exit_code == 1
    assert "no TOML" in answer.stderr


def test_check_runs_the_builtin_networks(homes: Homes) -> None:
    answer = RUN.invoke(app, ["check"])
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "builtin: ready",
        "opencv-zoo: not fetched",
        "retail: not fetched",
    ]


def test_check_of_a_named_pack_that_is_not_here_fails(homes: Homes) -> None:
    answer = RUN.invoke(app, ["check", "retail"])
    assert answer.exit_code == 1
    assert "missing: retail" in answer.stderr


def test_a_refusal_reaches_the_caller(homes: Homes, tmp_path: Path) -> None:
    answer = RUN.invoke(app, ["add", str(tmp_path / "none.toml")])
    assert isinstance(answer.exception, BadModel)
    assert "none.toml" in answer.exception.line


@pytest.mark.parametrize("command", ["list", "pull", "add", "check"])
def test_each_command_shows_an_example(command: str) -> None:
    assert f"Example: overt models {command}" in RUN.invoke(app, [command, "--help"]).stdout


@pytest.mark.shared_data
def test_retail_from_a_folder(homes: Homes, shared_data: Path) -> None:
    answer = RUN.invoke(app, ["add", "retail", "--files", str(shared_data / "models"), "--json"])
    assert answer.exit_code == 0, answer.exception
    assert json.loads(answer.stdout) == {"pack": "retail", "folder": str(homes.models / "retail")}
    assert states()["retail"] == "ready"
    assert RUN.invoke(app, ["check", "retail"]).exit_code == 0


@pytest.mark.shared_data
def test_retail_from_the_folder_named_in_the_environment(
    homes: Homes, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERT_MODELS_DIR", str(shared_data / "models"))
    assert states()["retail"] == "ready"

"""`overt user`, run as people run it: no password in an argument, a list or an error."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from overt.records.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


def overt(home: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "overt", "user", *words],
        env=os.environ
        | {"OVERT_HOME": str(home), "OVERT_KEY_FILE": str(home.with_name("key"))}
        | env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def accounts(home: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(overt(home, "list", "--json").stdout)
    return listed


def test_a_person_is_added_listed_and_disabled(home: Path, password_file: Path) -> None:
    assert "There is no account yet" in overt(home, "list").stdout
    words = (
        "add",
        "a.jones",
        "--name",
        "Alex [b]Jones",
        "--role",
        "operator",
        "--role",
        "engineer",
    )
    added = overt(home, *words, OVERT_PASSWORD_FILE=str(password_file))
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout == "a.jones: added as engineer, operator\n"
    assert "Alex [b]Jones" in overt(home, "list").stdout
    (listed,) = accounts(home)
    assert (listed["id"], listed["roles"]) == ("a.jones", ["engineer", "operator"])
    assert listed["disabled"] is False
    disabled = overt(home, "disable", "a.jones")
    assert disabled.stdout == "a.jones: disabled for good; its public key stays\n"
    assert accounts(home) == [listed | {"disabled": True}]
    assert PASSWORD not in added.stdout + disabled.stdout + str(accounts(home))
    # R21: the instance's own chain says so, by id, role and key; it holds no name.
    chain = (home / "ledger" / "instance.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in chain.splitlines()]
    told = [one for one in lines if one["event"].startswith("Account")]
    assert [(one["event"], one["body"]["account"]) for one in told] == [
        ("AccountAdded", "a.jones"),
        ("AccountDisabled", "a.jones"),
    ]
    assert told[0]["body"]["roles"] == "engineer operator"
    assert told[0]["body"]["public_key"] == listed["public_key"]
    assert "Alex" not in chain
    assert verify(home / "ledger" / "instance.jsonl").ok


@pytest.mark.parametrize(
    ("words", "env", "code", "said"),
    [
        (("add", "b", "--name", "B", "--role", "chief"), {}, 2, "'chief' is not one of"),
        (("add", "b", "--name", "B", "--role", "auditor"), {}, 2, "no terminal to ask"),
        (
            ("add", "b", "--name", "B", "--role", "auditor"),
            {"OVERT_PASSWORD": PASSWORD},
            2,
            "OVERT_PASSWORD is refused",
        ),
        (
            ("add", "b", "--name", "B", "--role", "auditor"),
            {"OVERT_PASSWORD_FILE": "/nowhere/password"},
            1,
            "/nowhere/password",
        ),
        (
            ("add", "b", "--name", "B", "--role", "auditor", "--role", "operator"),
            {"OVERT_PASSWORD_FILE": "password"},
            1,
            "N11: an auditor holds no other role",
        ),
        (("disable", "b"), {}, 1, "there is no account 'b'. See overt user list"),
        (("list",), {"OVERT_DATABASE": "mysql://o:hunter2222@h/o"}, 1, "names no database"),
    ],
)
def test_a_refused_command_says_why_in_a_line_and_changes_nothing(
    home: Path,
    password_file: Path,
    words: tuple[str, ...],
    env: dict[str, str],
    code: int,
    said: str,
) -> None:
    if env.get("OVERT_PASSWORD_FILE") == "password":
        env = {"OVERT_PASSWORD_FILE": str(password_file)}
    done = overt(home, *words, **env)
    assert done.returncode == code
    assert said in done.stderr
    assert code == 2 or done.stderr.count("\n") == 1
    assert not {PASSWORD, "hunter2222"} & set(done.stderr.split())
    assert accounts(home) == []


def test_a_password_file_that_others_can_read_is_refused(home: Path, password_file: Path) -> None:
    password_file.chmod(0o644)
    words = ("add", "b", "--name", "B", "--role", "auditor")
    done = overt(home, *words, OVERT_PASSWORD_FILE=str(password_file))
    assert done.returncode == 1
    assert "chmod 600" in done.stderr
    assert accounts(home) == []


@pytest.mark.parametrize(
    ("second", "code", "said"),
    [(PASSWORD, 0, "added as auditor"), ("other", 1, "passwords differ")],
)
def test_at_the_terminal_it_is_asked_for_twice_and_not_shown(
    home: Path, second: str, code: int, said: str
) -> None:
    words = ["user", "add", "b", "--name", "B", "--role", "auditor"]
    child, terminal = pty.fork()
    if child == 0:
        os.environ["OVERT_HOME"] = str(home)
        os.environ["OVERT_KEY_FILE"] = str(home.with_name("key"))
        os.execv(sys.executable, [sys.executable, "-m", "overt", *words])  # noqa: S606
    seen = b""
    answers = [PASSWORD, second]
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other end has closed
            break
        if not read:
            break
        seen += read
        asked = seen.count(b"New password of b: ") + seen.count(b"The same again: ")
        if answers and asked > 2 - len(answers):
            os.write(terminal, answers.pop(0).encode() + b"\n")
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == code, seen
    assert said.encode() in seen
    assert PASSWORD.encode() not in seen
    assert len(accounts(home)) == (code == 0)

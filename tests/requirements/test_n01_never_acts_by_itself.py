"""N1: the system never acts, dispatches or stops anyone by itself.

All that a live session can ask for is a closed list, and none of it reaches outside: there is no
interface that actuates anything. What decides imports nothing that could.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import typing
from pathlib import Path

import pytest

import overt
from overt.live import commands, events
from overt.review.prompt import FROM
from overt.vocabulary import Act, Role

SOURCE = Path(overt.__file__).parent
DECIDES = sorted(
    [
        *(SOURCE / "review").rglob("*.py"),
        *(SOURCE / "live" / f"{name}.py" for name in ("step", "state", "commands", "events")),
    ]
)
MAY_IMPORT = re.compile(
    r"__future__|collections\.abc|dataclasses|enum|json|typing|pydantic"
    r"|overt\.(errors|policy|values|vocabulary|assess\.rates|review\.\w+|live\.\w+)"
)
MAY_IMPORT_OF_LIVE = {"step", "state", "commands", "events", "camera_events"}
ACTUATES = re.compile(
    r"dispatch|deploy|arrest|detain|alarm|siren|barrier|gate_open|turnstile|door|lock_|drone|notify"
    r"|webhook|http|socket|subprocess|send_|call_police|relay|gpio|serial",
    re.IGNORECASE,
)


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def outside(names: set[str]) -> set[str]:
    """Imports by which something could be done to the world."""
    return {
        name
        for name in names
        if not MAY_IMPORT.fullmatch(name)
        or (name.startswith("overt.live.") and name.split(".")[2] not in MAY_IMPORT_OF_LIVE)
    }


def actuators(tree: ast.AST) -> set[str]:
    """Names that would be of a thing that acts."""
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            getattr(node, "id", None),
            getattr(node, "attr", None),
            getattr(node, "name", None),
            getattr(node, "arg", None),
        )
        if isinstance(name, str)
    }
    return {name for name in names if ACTUATES.search(name)}


@pytest.mark.parametrize("module", DECIDES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_what_decides_has_no_way_to_act(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert outside(imported(tree)) == set()
    assert actuators(tree) == set()


@pytest.mark.parametrize(
    "planted",
    [
        "import socket",
        "from urllib.request import urlopen",
        "from overt.live.supervisor import Supervisor",
        "from overt.store import accounts",
        "import os",
    ],
)
def test_the_search_finds_a_way_out(planted: str) -> None:
    assert outside(imported(ast.parse(planted)))


@pytest.mark.parametrize("planted", ["class DispatchOfficer: pass", "door.open()", "send_unit(1)"])
def test_the_search_finds_an_actuator(planted: str) -> None:
    assert actuators(ast.parse(planted))


def test_the_commands_are_a_closed_list_of_words_to_people_and_records() -> None:
    assert {command.__name__ for command in typing.get_args(commands.Command)} == {
        "RaisePrompt",
        "Suppress",
        "Repeat",
        "Drop",
        "ExpirePrompt",
        "RecordDecision",
        "RefuseDecision",
        "SettlePrompt",
        "WarnFlooded",
        "RecordCamera",
        "Halt",
        "EndSession",
    }
    for command in typing.get_args(commands.Command):
        kinds = {str(field.type) for field in dataclasses.fields(command)}
        assert not any("Callable" in kind for kind in kinds)


def test_a_person_is_behind_each_act() -> None:
    assert set(FROM) == set(Act)
    decision = {field.name for field in dataclasses.fields(events.DecisionMade)}
    assert decision == {"at_s", "number", "by", "move"}
    assert set(Role) == {
        "applicant",
        "authoriser",
        "operator",
        "engagement-officer",
        "engineer",
        "auditor",
    }  # no role is a machine's

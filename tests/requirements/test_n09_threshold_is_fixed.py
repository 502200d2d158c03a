"""N9: no threshold is lowered during a session. (R15's written authority comes later.)"""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest
from desk_moves import DISMISSED, NOT_NOW, OLGA, POSSIBLE, live_session, made, searched

import overt
from overt.live.events import FacesCounted, Ticked
from overt.live.step import Drop, RaisePrompt, Rules, SessionState, SightingSearched, step
from overt.values import CameraId, Candidate, EntryId, Similarity, TrackId

LIVE = Path(overt.__file__).parent / "live"
GUARDED = {"rules", "threshold"}


def rewritten(tree: ast.AST) -> list[str]:
    """Where a session's rules or threshold are assigned after they were made."""
    found = []
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign | ast.Delete):
            targets = list(node.targets)
        elif isinstance(node, ast.AugAssign) or (isinstance(node, ast.AnnAssign) and node.value):
            targets = [node.target]
        found += [
            ast.unparse(part)
            for target in targets
            for part in ast.walk(target)
            if isinstance(part, ast.Attribute) and part.attr in GUARDED
        ]
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("setattr__", "setattr", "replace")
        ):
            named = {str(keyword.arg) for keyword in node.keywords}
            named |= {str(part.value) for part in node.args if isinstance(part, ast.Constant)}
            if named & GUARDED:
                found.append(ast.unparse(node))
    return found


def test_rules_cannot_be_changed() -> None:
    rules = Rules(Similarity(0.9), cool_down_s=60)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rules.threshold = Similarity(0.1)  # type: ignore[misc]
    assert rules.threshold == 0.9


@pytest.mark.parametrize("module", sorted(LIVE.rglob("*.py")), ids=lambda path: path.name)
def test_no_code_of_a_session_replaces_its_rules(module: Path) -> None:
    assert rewritten(ast.parse(module.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "planted",
    [
        "session.rules = Rules(0.1, 0)",
        "self.rules.threshold -= 0.1",
        "object.__setattr__(rules, 'threshold', 0.1)",
        "rules = replace(rules, threshold=0.1)",
        "a, session.rules = 1, 2",
    ],
)
def test_the_search_finds_a_change(planted: str) -> None:
    assert rewritten(ast.parse(planted))


def test_nothing_that_happens_moves_the_bar() -> None:
    rules, state = Rules(Similarity(0.9), cool_down_s=0), SessionState()
    verdicts = []
    for at_s in range(1000):
        similarity = 0.8999 if at_s % 2 else 0.9
        candidate = Candidate(EntryId("ada"), Similarity(similarity))
        event = SightingSearched(CameraId("c"), TrackId(at_s), float(at_s), candidate)
        state, (command,) = step(state, event, rules)
        verdicts.append(isinstance(command, RaisePrompt))
    assert verdicts == [True, False] * 500


def test_no_decision_moves_the_bar() -> None:
    rules, state = Rules(Similarity(0.9), cool_down_s=0), live_session()
    state, _ = step(state, FacesCounted(1_000_000), rules)
    for at_s, move in enumerate((POSSIBLE, DISMISSED, NOT_NOW) * 30):
        under, (command,) = step(state, searched(f"E-{at_s:04}", 0.8999, at_s, at_s), rules)
        assert command == Drop()
        state, (raised,) = step(under, searched(f"E-{at_s:04}", 0.9, at_s, at_s), rules)
        assert isinstance(raised, RaisePrompt)
        state, _ = step(state, made(OLGA, move, at_s, raised.number), rules)
        state, _ = step(state, Ticked(at_s), rules)
    assert rules == Rules(Similarity(0.9), cool_down_s=0)


def test_a_session_holds_no_threshold_that_could_be_lowered() -> None:
    held = {field.name for field in dataclasses.fields(SessionState)}
    assert not held & {"threshold", "rules", "ceiling"}

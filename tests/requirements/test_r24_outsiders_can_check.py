"""R24: outsiders can check, with verifiers that share no code with the writer.

Both run without Overt in tests/records/test_tampering.py; here: they import nothing of it, and
the page on the format names every event and field.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from overt.records.event import field_types
from overt.records.events import EVENTS

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = sorted((ROOT / "src" / "overt" / "records" / "verify").glob("*.py"))
ALLOWED = {*sys.stdlib_module_names, "cryptography"}


@pytest.mark.parametrize(
    "path", [*VERIFIER, ROOT / "docs" / "verify_ledger.py"], ids=lambda p: p.name
)
def test_a_verifier_needs_the_standard_library_and_cryptography_alone(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= ALLOWED
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert str(node.module).split(".")[0] in ALLOWED
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1, "nothing above its own folder"


def test_the_page_on_the_format_names_each_event_and_field() -> None:
    page = (ROOT / "docs" / "ledger-format.md").read_text(encoding="utf-8")
    for name, event in EVENTS.items():
        row = next((one for one in page.splitlines() if one.startswith(f"| `{name}`")), None)
        assert row, f"{name} is not on the page"
        for field in field_types(event):
            assert f"`{field}`" in row, f"{name}.{field} is not on the page"

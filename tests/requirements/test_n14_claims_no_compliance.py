"""N14: nothing claims legal compliance; Overt supplies evidence, and people judge it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import overt

SOURCE = Path(overt.__file__).parent
ROOT = SOURCE.parents[1]
CLAIM = re.compile(
    r"""
    \b(fully|legally|is|are|remains?|gdpr|dpa|act|court|law|privacy)[ -]compliant\b
    | \bcompl(y|ies)\ with\ (the\ )?(\w+\ ){0,3}(law|act|gdpr|dpa|bridges|regulations?|dut(y|ies))\b
    | \b(ensures?|guarantees?|proves?|certif(y|ies)|makes?)\ (\w+\ ){0,3}
      (compliance|lawful(ness)?|legal(ity)?)\b
    | \b(this|the|your|a)\ (deployment|trial|use|system|watchlist|prompt|result)\ is\ (now\ )?
      (lawful|legal|proportionate|authorised\ by\ law)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def claims(text: str) -> list[str]:
    """What a text asserts of the law."""
    return [found[0] for found in CLAIM.finditer(" ".join(text.split()))]


def pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_claims_compliance(page: Path) -> None:
    assert claims(page.read_text(encoding="utf-8")) == []


def test_no_string_of_the_program_claims_compliance() -> None:
    found = [
        (str(path.relative_to(SOURCE)), claim)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for claim in claims(node.value)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "Overt is compliant with the law.",
        "fully GDPR-compliant facial recognition",
        "It complies with the Data Protection Act.",
        "This guarantees the lawfulness of a deployment.",
        "this deployment is lawful",
        "ensures legal compliance",
    ],
)
def test_the_search_finds_a_claim(text: str) -> None:
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "Overt supplies evidence. It never claims legal compliance.",
        "the authority says on what legal ground",
        "images are lawfully held (R6)",
    ],
)
def test_the_search_lets_honest_words_pass(text: str) -> None:
    assert claims(text) == []

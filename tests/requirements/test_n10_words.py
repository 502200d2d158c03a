"""N10: nothing that the operator reads says "match" or "confidence %".

It says "possible match", the similarity, and how rare such a score is. Proven on every string in
the code that talks to people, its command help included, and on how figures are formatted.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import overt
from overt.values import Problem

SOURCE = Path(overt.__file__).parent
TALKS_TO_PEOPLE = ("cli", "live", "street")
HELP = ("cli",)
"""Folders whose docstrings are shown to people, as the help of a command."""

FORBIDDEN = [
    (
        re.compile(r"\b(?<!possible )(?<!not )match(es)?\b\s*([!:]|found|with\b)", re.IGNORECASE),
        "a score is a possible match",
    ),
    (
        re.compile(
            r"\b((is|was|it's)( a| an)?|positive|true|exact|best|strong|sure|found a|the) match\b",
            re.IGNORECASE,
        ),
        "a score is a possible match",
    ),
    (
        re.compile(r"(?<!not )(?<!un)\bmatched\b(?! (no|against)\b)", re.IGNORECASE),
        "a person has not been matched",
    ),
    (re.compile(r"\b(confidence|certainty|likelihood)\b", re.IGNORECASE), "a score is no belief"),
    (
        re.compile(r"%\s*(sure|certain|likely|confident|similar|match)", re.IGNORECASE),
        "no percentage",
    ),
    (re.compile(r"\bidentified\b(?! (by|only by) )", re.IGNORECASE), "a person identifies"),
    (re.compile(r"^\s*match(es|ed)?\s*$", re.IGNORECASE), "a bare match, as a heading"),
]
ALLOWED = re.compile(r"95% confidence intervals?|confidence intervals?", re.IGNORECASE)
"""The statistician's term is not a claim about a face."""
SCORES = re.compile(r"similarity|score|confidence|cosine", re.IGNORECASE)


def faults(text: str) -> list[str]:
    """What a sentence claims that it must not."""
    text = ALLOWED.sub("", text)
    return [reason for pattern, reason in FORBIDDEN if pattern.search(text)]


def is_identifier(text: str) -> bool:
    """A key or attribute such as `min_confidence`, read by programs and not by the operator."""
    return re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+|--[a-z-]+", text) is not None


def sentences(tree: ast.AST, *, with_help: bool) -> list[str]:
    """Strings of a module as they would be read; f-strings whole, with {} for their values."""
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = []
    for node in ast.walk(tree):
        if id(node) in parts or (id(node) in documentation and not with_help):
            continue
        if isinstance(node, ast.JoinedStr):
            found.append(
                "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return [" ".join(text.split()) for text in found if not is_identifier(text)]


def percentages(tree: ast.AST) -> list[str]:
    """Scores that are printed as a percentage."""
    return [
        ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and ast.unparse(node.format_spec).rstrip("'\"").endswith("%")
        and SCORES.search(ast.unparse(node.value))
    ]


def modules() -> list[Path]:
    return sorted(path for part in TALKS_TO_PEOPLE for path in (SOURCE / part).rglob("*.py"))


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_sentence_claims_a_match(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    with_help = module.relative_to(SOURCE).parts[0] in HELP
    claims = {text: faults(text) for text in sentences(tree, with_help=with_help)}
    assert {text: why for text, why in claims.items() if why} == {}
    assert percentages(tree) == []


@pytest.mark.parametrize(
    "text",
    [
        "Match!",
        "match found: Ada",
        "matched Ada at 0.93",
        "confidence 93%",
        "detector confidence",
        "93 % match",
        "this is a match",
        "Matches with Ada",
        "Matched",
        "Ada identified at camera 1",
        "possible match; confidence high",
    ],
)
def test_the_search_finds_a_claim(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    [
        "Possible match: Ada, similarity 0.93",
        "a possible match needs a person's decision",
        "the hash does not match the manifest",
        "the size does not match: 10 bytes, not 12",
        "95% confidence interval (Clopper-Pearson)",
        "the truth row matches no track",
        "passers-by were matched against 40 entries",
    ],
)
def test_the_search_lets_honest_words_pass(text: str) -> None:
    assert faults(text) == []


def test_the_search_reads_whole_f_strings_help_and_formats() -> None:
    tree = ast.parse(
        'def run():\n    """Shows a match: yes."""\n    f"matched {x} at {similarity:.0%}"'
    )
    assert any(faults(text) for text in sentences(tree, with_help=True))
    assert not any(faults(text) for text in sentences(ast.parse('"""A match!"""'), with_help=False))
    assert sentences(ast.parse('y = f"a {x} b"'), with_help=False) == ["a {} b"]
    assert percentages(tree) == ["similarity"]
    assert percentages(ast.parse('f"{tpir:.1%} {similarity:.3f}"')) == []


def test_a_reason_for_not_assessing_a_face_claims_nothing() -> None:
    assert [problem for problem in Problem if faults(problem)] == []

"""N7: the system never infers ethnicity, sex, age, emotion or intent from passers-by.

Proven on the code that sees passers-by: no name and no string in it speaks of such a thing, a
model pack has room for a detector and a recogniser only, and neither a sighting nor a prompt's
parts has a field for it. Officers' own records (R19) and the generated street are elsewhere.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from overt import values
from overt.errors import BadModel
from overt.faces.packs.manifest import Manifest, parse_manifest

SOURCE = Path(values.__file__).parent
SEES_PASSERS_BY = ("video", "faces", "watchlist", "live", "values.py", "policy.py", "config.py")
INFERRED = frozenset(
    re.findall(
        r"\w+",
        """
    age ages aged gender genders sex sexes male female man men woman women masculine feminine
    ethnicity ethnic ethnicities race races racial skin complexion nationality religion
    emotion emotions mood moods sentiment happy angry sad smile smiling attractiveness
    intent intention suspicious suspicion gait demographic demographics beard moustache glasses
    """,
    )
)
OF_THINGS = frozenset({"list", "frame", "picture", "capture", "prompt", "file", "entry", "image"})
"""Before "age" these make it the age of a thing: `MAX_LIST_AGE_HOURS` is no one's age."""


def words(text: str) -> list[str]:
    """Lower-case words of an identifier or sentence: `skinTone_of` → skin, tone, of."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower())


def inferences(text: str) -> list[str]:
    """The words in it that would be an inference about a person."""
    said = words(text)
    return [
        word
        for before, word in zip(["", *said], said, strict=False)
        if word in INFERRED and not (word == "age" and before in OF_THINGS)
    ]


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """String expressions that are documentation, where a denial such as this one may stand."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def spoken(tree: ast.AST) -> list[str]:
    """Each name, argument, attribute, keyword and string of a module, but its documentation."""
    ignored = docstrings(tree)
    said: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                said.append(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                said.append(name)
            case ast.ClassDef(name=name) | ast.alias(name=name):
                said.append(name)
            case ast.keyword(arg=str(name)):
                said.append(name)
            case ast.Constant(value=str(text)) if node not in ignored:
                said.append(text)
    return said


def modules() -> list[Path]:
    return sorted(
        path
        for part in SEES_PASSERS_BY
        for path in ([SOURCE / part] if part.endswith(".py") else (SOURCE / part).rglob("*.py"))
    )


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_that_sees_passers_by_speaks_of_what_they_are(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert [text for text in spoken(tree) if inferences(text)] == []


def test_the_search_covers_each_part_that_sees_passers_by() -> None:
    folders = {path.relative_to(SOURCE).parts[0] for path in modules()}
    assert folders == set(SEES_PASSERS_BY)


@pytest.mark.parametrize(
    "planted",
    [
        "face.age = 3",
        "class SkinTone: pass",
        "def estimate(face, *, apparent_sex): ...",
        "read('emotion.onnx')",
        "from x import gender_net",
        "Face(ethnicity='?')",
        "label = f'{x} looks suspicious'",
    ],
)
def test_the_search_finds_what_it_should(planted: str) -> None:
    assert any(inferences(text) for text in spoken(ast.parse(planted)))


@pytest.mark.parametrize(
    "harmless",
    ["MAX_LIST_AGE_HOURS = 24", "image, average, page = 1, 2, 3", "'''No age is inferred.'''"],
)
def test_the_search_leaves_the_rest_alone(harmless: str) -> None:
    assert not any(inferences(text) for text in spoken(ast.parse(harmless)))


def test_no_field_of_a_face_or_a_sighting_describes_the_person() -> None:
    fields = [
        field.name
        for value in vars(values).values()
        if dataclasses.is_dataclass(value)
        for field in dataclasses.fields(value)
    ]
    assert "similarity" in fields
    assert [name for name in fields if inferences(name)] == []


def test_a_pack_has_room_for_a_detector_and_a_recogniser_only() -> None:
    models = {
        name
        for name, field in Manifest.model_fields.items()
        if hasattr(field.annotation, "model_fields")
    }
    assert models == {"detector", "recogniser"}


@pytest.mark.parametrize("kind", ["age", "attributes", "emotion"])
def test_a_manifest_with_another_model_is_refused(kind: str) -> None:
    text = (SOURCE / "faces" / "packs" / "builtin.toml").read_text(encoding="utf-8")
    parse_manifest(text, "builtin.toml")
    with pytest.raises(BadModel, match=kind):
        parse_manifest(f"{text}\n[{kind}.weights]\npath = 'net.onnx'\n", "planted.toml")


def shipped_manifests() -> list[Path]:
    return sorted((SOURCE / "faces" / "packs").rglob("*.toml"))


@pytest.mark.parametrize("manifest", shipped_manifests(), ids=lambda path: path.name)
def test_no_shipped_weights_are_for_inferring(manifest: Path) -> None:
    pack = tomllib.loads(manifest.read_text(encoding="utf-8"))
    for role in ("detector", "recogniser"):
        weights = pack[role]["weights"]
        for key in ("file", "url", "path"):
            assert inferences(weights.get(key, "")) == []

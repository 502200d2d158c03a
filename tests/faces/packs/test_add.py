"""Adding a pack keeps all of it or nothing."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from overt.errors import BadModel, Misuse
from overt.faces.packs import add as adding
from overt.faces.packs.add import add_pack
from overt.faces.packs.store import open_pack

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Homes, Sample


def test_an_added_pack_needs_its_old_folder_no_more(sample: Sample) -> None:
    add_pack(str(sample.manifest))
    shutil.rmtree(sample.folder)
    pack = open_pack("sample")
    assert pack.detector.graph.read_bytes() == sample.detector
    assert pack.recogniser.graph.read_bytes() == sample.recogniser


def test_files_may_lie_in_another_folder(sample: Sample, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for name in ("detector.onnx", "recogniser.onnx"):
        (sample.folder / name).rename(other / name)
    add_pack(str(sample.manifest), other)
    open_pack("sample")


def test_adding_twice_is_no_fault_and_mends_a_damaged_file(sample: Sample, homes: Homes) -> None:
    add_pack(str(sample.manifest))
    first = homes.files()
    (homes.models / "sample" / "detector.onnx").write_bytes(b"damaged")
    add_pack(str(sample.manifest))
    assert homes.files() == first


REFUSED = {
    "a name of Overt's own": ('"sample"', '"builtin"', "belongs to a pack of Overt's own"),
    "a wrong size": ("size = ", "size = 1", "bytes; the manifest says"),
    "a missing file": ('"detector.onnx"', '"other.onnx"', "no other.onnx"),
    "a misfit": ("template_length = 16", "template_length = 99", "not 99"),
    "a bad manifest": ("[detector.spec]", "[detector.specs]", "detector.spec"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_pack_leaves_nothing(case: str, sample: Sample, homes: Homes) -> None:
    old, new, reason = REFUSED[case]
    text = sample.manifest.read_text()
    assert old in text
    sample.manifest.write_text(text.replace(old, new, 1))
    with pytest.raises(BadModel, match=reason):
        add_pack(str(sample.manifest))
    assert homes.files() == {}


def test_another_pack_of_the_same_name_is_refused(sample: Sample, homes: Homes) -> None:
    add_pack(str(sample.manifest))
    before = homes.files()
    text = sample.manifest.read_text()
    sample.manifest.write_text(text.replace('description = "a sample"', 'description = "other"'))
    with pytest.raises(BadModel, match="another pack 'sample'"):
        add_pack(str(sample.manifest))
    assert homes.files() == before


def test_a_disk_that_fills_up_leaves_nothing(
    sample: Sample, homes: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = adding._copy

    def fill_up(source: Path, target: Path) -> None:
        if target.name == "recogniser.onnx":
            raise OSError(28, "No space left on device")
        copy(source, target)

    monkeypatch.setattr(adding, "_copy", fill_up)
    with pytest.raises(BadModel, match="No space left on device"):
        add_pack(str(sample.manifest))
    assert [path for path in homes.files() if path != str(homes.models)] == []


def test_weights_in_other_files_are_refused(sample: Sample, samples: Any, homes: Homes) -> None:
    """An ONNX may point at further files, which no hash in the manifest covers."""
    import onnx  # noqa: PLC0415

    model = onnx.load_model_from_string(sample.recogniser)
    matrix = next(tensor for tensor in model.graph.initializer if tensor.name == "matrix")
    matrix.ClearField("raw_data")
    matrix.data_location = onnx.TensorProto.EXTERNAL
    matrix.external_data.add(key="location", value="/etc/passwd")
    raw = model.SerializeToString()
    (sample.folder / "recogniser.onnx").write_bytes(raw)
    detector = samples["weights"](sample.detector, 'path = "detector.onnx"')
    recogniser = samples["weights"](raw, 'path = "recogniser.onnx"')
    sample.manifest.write_text(samples["manifest"]("sample", detector, recogniser))
    with pytest.raises(BadModel, match="other files"):
        add_pack(str(sample.manifest))
    assert homes.files() == {}


def test_a_detector_of_fixed_size_needs_to_be_opened(sample: Sample, samples: Any) -> None:
    raw = samples["detector"](64)
    (sample.folder / "detector.onnx").write_bytes(raw)
    recogniser = samples["weights"](sample.recogniser, 'path = "recogniser.onnx"')

    def write(transform: str) -> None:
        detector = samples["weights"](raw, 'path = "detector.onnx"', transform)
        sample.manifest.write_text(samples["manifest"]("sample", detector, recogniser))

    write("none")
    with pytest.raises(BadModel, match="dynamic-size"):
        add_pack(str(sample.manifest))
    write("dynamic-size")
    add_pack(str(sample.manifest))  # runs it at two sizes, neither of them 64


@pytest.mark.parametrize(
    ("reshape", "transform", "verdict"),
    [
        ((0, -1), "dynamic-batch", "added"),
        ((1, 48), "dynamic-batch", "refused"),
        ((1, 48), "none", "added"),
    ],
)
def test_a_batch_is_opened_only_if_the_graph_can_bear_it(
    reshape: tuple[int, ...], transform: str, verdict: str, sample: Sample, samples: Any
) -> None:
    raw = samples["recogniser"](1, reshape=reshape)
    (sample.folder / "recogniser.onnx").write_bytes(raw)
    detector = samples["weights"](sample.detector, 'path = "detector.onnx"')
    recogniser = samples["weights"](raw, 'path = "recogniser.onnx"', transform)
    sample.manifest.write_text(samples["manifest"]("sample", detector, recogniser))
    if verdict == "refused":
        with pytest.raises(BadModel):
            add_pack(str(sample.manifest))
    else:
        add_pack(str(sample.manifest))


def test_a_recogniser_that_mixes_its_batch_is_refused(
    sample: Sample, samples: Any, homes: Homes
) -> None:
    raw = samples["recogniser"](centred=True)
    (sample.folder / "recogniser.onnx").write_bytes(raw)
    detector = samples["weights"](sample.detector, 'path = "detector.onnx"')
    recogniser = samples["weights"](raw, 'path = "recogniser.onnx"')
    sample.manifest.write_text(samples["manifest"]("sample", detector, recogniser))
    with pytest.raises(BadModel, match="depend on the batch"):
        add_pack(str(sample.manifest))
    assert homes.files() == {}


def test_shipped_packs_take_files_only_where_they_lack_them(homes: Homes, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="takes no local files"):
        add_pack("builtin", tmp_path)
    with pytest.raises(Misuse, match="--files"):
        add_pack("retail")
    with pytest.raises(Misuse, match="no folder"):
        add_pack("retail", tmp_path / "nowhere")
    with pytest.raises(BadModel, match=r"no face_detection_yunet_2026may\.onnx in"):
        add_pack("retail", tmp_path)
    assert homes.files() == {}

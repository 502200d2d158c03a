"""The cast model's file: whole, pinned, small, and nobody's photograph."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.errors import BadModel
from overt.street import model as module
from overt.street.model import FACE_H, FACE_W, MODEL_PATH, MODEL_SHA256, load_model

if TYPE_CHECKING:
    from pathlib import Path


def test_the_shipped_file_is_the_pinned_one_and_small() -> None:
    data = MODEL_PATH.read_bytes()
    assert hashlib.sha256(data).hexdigest() == MODEL_SHA256
    assert len(data) <= 6_000_000


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"cast\.npz cannot be read: No such file"):
        load_model(tmp_path / "cast.npz")


@pytest.mark.parametrize("change", ["flip", "cut", "empty"])
def test_altered_file_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "cast.npz"
    shutil.copy(MODEL_PATH, path)
    data = bytearray(path.read_bytes())
    if change == "flip":
        data[len(data) // 2] ^= 1
    path.write_bytes(bytes({"flip": data, "cut": data[:1000], "empty": bytearray()}[change]))
    with pytest.raises(BadModel, match="is not the one that this version was made with"):
        load_model(path)


def test_malformed_file_with_the_right_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cast.npz"
    path.write_bytes(b"PK\x03\x04 not a model")
    monkeypatch.setattr(module, "MODEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(BadModel, match="is malformed"):
        load_model(path)


def test_the_file_holds_directions_and_no_row_of_coefficients() -> None:
    """Nothing with a row for each photograph: no array is as long as there were photographs."""
    with np.load(MODEL_PATH) as parts:
        shapes = {name: parts[name].shape for name in parts.files}
    components = shapes["texture"][0] + shapes["modes"][0]
    assert shapes["identity"][1] == shapes["moment"][1] == components
    for name, shape in shapes.items():
        if name not in {"mean", "mask"}:
            assert not shape or shape[0] <= max(components, 29 * 41), name


def test_skin_fills_the_whole_texture() -> None:
    model = load_model()
    face = model.face(np.zeros(len(model.texture) + len(model.modes)))
    assert face.shape == (FACE_H, FACE_W, 3)
    assert np.isfinite(face).all()
    inside = face[..., 0][model.mask]
    outside = face[..., 0][~model.mask]
    assert inside.min() - 30 < outside.min()
    assert outside.max() < inside.max() + 30


def test_directions_are_of_unit_length_and_at_right_angles() -> None:
    model = load_model()
    assert np.linalg.norm(model.masculine) == pytest.approx(1, abs=1e-4)
    assert np.linalg.norm(model.tone) == pytest.approx(1, abs=1e-4)
    assert abs(model.masculine @ model.tone) < 1e-3

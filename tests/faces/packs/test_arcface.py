"""An ArcFace-style model needs a manifest and nothing else. docs/models.md shows this manifest."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from overt.faces.packs.add import add_pack
from overt.faces.packs.store import open_pack
from overt.faces.runtime import RuntimeOptions, load_network

if TYPE_CHECKING:
    from conftest import Homes

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "models.md"


def manifest_of_the_guide() -> str:
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return next(block for block in blocks if 'name = "my-arcface"' in block)


@pytest.mark.shared_data
def test_the_guides_manifest_adds_an_arcface_model(
    homes: Homes, shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    models = shared_data / "models"
    shutil.copy(models / "face_detection_yunet_2026may.onnx", folder)
    shutil.copy(models / "research-only" / "mobilefacenet_y1.onnx", folder)
    (folder / "my-arcface.toml").write_text(manifest_of_the_guide())
    add_pack(str(folder / "my-arcface.toml"))

    pack = open_pack("my-arcface")
    spec = pack.recogniser.spec
    assert (spec.chip_px, spec.template_length) == (112, 128)
    network = load_network(pack.recogniser.graph, RuntimeOptions())

    def template(name: str) -> np.ndarray:
        """Of a photograph whose face lies, roughly, where the deep funnel puts it."""
        picture = Image.open(shared_data / "people" / name).convert("RGB")
        chip = picture.crop((69, 62, 181, 174)).resize((spec.chip_px, spec.chip_px))
        channels = np.asarray(chip, dtype=np.float32)
        if spec.colour == "bgr":
            channels = channels[..., ::-1]
        blob = (channels - np.array(spec.mean, dtype=np.float32)) * spec.scale
        vector = network.run(blob.transpose(2, 0, 1)[None])[0].ravel()
        return vector / np.linalg.norm(vector)

    names = [path.name[:5] for path in sorted((shared_data / "people").glob("*_2.jpg"))[:20]]
    one = np.array([template(f"{name}_1.jpg") for name in names])
    two = np.array([template(f"{name}_2.jpg") for name in names])
    similarity = one @ two.T
    mated = np.diag(similarity)
    others = similarity[~np.eye(len(names), dtype=bool)]
    # Unaligned chips are poor ones; even so, wrong colours or scaling would drown this.
    assert np.median(mated) > np.percentile(others, 97)

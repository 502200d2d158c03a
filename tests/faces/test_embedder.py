"""What the recogniser is shown."""

from __future__ import annotations

import numpy as np
import pytest

from overt.faces.embedder import Embedder
from overt.faces.packs.manifest import RecogniserSpec

SIDE = 16


class Shown:
    """A network that keeps what it was shown."""

    identity, precision, busy_s, calls = "shown", "fp32", 0.0, 0

    def __init__(self) -> None:
        self.batches: list[np.ndarray] = []

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        self.batches.append(batch.copy())
        return (np.ones((len(batch), 16), np.float32),)

    def close(self) -> None: ...


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_chips_are_prepared_as_the_manifest_says(colour: str, *, mirror: bool) -> None:
    mean, scale = (10.0, 20.0, 30.0), 0.25
    points = ((1, 1), (9, 1), (5, 5), (2, 9), (8, 9))
    spec = RecogniserSpec.model_validate(
        {
            "chip_px": SIDE,
            "points": {"default": points},
            "colour": colour,
            "mean": mean,
            "scale": scale,
            "mirror": mirror,
            "template_length": 16,
        }
    )
    network = Shown()
    chips = list(np.random.default_rng(3).integers(0, 256, (3, SIDE, SIDE, 3)).astype(np.uint8))
    assert Embedder(spec, network).embed(chips).shape == (3, 16)
    wanted = np.stack(chips + [chip[:, ::-1] for chip in chips] * mirror)
    wanted = wanted[..., :: 1 if colour == "rgb" else -1]
    plain = (wanted.astype(np.float32) - np.float32(mean)) * np.float32(scale)
    assert (network.batches[0] == plain.transpose(0, 3, 1, 2)).all()

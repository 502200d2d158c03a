"""Chips → templates: prepare, run in one batch, average with the mirror image, normalise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BadModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.faces.packs.manifest import RecogniserSpec
    from overt.faces.runtime import Network

MAX_BATCH = 32
"""Network inputs to one call: bounds the memory of a batch."""


class Embedder:
    """Turns aligned chips into unit vectors.

    Args:
        spec: how the recogniser wants its input.
        network: the loaded graph, with one output of (n, template_length).
    """

    def __init__(self, spec: RecogniserSpec, network: Network) -> None:
        self._spec = spec
        self._network = network
        self._mean = np.asarray(spec.mean, np.float32)[:, None, None]
        self._scale = np.float32(spec.scale)

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Unit vectors of faces.

        Args:
            chips: n chips (chip_px, chip_px, 3) uint8 RGB.

        Returns:
            (n, template_length) float32, unit rows; each the mean of the vectors of the chip
            and of its mirror image where the manifest says `mirror`.

        Raises:
            BadModel: if the network answers with another shape, or with what is no number.
        """
        if not chips:
            return np.zeros((0, self._spec.template_length), np.float32)
        per_call = MAX_BATCH // 2 if self._spec.mirror else MAX_BATCH
        return np.concatenate(
            [self._embed(chips[i : i + per_call]) for i in range(0, len(chips), per_call)]
        )

    def _embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        views = 2 if self._spec.mirror else 1
        side = self._spec.chip_px
        batch = np.empty((views * len(chips), 3, side, side), np.float32)
        order = slice(None, None, -1) if self._spec.colour == "bgr" else slice(None)
        for n, chip in enumerate(chips):
            batch[n] = chip[:, :, order].transpose(2, 0, 1)
        batch[: len(chips)] -= self._mean
        batch[: len(chips)] *= self._scale
        if self._spec.mirror:
            batch[len(chips) :] = batch[: len(chips), :, :, ::-1]
        (vectors,) = self._network.run(batch)
        vectors = vectors.reshape(len(vectors), -1)
        if vectors.shape != (len(batch), self._spec.template_length):
            msg = (
                f"the recogniser gave {vectors.shape} for {len(batch)} chips; the manifest "
                f"says template_length = {self._spec.template_length}"
            )
            raise BadModel(msg, advice="Check the manifest and `overt models check`.")
        vectors = unit_rows(vectors)
        if self._spec.mirror:
            vectors = unit_rows(vectors[: len(chips)] + vectors[len(chips) :])
        return vectors


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1.

    Raises:
        BadModel: if a row is not finite or has no length.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths < 1e-6):  # noqa: PLR2004
        msg = "the recogniser gave a template that is not finite or has no length"
        raise BadModel(msg, advice="Check the pack with `overt models check`.")
    return np.asarray(vectors / lengths, np.float32)

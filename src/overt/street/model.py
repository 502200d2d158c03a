"""The cast model: how faces vary, with nobody's face in it.

An active appearance model: texture in the frame of a mean face, shape as a displacement of a
grid over the head, and covariances that tell what of both is the person and what is the moment.
`tools/cast_model/build.py` made the file; docs/cast-model.md is its model card.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from overt.errors import BadModel
from overt.street.floats import Floats, floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL_PATH = Path(__file__).with_name("cast.npz")
MODEL_SHA256 = "56ba3a7ac5c3c9d7fbacf680f9039beec48fe6550270115a1a4d6dc32d0158ef"
INTER_EYE = 52.0
"""Units between the pupils of the mean face: one unit is one pixel of its texture."""
FACE_W, FACE_H = 128, 168
FACE_X, FACE_Y = 64, 92
"""Where the origin, a little above the nose, lies in the texture."""
GRID, GRID_LEFT, GRID_TOP, GRID_W, GRID_H = 8, -112, -136, 29, 41
"""The shape grid: units between nodes, its corner, nodes across and down."""


@dataclass(frozen=True, eq=False)
class CastModel:
    """Means, directions and covariances; see the module."""

    mask: NDArray[np.bool_]
    """(FACE_H, FACE_W) where the texture is known."""
    half_mask: NDArray[np.bool_]
    """The same at half size, for the two chromas."""
    mean: Floats
    """(d,) luma inside the mask, then Cr and Cb inside the half mask."""
    texture: Floats
    """(t, d) one standard deviation each."""
    modes: Floats
    """(s, GRID_H, GRID_W, 3) displacement of the grid, one standard deviation each."""
    grid_mean: Floats
    """(GRID_H, GRID_W, 3) displacement of the average face."""
    depth: Floats
    """(GRID_H, GRID_W) depth of the mean head, units away from the camera."""
    landmarks: Floats
    """(5, 2) eyes, nose and mouth corners of the mean face, units, image left first."""
    identity: NDArray[np.float64]
    """(i, t + s) rows that carry unit normal numbers to a person."""
    moment: NDArray[np.float64]
    """(m, t + s) rows that carry unit normal numbers to how that person looks in one picture."""
    masculine: NDArray[np.float64]
    """(i,) unit direction from feminine to masculine appearance."""
    masculine_gap: float
    """How far apart the two means are along it."""
    tone: NDArray[np.float64]
    """(i,) unit direction from dark to light skin, at right angles to `masculine`."""

    def face(self, coefficients: NDArray[np.float64]) -> Floats:
        """The texture of a face: (FACE_H, FACE_W, 3) float32 YCrCb, skin-coloured all over.

        Args:
            coefficients: (t + s,) in standard deviations.
        """
        known = self.mean + coefficients[: len(self.texture)].astype(np.float32) @ self.texture
        inside, small = int(self.mask.sum()), int(self.half_mask.sum())
        luma = np.zeros((FACE_H, FACE_W), np.float32)
        luma[self.mask] = known[:inside]
        chroma = np.zeros((FACE_H // 2, FACE_W // 2, 2), np.float32)
        chroma[self.half_mask] = known[inside:].reshape(2, small).T
        chroma = _spread(chroma, self.half_mask, (1.0, 4.0, 16.0))
        image = np.dstack([luma[..., None], cv2.resize(chroma, (FACE_W, FACE_H))])
        image[..., :1] = _spread(image[..., :1], self.mask, (1.5, 6.0, 24.0))
        return image

    def displacement(self, coefficients: NDArray[np.float64]) -> Floats:
        """(GRID_H, GRID_W, 3) how a person's head differs from the mean head, units."""
        shape = coefficients[len(self.texture) :].astype(np.float32)
        return self.grid_mean + np.tensordot(shape, self.modes, 1)


def _five(mesh: Floats) -> Floats:
    """The five points among the 468 of the mesh: corners of each eye, nose tip, mouth corners."""
    eyes = [mesh[[33, 133]].mean(0), mesh[[362, 263]].mean(0)]
    return floats([*eyes, mesh[1], mesh[61], mesh[291]])[:, :2]


def _spread(image: Floats, mask: NDArray[np.bool_], sigmas: tuple[float, ...]) -> Floats:
    """Fill what lies outside the mask from the nearest inside it, smoother the further out."""
    weight = mask.astype(np.float32)
    total = np.zeros_like(image)
    weights = np.zeros_like(weight)
    for number, sigma in enumerate(sigmas):
        share = 1e-3**number
        blurred = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma)
        total += share * blurred.reshape(image.shape)
        weights += share * cv2.GaussianBlur(weight, (0, 0), sigma)
    filled = total / np.maximum(weights, 1e-12)[..., None]
    return np.where(mask[..., None], image, filled).astype(np.float32)


@lru_cache(maxsize=2)
def load_model(path: Path = MODEL_PATH) -> CastModel:
    """Read and check the model file.

    Raises:
        BadModel: if the file is missing, or is not the one that this version was made with.
    """
    advice = "Install Overt again"
    try:
        data = path.read_bytes()
    except OSError as error:
        msg = f"the cast model {path} cannot be read: {error.strerror}"
        raise BadModel(msg, advice=advice) from None
    if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
        msg = f"the cast model {path} is not the one that this version was made with"
        raise BadModel(msg, advice=advice)
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
    except (ValueError, zipfile.BadZipFile) as error:
        msg = f"the cast model {path} is malformed: {error}"
        raise BadModel(msg, advice=advice) from None
    mask = np.unpackbits(parts["mask"])[: FACE_H * FACE_W].reshape(FACE_H, FACE_W) > 0
    half = cv2.resize(
        mask.astype(np.uint8), (FACE_W // 2, FACE_H // 2), interpolation=cv2.INTER_AREA
    )
    modes = parts["modes"].astype(np.float32) * parts["modes_scale"][:, None]
    return CastModel(
        mask=mask,
        half_mask=(half > 0) | (half[:, ::-1] > 0),
        mean=parts["mean"].astype(np.float32) / 100,
        texture=parts["texture"].astype(np.float32) * parts["texture_scale"][:, None],
        modes=modes.reshape(len(modes), GRID_H, GRID_W, 3),
        grid_mean=parts["grid_mean"].reshape(GRID_H, GRID_W, 3),
        depth=parts["depth"].reshape(GRID_H, GRID_W),
        landmarks=_five(parts["landmarks"]),
        identity=parts["identity"].astype(np.float64),
        moment=parts["moment"].astype(np.float64),
        masculine=parts["masculine"].astype(np.float64),
        masculine_gap=float(parts["masculine_gap"]),
        tone=parts["tone"].astype(np.float64),
    )

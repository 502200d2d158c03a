"""Build the cast model: how faces vary, with nobody's face in it.

Step two of two; `landmarks.py` is the first. Photographs of people are read here and go no
further: what is written are a mean, directions of variation and their covariances. The method,
the filters and the privacy check are told in docs/cast-model.md::

    python tools/cast_model/build.py ../shared/data /tmp/landmarks.npz src/overt/street/cast.npz
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from shapes import (
    EYES,
    GRID,
    Floats,
    Shapes,
    align,
    grid,
    spline,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE_W, FACE_H = 128, 168  # the texture's size
FACE_X, FACE_Y = 64, 92  # where the shape's origin lies in it
OVAL = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
]  # fmt: skip
LIPS = (13, 14)


def textures(folder: Path, names: list[str], points: Floats, mean: Floats) -> NDArray[np.uint8]:
    """(n, FACE_H, FACE_W, 3) RGB: every photograph warped so that its landmarks lie on the mean."""
    xs, ys = np.meshgrid(np.arange(0, FACE_W + 1, GRID), np.arange(0, FACE_H + 1, GRID))
    nodes = np.stack([xs.ravel() - FACE_X, ys.ravel() - FACE_Y], 1).astype(float)
    weights = spline(mean[:, :2], nodes, 20.0)
    rows, columns = np.mgrid[0:FACE_H, 0:FACE_W].astype(np.float32) / GRID
    result = []
    for name, p in zip(names, points, strict=True):
        image = cv2.cvtColor(cv2.imread(str(folder / name)), cv2.COLOR_BGR2RGB)
        coarse = (weights @ p[:, :2]).reshape(*xs.shape, 2).astype(np.float32)
        dense = cv2.remap(coarse, columns, rows, cv2.INTER_LINEAR)
        result.append(
            cv2.remap(image, dense, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        )
    return np.stack(result)


def usable(images: NDArray[np.uint8], shapes: Shapes) -> NDArray[np.bool_]:
    """Near-frontal, sharp, in colour, mouth nearly closed, and no spectacles.

    Spectacles are found by the edges that they draw across the bridge of the nose and under
    the eyes; half-transparent spectacles are what makes such models look like ghosts.
    """
    middle = np.median(shapes.angles, 0)
    frontal = (np.abs(shapes.angles[:, 0]) < 16) & (np.abs(shapes.angles[:, 1] - middle[1]) < 12)
    lips = np.linalg.norm(shapes.all[:, LIPS[0]] - shapes.all[:, LIPS[1]], axis=1)
    eye = int(shapes.mean[EYES[0] + EYES[1], 1].mean()) + FACE_Y
    marks, sharpness, colour = [], [], []
    for image in images:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        face = grey[32:142, 14:114]
        edges = np.abs(cv2.Sobel((grey - face.mean()) / max(face.std(), 1), cv2.CV_32F, 0, 1))
        marks.append(
            (
                edges[eye - 12 : eye + 14, 58:70].max(0).mean(),
                edges[eye + 12 : eye + 26, 22:50].max(0).mean()
                + edges[eye + 12 : eye + 26, 78:106].max(0).mean(),
            )
        )
        sharpness.append(cv2.Laplacian(face, cv2.CV_32F).std())
        lab = cv2.cvtColor(image[32:142, 14:114], cv2.COLOR_RGB2LAB).astype(np.float32)
        colour.append(np.hypot(lab[..., 1] - 128, lab[..., 2] - 128).mean())
    spectacles = (np.array(marks) / np.median(marks, 0)).sum(1)
    return np.asarray(
        frontal
        & (lips < 10.0)
        & (spectacles < np.percentile(spectacles[frontal], 70))
        & (np.array(sharpness) > np.percentile(np.array(sharpness)[frontal], 12))
        & (np.array(colour) > 6)
    )


def evened(images: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(n, h, w, 3) YCrCb with light falling evenly, and hair over the brow painted out."""
    rows, columns = np.mgrid[0:FACE_H, 0:FACE_W].astype(np.float32)
    result = np.stack([cv2.cvtColor(i, cv2.COLOR_RGB2YCrCb) for i in images]).astype(np.float32)
    cheeks = np.zeros_like(mask)
    cheeks[88:112, 24:48] = cheeks[88:112, 80:104] = cheeks[36:52, 44:84] = True
    edge = mask & ((rows < 54) | (np.abs(columns - FACE_X) > 48))
    middle = result[:, cheeks].mean((0, 1))
    for image in result:
        x = (columns - FACE_X) / FACE_X
        slope = np.polyfit(x[cheeks], image[..., 0][cheeks], 1)[0]
        image[..., 0] -= slope * x
        tone = np.median(image[cheeks], 0)
        distance = np.abs(image - tone) @ np.array([0.5, 1.5, 1.5], np.float32)
        spread = max(float(np.median(distance[cheeks])) * 3.5, 22.0)
        hair = (edge & (distance > spread)).astype(np.uint8)
        skin = (mask & (cv2.dilate(hair, np.ones((5, 5), np.uint8)) == 0)).astype(np.float32)
        filled = image * 0
        weight = skin * 0
        for sigma, share in ((5, 1.0), (12, 1e-2), (30, 1e-4)):
            filled += share * cv2.GaussianBlur(image * skin[..., None], (0, 0), sigma)
            weight += share * cv2.GaussianBlur(skin, (0, 0), sigma)
        filled /= np.maximum(weight, 1e-9)[..., None]
        soft = cv2.GaussianBlur(skin, (0, 0), 1.5)[..., None]
        image[:] = image * soft + filled * (1 - soft)
        image[..., 1:] -= 0.5 * (np.median(image[cheeks], 0) - middle)[1:]
    return result


def packed(
    images: NDArray[np.float32], inside: NDArray[np.bool_], half: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """(n, d) luma inside the mask at full size, then both chromas at half size."""
    rows = []
    for image in images:
        small = cv2.resize(image[..., 1:], (FACE_W // 2, FACE_H // 2), interpolation=cv2.INTER_AREA)
        rows.append(np.concatenate([image[..., 0][inside], small[half].T.ravel()]))
    return np.stack(rows).astype(np.float32)


def principal(
    rows: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Unit components (count, d) and the standard deviation of each."""
    gram = (rows @ rows.T).astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][:count]
    components = vectors[:, order].T.astype(np.float32) @ rows
    norms = np.linalg.norm(components, axis=1, keepdims=True)
    return components / norms, (norms[:, 0] / np.sqrt(len(rows))).astype(np.float32)


def lopsided(scores: Floats, half: int) -> bool:
    """Whether a component changes sign when its face is mirrored."""
    return bool(scores[:half] @ scores[half:] < 0)


def quantised(
    rows: NDArray[np.float32], levels: int = 127
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows as int8 with one scale each; the rarest extremes are clipped."""
    scales = np.percentile(np.abs(rows), 99.97, axis=1).astype(np.float32) / levels
    return np.clip(np.rint(rows / scales[:, None]), -127, 127).astype(np.int8), scales


@dataclass
class Looks:
    """Textures on the mean face, from photographs that can be used."""

    keep: NDArray[np.int64]
    """Which photographs."""
    rows: NDArray[np.float32]
    """(n, d) as `packed`."""
    mirrored: NDArray[np.float32]
    """(n, d) of their mirror images."""
    inside: NDArray[np.bool_]
    half: NDArray[np.bool_]


def face_mask(mean: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The oval of the face up to the hairline, at full and at half size."""
    oval = mean[OVAL, :2] + [FACE_X, FACE_Y]
    oval[oval[:, 1] < 40, 1] -= 10
    mask = np.zeros((FACE_H, FACE_W), np.uint8)
    cv2.fillPoly(mask, [np.rint(oval).astype(np.int32)], 1)
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    mask = mask | mask[:, ::-1]
    half = cv2.resize(mask, (FACE_W // 2, FACE_H // 2), interpolation=cv2.INTER_AREA) > 0
    return mask > 0, half | half[:, ::-1]


def chosen(folder: Path, names: list[str], points: Floats, shapes: Shapes) -> Looks:
    """Warp, select, even out, and drop what the others cannot explain."""
    images = textures(folder, names, points, shapes.mean)
    keep = np.flatnonzero(usable(images, shapes))
    print(f"{len(names)} photographs with landmarks, {len(keep)} usable")
    inside, half = face_mask(shapes.mean)
    even = evened(images[keep], inside)
    rows = packed(even, inside, half)
    for _ in range(2):  # hands, microphones, dark glasses
        mean = rows.mean(0)
        components, _ = principal(rows - mean, 60)
        left = rows - mean - (rows - mean) @ components.T @ components
        error = np.sqrt((left**2).mean(1))
        good = error < np.percentile(error, 95)
        rows, keep, even = rows[good], keep[good], even[good]
    print(f"{len(keep)} after dropping what the rest cannot explain")
    return Looks(keep, rows, packed(even[:, :, ::-1], inside, half), inside, half)


@dataclass
class Split:
    """What of the coefficients is the person, and what the moment."""

    identity: Floats
    """(i, c) rows."""
    moment: Floats
    """(m, c) rows."""
    centres: Floats
    """(people, c) mean coefficients of each person, and of each person's mirror image."""
    first: NDArray[np.int64]
    """(people,) a photograph of each."""


def split(joint: Floats, person: NDArray[np.str_]) -> Split:
    """Covariance between and within people, from those with several photographs.

    Args:
        joint: (2n, c) coefficients of n photographs, then of their mirror images.
        person: (n,) who is on each.
    """
    half = len(person)
    key = np.char.add(np.tile(person, 2), np.repeat(["/0", "/1"], half))
    _, first, group, size = np.unique(
        key, return_index=True, return_inverse=True, return_counts=True
    )
    centres = np.stack([np.bincount(group, joint[:, d]) for d in range(joint.shape[1])], 1)
    centres /= size[:, None]
    repeated = size[group] > 1
    residual = (joint - centres[group])[repeated]
    within = residual.T @ residual / int(repeated.sum() - (size > 1).sum())
    between = joint.T @ joint / len(joint) - within
    print(f"{len(size) // 2} people, {(size > 1).sum() // 2} of them with two or more photographs")
    # Components are mirror-symmetric or mirror-opposite; lopsided faces look odd, so the latter
    # are halved in what makes a person.
    opposite = np.hstack([lopsided(joint[:, d], half) for d in range(joint.shape[1])])
    calm = np.where(opposite, 0.5, 1.0)
    values, vectors = np.linalg.eigh(between * calm[:, None] * calm)
    positive = np.argsort(values)[::-1][: int((values > 0.02).sum())]
    identity = (vectors[:, positive] * np.sqrt(values[positive])).T
    print(f"{len(positive)} directions of identity")
    values, vectors = np.linalg.eigh(within)
    order = np.argsort(values)[::-1][:60]
    return Split(identity, (vectors[:, order] * np.sqrt(values[order])).T, centres, first % half)


def directions(
    parts: Split, sex: NDArray[np.str_], lightness: Floats
) -> tuple[Floats, float, Floats]:
    """Two unit directions of identity to plant effects along; the labels do nothing else.

    Args:
        parts: from `split`.
        sex: (n,) as labelled.
        lightness: (t,) by how much each texture component lightens cheeks and brow.

    Returns:
        From feminine to masculine, the distance between the two means, and from dark to light.
    """
    z = parts.centres @ np.linalg.pinv(parts.identity)
    label = sex[parts.first]
    contrast = z[label == "male"].mean(0) - z[label == "female"].mean(0)
    gap = float(np.linalg.norm(contrast))
    masculine = contrast / gap
    tone = parts.identity[:, : len(lightness)] @ lightness
    tone -= (tone @ masculine) * masculine
    print(f"masculine: gap {gap:.2f}, spread {(z @ masculine).std():.2f}")
    return masculine, gap, tone / np.linalg.norm(tone)


def main() -> None:
    """Build, report and write the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with people/ and people.csv")
    parser.add_argument("landmarks", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--texture", type=int, default=150, help="components of texture")
    parser.add_argument("--shape", type=int, default=40, help="components of shape")
    parser.add_argument("--used", type=Path, help="write the names of the photographs used")
    args = parser.parse_args()

    with (args.data / "people.csv").open(newline="", encoding="utf-8") as file:
        people = {r["image"]: (r["person"], r["sex"]) for r in csv.DictReader(file)}
    found = np.load(args.landmarks)
    names, points = [str(n) for n in found["names"]], found["points"].astype(np.float64)
    shapes = align(points)
    looks = chosen(args.data / "people", names, points, shapes)

    mean = (looks.rows.mean(0) + looks.mirrored.mean(0)) / 2
    both = np.vstack([looks.rows, looks.mirrored]) - mean
    components, deviations = principal(both, args.texture)
    explained = float((deviations**2).sum() * len(both) / (both**2).sum())
    print(f"{args.texture} components of texture explain {explained:.1%}")

    flat = shapes.all[looks.keep] - shapes.mean
    other = (flat * [-1, 1, 1])[:, shapes.pairs]
    deformation = np.concatenate([flat, other]).reshape(2 * len(flat), -1).astype(np.float32)
    shape_mean = deformation.mean(0)
    modes, mode_deviations = principal(deformation - shape_mean, args.shape)

    # Joint coefficients, in units of their own deviations.
    joint = np.hstack(
        [
            (both @ components.T) / deviations,
            ((deformation - shape_mean) @ modes.T) / mode_deviations,
        ]
    ).astype(np.float64)
    labels = [people[names[k]] for k in looks.keep]
    parts = split(joint, np.array([person for person, _ in labels]))
    lit = np.zeros((FACE_H, FACE_W), bool)
    lit[88:112, 24:48] = lit[88:112, 80:104] = lit[36:52, 44:84] = True
    lit = lit[looks.inside]
    lightness = (components[:, : lit.size][:, lit].mean(1) * deviations).astype(np.float64)
    masculine, gap, tone = directions(parts, np.array([sex for _, sex in labels]), lightness)

    grid_modes, depth = grid(shapes, np.vstack([modes, shape_mean[None]]))
    mode_rows, mode_scales = quantised(
        (grid_modes[:-1] * mode_deviations[:, None, None])
        .reshape(args.shape, -1)
        .astype(np.float32)
    )
    texture_rows, texture_scales = quantised(components * deviations[:, None])
    np.savez_compressed(
        args.target,
        mask=np.packbits(looks.inside),
        mean=np.rint(mean * 100).astype(np.uint16),
        texture=texture_rows,
        texture_scale=texture_scales,
        modes=mode_rows,
        modes_scale=mode_scales,
        grid_mean=grid_modes[-1].astype(np.float32),
        depth=depth.astype(np.float32),
        landmarks=shapes.mean.astype(np.float32),
        identity=parts.identity.astype(np.float16),
        moment=parts.moment.astype(np.float16),
        masculine=masculine.astype(np.float32),
        masculine_gap=np.float32(gap),
        tone=tone.astype(np.float32),
    )
    if args.used:
        args.used.write_text("".join(f"{names[k]}\n" for k in looks.keep), encoding="utf-8")
    data = args.target.read_bytes()
    print(f"{len(data) / 1e6:.2f} MB, sha256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()

"""Scores → thresholds: at a wanted FPIR, and the one-to-one false match curve of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt.assess.rates import Rate
from overt.watchlist.calibration import threshold_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from overt.live.engine import Engine
    from overt.values import Similarity
    from people import Still
    from stills import Templates

FPIRS = (0.01, 0.003, 0.001)
WANTED_FPIR = 0.001
"""Of the threshold that a session would set."""
RATES = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)
_BINS = 400_000
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold set for an FPIR gives, on the searches it was set on."""

    wanted_fpir: float
    threshold: float
    tpir: Rate
    fpir: Rate

    @property
    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "wanted_fpir": self.wanted_fpir,
            "threshold": round(self.threshold, 4),
            "tpir": self.tpir.as_dict,
            "fpir": self.fpir.as_dict,
        }


def sweep(
    mated: NDArray[np.float64],
    non_mated: NDArray[np.float64],
    fpirs: Sequence[float] = FPIRS,
) -> list[OperatingPoint]:
    """Set a threshold for each FPIR on the non-mated searches themselves, and count.

    Args:
        mated: (n,) best score of each mated search for the right entry; -inf if it has none.
        non_mated: (m,) best score of each non-mated search for any entry; -inf if it has none.
        fpirs: wanted shares; one that so few searches cannot show is left out.
    """
    points = []
    for fpir in fpirs:
        if fpir * len(non_mated) < 1:  # fewer searches than it takes to see one
            continue
        threshold = threshold_at(non_mated, fpir)
        points.append(
            OperatingPoint(
                fpir,
                threshold,
                Rate(int((mated >= threshold).sum()), len(mated)),
                Rate(int((non_mated >= threshold).sum()), len(non_mated)),
            )
        )
    return points


def threshold_at(non_mated: NDArray[np.float64], fpir: float) -> float:
    """The least threshold with at most a share `fpir` of non-mated scores at or over it."""
    ordered = np.sort(non_mated)[::-1]
    allowed = int(fpir * len(ordered) + 1e-9)
    return float(np.nextafter(ordered[allowed], np.inf))


def false_match_curve(
    vectors: NDArray[np.float32],
    people: NDArray[np.int64],
    rates: Sequence[float] = RATES,
) -> tuple[list[tuple[float, float]], int]:
    """Similarity at or over which a share of the pairs of different people score.

    Args:
        vectors: (n, d) unit rows.
        people: (n,) who each row shows.
        rates: wanted shares; those under ten pairs' worth are left out but for the smallest.

    Returns:
        (rate, similarity) pairs, and how many pairs were compared.
    """
    counts = np.zeros(_BINS, np.int64)
    for start in range(0, len(vectors), _BLOCK):
        stop = min(start + _BLOCK, len(vectors))
        scores = vectors[start:stop] @ vectors.T
        later = np.arange(len(vectors))[None] > np.arange(start, stop)[:, None]
        different = people[start:stop, None] != people[None]
        bins = ((scores[later & different] + 1) * (_BINS / 2)).astype(np.int64)
        counts += np.bincount(np.clip(bins, 0, _BINS - 1), minlength=_BINS)
    pairs = int(counts.sum())
    at_or_over = counts[::-1].cumsum()[::-1]
    curve = []
    for rate in rates:
        # The first bin from which on no more than the share remains.
        first = int(np.argmax(at_or_over <= rate * pairs))
        curve.append((rate, first / (_BINS / 2) - 1))
    return curve, pairs


def as_toml(curve: Sequence[tuple[float, float]]) -> str:
    """The curve as a manifest holds it."""
    points = ",\n".join(
        f"    {{ rate = {rate:.0e}, similarity = {similarity:.4f} }}" for rate, similarity in curve
    )
    return f"false_match = [\n{points},\n]"


def pack_threshold(
    engine: Engine, stills: list[Still], templates: Templates, entries: int
) -> tuple[Similarity, str]:
    """The threshold for `WANTED_FPIR`: from the pack's curve, or one measured here on stills."""
    curve = [(p.rate, p.similarity) for p in engine.pack.recogniser.spec.false_match]
    source = "the pack's curve"
    if not curve:
        numbers = {person: n for n, person in enumerate(sorted({s.person for s in stills}))}
        people = np.array([numbers[s.person] for s in stills])[templates.found]
        curve, _ = false_match_curve(templates.vectors[templates.found], people)
        source = "the curve measured on the stills"
    return threshold_for(curve, WANTED_FPIR, entries), source

"""Which entries of a long list can be a probe's best, without reading all of the list.

Reading 100,000 templates takes longer than multiplying them. Templates of faces are alike, so
turned into the list's own principal directions most of each lies in its first parts. Of a unit
vector split into a first part *f* and a rest *r*, by Cauchy–Schwarz

    f·f' − |r||r'| ≤ v·v' ≤ f·f' + |r||r'|

so the first parts and one number for each rest say who cannot be the best. Nobody who could is
left out: the answer is the exact search's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = 32
"""Numbers kept of each template."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A list's templates, turned and cut short."""

    directions: NDArray[np.float32] = field(repr=False)
    """(d, d) orthonormal columns, the list's principal directions, largest first."""
    first: NDArray[np.float32] = field(repr=False)
    """(n, k): each template along the first k of them."""
    rest: NDArray[np.float32] = field(repr=False)
    """(n,): the length of what is left of each."""

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Self:
        """Sketch a list.

        Args:
            vectors: (n, d) float32, unit rows.
        """
        _, directions = np.linalg.eigh((vectors.T @ vectors).astype(np.float64))
        turned = np.ascontiguousarray(directions[:, ::-1], np.float32)
        first = np.ascontiguousarray(vectors @ turned[:, :PARTS])
        # Not from 1 − |f|², whose root would make much of rounding where little is left.
        rest = np.linalg.norm(vectors @ turned[:, PARTS:], axis=1)
        sketch = cls(turned, first, np.asarray(rest, np.float32))
        for kept in (sketch.directions, sketch.first, sketch.rest):
            kept.setflags(write=False)
        return sketch

    def near(self, probe: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.intp]:
        """Indices of all entries that can be the best, in ascending order; never empty.

        Args:
            probe: (d,) float32, of unit length within 1e-3.
            vectors: the list's, as it was sketched.
        """
        turned = probe @ self.directions
        likely = self.first @ turned[:PARTS]
        most = likely + self.rest * float(np.linalg.norm(turned[PARTS:]))
        turned[...] = 0  # it is the probe, turned (R9)
        candidates = [int(likely.argmax()), int(most.argmax())]
        reached = float((vectors[candidates] @ probe).max())
        # Float32 sums of d products of unit vectors are off by d·ε at most (Higham 2002, §3.1);
        # here are two turns, a product, two lengths, and the sum that is compared with.
        margin = 8 * len(probe) * float(np.finfo(np.float32).eps)
        return np.flatnonzero(most >= reached - margin)

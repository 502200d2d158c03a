"""Exact search: the watchlist entry whose vector has the highest cosine with a probe's.

One vector per entry: the quality-weighted mean of its templates, made unit length again. Were
each picture searched on its own, a person with twenty would draw about twenty times the false
alerts of a person with one; this way everybody listed is equally exposed, and a threshold set
for N entries holds for N people however many pictures each has.

The first pass is one float32 matrix product, for a few probes against a long list of a part of each
template (`overt.watchlist.sketch`). It decides nothing within its own error: entries that may be
the best are compared again in float64, and a tie goes to the entry whose id sorts first. So the
answer depends neither on the order of the list, nor on how probes are batched, nor on the BLAS in
use.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from overt.errors import BadModel, Misuse, Refusal
from overt.values import Candidate, Similarity
from overt.watchlist.sketch import Sketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.values import EntryId, Template
    from overt.watchlist.entry import Entry, Watchlist

_BLOCK_BYTES = 64_000_000
"""Similarities held at one time by `Matcher.best_many`."""
_LONG_LIST = 20_000
"""Entries from which a sketch pays."""
_FEW_PROBES = 4
"""More at once are compared with the whole list faster: it is then read once for all of them."""
_UNIT_TOLERANCE = 1e-3
_LEAST_MEAN = 0.05
"""Length of a mean of unit vectors below which its direction means nothing."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Matcher:
    """A watchlist made ready for search. It never changes, and keeps nothing of a probe (R9).

    Raises:
        Misuse: if a template of the list is not a finite vector of unit length.
        Refusal: if an entry's pictures contradict each other so far that no mean is left.
    """

    watchlist: InitVar[Watchlist]
    model: str = field(init=False)
    entries: tuple[EntryId, ...] = field(init=False)
    """In order of id; the rows of `vectors`."""
    vectors: NDArray[np.float32] = field(init=False)
    """(n, d) float32, unit rows, C-contiguous, read-only."""
    _sketch: Sketch | None = field(init=False)
    """Of a long list, so that most of it need not be read for each probe."""

    def __post_init__(self, watchlist: Watchlist) -> None:
        """Combine each entry's templates into its row."""
        ordered = sorted(watchlist.entries, key=lambda entry: entry.id)
        lengths = {t.vector.shape for entry in ordered for t in entry.templates}
        if len(lengths) > 1:
            msg = f"the list's templates differ in shape: {sorted(map(str, lengths))}"
            raise BadModel(msg, advice="Enrol the whole list with one model.")
        vectors = np.ascontiguousarray([combined(entry) for entry in ordered], dtype=np.float32)
        vectors.setflags(write=False)
        object.__setattr__(self, "model", watchlist.model)
        object.__setattr__(self, "entries", tuple(entry.id for entry in ordered))
        object.__setattr__(self, "vectors", vectors)
        long = len(vectors) >= _LONG_LIST
        object.__setattr__(self, "_sketch", Sketch.of(vectors) if long else None)

    def __len__(self) -> int:
        """How many entries are searched."""
        return len(self.entries)

    def __repr__(self) -> str:
        return f"Matcher({len(self)} entries, {self.model!r})"

    def best(self, template: Template) -> Candidate:
        """The candidate for one probe, whatever its similarity.

        Raises:
            BadModel: if the probe's template is of another model.
            Misuse: if its vector is not finite, not of unit length or not of this length.
        """
        if template.model != self.model:
            msg = f"the probe was made by {template.model}, the watchlist by {self.model}"
            raise BadModel(msg, advice="Use one model for both.")
        indices, similarities = self.best_many(template.vector[np.newaxis])
        return Candidate(self.entries[int(indices[0])], Similarity(float(similarities[0])))

    def best_many(
        self, vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The candidates for many probes.

        Args:
            vectors: (n, d) float32, unit rows, made by the list's model.

        Returns:
            (n,) indices into `entries`, and (n,) cosines from -1 to 1.

        Raises:
            Misuse: if a vector is not finite, not of unit length or not of this length.
        """
        probes = _checked(vectors, self.vectors.shape[1])
        indices = np.empty(len(probes), np.intp)
        similarities = np.empty(len(probes), np.float64)
        block = max(1, _BLOCK_BYTES // self.vectors[:, 0].nbytes)
        if self._sketch is not None and len(probes) <= _FEW_PROBES:
            for row, probe in enumerate(probes):
                near = self._sketch.near(probe, self.vectors)
                indices[row], similarities[row] = self._best_of(probe, near)
            return indices, similarities
        for start in range(0, len(probes), block):
            rough = probes[start : start + block] @ self.vectors.T
            for row, best in enumerate(rough.max(axis=1), start=start):
                index, similarity = self._settled(probes[row], rough[row - start], best)
                indices[row], similarities[row] = index, similarity
        return indices, similarities

    def _settled(
        self, probe: NDArray[np.float32], rough: NDArray[np.float32], best: np.float32
    ) -> tuple[int, float]:
        """The exact best among the entries that rounding could have put first."""
        # Error of a float32 sum of d products of unit vectors: d·ε (Higham 2002, §3.1); two sums.
        margin = 2 * len(probe) * float(np.finfo(np.float32).eps)
        return self._best_of(probe, np.flatnonzero(rough >= best - margin))

    def _best_of(self, probe: NDArray[np.float32], near: NDArray[np.intp]) -> tuple[int, float]:
        """The exact best among some entries, the first of equals."""
        products, doubled = self.vectors[near].astype(np.float64), probe.astype(np.float64)
        np.multiply(products, doubled, out=products)
        exact = products.sum(axis=1)
        products[...] = 0  # from either the probe could be told (R9)
        doubled[...] = 0
        first = int(exact.argmax())
        return int(near[first]), float(np.clip(exact[first], -1.0, 1.0))


def combined(entry: Entry) -> NDArray[np.float32]:
    """One entry's vector: the mean of its templates, weighted by quality, of unit length.

    Returns:
        (d,) float32.

    Raises:
        Misuse: if a template is not a finite vector of unit length.
        Refusal: if the templates cancel out (R6).
    """
    vectors = np.stack([template.vector for template in entry.templates])
    vectors = _checked(vectors, vectors.shape[1]).astype(np.float64)
    weights = np.asarray(entry.weights, np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        msg = f"{entry.id}: the weights of its pictures must be finite and not negative"
        raise Misuse(msg)
    if weights.sum() == 0:
        weights = np.ones_like(weights)
    mean = weights @ vectors / weights.sum()
    length = float(np.linalg.norm(mean))
    if length < _LEAST_MEAN:
        msg = f"the pictures of {entry.id} have nothing in common"
        raise Refusal(rule="R6", message=msg, advice="Check that they show one person.")
    return np.asarray(mean / length, dtype=np.float32)


def _checked(vectors: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Vectors fit to be compared: a NaN would win or lose every search unseen."""
    checked = np.ascontiguousarray(vectors, dtype=np.float32)
    if checked.ndim != 2 or checked.shape[1] != length:  # noqa: PLR2004 - rows and columns
        msg = f"templates of shape (n, {length}) are wanted, not {checked.shape}"
        raise Misuse(msg, advice="Make them with the list's own model.")
    lengths = np.sqrt(np.einsum("ij,ij->i", checked, checked))  # makes no copy of a probe (R9)
    # Written so that a NaN fails it.
    if not (np.abs(lengths - 1) <= _UNIT_TOLERANCE).all():
        msg = "a template is not a finite vector of unit length"
        raise Misuse(msg, advice="Normalise it where it is made.")
    return checked

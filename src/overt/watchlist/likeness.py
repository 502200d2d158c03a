"""Two doubts that templates can raise about a list, for a person to settle (R6).

Two entries may be one person under two names; the pictures of one entry may show two people.
Neither is decided here: twins exist, and so do bad pictures.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from overt.values import Similarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.values import EntryId
    from overt.watchlist.entry import Watchlist
    from overt.watchlist.matcher import Matcher

MAX_DOUBTS = 100
"""Doubts reported; beyond that the threshold, not the list, is at fault."""
_BLOCK_ROWS = 512


@dataclass(frozen=True, slots=True)
class Doubt:
    """A warning about a list. It refuses nothing."""

    words: str
    entries: tuple[EntryId, ...]
    similarity: Similarity


def alike_entries(matcher: Matcher, at: Similarity) -> tuple[Doubt, ...]:
    """Pairs of entries as similar as `at` or more, most similar first; at most `MAX_DOUBTS`.

    Memory: a block of 512 rows of similarities at a time.
    """
    pairs = heapq.nlargest(MAX_DOUBTS, _alike_pairs(matcher, at))
    return tuple(
        Doubt(
            f"R6: {matcher.entries[i]} and {matcher.entries[j]} look alike "
            f"(similarity {similarity:.3f}): one person under two names?",
            (matcher.entries[i], matcher.entries[j]),
            similarity,
        )
        for similarity, i, j in pairs
    )


def _alike_pairs(matcher: Matcher, at: Similarity) -> Iterator[tuple[Similarity, int, int]]:
    vectors = matcher.vectors
    for start in range(0, len(vectors), _BLOCK_ROWS):
        block = vectors[start : start + _BLOCK_ROWS] @ vectors[start:].T
        # Each pair once, and nobody with themselves.
        block[np.tril_indices(len(block))] = -np.inf
        rows, columns = np.nonzero(block >= at)
        most = np.argsort(-block[rows, columns], kind="stable")[:MAX_DOUBTS]
        for row, column in zip(rows[most], columns[most], strict=True):
            yield Similarity(float(block[row, column])), start + int(row), start + int(column)


def unlike_images(watchlist: Watchlist, below: Similarity) -> tuple[Doubt, ...]:
    """Entries with two pictures less similar than `below`, least similar first."""
    doubts = []
    for entry in watchlist.entries:
        vectors = np.stack([template.vector for template in entry.templates])
        similarities = vectors @ vectors.T
        i, j = np.unravel_index(int(similarities.argmin()), similarities.shape)
        if i != j and similarities[i, j] < below:
            least = Similarity(float(similarities[i, j]))
            words = (
                f"R6: of the right person? {entry.images[min(i, j)]} and {entry.images[max(i, j)]} "
                f"of {entry.id} do not look alike (similarity {least:.3f})"
            )
            doubts.append(Doubt(words, (entry.id,), least))
    return tuple(heapq.nsmallest(MAX_DOUBTS, doubts, key=lambda doubt: doubt.similarity))

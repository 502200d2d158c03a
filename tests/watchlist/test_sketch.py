from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.values import EntryId, Template
from overt.watchlist import matcher as matcher_module
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.matcher import Matcher
from overt.watchlist.sketch import PARTS, Sketch

if TYPE_CHECKING:
    from numpy.typing import NDArray

D = 64


def faces(seed: int, count: int, spread: float) -> NDArray[np.float32]:
    """Unit vectors around one mean, most of them in few directions, as templates of faces are."""
    rng = np.random.default_rng(seed)
    scales = spread * 0.9 ** np.arange(D)
    vectors = rng.normal(size=D) / np.sqrt(D) + rng.normal(size=(count, D)) * scales
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def listed(vectors: NDArray[np.float32]) -> Watchlist:
    entries = (
        Entry(EntryId(f"P{i:05}"), (Template(v, "m"),), (1.0,), ("a.png",))
        for i, v in enumerate(vectors)
    )
    return Watchlist(tuple(entries), "m")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(PARTS, 400), st.sampled_from([0.0, 1e-4, 0.1, 1.0, 30.0]))
def test_whoever_is_best_is_among_the_near(seed: int, count: int, spread: float) -> None:
    vectors = faces(seed, count, spread)
    sketch = Sketch.of(vectors)
    for probe in (*faces(seed + 1, 3, spread), vectors[count // 2], -vectors[0]):
        exact = vectors.astype(np.float64) @ probe
        best = np.flatnonzero(exact >= exact.max())
        assert set(best) <= set(sketch.near(probe, vectors))


@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_a_long_list_answers_as_a_short_one_does(
    monkeypatch: pytest.MonkeyPatch, spread: float
) -> None:
    vectors = faces(1, 2_000, spread)
    vectors[1_500] = vectors[700]  # twins: the id that sorts first
    whole = Matcher(listed(vectors))
    monkeypatch.setattr(matcher_module, "_LONG_LIST", 1)
    sketched = Matcher(listed(vectors))
    assert whole._sketch is None
    assert sketched._sketch is not None
    probes = [*faces(2, 40, spread), vectors[700], vectors[1_999]]
    for probe in probes:
        assert sketched.best(Template(probe, "m")) == whole.best(Template(probe, "m"))
    for few in (1, 4, 5):
        for a, b in zip(
            sketched.best_many(np.stack(probes[-few:])), whole.best_many(np.stack(probes[-few:])),
            strict=True,
        ):  # fmt: skip
            assert np.array_equal(a, b)


def test_most_of_a_list_of_faces_is_left_out() -> None:
    vectors = faces(3, 5_000, 0.15)
    sketch = Sketch.of(vectors)
    near = [len(sketch.near(probe, vectors)) for probe in faces(4, 20, 0.15)]
    assert max(near) < 500

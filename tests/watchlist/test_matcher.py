from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.errors import BadList, BadModel, Misuse, Refusal
from overt.values import Candidate, EntryId, Similarity, Template
from overt.watchlist import matcher as matcher_module
from overt.watchlist.entry import Entry, Watchlist
from overt.watchlist.likeness import MAX_DOUBTS, alike_entries
from overt.watchlist.matcher import Matcher, combined

if TYPE_CHECKING:
    from numpy.typing import NDArray

LENGTH = 12


def unit(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    raw = rng.normal(size=shape)
    return (raw / np.linalg.norm(raw, axis=-1, keepdims=True)).astype(np.float32)


def entry(name: str, *vectors: NDArray[np.float32], weights: tuple[float, ...] = ()) -> Entry:
    return Entry(
        EntryId(name),
        tuple(Template(vector, "m") for vector in vectors),
        weights or (1.0,) * len(vectors),
        tuple(f"{name}/{n}" for n in range(len(vectors))),
    )


def a_list(rng: np.random.Generator, people: int, length: int = LENGTH) -> Watchlist:
    return Watchlist(
        tuple(
            entry(
                f"p{number:04d}",
                *unit(rng, count, length),
                weights=tuple(rng.uniform(0.1, 1, count).tolist()),
            )
            for number, count in enumerate(rng.integers(1, 4, people))
        ),
        "m",
    )


def slow_best(watchlist: Watchlist, probe: NDArray[np.float32]) -> tuple[str, float]:
    """What the module promises, in plain Python, one number at a time."""
    scores = {}
    for person in watchlist.entries:
        mean = [
            math.fsum(
                w * float(t.vector[axis])
                for t, w in zip(person.templates, person.weights, strict=True)
            )
            for axis in range(len(probe))
        ]
        length = math.sqrt(math.fsum(x * x for x in mean))
        cosine = math.fsum(x / length * float(p) for x, p in zip(mean, probe, strict=True))
        scores[person.id] = cosine
    best = max(scores.values())
    return min(name for name, score in scores.items() if score == best), best


seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_agrees_with_plain_python(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    watchlist, probe = a_list(rng, people), unit(rng, LENGTH)
    name, score = slow_best(watchlist, probe)
    candidate = Matcher(watchlist).best(Template(probe, "m"))
    assert candidate.entry == name
    assert candidate.similarity == pytest.approx(score, abs=1e-6)


@given(seeds, st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_list_changes_nothing_at_all(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    watchlist, probes = a_list(rng, people), unit(rng, 5, LENGTH)
    shuffled = tuple(watchlist.entries[i] for i in rng.permutation(people))
    one, other = Matcher(watchlist), Matcher(Watchlist(shuffled, "m"))
    assert one.entries == other.entries
    for a, b in zip(one.best_many(probes), other.best_many(probes), strict=True):
        assert (a == b).all()


@given(seeds, st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_batches_change_nothing_at_all(seed: int, block_rows: int) -> None:
    rng = np.random.default_rng(seed)
    matcher, probes = Matcher(a_list(rng, 30)), unit(rng, 50, LENGTH)
    indices, similarities = matcher.best_many(probes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matcher_module, "_BLOCK_BYTES", block_rows * 30 * 4)
        for a, b in zip(matcher.best_many(probes), (indices, similarities), strict=True):
            assert (a == b).all()
    for probe, index, similarity in zip(probes, indices, similarities, strict=True):
        candidate = matcher.best(Template(probe, "m"))
        assert (candidate.entry, candidate.similarity) == (matcher.entries[index], similarity)


@given(seeds, st.integers(2, 70))
@settings(max_examples=40, deadline=None)
def test_a_tie_goes_to_the_id_that_sorts_first(seed: int, people: int) -> None:
    rng = np.random.default_rng(seed)
    vector = unit(rng, 128)
    names = [f"{n}" for n in rng.permutation(people)]
    matcher = Matcher(Watchlist(tuple(entry(name, vector) for name in names), "m"))
    assert matcher.best(Template(unit(rng, 128), "m")).entry == min(names)


@given(seeds)
@settings(max_examples=30, deadline=None)
def test_a_difference_below_float32_rounding_of_the_product_is_still_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probe = unit(rng, 256)
    # All at a cosine of 0.1 but for the last bits; the rest at right angles to the probe.
    rest = rng.normal(size=(40, 256))
    rest -= np.outer(rest @ probe, probe) / (probe @ probe)
    rest /= np.linalg.norm(rest, axis=1, keepdims=True)
    vectors = (0.1 * probe + math.sqrt(1 - 0.1**2) * rest).astype(np.float32)
    watchlist = Watchlist(tuple(entry(f"{n:02d}", v) for n, v in enumerate(vectors)), "m")
    matcher = Matcher(watchlist)
    exact = (matcher.vectors.astype(np.float64) * probe).sum(axis=1)
    indices, _ = matcher.best_many(probe[None])
    assert indices[0] == exact.argmax()


@given(seeds, st.integers(2, 20))
@settings(max_examples=30, deadline=None)
def test_more_pictures_give_no_more_vectors(seed: int, pictures: int) -> None:
    rng = np.random.default_rng(seed)
    watchlist = Watchlist(
        (entry("many", *unit(rng, pictures, 64)), entry("one", unit(rng, 64))), "m"
    )
    assert Matcher(watchlist).vectors.shape == (2, 64)
    repeated = entry("many", *[watchlist.entries[1].templates[0].vector] * pictures)
    assert np.allclose(combined(repeated), combined(watchlist.entries[1]), atol=1e-6)


def test_the_better_picture_weighs_more() -> None:
    x, y = np.eye(2, dtype=np.float32)
    assert combined(entry("a", x, y, weights=(3.0, 1.0))) == pytest.approx(
        np.array([3, 1]) / math.sqrt(3 * 3 + 1 * 1)
    )
    assert combined(entry("a", x, y, weights=(0.0, 1.0))) == pytest.approx(y)
    assert combined(entry("a", x, y, weights=(0.0, 0.0))) == pytest.approx(
        np.array([1, 1]) / math.sqrt(2)
    )


def test_pictures_that_cancel_out_are_refused() -> None:
    x = np.array([1, 0], np.float32)
    with pytest.raises(Refusal, match="R6: the pictures of a have nothing in common"):
        Matcher(Watchlist((entry("a", x, -x),), "m"))


def test_the_worst_candidate_is_still_the_best_there_is() -> None:
    x = np.array([1, 0], np.float32)
    candidate = Matcher(Watchlist((entry("a", x),), "m")).best(Template(-x, "m"))
    assert candidate == Candidate(EntryId("a"), Similarity(-1.0))


def test_another_model_is_refused() -> None:
    rng = np.random.default_rng(1)
    matcher = Matcher(a_list(rng, 3))
    with pytest.raises(BadModel, match="made by other, the watchlist by m"):
        matcher.best(Template(unit(rng, LENGTH), "other"))
    with pytest.raises(BadModel, match="p: a template was made by other, not m"):
        Watchlist(
            (Entry(EntryId("p"), (Template(unit(rng, 4), "other"),), (1.0,), ("p.jpg",)),), "m"
        )
    with pytest.raises(BadModel, match="differ in shape"):
        Matcher(Watchlist((entry("a", unit(rng, 4)), entry("b", unit(rng, 5))), "m"))


@pytest.mark.parametrize(
    "bad",
    [
        np.full(LENGTH, np.nan, np.float32),
        np.full(LENGTH, np.inf, np.float32),
        np.zeros(LENGTH, np.float32),
        np.ones(LENGTH, np.float32),
        np.eye(LENGTH + 1, dtype=np.float32)[0],
        np.eye(LENGTH, dtype=np.float32)[:1],
    ],
)
def test_vectors_unfit_to_compare_are_refused_both_ways(bad: NDArray[np.float32]) -> None:
    rng = np.random.default_rng(1)
    matcher = Matcher(a_list(rng, 3))
    before = matcher.vectors.copy()
    with pytest.raises(Misuse):
        matcher.best(Template(bad, "m"))
    assert (matcher.vectors == before).all()
    if bad.shape == (LENGTH,):
        with pytest.raises(Misuse, match="finite vector of unit length"):
            Matcher(Watchlist((entry("a", bad),), "m"))


def test_a_bad_row_among_good_ones_is_refused() -> None:
    rng = np.random.default_rng(1)
    probes = unit(rng, 5, LENGTH)
    probes[3, 2] = np.nan
    with pytest.raises(Misuse):
        Matcher(a_list(rng, 3)).best_many(probes)


@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf")])
def test_weights_unfit_to_average_are_refused(weight: float) -> None:
    vectors = unit(np.random.default_rng(1), 2, LENGTH)
    with pytest.raises(Misuse, match="weights"):
        combined(entry("a", *vectors, weights=(1.0, weight)))


def test_lists_that_make_no_sense_are_refused() -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(BadList, match="lists nobody"):
        Watchlist((), "m")
    with pytest.raises(BadList, match="lists a twice"):
        Watchlist((entry("a", unit(rng, 4)), entry("a", unit(rng, 4))), "m")
    with pytest.raises(BadList, match="an entry needs"):
        entry("a")


def test_no_probes_give_no_candidates() -> None:
    matcher = Matcher(a_list(np.random.default_rng(1), 3))
    indices, similarities = matcher.best_many(np.empty((0, LENGTH), np.float32))
    assert len(indices) == len(similarities) == 0


def test_it_cannot_be_changed_and_keeps_nothing_of_a_probe() -> None:  # R9
    rng = np.random.default_rng(1)
    watchlist = a_list(rng, 50)
    matcher = Matcher(watchlist)
    fields = {f.name for f in dataclasses.fields(matcher)}
    assert fields == {"model", "entries", "vectors", "_sketch"}
    assert not hasattr(matcher, "__dict__")
    before = (matcher.model, matcher.entries, matcher.vectors.tobytes())
    probe = unit(rng, LENGTH)
    matcher.best(Template(probe, "m"))
    matcher.best_many(unit(rng, 100, LENGTH))
    assert (matcher.model, matcher.entries, matcher.vectors.tobytes()) == before
    assert probe.tobytes() not in matcher.vectors.tobytes()
    with pytest.raises(dataclasses.FrozenInstanceError):
        matcher.model = "other"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        matcher.vectors[0, 0] = 0
    assert matcher.vectors.flags.c_contiguous
    assert matcher.vectors.dtype == np.float32
    assert "p0001" not in repr(matcher)


def test_doubts_are_the_most_alike_pairs_and_bounded() -> None:
    rng = np.random.default_rng(3)
    watchlist = a_list(rng, 700, 16)  # more than one block of rows
    matcher = Matcher(watchlist)
    exact = matcher.vectors.astype(np.float64) @ matcher.vectors.astype(np.float64).T
    exact[np.tril_indices(700)] = -1
    pairs = {
        frozenset((matcher.entries[i], matcher.entries[j]))
        for i, j in np.argwhere(exact >= 0.85).tolist()
    }
    assert 0 < len(pairs) <= MAX_DOUBTS
    doubts = alike_entries(matcher, Similarity(0.85))
    assert {frozenset(doubt.entries) for doubt in doubts} == pairs
    similarities = [doubt.similarity for doubt in doubts]
    assert similarities == sorted(similarities, reverse=True)
    assert len(alike_entries(matcher, Similarity(-1.0))) == MAX_DOUBTS
    assert alike_entries(matcher, Similarity(-1.0))[0].similarity == pytest.approx(exact.max())

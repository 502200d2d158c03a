"""Open-set identification with stills: TPIR at a wanted FPIR, and a model's false match curve.

One still enrolled for each of 500 people who have a second (the first by number), their other
stills as mated probes, every still of everyone else as a non-mated probe. Of each still, the
face nearest its middle. No quality gate: a still without a face is a miss.

    python bench/open_set.py --pack builtin --cache /tmp/overt-bench
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from operating_points import FPIRS, as_toml, false_match_curve, sweep
from overt.assess.rates import Rate
from overt.watchlist.matcher import Matcher
from people import DATA, TWICE, Still, once_each, read_stills, split
from stills import DEFAULT_CACHE, Templates, bench_engine, read_templates


def scores(
    stills: list[Still], templates: Templates, listed: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Best scores of the mated searches (for the right entry) and of the non-mated ones."""
    chosen = split(stills, listed, seed)
    matcher = Matcher(templates.watchlist(stills, chosen.enrolled))
    mated, non_mated = np.full(len(chosen.mated), -np.inf), np.full(len(chosen.non_mated), -np.inf)
    for probes, best, owned in ((chosen.mated, mated, True), (chosen.non_mated, non_mated, False)):
        found = np.flatnonzero(templates.found[probes])
        rows = np.array(probes)[found]
        indices, similarities = matcher.best_many(templates.vectors[rows])
        for at, row, index, similarity in zip(found, rows, indices, similarities, strict=True):
            if not owned or matcher.entries[int(index)] == stills[row].person:
                best[at] = similarity
    return mated, non_mated


def measure(
    pack: str,
    cache: Path,
    data: Path,
    listed: int,
    choices: int,
    runtime: dict[str, str] | None = None,
) -> dict[str, object]:
    """Measure one pack, with the labels as they came and without the known mistakes."""
    stills = read_stills(data)
    engine = bench_engine(pack, cache, data, runtime=runtime or {})
    templates = read_templates(engine, stills, cache)
    engine.close()
    print(f"{templates.model}\n{listed} listed, one still each; faces found in", end=" ")
    print(Rate(int(templates.found.sum()), len(stills)))
    print(f"Would pass the gate: {Rate(int(templates.passes_gate.sum()), len(stills))}")
    right = once_each(stills)
    return {
        "pack": pack,
        "model": templates.model,
        "listed": listed,
        "choices": choices,
        "labels_as_they_came": _one_set("labels as they came", stills, templates, listed, choices),
        "without_known_mistakes": _one_set(
            f"without the {len(TWICE)} people known to have two numbers",
            [stills[n] for n in right],
            templates.only(right),
            listed,
            choices,
        ),
    }


def _one_set(
    name: str, stills: list[Still], templates: Templates, listed: int, choices: int
) -> dict[str, object]:
    shares = np.empty((choices, len(FPIRS)))
    for seed in range(choices):
        points = sweep(*scores(stills, templates, listed, seed))
        shares[seed] = [point.tpir.value or 0.0 for point in points]
        if seed == 0:
            first = points
    print(f"\n{name}:")
    for at, point in enumerate(first):
        spread = shares[:, at]
        print(
            f"FPIR {point.wanted_fpir:.1%}: TPIR mean {spread.mean():.3f} over {choices} lists "
            f"({spread.min():.3f} to {spread.max():.3f}); seed 0: {point.tpir}, "
            f"FPIR {point.fpir}, threshold {point.threshold:.4f}"
        )
    numbers = {person: n for n, person in enumerate(sorted({s.person for s in stills}))}
    people = np.array([numbers[s.person] for s in stills])[templates.found]
    curve, pairs = false_match_curve(templates.vectors[templates.found], people)
    print(f"# {pairs:,} pairs of different people, {name}\n{as_toml(curve)}")
    return {
        "tpir_mean": dict(zip(map(str, FPIRS), shares.mean(axis=0).round(4).tolist(), strict=True)),
        "seed_0": [point.as_dict for point in first],
        "false_match": curve,
        "pairs": pairs,
    }


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pack", default="builtin")
    parser.add_argument("--engine", default="onnxruntime", choices=["onnxruntime", "openvino"])
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="kept between runs")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument("--choices", type=int, default=20, help="random lists to average over")
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    runtime = {"engine": given.engine, "precision": given.precision}
    result = measure(given.pack, given.cache, given.data, given.listed, given.choices, runtime)
    if given.out:
        given.out.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

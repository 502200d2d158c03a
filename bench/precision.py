"""Does another precision find fewer of the listed? Paired: same stills, same lists, same clip.

Templates of both are made as `open_set.py` makes them, and kept in its cache. On each random list
each has its thresholds set on its own non-mated searches. The lists share people, so that their
spread says little of chance; the interval is a bootstrap over people, each drawn for both
precisions and for all lists alike. Then the faces that both detectors find in a clip.

    python bench/precision.py --pack builtin --engine openvino --precision bf16
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detector import SAME_FACE, overlap, read_frames
from open_set import scores
from operating_points import FPIRS
from overt.assess.rates import Rate
from people import DATA, once_each, read_stills, split
from stills import DEFAULT_CACHE, Templates, bench_engine, read_templates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.live.engine import Engine
    from overt.values import Face
    from people import Still

DRAWS = 1000
FP32 = {"engine": "onnxruntime", "precision": "fp32"}


def tpirs(
    mated: NDArray[np.float64],
    non_mated: NDArray[np.float64],
    weights: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """TPIR at each FPIR, where each search counts as often as its weight says.

    Args:
        mated: (n,) best scores for the right entry.
        non_mated: (m,) best scores for any.
        weights: (n,) and (m,), of the searches.
    """
    order = np.argsort(-non_mated, kind="stable")
    over = np.cumsum(weights[1][order])
    rates = []
    for fpir in FPIRS:
        first_too_many = order[np.searchsorted(over, fpir * over[-1] * (1 + 1e-9), side="right")]
        rates.append(weights[0][mated > non_mated[first_too_many]].sum() / weights[0].sum())
    return np.array(rates)


def compare_lists(
    stills: list[Still], templates: tuple[Templates, Templates], listed: int, choices: int
) -> dict[str, Any]:
    """Differences in TPIR, the other precision less fp32, in the mean over the lists."""
    people = {person: n for n, person in enumerate(sorted({still.person for still in stills}))}
    numbers = np.array([people[still.person] for still in stills])
    lists = []
    for seed in range(choices):
        chosen = split(stills, listed, seed)
        found = [scores(stills, one, listed, seed) for one in templates]
        lists.append((numbers[chosen.mated], numbers[chosen.non_mated], found))

    def by_list(times_drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        """(lists, 2, FPIRs)."""
        return np.array(
            [
                [tpirs(*pair, (times_drawn[mated], times_drawn[others])) for pair in found]
                for mated, others, found in lists
            ]
        )

    each = by_list(np.ones(len(people)))
    draws = np.random.default_rng(0).multinomial(
        len(people), np.full(len(people), 1 / len(people)), DRAWS
    )
    drawn = np.array([by_list(draw.astype(float)).mean(axis=0) for draw in draws])
    bounds = np.percentile(drawn[:, 1] - drawn[:, 0], [2.5, 97.5], axis=0)
    rows = {}
    for at, fpir in enumerate(FPIRS):
        differences = each[:, 1, at] - each[:, 0, at]
        rows[str(fpir)] = {
            "fp32": round(float(each[:, 0, at].mean()), 4),
            "other": round(float(each[:, 1, at].mean()), 4),
            "difference": round(float(differences.mean()), 4),
            "bounds_95": [round(float(bound), 4) for bound in bounds[:, at]],
            "lists_lowest_highest": [float(differences.min()), float(differences.max())],
        }
        print(f"FPIR {fpir:.1%}: {rows[str(fpir)]}")
    return rows


def compare_templates(templates: tuple[Templates, Templates]) -> dict[str, float]:
    """How alike the two templates of one still are: median and lowest hundredth."""
    both = templates[0].found & templates[1].found
    alike = (templates[0].vectors[both] * templates[1].vectors[both]).sum(axis=1)
    counts = [int(one.found.sum()) for one in templates]
    middle, low = np.percentile(alike, [50, 1])
    print(f"faces found in {counts[0]} and {counts[1]} stills; similarity of a still's two", end="")
    print(f" templates: median {middle:.4f}, 1st centile {low:.4f}")
    return {"median": float(middle), "p1": float(low)}


def compare_faces(engines: tuple[Engine, Engine], clip: Path) -> dict[str, Any]:
    """Faces of the clip that both detectors find, and how far apart they put landmarks."""
    counts, apart = np.zeros(4, np.int64), []
    finders = [engine.detector() for engine in engines]
    for image in read_frames(clip, 10_000):
        ours, theirs = (finder.detect(image) for finder in finders)
        same = overlap(_boxes(ours), _boxes(theirs))
        near = same >= SAME_FACE
        counts += len(ours), len(theirs), near.any(axis=1).sum(), near.any(axis=0).sum()
        for row in np.flatnonzero(near.any(axis=1)):
            a, b = (np.array(f.landmarks.points) for f in (ours[row], theirs[same[row].argmax()]))
            off = np.linalg.norm(a - b, axis=1).mean()
            apart.append(off / ours[row].landmarks.inter_eye_px)
    fp32, other, by_other, by_fp32 = counts.tolist()
    print(f"of fp32's faces found: {Rate(by_other, fp32)}; the reverse: {Rate(by_fp32, other)}")
    print(f"landmarks apart, share of the distance between the eyes: {np.median(apart):.4f} in")
    print(f"the median, 95th centile {np.percentile(apart, 95):.4f}")
    return {
        "counts": counts.tolist(),
        "landmarks_apart": {"p50": np.median(apart), "p95": np.percentile(apart, 95)},
    }


def _boxes(faces: list[Face]) -> NDArray[np.float64]:
    edges = [(f.box.left, f.box.top, f.box.right, f.box.bottom) for f in faces]
    return np.array(edges, np.float64).reshape(-1, 4)


def main() -> None:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pack", default="builtin")
    parser.add_argument("--other-pack", help="compare this pack in place of a precision")
    parser.add_argument("--engine", default="openvino", choices=["onnxruntime", "openvino"])
    parser.add_argument("--precision", default="bf16", choices=["fp32", "bf16"])
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="kept between runs")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--listed", type=int, default=500)
    parser.add_argument("--choices", type=int, default=20, help="random lists to average over")
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    other = {"engine": given.engine, "precision": given.precision}
    stills = read_stills(given.data)
    fp32 = bench_engine(given.pack, given.cache, given.data, runtime=FP32)
    second = bench_engine(given.other_pack or given.pack, given.cache, given.data, runtime=other)
    both = read_templates(fp32, stills, given.cache), read_templates(second, stills, given.cache)
    right = once_each(stills)
    kept = [stills[n] for n in right]
    print(f"{both[0].model} and\n{both[1].model}")
    result = {
        "models": [one.model for one in both],
        "templates": compare_templates(both),
        "lists": compare_lists(
            kept, (both[0].only(right), both[1].only(right)), given.listed, given.choices
        ),
        "faces": compare_faces((fp32, second), given.data / "video" / "arcade.mp4"),
    }
    fp32.close()
    second.close()
    if given.out:
        given.out.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

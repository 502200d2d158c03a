"""What walk-past passes add up to: counts first, then rates with intervals.

An unfinished run can be looked at before it is done:

    python bench/walk_report.py walk.going.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from operating_points import sweep
from overt.assess.rates import Rate


def report(progress: dict[str, Any]) -> dict[str, object]:
    """Print the figures of a run, and return them with every pass's scores.

    Args:
        progress: `walk_past.Progress` as a dictionary.
    """
    arguments = progress["arguments"]
    frames = progress["frames"]
    first = progress["tallies"][0]
    passes = len(first["passes"])
    print(
        f"{arguments['model']}: {passes:,} passes, {frames:,} frames, "
        f"{arguments['entries']} listed; threshold {arguments['threshold']:.4f} for FPIR 0.1% "
        f"from {arguments['threshold_from']}"
    )
    print(
        f"composing {progress['compose_s'] / passes:.2f} s and analysing "
        f"{progress['analyse_s'] / passes:.2f} s a pass; "
        f"{8 * progress['bytes'] / frames * arguments['rate'] / 1e6:.1f} Mbit/s; path with "
        f"{first['keep']} frames kept: {frames / max(1e-9, first['path_s']):.1f} frames a second, "
        f"{first['path_s'] / max(1e-9, first['model_s']):.2f} times the time in models"
    )
    paths = [_one_path(tally) for tally in progress["tallies"]]
    return {
        "arguments": arguments,
        "passes": passes,
        "frames": frames,
        "compose_s": progress["compose_s"],
        "analyse_s": progress["analyse_s"],
        "paths": paths,
    }


def _one_path(tally: dict[str, Any]) -> dict[str, object]:
    mated = [one for one in tally["passes"] if one["listed"]]
    others = [one for one in tally["passes"] if not one["listed"]]
    own, other = _scores(mated, "best_own"), _scores(others, "best_other")
    tpir = Rate(sum(one["true_prompts"] > 0 for one in mated), len(mated))
    fpir = Rate(sum(one["false_prompts"] > 0 for one in others), len(others))
    misnamed = Rate(sum(one["false_prompts"] > 0 for one in mated), len(mated))
    passes = len(tally["passes"])
    unassessable = Rate(sum(not one["assessed"] for one in tally["passes"]), passes)
    tracks = sum(one["tracks"] for one in tally["passes"])
    tracked = sum(one["tracks"] > 0 for one in tally["passes"])
    print(f"\nTemplates of up to {tally['keep']} frames")
    print(f"  prompts at that threshold: TPIR {tpir}; FPIR {fpir}")
    print(
        f"  listed people named as another {misnamed}; prompts on strays {tally['stray_prompts']}"
    )
    print(f"  never assessable {unassessable}")
    print(
        f"  tracks a tracked pass {tracks / max(1, tracked):.3f}; passes never tracked "
        f"{passes - tracked}; stray tracks {tally['stray_tracks']}; tracks that joined two people "
        f"{tally['mixed_tracks']}; embeddings a pass {tally['embedded'] / passes:.1f}"
    )
    points = sweep(own, other)
    searched = sweep(own[np.isfinite(_scores(mated, "assessed"))], other)
    for point, only in zip(points, searched, strict=True):
        print(
            f"  set here for FPIR {point.wanted_fpir:.1%}: threshold {point.threshold:.4f}, TPIR "
            f"{point.tpir}, FPIR {point.fpir}; of assessable passes TPIR {only.tpir}"
        )
    return {
        **{key: value for key, value in tally.items() if key != "passes"},
        "prompts": {
            "tpir": tpir.as_dict,
            "fpir": fpir.as_dict,
            "misnamed": misnamed.as_dict,
        },
        "never_assessable": unassessable.as_dict,
        "tracks_per_tracked_pass": tracks / max(1, tracked),
        "never_tracked": passes - tracked,
        "swept": [point.as_dict for point in points],
        "swept_assessable": [point.as_dict for point in searched],
        "passes": [
            (one["person"], one["listed"], one["best_own"], one["best_other"], one["tracks"])
            for one in tally["passes"]
        ],
    }


def _scores(passes: list[dict[str, Any]], key: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(n,) scores; -inf where there is none."""
    return np.array(
        [-np.inf if one[key] is None or one[key] is False else float(one[key]) for one in passes],
        np.float64,
    )


if __name__ == "__main__":
    report(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))

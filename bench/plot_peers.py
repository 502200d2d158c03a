"""The picture of bench/peers.py: times as fast, and frames a second, on one and two cores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

if TYPE_CHECKING:
    from pathlib import Path

OURS, THEIRS = "#1b6ca8", "#b0b7bd"


def draw(result: dict[str, Any], file: Path) -> None:
    """Write an SVG.

    Args:
        result: what bench/peers.py measured.
        file: to write.
    """
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "overt"  # the same figures give the same file
    import matplotlib.pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    columns = [key for key in result if key.endswith("cores")]
    figure, axes = plt.subplots(1, len(columns), figsize=(9, 3.2), sharey=True, squeeze=False)
    for axis, cores in zip(axes[0], columns, strict=True):
        rows = result[cores]
        names = list(rows)
        rates = [rows[name]["frames_per_s"] for name in names]
        colours = [OURS if name.startswith("overt") else THEIRS for name in names]
        bars = axis.barh(names, rates, color=colours)
        labels = []
        for name, rate in zip(names, rates, strict=True):
            # Where a peer runs in two ways, the one that does better against Overt is shown.
            times = [each["speed"][0] for each in rows[name]["times"].values()]
            labels.append(f"{rate:.1f}" + (f"  (× {min(times):.1f})" if times else ""))
        axis.bar_label(bars, labels, padding=3, fontsize=8)
        axis.set_xlim(0, 1.35 * max(rates))
        axis.set_title("1 core" if cores.startswith("1 ") else cores, fontsize=9)
        axis.set_xlabel("frames a second (× the peer below)", fontsize=8)
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0][0].invert_yaxis()  # shared by all
    figure.suptitle(
        f"arcade.mp4, 1080p, detector at 640; {result['date']}, {result['rounds']} rounds of "
        f"{result['seconds']:g} s in turn: compare ratios",
        fontsize=9,
    )
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.rstrip() for line in lines) + "\n", encoding="utf-8")

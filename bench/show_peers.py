"""The table that bench/peers.py prints."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def show(result: dict[str, Any]) -> None:
    """The table."""
    console = Console(width=150)
    for cores in (key for key in result if key.endswith("cores")):
        table = Table(
            "",
            "frames/s",
            "per CPU s",
            "with decoding",
            "MB",
            "faces/frame",
            "people",
            "live: capture to analysed, ms",
            title=cores,
        )
        for name, row in result[cores].items():
            table.add_row(
                name,
                f"{row['frames_per_s']:.2f}",
                f"{row['frames_per_cpu_s']:.2f}",
                str(row.get("frames_per_s_decoding", "")),
                str(row["memory_mb"]),
                str(row.get("faces_per_frame", "")),
                str(row.get("people", "")),
                " / ".join(map(str, row.get("capture_to_analysed_ms", []))),
            )
        console.print(table)
        for name, row in result[cores].items():
            for other, times in row["times"].items():
                console.print(f"{name} over {other}: {times} (median, lowest, highest)")
            for key in (
                "best_frames",
                "capture_to_sighting_ms",
                "wall_over_models",
                "cpu_over_models",
            ):
                if key in row:
                    console.print(f"{name}: {key}: {row[key]}")

"""Live cameras in a terminal: a table on stderr while they run, a line for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from overt.live.camera_events import (
    CameraStarted,
    FramesDropped,
    OutageBegan,
    OutageEnded,
    SightingsLost,
    WorkerRestarted,
)
from overt.live.health import advice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from rich.console import Console

    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth

COLUMNS = (
    "camera", "state", "frames", "a second", "dropped", "age", "faces", "unassessable",
    "eyes, px", "effort", "restarts", "prompts",
)  # fmt: skip


class CameraTable:
    """How each camera is doing, on a terminal. Use it in `with`.

    Args:
        console: written to only if it is a terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None

    def show(self, cameras: Sequence[CameraHealth]) -> None:
        """Draw the table anew."""
        if not self._console.is_terminal:
            return
        if self._live is None:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        self._live.update(table_of(cameras), refresh=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()


def table_of(cameras: Sequence[CameraHealth]) -> Table:
    """One row for each camera, with its advice below."""
    table = Table(*COLUMNS, box=None, pad_edge=False)
    for health in cameras:
        totals, old_s, size = health.totals, health.frame_age_s, health.totals.inter_eye_px
        table.add_row(
            escape(health.camera),
            health.state,
            f"{totals.frames_in:,}",
            f"{health.rate:.1f}",
            f"{totals.dropped:,}",
            "" if old_s is None else f"{old_s * 1000:.0f} ms" if old_s < 1 else f"{old_s:.1f} s",
            f"{totals.faces:,}",
            f"{totals.unassessable:,}",
            "" if size is None else f"{size:.0f}",
            totals.effort,
            f"{health.restarts:,}",
            f"{health.prompts:,}",
        )
    said = [line for health in cameras for line in advice(health)]
    table.caption = escape("\n".join(said)) or None
    table.caption_justify = "left"
    return table


def line_of(event: CameraEvent) -> str:
    """An event in words."""
    match event:
        case CameraStarted(camera):
            return f"{camera} started"
        case OutageBegan(camera, _, reason):
            return f"{camera} gives no frames: {reason}"
        case OutageEnded(camera, start_s, end_s):
            return f"{camera} is back after {end_s - start_s:.1f} s"
        case WorkerRestarted(camera, _, count, reason):
            return f"{camera}: its worker {reason}; restart {count}"
        case FramesDropped(camera, count):
            return f"{camera}: {count:,} stale frames dropped"
        case SightingsLost(camera, count):
            return f"{camera}: {count:,} sightings were never searched"

"""How a trial or the demo looks in a terminal: progress, prompts as they happen, the result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from overt.cli.cameras import CameraTable, line_of, table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import TaskID

    from overt.cli.metrics import MetricsServer
    from overt.live.camera_events import CameraEvent
    from overt.live.health import CameraHealth
    from overt.live.prompt import Prompt
    from overt.live.trial_result import TrialResult

UPDATE_EVERY_S = 0.1


class TerminalListener:
    """Shows a trial as it goes: progress on stderr, prompts on stdout or, with JSON, stderr.

    Where both are one terminal everything goes through one console, which keeps the moving line
    below what is printed.
    """

    def __init__(self, *, prompts_to_stderr: bool, metrics: MetricsServer | None = None) -> None:
        self._stderr = Console(stderr=True, highlight=False)
        out = Console(highlight=False)
        one_screen = out.is_terminal and self._stderr.is_terminal
        self._out = self._stderr if prompts_to_stderr or one_screen else out
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._stderr,
            transient=True,
        )
        self.table = CameraTable(self._stderr)
        self._metrics = metrics
        self._task: TaskID | None = None
        self._shown_at = 0.0
        self._frames_expected: int | None = None

    def say(self, line: str) -> None:
        """A line beside the progress."""
        self._stderr.print(line)

    def enrolling(self, done: int, of: int) -> None:
        """Images read for the blue list."""
        self._bar("Reading the blue list", done, of)

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None:
        """The list is ready."""
        people = "person" if entries == 1 else "people"
        self._stderr.print(
            f"{entries:,} {people} on the list; a possible match from similarity {threshold:.3f}."
        )
        self._end_bar()
        self._frames_expected = frames_expected
        self._bar("Watching the frames", 0, frames_expected)

    def analysed(self, frame: int, media_s: float) -> None:
        """A frame was analysed."""
        del media_s
        self._bar("Watching the frames", frame, self._frames_expected)

    def prompted(self, prompt: Prompt) -> None:
        """A possible match."""
        self._out.print(
            f"\n[bold]Possible match {prompt.number}:[/bold] {escape(prompt.entry)}, "
            f"similarity {prompt.similarity:.3f}\n"
            f"  {prompt.rarity}\n"
            f"  {escape(prompt.camera)} at {prompt.media_s:.2f} s, {prompt.frames_used} frames, "
            f"{prompt.capture_to_prompt_s * 1000:.0f} ms after capture"
        )

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How each live camera is doing."""
        if self._task is not None:
            self._end_bar()
            self.progress.stop()
        self.table.show(health)
        if self._metrics is not None:
            self._metrics.show(health)

    def happened(self, event: CameraEvent) -> None:
        """Something happened to a camera."""
        self._stderr.print(escape(line_of(event)))

    def _bar(self, what: str, done: int, of: int | None) -> None:
        if self._task is None:
            self._task = self.progress.add_task(what, total=of)
        now = time.monotonic()
        if now - self._shown_at >= UPDATE_EVERY_S:
            self._shown_at = now
            self.progress.update(self._task, completed=done, total=of)

    def _end_bar(self) -> None:
        if self._task is not None:
            self.progress.remove_task(self._task)
            self._task = None


def show_result(result: TrialResult) -> None:
    """The result for a person: counts first, then rates with their intervals."""
    counts, timing = result.counts, result.timing
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for line in result.left_out:
        table.add_row("Left out of the list", escape(line))
    table.add_row("People on the list", f"{result.entries:,}")
    dropped = f", {result.frames_dropped:,} stale ones dropped" if result.frames_dropped else ""
    table.add_row("Frames analysed", f"{counts.frames:,}{dropped}")
    table.add_row(
        "Faces seen",
        f"{counts.tracks:,}: {result.tracks_searched:,} searched, "
        f"{counts.unassessable:,} unassessable",
    )
    again = f", {result.suppressed:,} more within the cool-down" if result.suppressed else ""
    table.add_row("Alerts", f"{len(result.prompts):,}{again}")
    if result.score is None:
        table.add_row("TPIR and FPIR", "unknown: there is no truth file")
    else:
        score = result.score
        alerts = f"{len(score.true_alerts):,} true, {len(score.false_alerts):,} false"
        table.add_row("Of them", alerts)
        table.add_row("TPIR", f"{score.tpir}, of passes of listed people")
        unit = "passes" if score.non_mated_unit == "pass" else "tracks"
        table.add_row("FPIR", f"{score.fpir}, of {unit} of people on no list")
        table.add_row("False over alerts", str(score.false_over_alerts))
    p50, p95 = result.capture_to_prompt_ms(50), result.capture_to_prompt_ms(95)
    if p50 is not None and p95 is not None:
        table.add_row("Capture to prompt", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    if counts.outside_zone:
        table.add_row("Outside the zone", f"{counts.outside_zone:,} detections, not looked at")
    rate = f"{counts.frames / max(timing.wall_s, 1e-9):.1f} frames a second"
    if not timing.live:
        share = timing.wall_s / max(timing.model_s, 1e-9)
        rate += f"; the whole path takes {share:.2f} times the time inside the models"
    table.add_row("Speed", rate)
    console = Console(highlight=False)
    console.print()
    console.print(table)
    if result.cameras:
        console.print()
        console.print(table_of(result.cameras))

"""`overt trial`: measure the path with volunteers who consented."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from overt.clock import RealClock
from overt.config import Config, read_config

if TYPE_CHECKING:
    from rich.progress import TaskID

    from overt.live.prompt import Prompt
    from overt.live.trial_result import TrialResult

app = typer.Typer(
    help="Measure the whole path with volunteers who consented (R17, N6).", no_args_is_help=True
)

UPDATE_EVERY_S = 0.1


class TerminalListener:
    """Shows a trial as it goes: progress on stderr, prompts on stdout or, with JSON, stderr."""

    def __init__(self, *, prompts_to_stderr: bool) -> None:
        self._stderr = Console(stderr=True, highlight=False)
        self._out = self._stderr if prompts_to_stderr else Console(highlight=False)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._stderr,
            transient=True,
        )
        self._task: TaskID | None = None
        self._shown_at = 0.0
        self._frames_expected: int | None = None

    def enrolling(self, done: int, of: int) -> None:
        """Images read for the blue list."""
        self._bar("Reading the blue list", done, of)

    def started(self, entries: int, threshold: float, frames_expected: int | None) -> None:
        """The list is ready."""
        self._stderr.print(
            f"{entries:,} {'volunteer' if entries == 1 else 'volunteers'} on the list; "
            f"a possible match from similarity {threshold:.3f}"
        )
        self._end_bar()
        self._frames_expected = frames_expected
        self._bar("Analysing frames", 0, frames_expected)

    def analysed(self, frames: int, media_s: float) -> None:
        """A frame was analysed."""
        del media_s
        self._bar("Analysing frames", frames, self._frames_expected)

    def prompted(self, prompt: Prompt) -> None:
        """A possible match."""
        self._out.print(
            f"[bold]Possible match {prompt.number}[/bold] at {prompt.media_s:7.2f} s: "
            f"{escape(prompt.entry)}, similarity {prompt.similarity:.3f}; {prompt.rarity} "
            f"({prompt.camera}, {prompt.frames_used} frames, "
            f"{prompt.capture_to_prompt_s * 1000:.0f} ms after capture)"
        )

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


@app.command()
def run(
    source: Annotated[str, typer.Option(help="A recording, or a local camera (/dev/video0).")],
    blue_list: Annotated[
        Path,
        typer.Option(
            help="Folder of volunteers (person/image.jpg or person.jpg) with their consent.csv."
        ),
    ],
    truth: Annotated[
        Path | None,
        typer.Option(help="CSV of track_start_s,track_end_s,person: every pass, listed or not."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="New folder for trial.json.")] = None,
    crops: Annotated[
        bool, typer.Option("--crops", help="Keep small pictures of the alerts in the report.")
    ] = False,
    fpir: Annotated[
        float,
        typer.Option(
            help="Wanted share of passers-by with a false alert; sets the "
            "threshold for this list's size."
        ),
    ] = 0.001,
    threshold: Annotated[
        float | None,
        typer.Option(help="Similarity from which a candidate is an alert, in place of --fpir."),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="End after so many seconds of the source.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack, by name or manifest.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML configuration.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a recording or a camera past a list of consenting volunteers.

    Example: overt trial run --source walk.mp4 --blue-list volunteers/ --truth walk.csv
    """
    from overt.live.trial import TrialRequest, run_trial  # noqa: PLC0415 - slow to import

    settings = read_config(config) if config else Config()
    if pack:
        settings = settings.model_copy(update={"pack": pack})
    listener = TerminalListener(prompts_to_stderr=as_json)
    request = TrialRequest(
        source=source,
        blue_list=blue_list,
        truth=truth,
        report=report,
        keep_crops=crops,
        fpir=fpir,
        threshold=threshold,
        seconds=seconds,
    )
    with listener.progress:
        result = run_trial(request, settings, RealClock(), listener)
    if as_json:
        typer.echo(json.dumps(result.as_dict, indent=2, ensure_ascii=False))
    else:
        _show(result)
        if report:
            typer.echo(f"Report: {report}")


@app.command()
def consent(folder: Annotated[Path, typer.Argument(help="Folder of volunteers.")]) -> None:
    """Write an empty consent register beside the volunteers' images, to be filled in by hand.

    Example: overt trial consent volunteers/
    """
    from overt.watchlist.consent import write_consent_form  # noqa: PLC0415 - slow to import

    typer.echo(
        f"Wrote {write_consent_form(folder)}: fill in when each person consented, and "
        "who witnessed it."
    )


def _show(result: TrialResult) -> None:
    """The result for a person: counts first, then rates with intervals."""
    counts, timing = result.counts, result.timing
    for line in result.left_out:
        typer.echo(f"Left out of the list: {line}")
    typer.echo(
        f"\n{counts.frames:,} frames, {counts.tracks:,} faces seen, "
        f"{counts.unassessable:,} of them unassessable, {result.tracks_searched:,} searched "
        f"against {result.entries:,} volunteers"
    )
    if result.frames_dropped:
        typer.echo(f"{result.frames_dropped:,} stale frames dropped")
    typer.echo(f"{len(result.prompts):,} alerts, {result.suppressed:,} more within the cool-down")
    if result.score is None:
        typer.echo("No truth file: TPIR and FPIR are unknown.")
    else:
        score = result.score
        typer.echo(f"{len(score.true_alerts):,} true, {len(score.false_alerts):,} false")
        typer.echo(f"TPIR  {score.tpir} (passes of listed people)")
        typer.echo(f"FPIR  {score.fpir} ({score.non_mated_unit} of people on no list)")
        typer.echo(f"False alerts over alerts  {score.false_over_alerts}")
    p50, p95 = result.capture_to_prompt_ms(50), result.capture_to_prompt_ms(95)
    if p50 is not None and p95 is not None:
        typer.echo(f"Capture to prompt: p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    typer.echo(
        f"{counts.frames / max(timing.wall_s, 1e-9):.1f} frames a second; whole path "
        f"{timing.wall_s / max(timing.model_s, 1e-9):.2f} times the time inside the models"
    )

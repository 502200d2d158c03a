"""`overt trial`: measure the path with volunteers who consented."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Annotated

import typer

from overt.cli.metrics import MetricsServer
from overt.cli.terminal import TerminalListener, show_result
from overt.clock import RealClock
from overt.config import Config, read_config

app = typer.Typer(
    help="Measure the whole path with volunteers who consented (R17, N6).", no_args_is_help=True
)


@app.command()
def run(
    blue_list: Annotated[
        Path,
        typer.Option(
            help="Folder of volunteers (person/image.jpg or person.jpg) with their consent.csv."
        ),
    ],
    source: Annotated[
        list[str] | None,
        typer.Option(
            help="A recording; or a live camera (/dev/video0, rtsp://user@host/path), and again "
            "for each further one. Cameras may also stand in --config."
        ),
    ] = None,
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
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            help="Serve the cameras' health to Prometheus on 127.0.0.1 at this port.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Run a recording or live cameras past a list of consenting volunteers.

    Example: overt trial run --source walk.mp4 --blue-list volunteers/ --truth walk.csv
    """
    from overt.live.conduct import OperatingPoint  # noqa: PLC0415 - slow to import
    from overt.live.trial import TrialRequest, run_trial  # noqa: PLC0415

    settings = read_config(config) if config else Config()
    if pack:
        settings = settings.model_copy(update={"pack": pack})
    request = TrialRequest(
        sources=tuple(source or ()),
        blue_list=blue_list,
        truth=truth,
        report=report,
        keep_crops=crops,
        point=OperatingPoint(fpir, threshold),
        seconds=seconds,
    )
    with contextlib.ExitStack() as stack:
        metrics = None if metrics_port is None else stack.enter_context(MetricsServer(metrics_port))
        listener = TerminalListener(prompts_to_stderr=as_json, metrics=metrics)
        stack.enter_context(listener.progress)
        stack.enter_context(listener.table)
        result = run_trial(request, settings, RealClock(), listener)
    if as_json:
        typer.echo(json.dumps(result.as_dict, indent=2, ensure_ascii=False))
    else:
        show_result(result)
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

"""`overt bench`: what this machine can do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from overt.clock import RealClock
from overt.config import Config, read_config

if TYPE_CHECKING:
    from rich.status import Status

    from overt.live.bench_result import BenchResult


class _Told:
    """Says on stderr what is measured now."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def doing(self, what: str) -> None:
        """What is measured now."""
        self._status.update(f"{what} …")


def bench(
    cameras: Annotated[int, typer.Option(help="Generated cameras watched at once.")] = 4,
    pack: Annotated[
        str | None, typer.Option(help="Model pack, by name or manifest, in place of the config's.")
    ] = None,
    config_file: Annotated[
        Path | None, typer.Option("--config", help="TOML: pack, engine, detector size.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Measure this machine in about a minute, on people who do not exist.

    Frames a second, capture to prompt on generated cameras, the share spent in the models, which
    engine is fastest here, and how many cameras it may carry. Run it while nothing else runs.

    Example: overt bench --cameras 4 --json
    """
    from overt.live.bench import BenchRequest, run_bench  # noqa: PLC0415 - slow to import

    config = Config() if config_file is None else read_config(config_file)
    if pack is not None:
        config = config.model_copy(update={"pack": pack})
    request = BenchRequest(cameras)
    with Console(stderr=True).status("Starting …") as status:
        result = run_bench(request, config, RealClock(), _Told(status))
    if as_json:
        typer.echo(json.dumps(result.as_dict, indent=2, ensure_ascii=False))
    else:
        show_bench(result, Console(highlight=False))


def show_bench(result: BenchResult, console: Console) -> None:
    """The result for a person."""
    engines = Table("one call", "detector", "recogniser", box=None, pad_edge=False)
    ways = list(dict.fromkeys((one.engine, one.precision) for one in result.engines))
    ms = {(one.part, one.engine, one.precision): one.ms for one in result.engines}
    for engine, precision in ways:
        times = [ms.get((part, engine, precision)) for part in ("detector", "recogniser")]
        shown = ["" if one is None else f"{one:.1f} ms" for one in times]
        engines.add_row(f"{engine} {precision}", *shown)
    path, cameras = result.path, result.cameras
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row("Processors", f"{result.processors:g}")
    table.add_row("Model", escape(result.model))
    fastest = result.choice
    table.add_row(
        "Fastest in fp32",
        f"detector {fastest.detector.engine}, recogniser {fastest.recogniser.engine}",
    )
    other = result.choice_bf16
    if other is not None:
        times = [
            one.ms / two.ms
            for one, two in (
                (fastest.detector, other.detector),
                (fastest.recogniser, other.recogniser),
            )
        ]
        table.add_row(
            "In bf16, with openvino",
            f"detector {times[0]:.1f} times as fast, recogniser {times[1]:.1f}. "
            "A trial may run so; a deployment needs evidence of it (R14)",
        )
    table.add_row(
        "One thread, every frame",
        f"{path.frames_per_s:.1f} frames a second, {path.model_share:.0%} of it in the models",
    )
    p50, p95 = cameras.p50_ms, cameras.p95_ms
    if p50 is not None and p95 is not None:
        table.add_row(
            f"Capture to prompt, {cameras.cameras} cameras", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"
        )
    table.add_row(
        "Prompts",
        f"{cameras.wanted - cameras.missed} of the {cameras.wanted} that every frame gives",
    )
    table.add_row(
        "Frames",
        f"{cameras.frames_in:,}: {cameras.looked_at:,} looked at, "
        f"{cameras.dropped:,} stale ones dropped",
    )
    table.add_row("Cameras it may carry", f"about {result.cameras_carried}, 720p at 25 a second")
    console.print(engines)
    console.print()
    console.print(table)

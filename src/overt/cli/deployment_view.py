"""How a deployment looks in a terminal."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import TaskID

    from overt.live.overview import Overview
    from overt.store.deployments import Certificate, DeploymentRow
    from overt.watchlist.sealed import Built

_PLAIN_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""


def console(*, stderr: bool = False) -> Console:
    """A console that does not fold tables where nobody looks."""
    made = Console(highlight=False, stderr=stderr)
    if not made.is_terminal:
        made.width = _PLAIN_WIDTH
    return made


def show_list(rows: Sequence[DeploymentRow], *, as_json: bool) -> None:
    """Every deployment."""
    if as_json:
        found = [
            {
                "deployment": row.id,
                "kind": row.kind,
                "profile": row.profile,
                "step": row.step,
                "place": row.place,
                "starts_at": row.starts_at.isoformat(),
                "ends_at": row.ends_at.isoformat(),
            }
            for row in rows
        ]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not rows:
        typer.echo("There is no deployment yet. Apply for one: overt deployment new FILE.toml")
        return
    table = Table("deployment", "kind", "step", "place", "from", "to", box=None, padding=(0, 2))
    for row in rows:
        start, end = f"{row.starts_at:%Y-%m-%d %H:%M}", f"{row.ends_at:%Y-%m-%d %H:%M}"
        table.add_row(row.id, row.kind, row.step, escape(row.place), start, end)
    console().print(table)


def show_deployment(seen: Overview, *, as_json: bool) -> None:
    """One deployment: its timeline, and what is missing for the next step."""
    if as_json:
        typer.echo(json.dumps(seen.as_dict, indent=2, ensure_ascii=False))
        return
    history, out = seen.history, console()
    out.print(f"[bold]{history.id}[/bold]  {escape(seen.title)}")
    out.print(
        f"{history.kind}, {escape(seen.place)}, profile {history.profile.lower()}: "
        f"[bold]{history.step}[/bold]; now {seen.now:%Y-%m-%d %H:%M:%S} UTC"
    )
    out.print()
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for at, by, what in seen.steps:
        table.add_row(at, by, escape(what))
    out.print(table)
    if seen.alerts:
        counts = ", ".join(f"{count:,} {name}" for name, count in seen.alerts)
        out.print(f"\nAlerts: {len(history.alerts):,} raised ({counts})")
    if seen.outages[0]:
        times, seconds = seen.outages
        out.print(f"Cameras: lost {times:,} times, for {seconds:,} s together")
    if seen.missing:
        out.print("\n[bold]Missing for the next step[/bold]")
        for line in seen.missing:
            out.print(f"  {escape(line)}")
    if seen.next:
        out.print("\n[bold]Next[/bold]")
    for one in seen.next:
        # Never folded: a command is there to be copied.
        out.print(f"  {escape(one.command)}", soft_wrap=True)
        out.print(f"      {escape(one.why)}")


def show_certificates(certificates: Sequence[Certificate], *, as_json: bool) -> None:
    """What was destroyed."""
    if as_json:
        typer.echo(json.dumps([json.loads(one.body) for one in certificates], indent=2))
        return
    for one in certificates:
        typer.echo(f"{one.created_at:%Y-%m-%d %H:%M:%S} {one.kind}: certificate {one.sha256}")
    if not certificates:
        typer.echo("Nothing has been destroyed yet.")


@dataclass(slots=True)
class BuiltView:
    """Shows an enrolment as it goes."""

    bar: Progress
    task: TaskID
    built: Built | None = None

    def progress(self, done: int, of: int) -> None:
        """Pictures judged."""
        self.bar.update(self.task, completed=done, total=of)


@contextmanager
def show_built(*, as_json: bool) -> Iterator[BuiltView]:
    """A bar while a list is built, then what it came to."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(stderr=True),
        transient=True,
    )
    with bar:
        view = BuiltView(bar, bar.add_task("Reading the list", total=None))
        yield view
    if view.built is None:
        return
    sealed, built = view.built.sealed, view.built
    if as_json:
        document = {
            "deployment": sealed.deployment,
            "list_sha256": sealed.list_sha256,
            "built_at": sealed.built_at.isoformat(),
            "entries": sealed.composition.entries,
            "categories": dict(sealed.composition.categories),
            "pictures": sealed.pictures,
            "left_out": list(built.left_out),
            "doubts": [str(doubt) for doubt in built.doubts],
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for line in (*built.left_out, *map(str, built.doubts)):
        typer.echo(line)
    counts = ", ".join(f"{count:,} {name}" for name, count in sealed.composition.categories.items())
    typer.echo(
        f"Sealed {sealed.composition.entries:,} entries ({counts}), {sealed.pictures:,} pictures, "
        f"for {sealed.deployment} alone. The list is {sealed.list_sha256}."
    )


def answer(document: dict[str, Any], *, as_json: bool, plain: str | None = None) -> None:
    """What a command answers, for a program or in a sentence."""
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo(plain or ", ".join(f"{name} {value}" for name, value in document.items()))


def stands(deployment: str, step: str, *, as_json: bool) -> None:
    """Where a deployment stands after a command."""
    answer(
        {"deployment": deployment, "step": step},
        as_json=as_json,
        plain=f"{deployment}: {step}. `overt deployment show {deployment}` says what comes next.",
    )

"""`overt models`: which weights are here, on what terms, and whether they are the right ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table

from overt.live.models import State, add_pack, check_packs, list_packs, models_dir, pull_pack

if TYPE_CHECKING:
    from rich.progress import TaskID

    from overt.live.models import Health

app = typer.Typer(
    help="Model packs: weights that are used only with a manifest and the right hash.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_COLOURS = {State.READY: "green", State.ALTERED: "red"}


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every pack: whether it is ready, its licence, and what it may be used for.

    Example: overt models list --json
    """
    packs = list_packs()
    if as_json:
        typer.echo(json.dumps([_plain(health) for health in packs], indent=2))
        return
    table = Table(
        "pack", "state", "licence of the weights", "permitted use", box=None, padding=(0, 2)
    )
    for health in packs:
        colour = _COLOURS.get(health.state, "yellow")
        licences, uses = _terms(health)
        table.add_row(
            escape(health.name),
            f"[{colour}]{health.state}[/]",
            escape(licences),
            escape(uses),
        )
    out = Console(highlight=False)
    out.print(table)
    for health in packs:
        if health.reason:
            out.print(escape(health.reason), soft_wrap=True)


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="The pack.", metavar="NAME")],
    as_json: AsJson = False,
) -> None:
    """Fetch a pack's weights over the network; only this command ever uses it.

    Example: overt models pull opencv-zoo
    """
    bars: dict[str, TaskID] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:

        def show(file: str, done: int, of: int) -> None:
            if file not in bars:
                bars[file] = bar.add_task(escape(file), total=of)
            bar.update(bars[file], completed=done)

        fetched = pull_pack(name, show)
    if as_json:
        typer.echo(json.dumps({"pack": name, "fetched": fetched}))
    elif fetched:
        typer.echo(f"{name}: fetched and verified {', '.join(fetched)}")
    else:
        typer.echo(f"{name}: every file was already here and is as it should be")


@app.command()
def add(
    manifest: Annotated[
        str, typer.Argument(help="A manifest's path, or a shipped pack that takes local files.")
    ],
    files: Annotated[
        Path | None, typer.Option(help="Folder of the files; by default the manifest's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a manifest and its local files, and keep a copy of them.

    Example: overt models add retail --files ~/Downloads/retail
    """
    added = add_pack(manifest, files)
    if as_json:
        typer.echo(json.dumps({"pack": added.name, "folder": str(models_dir() / added.name)}))
        return
    typer.echo(f"{added.name}: verified and kept in {models_dir() / added.name}")
    if added.detector.weights.url or added.recogniser.weights.url:
        typer.echo(f"Next: overt models pull {added.name}")


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Packs; all if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify every file and run each network once; exit code 1 if one is not as it should be.

    A shipped pack none of whose files is here counts as a fault only if it is named.

    Example: overt models check builtin
    """
    packs = check_packs(tuple(names or ()))
    if as_json:
        typer.echo(json.dumps([_plain(health) for health in packs], indent=2))
    faults = [pack for pack in packs if pack.state is not State.READY and (names or pack.begun)]
    for health in packs:
        if health in faults:
            typer.echo(f"{health.state}: {health.reason}", err=True)
        elif not as_json:
            ready = health.state is State.READY
            typer.echo(f"{health.name}: {'ready' if ready else 'not fetched'}")
    if faults:
        raise typer.Exit(1)


def _terms(health: Health) -> tuple[str, str]:
    """Licences and permitted uses of both models, each named once."""
    if health.manifest is None:
        return "", ""
    both = (health.manifest.detector.weights, health.manifest.recogniser.weights)
    licences = dict.fromkeys(weights.weights_licence for weights in both)
    uses = dict.fromkeys(weights.permitted_use for weights in both)
    return "; ".join(licences), "; ".join(uses)


def _plain(health: Health) -> dict[str, object]:
    """A pack's state as JSON's own types."""
    manifest = health.manifest
    answer: dict[str, object] = {
        "name": health.name,
        "state": str(health.state),
        "reason": health.reason,
    }
    if manifest is not None:
        answer["description"] = manifest.description
        for role, model in (("detector", manifest.detector), ("recogniser", manifest.recogniser)):
            answer[role] = model.weights.model_dump(mode="json", exclude_none=True)
    return answer

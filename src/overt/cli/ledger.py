"""`overt ledger`: read a ledger, and check it as an outsider would (R21, R24)."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overt.errors import BadLedger

app = typer.Typer(
    help="Read a ledger, and check it as an outsider would (R21, R24).", no_args_is_help=True
)

_PLAIN_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""
_FILE = Annotated[Path, typer.Argument(metavar="FILE", help="The ledger, such as D-….jsonl.")]
_JSON = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(file: _FILE, as_json: _JSON = False) -> None:
    """Show the events of a ledger in their order. It stops at the first line that does not hold.

    Example: overt ledger show D-20261125-7K3Q9M.jsonl
    """
    from overt.records.events import body_of  # noqa: PLC0415 - `--help` needs none of it
    from overt.records.line import read_chain  # noqa: PLC0415

    if as_json:  # the lines are JSON already: whole, checked, one event each
        for line in read_chain(file):
            said = {
                "seq": line.seq,
                "at": line.at.isoformat(),
                "by": line.by,
                "event": type(line.event).__name__,
                "body": body_of(line.event),
            }
            typer.echo(json.dumps(said, ensure_ascii=False))
        return
    table = Table("line", "at (UTC)", "by", "event", "what")
    for line in read_chain(file):
        body = body_of(line.event)
        what = ", ".join(f"{name} {_short(value)}" for name, value in body.items())
        table.add_row(
            str(line.seq),
            f"{line.at:%Y-%m-%d %H:%M:%S}",
            line.by,
            type(line.event).__name__,
            Text(what),
        )
    _console().print(table)


@app.command()
def verify(
    file: _FILE,
    head: Annotated[
        str | None,
        typer.Option(help="SHA-256 of its last line, from elsewhere: finds what was cut off."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="The instance's public key, from elsewhere: finds a forged whole."),
    ] = None,
    other: Annotated[
        list[Path] | None,
        typer.Option(help="Another ledger, whose watchlist must not stand in this one (N5)."),
    ] = None,
    as_json: _JSON = False,
) -> None:
    """Check a ledger's chain and signatures, and requirement by requirement what it shows.

    Exit code 0 if nothing is found, 1 if something is.

    Example: overt ledger verify D-20261125-7K3Q9M.jsonl --head 84957e54…
    """
    from overt.records.verify import verify as check  # noqa: PLC0415

    try:
        result = check(file, head=head, key=key, others=other or ())
    except OSError as error:
        msg = f"{error.filename}: cannot be read: {error.strerror}"
        raise BadLedger(msg, rule="R21") from error
    if as_json:
        typer.echo(json.dumps(asdict(result), indent=2, ensure_ascii=False))
        raise typer.Exit(0 if result.ok else 1)
    console = _console()
    if result.findings:
        table = Table("line", "check", "what is wrong")
        for finding in result.findings:
            where = "file" if finding.seq < 0 else str(finding.seq)
            table.add_row(where, finding.rule, Text(finding.what))
        console.print(table)
    shown = Table("requirement", "what this ledger alone shows")
    for rule, state in result.shown.items():
        shown.add_row(rule, state)
    console.print(shown)
    typer.echo(f"{result.chain}: {result.lines:,} lines, {result.unsigned:,} of them unsigned yet")
    typer.echo(f"head {result.head}")
    if head is None:
        typer.echo("No --head was given: lines cut off after a checkpoint would not be missed.")
    if key is None:
        typer.echo("No --key was given: the ledger's own first line says which key signs.")
    typer.echo("Nothing found." if result.ok else f"{len(result.findings):,} findings.")
    raise typer.Exit(0 if result.ok else 1)


def _short(value: object) -> str:
    """A field's value; hashes and keys by their beginning."""
    text = "–" if value is None else str(value)
    return f"{text[:8]}…" if len(text) >= len("f" * 64) else text


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_PLAIN_WIDTH)

"""The command line: thin commands over `live`. Exit code 0 done, 1 refused or failed, 2 misuse."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from overt import __version__
from overt.__main__ import INTERRUPTED, STOPPED
from overt.cli import bench, demo, deployment, ledger, models, trial, user, watchlist
from overt.errors import BadApplication, OvertError

app = typer.Typer(
    name="overt",
    help="Accountable live facial recognition: one place, one watchlist, one written authority; "
    "a person decides; anyone can check.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(demo.demo)
app.command()(bench.bench)
app.add_typer(models.app, name="models")
app.add_typer(watchlist.app, name="watchlist")
app.add_typer(trial.app, name="trial")
app.add_typer(user.app, name="user")
app.add_typer(deployment.app, name="deployment")
app.add_typer(ledger.app, name="ledger")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"overt {__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Say which version."),
    ] = False,
) -> None:
    """Options before any command."""


def run() -> None:
    """Run a command; every failure ends in one line on stderr and no traceback."""
    try:
        app(standalone_mode=True)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer has caught the Ctrl-C and says nothing
            _stop(STOPPED, INTERRUPTED)
        raise
    except BadApplication as error:
        _stop("\n".join(_lines_of(error)), error.exit_code)
    except OvertError as error:
        _stop(f"overt: {error.line}", error.exit_code)
    except KeyboardInterrupt:
        _stop(STOPPED, INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("OVERT_TRACEBACK"):
            raise
        what = " ".join(f"{type(error).__name__}: {error}".split())
        _stop(f"overt: a fault in Overt itself: {what}. OVERT_TRACEBACK=1 shows where", 1)


def _lines_of(error: BadApplication) -> list[str]:
    """One line; or, where a paper has many faults, that and a line for each."""
    if len(error.problems) <= 1:
        return [f"overt: {error.line}"]
    name = error.message.split(f": {len(error.problems)} problems: ", maxsplit=1)[0]
    first = f"overt: {name}: {len(error.problems)} problems. {error.advice or ''}".rstrip()
    return [first, *(f"  {problem}" for problem in error.problems)]


def _stop(line: str, code: int) -> None:
    sys.stderr.write(line + "\n")
    sys.exit(code)

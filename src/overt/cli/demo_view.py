"""How the demo looks in a terminal: each step, each prompt and decision, the record, the proof."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Self

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from overt.cli.deployment_view import console

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from overt.live.camera_events import CameraEvent
    from overt.live.demo import DemoResult
    from overt.live.health import CameraHealth
    from overt.vocabulary import AccountId, AlertRef

_WORDS = {
    "pending": "operator: takes that back",
    "possible": "operator: possible",
    "dismissed": "operator: not the person",
    "confirmed": "engagement officer: possible too",
    "not-confirmed": "engagement officer: not the person",
    "engaged": "engagement officer speaks with the person",
    "concluded": "outcome recorded",
    "expired": "expired: nobody could act on it in time",
    "lost": "the person was not found again",
}


class DemoView:
    """Prints the demo as it goes. Use it in `with`.

    Args:
        to_stderr: keep stdout for the result.
    """

    def __init__(self, *, to_stderr: bool) -> None:
        self._out = console(stderr=to_stderr)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self._out,
            transient=True,
        )
        self._task: tuple[str, TaskID] | None = None

    def __enter__(self) -> Self:
        self._out.print(
            "A whole deployment on the generated street. Nobody in it exists; the officers are "
            "scripted, and the clock leaps over the nights."
        )
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, at: str, what: str, by: str) -> None:
        """A step was taken."""
        self._end_bar()
        self._out.print(f"[bold]{at}[/bold]  {escape(what)}  [dim]{escape(by)}[/dim]")

    def progress(self, what: str, done: int, of: int) -> None:
        """Something that takes a while."""
        if self._task is None or self._task[0] != what:
            self._end_bar()
            self._task = what, self._bar.add_task(what, total=of)
        self._bar.update(self._task[1], completed=done, total=of)

    def raised(self, shown: dict[str, Any]) -> None:
        """A possible match."""
        self._out.print(
            f"              [bold]{shown['ref']}  possible match with {shown['entry']}[/bold], "
            f"similarity {shown['similarity']:.3f}, "
            f"{shown['capture_to_prompt_ms']:.0f} ms after capture\n"
            f"                         {shown['rarity']}"
        )

    def changed(self, ref: AlertRef, what: str, by: AccountId | None) -> None:
        """Somebody decided, or time did."""
        if what != "raised":
            who = f"  [dim]{escape(by)}[/dim]" if by else ""
            self._out.print(f"              {ref}  {_WORDS.get(what, what)}{who}")

    def cameras(self, health: Sequence[CameraHealth]) -> None:
        """How the camera is doing: the record has the counts."""

    def happened(self, event: CameraEvent) -> None:
        """Something befell the camera: the record has it."""

    def said(self, line: str) -> None:
        """Something a person must know."""
        self._out.print(f"              {escape(line)}")

    def _end_bar(self) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task[1])
            self._task = None


def show_demo(result: DemoResult, *, as_json: bool) -> None:
    """The record, the certificates, and what the ledger shows."""
    verification = result.verification
    if as_json:
        document = {
            "deployment": result.deployment,
            "record": result.record,
            "certificates": [json.loads(one.body) for one in result.certificates],
            "listed_walking": result.listed_walking,
            "listed_prompted": result.listed_prompted,
            "verification": {
                "ok": verification.ok,
                "lines": verification.lines,
                "head": verification.head,
                "shown": verification.shown,
                "findings": [str(one) for one in verification.findings],
            },
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    out = console()
    out.print()
    out.print(escape(result.record_text))
    out.print("[bold]Destruction certificates[/bold]")
    for one in result.certificates:
        out.print(f"  {one.kind}: {one.sha256}")
    out.print(
        f"\n{result.listed_prompted} of {result.listed_walking} listed people who walked past "
        "raised a prompt of their own."
    )
    verdict = "holds" if verification.ok else "does not hold"
    out.print(
        f"[bold]The ledger {verdict}[/bold]: {verification.lines} lines, head {verification.head}"
    )
    for found in verification.findings:
        out.print(f"  {escape(str(found))}")
    shown = [rule for rule, state in verification.shown.items() if state == "shown"]
    other = [rule for rule, state in verification.shown.items() if state != "shown"]
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row("It shows", ", ".join(shown))
    if other:
        table.add_row("Not in this ledger", ", ".join(other))
    out.print(table)

"""What a person at a terminal desk reads and types."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from rich.columns import Columns
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from overt.cli.deployment_view import console
from overt.cli.desk_forms import FORMS, LeftForm, filled_in
from overt.cli.half_blocks import drawn
from overt.cli.typed_lines import TypedLines
from overt.errors import BadForm, OvertError
from overt.vocabulary import Act

if TYPE_CHECKING:
    from overt.live.desk_client import DeskClient

LOOK_EVERY_S = 0.2
PICTURE_COLUMNS, PICTURE_ROWS = 44, 26
HELP = (
    "Enter shows the queue. `look 1` shows prompt 1 of it; `ACT 1` does what stands under `may`, "
    "such as `find-possible 1`. `end` ends the session for everybody; `quit` leaves this desk."
)


class DeskTerminal:
    """One person's desk.

    Args:
        desk: signed in.
        account: whose.
    """

    def __init__(self, desk: DeskClient, account: str) -> None:
        self._desk = desk
        self._account = account
        self._out = console()
        self._typed = TypedLines()
        self._rows: list[str] = []
        """References in the order in which the queue was last shown."""
        self._over = False

    def run(self) -> None:
        """Until the session is over, or the person leaves."""
        self._out.print(f"[bold]The desk of {self._account}.[/bold] {escape(HELP)}")
        self._queue()
        while not self._over:
            try:
                words = self.ask("desk").split()
                if words[:1] == ["quit"]:
                    return
                self._obey(words)
            except LeftForm:
                if not self._over:
                    self._out.print("Left; nothing is decided.")
            except OvertError as error:
                self._news()
                if not self._over:
                    self._out.print(f"[bold]Not done.[/bold] {escape(error.line)}")

    # For forms: see `overt.cli.desk_forms.Typing`.

    def show(self, text: str) -> None:
        """A line, as it stands."""
        self._out.print(escape(text))

    def ask(self, question: str) -> str:
        """Wait for a line; news are told meanwhile."""
        self._out.print(f"{escape(question)}> ", end="")
        while (line := self._typed.next(LOOK_EVERY_S)) is None:
            if self._typed.ended:
                self._over = True
            elif self._news() and not self._over:
                self._out.print(f"{escape(question)}> ", end="")
            if self._over:
                raise LeftForm
        return line

    def _obey(self, words: list[str]) -> None:
        match words:
            case [] | ["queue"]:
                self._queue()
            case ["end"]:
                if self.ask("End the session for everybody? Type yes").strip() == "yes":
                    self._desk.ask(do="end")
            case ["look", named]:
                self._look(self._ref(named))
            case [act, named] if act in FORMS:
                form = FORMS[act]
                ref = self._ref(named)
                self._check_may(act, ref)
                self._desk.ask(do=form.do, ref=ref, form=filled_in(form, self))
                self._queue()
            case [act, named] if act in list(Act):
                self._desk.ask(do=act, ref=self._ref(named))
                self._queue()
            case _:
                self._out.print(escape(HELP))

    def _check_may(self, act: str, ref: str) -> None:
        """Say before the form, and not after it, that this act is not this person's now."""
        one = self._one(ref)
        if one is not None and act not in one["may"]:
            may = ", ".join(one["may"]) or "look at it"
            msg = f"{ref} is {one['status']}: you may not {act} it now"
            raise BadForm(msg, advice=f"You may {may}.")

    def _one(self, ref: str) -> dict[str, Any] | None:
        """A prompt of the queue, as it stands now."""
        queue: list[dict[str, Any]] = self._desk.ask(do="queue")["queue"]
        return next((one for one in queue if one["ref"] == ref), None)

    def _ref(self, named: str) -> str:
        """A reference, or the number of a row of the queue."""
        if not named.isdigit():
            return named.upper()
        if not 1 <= int(named) <= len(self._rows):
            msg = f"the queue has no row {named}"
            raise BadForm(msg, advice="Enter shows it.")
        return self._rows[int(named) - 1]

    def _queue(self) -> None:
        answer = self._desk.ask(do="queue")
        if answer.get("waiting"):
            self._out.print(f"No camera has started yet. {escape(str(answer['waiting']))}")
            return
        if answer.get("over"):
            self._out.print(f"The session is over. {escape(str(answer['over']))}")
        counts = answer.get("counts") or {}
        faces, prompts = counts.get("faces", 0), counts.get("prompts", 0)
        self._out.print(f"{faces:,} faces so far, {prompts:,} possible matches.")
        queue = answer["queue"]
        self._rows = [one["ref"] for one in queue]
        if not queue:
            self._out.print("No open prompt.")
            return
        names = ("", "reference", "stands", "left", "similarity", "category", "camera", "may")
        table = Table(*names, box=None, padding=(0, 2, 0, 0))
        for number, one in enumerate(queue, start=1):
            table.add_row(
                str(number),
                one["ref"],
                "outcome owed" if one.get("outcome_owed") else one["status"],
                "" if one["left_s"] is None else f"{one['left_s']:.0f} s",
                f"{one.get('similarity', 0):.3f}",
                escape(str(one.get("category", ""))),
                escape(str(one.get("camera", ""))),
                ", ".join(one["may"]) or "look",
            )
        self._out.print(table)

    def _look(self, ref: str) -> None:
        """Both pictures at one size, and what is known."""
        answer = self._desk.ask(do="pictures", ref=ref)
        if not answer["probe"]:
            reason = escape(str(answer["words"]["reason"]))
            self._out.print(f"{ref}: {reason}; it cannot be judged here.")
            return
        one = self._one(ref)
        width = min(PICTURE_COLUMNS, (self._out.width - 6) // 2 - 2)
        both = [
            Panel(drawn(base64.b64decode(jpeg), columns=width, rows=PICTURE_ROWS), title=title)
            for title, jpeg in (
                ("on the list", answer["listed"]),
                ("before the camera", answer["probe"][0]),
            )
        ]
        self._out.print(Columns(both, expand=False))
        words = answer["words"]
        self._out.print(
            f"[bold]Possible match[/bold] {ref} with {escape(words['name'])}, listed as "
            f"{escape(words['category'])}: {escape(words['reason'])}"
        )
        if one is not None:
            self._out.print(self._said_of(one))

    @staticmethod
    def _said_of(one: dict[str, Any]) -> str:
        left = "" if one["left_s"] is None else f" {one['left_s']:.0f} s left."
        return (
            f"Similarity {one.get('similarity', 0):.3f}: {escape(str(one.get('rarity', '')))}. "
            f"Camera {escape(str(one.get('camera', '')))}, {one.get('captured_at', '')[11:19]} UTC."
            f"{left} You may: {', '.join(one['may']) or 'look'}."
        )

    def _news(self) -> bool:
        """Tell what happened; whether anything did."""
        told = False
        while not self._desk.news.empty():
            news = self._desk.news.get()
            if news is not None and news.get("by") == self._account:
                continue  # the queue has just shown it
            told = True
            if news is None:
                self._over = True
                self._out.print("\nThe session has closed this desk's line. The desk is over.")
            elif news.get("news") == "over":
                self._out.print(f"\nThe session is over. {escape(str(news.get('why', '')))}")
            elif news.get("news") == "raised":
                self._out.print(f"\n[bold]New possible match {news['ref']}.[/bold]\a")
            else:
                by = f" by {news['by']}" if news.get("by") else ""
                self._out.print(f"\n{news.get('ref', '')}: {escape(str(news.get('news')))}{by}")
        return told

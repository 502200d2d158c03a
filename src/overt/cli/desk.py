"""A desk in a terminal: open prompts, their two pictures, and what may be decided.

Pictures are drawn with coloured half blocks and leave nothing on the disk. It is for trying the
system and for emergencies; hours of work want the console.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from PIL import Image
from rich.columns import Columns
from rich.markup import escape
from rich.prompt import Prompt
from rich.style import Style
from rich.table import Table
from rich.text import Text

from overt.cli.deployment_view import console
from overt.errors import Misuse, OvertError
from overt.live.desk_client import DeskClient
from overt.vocabulary import (
    Adjudication,
    Confirmation,
    Disposal,
    EnvironmentFactor,
    Force,
    Ground,
    Identity,
    IdentityBy,
    RecordedAge,
    RecordedSex,
    SearchOutcome,
    SelfDefinedEthnicity,
    SubjectFactor,
    SystemFactor,
)

if TYPE_CHECKING:
    from enum import StrEnum
    from pathlib import Path

    from rich.console import Console

PICTURE_COLUMNS = 44
_DOES: dict[str, tuple[str, dict[str, Any]]] = {
    "find-possible": ("adjudicate", {"decision": Adjudication.POSSIBLE}),
    "dismiss": ("adjudicate", {"decision": Adjudication.DISMISSED}),
    "confirm": ("confirm", {"decision": Confirmation.CONFIRMED}),
    "not-confirm": ("confirm", {"decision": Confirmation.NOT_CONFIRMED}),
    "conclude": ("conclude", {}),
}
"""The request, and what it decides, of each act that needs a form."""
_WEIGHED: dict[str, type[StrEnum]] = {
    "ground": Ground,
    "subject": SubjectFactor,
    "system": SystemFactor,
    "environment": EnvironmentFactor,
}
_OUTCOME: dict[str, type[StrEnum]] = {
    "identity": Identity,
    "identity_by": IdentityBy,
    "disposal": Disposal,
    "force": Force,
    "search": SearchOutcome,
    "ethnicity": SelfDefinedEthnicity,
    "sex": RecordedSex,
    "age": RecordedAge,
}
HELP = (
    "queue; look REF; ACT REF, where ACT is one that the prompt lists (find-possible, dismiss, "
    "undo, accept, confirm, not-confirm, engage, lose, conclude); end; quit"
)


def sit(path: Path, account: str, password: str, *, as_json: bool) -> None:
    """Sit at a live session's desk until it is over or the person leaves.

    Args:
        path: the session's socket.
        account: whose desk it is.
        password: theirs.
        as_json: requests are read as lines of JSON on stdin, and answered so.

    Raises:
        Refusal: if no session is live, or the sign-in is refused.
    """
    with DeskClient(path, account, password) as desk:
        if as_json:
            _relay(desk)
        elif not sys.stdin.isatty():
            msg = "a desk needs a terminal"
            raise Misuse(msg, advice="Use --json to drive it with a program.")
        else:
            _Terminal(desk, console()).run()


def _relay(desk: DeskClient) -> None:
    """Requests in, answers out, news in between."""
    for line in sys.stdin:
        try:
            answer = desk.ask(**{k: v for k, v in json.loads(line).items() if k != "id"})
        except OvertError as error:
            answer = {"ok": False, "refused": error.line, "rule": error.rule}
        except (ValueError, AttributeError):
            answer = {"ok": False, "refused": "not a line of JSON"}
        while not desk.news.empty():
            sys.stdout.write(json.dumps(desk.news.get(), ensure_ascii=False) + "\n")
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class _Terminal:
    def __init__(self, desk: DeskClient, out: Console) -> None:
        self._desk = desk
        self._out = out

    def run(self) -> None:
        """Read commands until the end."""
        self._out.print(HELP)
        self._queue()
        while True:
            self._news()
            words = Prompt.ask("desk", console=self._out, default="queue").split()
            if words[:1] == ["quit"]:
                return
            try:
                self._obey(words)
            except OvertError as error:
                self._out.print(f"[bold]Refused.[/bold] {escape(error.line)}")

    def _obey(self, words: list[str]) -> None:
        match words:
            case ["queue"]:
                self._queue()
            case ["end"]:
                self._desk.ask(do="end")
            case ["look", ref]:
                self._look(ref.upper())
            case [act, ref] if act in _DOES:
                request, decided = _DOES[act]
                form = self._form(request, decided)
                self._desk.ask(do=request, ref=ref.upper(), form=form)
                self._queue()
            case [act, ref]:
                self._desk.ask(do=act, ref=ref.upper())
                self._queue()
            case _:
                self._out.print(HELP)

    def _form(self, request: str, decided: dict[str, Any]) -> dict[str, Any]:
        """Ask for each field; nothing is filled in that a person did not choose."""
        fields = _OUTCOME if request == "conclude" else _WEIGHED
        form: dict[str, Any] = {name: str(value) for name, value in decided.items()}
        for name, values in fields.items():
            choices = [value.value for value in values]
            form[name] = Prompt.ask(name.replace("_", " "), console=self._out, choices=choices)
        if request == "conclude":
            asked = Prompt.ask("identity asked", console=self._out, choices=["yes", "no"])
            form["identity_asked"] = asked == "yes"
            form["stop_seconds"] = int(
                Prompt.ask("seconds the person was held up", console=self._out) or 0
            )
        form["reason"] = Prompt.ask("reason in words", console=self._out, default="")
        return form

    def _queue(self) -> None:
        answer = self._desk.ask(do="queue")
        if answer.get("over"):
            self._out.print(f"The session is over. {escape(str(answer['over']))}")
        table = Table("ref", "status", "left", "similarity", "category", "camera", "may", box=None)
        for one in answer["queue"]:
            left = "" if one["left_s"] is None else f"{one['left_s']:.0f} s"
            table.add_row(
                one["ref"],
                one["status"],
                left,
                f"{one.get('similarity', 0):.3f}",
                escape(str(one.get("category", ""))),
                escape(str(one.get("camera", ""))),
                ", ".join(one["may"]),
            )
        self._out.print(table if answer["queue"] else "No open prompt.")

    def _look(self, ref: str) -> None:
        """Both pictures at one size, and what is known."""
        answer = self._desk.ask(do="pictures", ref=ref)
        words = answer["words"]
        if not answer["probe"]:
            self._out.print(f"{ref}: {escape(words['reason'])}; it cannot be judged here.")
            return
        left = _drawn(base64.b64decode(answer["listed"]))
        right = _drawn(base64.b64decode(answer["probe"][0]))
        self._out.print(Columns([left, right], padding=(0, 2)))
        self._out.print(
            f"Possible match with {escape(words['name'])} (left: the list; right: the camera). "
            f"Listed as {escape(words['category'])}: {escape(words['reason'])}"
        )

    def _news(self) -> None:
        while not self._desk.news.empty():
            news = self._desk.news.get()
            if news is None:
                self._out.print("The session closed the line.")
                return
            by = f" by {news['by']}" if news.get("by") else ""
            self._out.print(f"{news.get('ref', '')} {news.get('news', '')}{by}")


def _drawn(jpeg: bytes) -> Text:
    """A picture in half blocks: two rows of pixels to a line."""
    with Image.open(io.BytesIO(jpeg)) as opened:
        picture = opened.convert("RGB")
        rows = max(2, round(PICTURE_COLUMNS * picture.height / picture.width) // 2 * 2)
        small = picture.resize((PICTURE_COLUMNS, rows), Image.Resampling.LANCZOS)
    pixels = small.load()
    text = Text()
    if pixels is None:
        return text
    for row in range(0, rows, 2):
        for column in range(PICTURE_COLUMNS):
            upper, lower = pixels[column, row], pixels[column, row + 1]
            text.append("▀", Style(color=_colour(upper), bgcolor=_colour(lower)))
        text.append("\n")
    return text


def _colour(pixel: object) -> str:
    red, green, blue = pixel if isinstance(pixel, tuple) else (0, 0, 0)
    return f"rgb({red},{green},{blue})"

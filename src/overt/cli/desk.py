"""A desk in a terminal: open prompts, their two pictures, and what may be decided.

Pictures are drawn with coloured half blocks and leave nothing on the disk. It is for trying the
system and for emergencies; hours of work want the console.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from overt.cli.desk_terminal import DeskTerminal
from overt.cli.typed_lines import TypedLines
from overt.errors import Misuse, OvertError
from overt.live.desk_client import DeskClient

if TYPE_CHECKING:
    from pathlib import Path

LOOK_EVERY_S = 0.2


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
    if not as_json and not sys.stdin.isatty():
        msg = "a desk needs a terminal"
        raise Misuse(msg, advice="Use --json to drive it with a program.")
    with DeskClient(path, account, password) as desk:
        if as_json:
            _relay(desk)
        else:
            DeskTerminal(desk, account).run()


def _relay(desk: DeskClient) -> None:
    """Requests in, answers out, news as it comes; it ends with its input, or with the session."""
    lines = TypedLines()
    while not lines.ended:
        while not desk.news.empty():
            news = desk.news.get()
            _say({"news": "line-closed"} if news is None else news)
            if news is None:
                return
        line = lines.next(LOOK_EVERY_S)
        if line and line.strip():
            _say(_answered(desk, line))


def _answered(desk: DeskClient, line: str) -> dict[str, Any]:
    """The answer to one request; what a program numbers with `id` comes back with it."""
    number: Any = None
    try:
        document = json.loads(line)
        number = document.pop("id", None)
        answer = desk.ask(**document)
    except OvertError as error:
        answer = {"ok": False, "refused": error.line, "rule": error.rule}
    except (ValueError, AttributeError, TypeError):
        answer = {"ok": False, "refused": "not a line with one JSON object"}
    answer.pop("id", None)
    return answer if number is None else {**answer, "id": number}


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()

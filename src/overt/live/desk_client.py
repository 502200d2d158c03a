"""A desk's end of the line to a live session."""

from __future__ import annotations

import contextlib
import itertools
import queue
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

from overt.errors import BadForm, OvertError, Refusal
from overt.live.desk_line import decode, encode, lines

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

ANSWER_S = 40.0


class DeskClient:
    """A signed-in desk. Use it in `with`.

    Args:
        path: the session's socket.
        account: who signs in.
        password: theirs.

    Raises:
        Refusal: if no session is live there, or the sign-in is refused.
    """

    def __init__(self, path: Path, account: str, password: str) -> None:
        self.news: queue.Queue[dict[str, Any] | None] = queue.Queue()
        """What the session says unasked; None once the line is closed."""
        self._numbers = itertools.count(1)
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._connection.connect(str(path))
        except OSError:
            self._connection.close()
            rule, msg = "N3", "no session is live for this deployment on this machine"
            raise Refusal(rule, msg, advice="Start it with `overt deployment open ID`.") from None
        threading.Thread(target=self._listen, name="desk", daemon=True).start()
        try:
            self.ask(account=account, password=password)
        except OvertError:
            self.close()
            raise

    def ask(self, **document: Any) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Raises:
            Refusal: with the rule, if it was refused for one.
            BadForm: if it was refused otherwise, or the line is closed.
        """
        number = next(self._numbers)
        waiting = self._answers[number] = queue.Queue(maxsize=1)
        try:
            self._connection.sendall(encode({"id": number, **document}))
            answer = waiting.get(timeout=ANSWER_S)
        except (OSError, queue.Empty):
            msg = "the line to the session is closed"
            raise BadForm(msg, advice="Sign in again.") from None
        finally:
            self._answers.pop(number, None)
        if answer.get("ok"):
            return answer
        line, rule = str(answer.get("refused", "refused")), answer.get("rule")
        if isinstance(rule, str):
            raise Refusal(rule, line.removeprefix(f"{rule}: "))
        raise BadForm(line)

    def close(self) -> None:
        """Sign off. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, BadForm):
            for line in lines(self._connection):
                document = decode(line)
                waiting = self._answers.get(document.get("id") or 0)
                if waiting is not None:
                    waiting.put(document)
                elif "id" not in document or document["id"] is None:
                    self.news.put(document)
        closed = {"ok": False, "refused": "the session closed the line"}
        for waiting in list(self._answers.values()):
            with contextlib.suppress(queue.Full):
                waiting.put_nowait(closed)
        self.news.put(None)

"""Desks come here: who they are is checked, and what they ask waits its turn in the session.

A thread for each connection reads and writes; none decides. Every request is answered by the one
thread that runs the session, so that two decisions never race (R27).
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from overt.errors import BadForm, Misuse, OvertError
from overt.live.desk_line import decode, encode, lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from overt.store.accounts import Account

MOST_DESKS = 64
ANSWER_S = 30.0
"""The session has so long to answer before the desk is told that it did not."""
WAITING_NEWS = 1_000
"""News that a slow desk may be behind by; then it is cut off, and comes back to a whole queue."""
MAX_PATH_BYTES = 100
"""A socket's path can be hardly longer on Linux."""


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """One signed-in connection."""

    account: Account
    news: queue.Queue[bytes | None] = field(repr=False)

    def tell(self, document: dict[str, Any]) -> None:
        """Put a line before the desk, without ever waiting for it."""
        with contextlib.suppress(queue.Full):
            self.news.put_nowait(encode(document))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A request in the session's queue."""

    desk: Desk
    document: dict[str, Any]
    answer: Future[dict[str, Any]]


class DeskServer:
    """Listens on a local socket. Use it in `with`.

    Args:
        path: of the socket; replaced if a dead session left one.
        sign_in: checks an account and its password, or raises what the desk is told.

    Raises:
        Misuse: if the path is too long for a socket, or a session listens there already.
    """

    def __init__(self, path: Path, sign_in: Callable[[str, str], Account]) -> None:
        if len(os.fsencode(path)) > MAX_PATH_BYTES:
            msg = f"{path} is too long for a local socket"
            raise Misuse(msg, advice="Set OVERT_HOME to a shorter path.")
        self.asked: queue.Queue[Asked] = queue.Queue(maxsize=1_000)
        self._path = path
        self._sign_in = sign_in
        self._desks: dict[int, Desk] = {}
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._closing = False

    def __enter__(self) -> Self:
        if is_listening(self._path):
            self._socket.close()
            msg = f"a session listens at {self._path} already"
            raise Misuse(msg, advice="There is one live session for a deployment.")
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            self._socket.bind(str(self._path))
        finally:
            os.umask(before)
        self._socket.listen(MOST_DESKS)
        threading.Thread(target=self._accept, name="desks", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        self._socket.close()
        self._path.unlink(missing_ok=True)
        for desk in self.desks:
            with contextlib.suppress(queue.Full):
                desk.news.put_nowait(None)

    @property
    def desks(self) -> tuple[Desk, ...]:
        """Who is signed in now."""
        with self._lock:
            return tuple(self._desks.values())

    def tell(self, document: dict[str, Any], *, only: Callable[[Desk], bool] | None = None) -> None:
        """Put news before every desk, or those that `only` picks."""
        for desk in self.desks:
            if only is None or only(desk):
                desk.tell(document)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            if len(self.desks) >= MOST_DESKS:
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """One desk, from sign-in to the end of its connection."""
        with contextlib.suppress(OSError, BadForm), connection:
            desk: Desk | None = None
            try:
                for line in lines(connection):
                    document = decode(line)
                    if desk is None:
                        desk = self._begin(connection, document)
                        continue
                    desk.tell(self._answer(desk, document))
            finally:
                with self._lock:
                    self._desks.pop(id(connection), None)
                if desk is not None:
                    with contextlib.suppress(queue.Full):
                        desk.news.put_nowait(None)

    def _begin(self, connection: socket.socket, document: dict[str, Any]) -> Desk | None:
        """Sign a desk in; it may try again after a refusal."""
        account, password = document.get("account"), document.get("password")
        try:
            if not isinstance(account, str) or not isinstance(password, str):
                msg = "sign in first: account and password"
                raise BadForm(msg)
            desk = Desk(self._sign_in(account, password), queue.Queue(maxsize=WAITING_NEWS))
        except OvertError as error:
            connection.sendall(encode(_refused(document, error)))
            return None
        with self._lock:
            self._desks[id(connection)] = desk
        desk.tell({"id": document.get("id"), "ok": True, "account": desk.account.id})
        threading.Thread(target=_write, args=(connection, desk), daemon=True).start()
        return desk

    def _answer(self, desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
        answer: Future[dict[str, Any]] = Future()
        try:
            self.asked.put(Asked(desk, document, answer), timeout=ANSWER_S)
            return {"id": document.get("id"), "ok": True, **answer.result(ANSWER_S)}
        except OvertError as error:
            return _refused(document, error)
        except (TimeoutError, queue.Full):
            late = BadForm("the session did not answer", advice="Look again whether it was done.")
            return _refused(document, late)


def is_listening(path: Path) -> bool:
    """Whether a live session answers at a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _refused(document: dict[str, Any], error: OvertError) -> dict[str, Any]:
    return {"id": document.get("id"), "ok": False, "refused": error.line, "rule": error.rule}


def _write(connection: socket.socket, desk: Desk) -> None:
    """Send what waits for a desk; a desk that takes nothing is cut off."""
    connection.settimeout(None)
    with contextlib.suppress(OSError):
        while (line := desk.news.get()) is not None:
            connection.sendall(line)
            if desk.news.full():
                break
        connection.shutdown(socket.SHUT_RDWR)

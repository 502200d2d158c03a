"""The line between a session and its desks, over a real socket in a real folder."""

from __future__ import annotations

import json
import socket
import stat
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from overt.errors import BadForm, Misuse, Refusal
from overt.live.desk_client import DeskClient
from overt.live.desk_line import MAX_LINE_BYTES
from overt.live.desk_server import DeskServer, is_listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Known:
    id: str


def sign_in(account: str, password: str) -> Any:
    if password != "right":  # noqa: S105 - the test's
        rule, message = "R12", "wrong name or password"
        raise Refusal(rule, message)
    return Known(account)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DeskServer]:
    with DeskServer(tmp_path / "run" / "d.sock", sign_in) as server:  # type: ignore[arg-type]
        stop = threading.Event()

        def answer() -> None:
            while not stop.is_set():
                try:
                    asked = server.asked.get(timeout=0.05)
                except Exception:  # noqa: BLE001, S112 - empty
                    continue
                if asked.document.get("do") == "refuse":
                    asked.answer.set_exception(Refusal("R27", "the same person"))
                else:
                    who = asked.desk.account.id
                    asked.answer.set_result({"who": who, "said": asked.document.get("say")})

        thread = threading.Thread(target=answer)
        thread.start()
        yield server
        stop.set()
        thread.join()


def path_of(server: DeskServer) -> Path:
    return server._path


def test_a_desk_asks_and_is_answered_by_name(server: DeskServer) -> None:
    with DeskClient(path_of(server), "ada", "right") as desk:
        assert desk.ask(do="say", say="é") | {"id": 0} == {
            "id": 0,
            "ok": True,
            "who": "ada",
            "said": "é",
        }
        assert [one.account.id for one in server.desks] == ["ada"]


def test_a_refusal_arrives_with_its_rule_and_the_line_goes_on(server: DeskServer) -> None:
    with DeskClient(path_of(server), "ada", "right") as desk:
        with pytest.raises(Refusal) as refused:
            desk.ask(do="refuse")
        assert refused.value.line == "R27: the same person"
        assert desk.ask(do="say")["who"] == "ada"


def test_news_reaches_those_it_is_for(server: DeskServer) -> None:
    path = path_of(server)
    with DeskClient(path, "ada", "right") as ada, DeskClient(path, "ben", "right") as ben:
        server.tell({"news": 1})
        server.tell({"news": 2}, only=lambda desk: desk.account.id == "ben")
        assert ada.news.get(timeout=5) == {"news": 1}
        assert [ben.news.get(timeout=5), ben.news.get(timeout=5)] == [{"news": 1}, {"news": 2}]
        assert ada.news.empty()


def test_a_wrong_password_gets_no_desk(server: DeskServer) -> None:
    with pytest.raises(Refusal, match="wrong name"):
        DeskClient(path_of(server), "ada", "wrong")
    assert server.desks == ()
    assert server.asked.empty()


@pytest.mark.parametrize("line", [b"[]\n", b"not json\n", b'{"do":"say"}\n', b"\xff\n"])
def test_what_is_no_sign_in_reaches_nobody(server: DeskServer, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path_of(server)))
        connection.sendall(line)
        connection.settimeout(5)
        data = connection.recv(10_000)
        assert data == b"" or json.loads(data)["ok"] is False
    assert server.desks == ()
    assert server.asked.empty()


def test_an_endless_line_is_cut_off(server: DeskServer) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(path_of(server)))
        connection.settimeout(20)
        with pytest.raises(OSError):  # noqa: PT011, PT012 - a broken pipe or a reset
            for _ in range(MAX_LINE_BYTES // 100_000 + 100):
                connection.sendall(b"x" * 100_000)


def test_only_this_account_can_reach_the_socket(server: DeskServer) -> None:
    path = path_of(server)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_session_is_refused_and_a_dead_ones_socket_replaced(server: DeskServer) -> None:
    path = path_of(server)
    with pytest.raises(Misuse, match="listens"), DeskServer(path, sign_in):
        pass
    assert is_listening(path)
    dead = path.with_name("dead.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(dead))
    with DeskServer(dead, sign_in):  # type: ignore[arg-type]
        assert is_listening(dead)
    assert not dead.exists()


def test_the_end_of_the_session_is_told(tmp_path: Path) -> None:
    with DeskServer(tmp_path / "d.sock", sign_in) as server:  # type: ignore[arg-type]
        desk = DeskClient(tmp_path / "d.sock", "ada", "right")
    assert desk.news.get(timeout=5) is None
    with pytest.raises(BadForm, match="closed"):
        desk.ask(do="say")
    desk.close()
    until_s = time.monotonic() + 5
    while server.desks and time.monotonic() < until_s:
        time.sleep(0.02)
    assert server.desks == ()


def test_no_session_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="N3"):
        DeskClient(tmp_path / "none.sock", "ada", "right")

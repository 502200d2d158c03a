"""Pulling, from a real server on this machine: whole and verified, or nothing kept."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from typing import TYPE_CHECKING

import pytest

from overt.errors import BadModel, Misuse
from overt.faces.packs.add import add_pack
from overt.faces.packs.pull import pull_pack
from overt.faces.packs.store import open_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Homes, Sample


class Server:
    """Serves one file well or badly."""

    def __init__(self) -> None:
        self.body = b""
        self.mode = "well"
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                outer.asked += 1
                with contextlib.suppress(OSError):
                    outer.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/recogniser.onnx"

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        if self.mode == "404":
            request.send_error(404)
            return
        if self.mode.startswith("redirect "):
            request.send_response(302)
            request.send_header("Location", self.mode.split()[1])
            request.end_headers()
            return
        body = self.body
        request.send_response(200)
        if self.mode != "endless":
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if self.mode == "well":
            request.wfile.write(body)
        elif self.mode == "cut":
            request.wfile.write(body[: len(body) // 2])
        elif self.mode == "silent":
            request.wfile.write(body[: len(body) // 2])
            time.sleep(3)
        elif self.mode == "endless":
            for _ in range(10_000):
                request.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()
    thread = threading.Thread(target=served.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.http.shutdown()
    served.http.server_close()
    thread.join()


@pytest.fixture
def pack(sample: Sample, server: Server) -> Sample:
    """An added pack whose recogniser must be pulled."""
    server.body = sample.recogniser
    text = sample.manifest.read_text()
    sample.manifest.write_text(text.replace('path = "recogniser.onnx"', f'url = "{server.url}"'))
    add_pack(str(sample.manifest))
    return sample


def ignore(file: str, done: int, of: int) -> None:
    """Progress that nobody watches."""


def test_a_pulled_pack_opens(pack: Sample, homes: Homes) -> None:
    with pytest.raises(BadModel, match="overt models pull sample"):
        open_pack("sample")
    seen: list[tuple[str, int, int]] = []
    assert pull_pack("sample", lambda *step: seen.append(step)) == ("recogniser.onnx",)
    assert open_pack("sample").recogniser.graph.read_bytes() == pack.recogniser
    size = len(pack.recogniser)
    assert seen[0] == ("recogniser.onnx", 0, size)
    assert seen[-1] == ("recogniser.onnx", size, size)


def test_what_is_here_is_not_pulled_again(pack: Sample, server: Server) -> None:
    pull_pack("sample", ignore)
    assert server.asked == 1
    assert pull_pack("sample", ignore) == ()
    assert server.asked == 1


def test_an_altered_file_is_pulled_anew(pack: Sample, homes: Homes) -> None:
    pull_pack("sample", ignore)
    path = homes.models / "sample" / "recogniser.onnx"
    path.write_bytes(b"x" * path.stat().st_size)
    assert pull_pack("sample", ignore) == ("recogniser.onnx",)
    assert path.read_bytes() == pack.recogniser


def _flip(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


BAD_SERVERS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "no such file": ("404", bytes, "the server answers 404"),
    "another file of the same size": ("well", _flip, "SHA-256"),
    "a longer file": ("well", lambda body: body + b"x", "bytes; the manifest says"),
    "a shorter file": ("well", lambda body: body[1:], "bytes; the manifest says"),
    "a cut connection": ("cut", bytes, "ended after|IncompleteRead"),
    "an endless answer": ("endless", bytes, "longer than"),
    "a silent server": ("silent", bytes, "timed out"),
    "a redirect to plain http": ("redirect http://a.invalid/m.onnx", bytes, "it redirects"),
    "a redirect to a local file": ("redirect file:///etc/hostname", bytes, "not allowed"),
}


@pytest.mark.parametrize("case", BAD_SERVERS)
def test_a_bad_answer_leaves_nothing(case: str, pack: Sample, server: Server, homes: Homes) -> None:
    server.mode, spoil, reason = BAD_SERVERS[case]
    server.body = spoil(server.body)
    before = homes.files()
    with pytest.raises(BadModel, match=reason) as refusal:
        pull_pack("sample", ignore, silence_s=0.5)
    assert "\n" not in refusal.value.line
    assert homes.files() == before


def test_a_server_that_is_not_there_is_named(pack: Sample, server: Server, homes: Homes) -> None:
    server.http.shutdown()
    server.http.server_close()
    before = homes.files()
    with pytest.raises(BadModel, match=rf"cannot pull {server.url}: .*refused"):
        pull_pack("sample", ignore)
    assert homes.files() == before


def test_ctrl_c_leaves_nothing(pack: Sample, homes: Homes) -> None:
    def stop(file: str, done: int, of: int) -> None:
        if done:
            raise KeyboardInterrupt

    before = homes.files()
    with pytest.raises(KeyboardInterrupt):
        pull_pack("sample", stop)
    assert homes.files() == before


def test_a_file_address_is_pulled_too(sample: Sample, homes: Homes, tmp_path: Path) -> None:
    address = (sample.folder / "recogniser.onnx").as_uri()
    text = sample.manifest.read_text()
    sample.manifest.write_text(text.replace('path = "recogniser.onnx"', f'url = "{address}"'))
    add_pack(str(sample.manifest))
    assert pull_pack("sample", ignore) == ("recogniser.onnx",)
    open_pack("sample")


def test_a_pack_without_addresses_has_nothing_to_pull(homes: Homes) -> None:
    with pytest.raises(Misuse, match="nothing to pull"):
        pull_pack("builtin", ignore)
    assert homes.files() == {}

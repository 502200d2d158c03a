"""Camera metrics over HTTP on the loopback address, where only this machine can read them."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, Self

from overt.errors import Misuse
from overt.live.metrics import CONTENT_TYPE, prometheus_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from overt.live.health import CameraHealth

LOOPBACK = "127.0.0.1"
"""The only address that is ever listened on (R25)."""


class MetricsServer:
    """Serves the latest health at ``http://127.0.0.1:PORT/metrics``. Use it in `with`.

    Args:
        port: to listen on; 0 for one that is free.

    Raises:
        Misuse: if the port cannot be had.
    """

    def __init__(self, port: int) -> None:
        self._text = ""
        try:
            self._server = ThreadingHTTPServer((LOOPBACK, port), self._handler())
        except (OSError, OverflowError) as error:
            msg = f"--metrics-port {port} cannot be listened on"
            raise Misuse(msg, advice="Choose a free port from 1024 to 65535.") from error
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="metrics", daemon=True
        )

    def show(self, cameras: Sequence[CameraHealth]) -> None:
        """What is served from now on."""
        self._text = prometheus_text(cameras)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        metrics = self

        class Handler(BaseHTTPRequestHandler):
            timeout: ClassVar[float] = 5.0
            server_version = "overt"
            sys_version = ""

            def do_GET(self) -> None:
                found = self.path == "/metrics"
                body = metrics._text.encode() if found else b"see /metrics\n"
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

"""An RTSP server whose every byte a test decides: what no well-behaved server would send."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import av

from .conftest import quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLOCK = 90_000
"""RTP ticks a second of every video."""
H264_SDP = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track\r\n"


def h264_pictures(
    count: int, size: tuple[int, int] = (96, 64), *, group: int = 250
) -> list[list[bytes]]:
    """Coded pictures, each a list of NAL units; every `group`th can be decoded alone."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
    encoder.framerate = 25
    encoder.options = {
        "tune": "zerolatency", "preset": "ultrafast", "g": str(group),
        "x264-params": "repeat-headers=1:sliced-threads=0:threads=1:scenecut=0",
    }  # fmt: skip
    pictures = []
    for index in range(count):
        image = quarters(*size, shade=index % 40)
        for packet in encoder.encode(av.VideoFrame.from_ndarray(image, "rgb24")):
            coded = bytes(packet).replace(b"\0\0\0\1", b"\0\0\1")
            pictures.append([unit for unit in coded.split(b"\0\0\1") if unit])
    return pictures


class Viewer:
    """One client that has asked to play."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._sequence = 65_530  # so that it wraps at once

    def send(self, units: Sequence[bytes], ticks: int) -> None:
        """One picture, stamped with RTP ticks."""
        for unit in units:
            self.connection.sendall(self.packet(unit, ticks, last=unit is units[-1]))

    def packet(self, unit: bytes, ticks: int, *, last: bool) -> bytes:
        """One RTP packet, framed for TCP."""
        head = struct.pack(
            ">BBHII", 0x80, 96 | (0x80 if last else 0), self._sequence, ticks & 0xFFFFFFFF, 7
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        return struct.pack(">cBH", b"$", 0, len(head) + len(unit)) + head + unit


class ScriptedServer:
    """Listens on loopback; speaks RTSP until PLAY, then does what `play` says, then hangs up.

    Args:
        play: called with each viewer; returns when the connection is to be closed.
        media: the media part of the description.
        answer: if given, replaces the answer to a method, such as ``{"DESCRIBE": "RTSP/1.0 404"}``.
    """

    def __init__(
        self,
        play: Callable[[Viewer], None],
        *,
        media: str = H264_SDP,
        answer: dict[str, str] | None = None,
    ) -> None:
        self.requests: list[str] = []
        """The first line of everything that clients asked."""
        self._play = play
        self._media = media
        self._answer = answer or {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.ended = threading.Event()
        """Set when the test is over: what waits in `play` waits for this."""
        self._threads = [threading.Thread(target=self._listen, name="scripted server")]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            text = b""
            while True:
                while b"\r\n\r\n" not in text:
                    if not (more := connection.recv(4096)):
                        return
                    text += more
                request, _, text = text.partition(b"\r\n\r\n")
                lines = request.decode().split("\r\n")
                self.requests.append(lines[0])
                method = lines[0].split(" ")[0]
                number = next(line for line in lines if line.lower().startswith("cseq"))
                connection.sendall(self._reply(method, number).encode())
                if method == "PLAY" and method not in self._answer:
                    self._play(Viewer(connection))
                    return

    def _reply(self, method: str, number: str) -> str:
        if method in self._answer:
            return f"{self._answer[method]}\r\n{number}\r\n\r\n"
        head = f"RTSP/1.0 200 OK\r\n{number}\r\n"
        if method == "DESCRIBE":
            body = f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{self._media}"
            return (
                f"{head}Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
            )
        if method == "SETUP":
            head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        return f"{head}Session: 1\r\n\r\n"

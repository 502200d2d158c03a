"""Opening a network camera: what FFmpeg may do there, and what its refusals mean.

See docs/decisions/0005-network-cameras.md.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

import av
import av.logging

from overt.errors import BadVideo, CameraLost
from overt.video.camera_address import password_variable
from overt.video.picture import MAX_PIXELS, MAX_SIDE_PX, too_large

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from overt.values import CameraId
    from overt.video.camera_address import CameraAddress

Transport = Literal["auto", "tcp", "udp"]
"""How the pictures come. auto: TCP, and UDP from a camera that offers no TCP."""
CODECS = frozenset({"h264", "hevc", "mjpeg"})
"""Decoders that may run on what a camera sends."""
_REORDER_PACKETS = 32
_REORDER_US = 100_000
"""How long to wait for a UDP packet that others overtook."""
_UDP_BUFFER_BYTES = 4_000_000
_PATH_ADVICE = "Does the path name a video stream?"
_IS_IT_RTSP = "Is it an RTSP camera, and is the port right?"
_TRANSPORTS = {
    "auto": {"rtsp_transport": "tcp+udp", "rtsp_flags": "prefer_tcp"},
    "tcp": {"rtsp_transport": "tcp"},
    "udp": {"rtsp_transport": "udp"},
}
_REFUSALS: dict[type[Exception], tuple[str, str]] = {
    av.error.HTTPUnauthorizedError: (
        "wrong user name or password",
        "Check the user in the address, and {variable}.",
    ),
    av.error.HTTPForbiddenError: (
        "this user may not watch",
        "Give the user that right on the camera.",
    ),
    av.error.HTTPNotFoundError: (
        "there is no such stream",
        "Look up the path in the camera's manual.",
    ),
    av.error.HTTPBadRequestError: ("refuses to play this", _PATH_ADVICE),
    av.error.HTTPOtherClientError: ("refuses to play this", _PATH_ADVICE),
}
"""FFmpeg's errors that a person must mend, in our words."""
_FAULTS: dict[type[Exception], tuple[str, str]] = {
    av.error.HTTPServerError: ("has a fault of its own (5xx)", "Restart it if this lasts."),
    av.error.ConnectionRefusedError: ("refuses the connection", _IS_IT_RTSP),
}
"""FFmpeg's errors that may pass by themselves."""


@dataclass(frozen=True)
class Session:
    """How one camera is talked to."""

    camera: CameraId
    address: CameraAddress
    transport: Transport
    open_timeout_s: float
    """Seconds until the camera must have answered."""
    read_timeout_s: float
    """Seconds within which a whole packet must come."""

    def open(self) -> tuple[InputContainer, VideoStream]:
        """Ask the camera to play. The caller closes the container.

        Raises:
            BadVideo: `CameraLost` if trying again may help, such as when nothing answers.
        """
        # FFmpeg's messages repeat addresses and, at their most talkative, passwords.
        av.logging.set_level(None)
        self._resolve()
        began = time.monotonic()
        try:
            container = av.open(
                self.address.url_with_password(),
                format="rtsp",
                container_options=self._options(),
                # FFmpeg counts this twice: to connect, and to wait for the first packet.
                timeout=(self.open_timeout_s / 2, self.read_timeout_s),
                metadata_errors="replace",
            )
        except (av.FFmpegError, ValueError) as error:
            kind, number = type(error), getattr(error, "errno", None)
        else:
            try:
                return container, self._video_stream(container)
            except BaseException:
                container.close()
                raise
        # Outside the handler, since PyAV's errors carry the address with its password.
        return self._explain(kind, number, time.monotonic() - began)

    def refuse(self, message: str, advice: str) -> NoReturn:
        """Refuse for what a person must change.

        Raises:
            BadVideo: always.
        """
        line = f"{self.camera} ({self.address}): {message}"
        raise BadVideo(line, advice=advice)

    def lose(self, message: str, advice: str | None = None) -> NoReturn:
        """Report what may pass by itself.

        Raises:
            CameraLost: always.
        """
        line = f"{self.camera} ({self.address}): {message}"
        raise CameraLost(line, advice=advice)

    def refuse_size(self, width: int, height: int) -> NoReturn:
        """Refuse the camera for the size of its pictures.

        Raises:
            BadVideo: always.
        """
        self.refuse(
            f"sends pictures of {width}x{height} pixels",
            f"Overt takes at most {MAX_SIDE_PX} on a side,"
            f" {MAX_PIXELS // 1_000_000} megapixels in all.",
        )

    def _resolve(self) -> None:
        try:
            socket.getaddrinfo(self.address.host, self.address.port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError):
            known = False
        else:
            known = True
        if not known:
            self.lose("no host of that name is known", "Check the name, or give its IP address.")

    def _options(self) -> dict[str, str]:
        options = {
            **_TRANSPORTS[self.transport],
            "protocol_whitelist": "rtp,udp,tcp,tls" if self.address.secure else "rtp,udp,tcp",
            "format_whitelist": "rtsp",
            "allowed_media_types": "video",
            # While probing nothing is decoded, so a bomb in the first frame stays shut; and
            # probing ends with the first packet, which is then decoded like any other.
            "codec_whitelist": "none",
            "probesize": "32",
            "analyzeduration": "1",
            "reorder_queue_size": str(_REORDER_PACKETS),
            "max_delay": str(_REORDER_US),
            "buffer_size": str(_UDP_BUFFER_BYTES),
            "timeout": str(int(self.open_timeout_s * 1_000_000)),
        }
        if self.address.secure:
            options["tls_verify"] = "1"
            if (trusted := ssl.get_default_verify_paths().cafile) is not None:
                options["ca_file"] = trusted
        return options

    def _video_stream(self, container: InputContainer) -> VideoStream:
        videos = container.streams.video
        if not videos:
            self.refuse("sends no video", "Name the camera's video stream.")
        stream = videos[0]
        if stream.codec_context is None or stream.codec.canonical_name not in CODECS:
            self.refuse(
                "codes its video in a way that Overt does not decode",
                "Set the camera to H.264, H.265 or MJPEG.",
            )
        if too_large(stream.width, stream.height):
            self.refuse_size(stream.width, stream.height)
        return stream

    def _explain(self, kind: type[Exception], number: int | None, waited_s: float) -> NoReturn:
        if kind in _REFUSALS:
            reason, advice = _REFUSALS[kind]
            variable = password_variable(self.camera)
            self.refuse(reason, advice.format(variable=variable))
        if kind in _FAULTS:
            self.lose(*_FAULTS[kind])
        if number == errno.EPROTONOSUPPORT:
            self.refuse(f"does not send its video by {self.transport}", "Try another transport.")
        if number == errno.EIO and self.address.secure:
            self.refuse(
                "offers no secure connection that can be trusted",
                "Add its certificate's issuer to the system, or name it in SSL_CERT_FILE.",
            )
        if waited_s > self.open_timeout_s * 0.45:
            self.lose(
                f"does not answer within {self.open_timeout_s:g} s",
                "Is it on, and is the network up?",
            )
        self.lose("gives no answer that is RTSP", _IS_IT_RTSP)

"""The address of a network camera, which never shows the credentials that it carries."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self
from urllib.parse import quote, urlsplit

from overt.errors import BadVideo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from overt.values import CameraId

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.\-]*[a-z0-9_])?\.?", re.IGNORECASE)
_MAX_PATH = 900
_MAX_CREDENTIALS = 127
"""Bytes of user, colon and password, percent-encoded. FFmpeg cuts off the rest without a word."""
_MAX_FILE_BYTES = 4_096
_FORM = "Write rtsp://USER@HOST/PATH, without a password."


@dataclass(frozen=True, repr=False)
class CameraAddress:
    """Where a camera is and how to sign in there. Printed, it is ``rtsp://***@host/path``."""

    secure: bool
    """Whether it is reached over TLS (``rtsps``)."""
    host: str
    """Name, IPv4 address, or IPv6 address without brackets."""
    port: int | None
    """None for the scheme's own: 554, or 322 with TLS."""
    path: str
    """From the slash on, with the query."""
    user: str | None
    """None to sign in nowhere."""
    password: str
    """Empty where the camera wants none."""

    @classmethod
    def parse(cls, text: str, password: str = "") -> Self:
        """Read what a user typed. It holds no password: see `camera_password`.

        Raises:
            BadVideo: if it is no such address, or holds a password. Nothing of it is repeated.
        """
        if not (text.isascii() and text.isprintable()) or " " in text:
            _refuse("holds a space or a character that addresses do not have")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            _refuse("has no readable host and port")
        if parts.scheme not in {"rtsp", "rtsps"}:
            _refuse("does not begin with rtsp:// or rtsps://")
        if parts.password:
            _refuse("holds a password, which lists of processes and files would show")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if "@" in path or "#" in text:
            # Likely a password with a slash in it, cut in two.
            _refuse("holds an @ or # after the host")
        host = parts.hostname or ""
        if not _HOST.fullmatch(host) and not _is_ipv6(host):
            _refuse("names no host")
        if port == 0 or len(path) > _MAX_PATH:
            _refuse("has an impossible port or a path that is too long")
        if any(not char.isprintable() for char in password):
            _refuse("goes with a password of more than one line or with control characters")
        address = cls(parts.scheme == "rtsps", host, port, path, parts.username or None, password)
        if len(address._credentials()) > _MAX_CREDENTIALS:
            _refuse(f"goes with a user and password of more than {_MAX_CREDENTIALS} bytes")
        return address

    def url_with_password(self) -> str:
        """For FFmpeg alone. Never store, print or raise this."""
        credentials = "" if self.user is None else f"{self._credentials()}@"
        return f"{self._scheme()}://{credentials}{self._place()}{self.path}"

    def __str__(self) -> str:
        path, question, _ = self.path.partition("?")
        # Some cameras want the password in the path: user=admin_password=...
        shown = "/***" if re.search(r"[=&;]", path) else path
        hidden = "" if self.user is None else "***@"
        return f"{self._scheme()}://{hidden}{self._place()}{shown}{question and '?***'}"

    def __repr__(self) -> str:
        return f"<CameraAddress {self}>"

    def _scheme(self) -> str:
        return "rtsps" if self.secure else "rtsp"

    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    def _credentials(self) -> str:
        if self.user is None:
            return ""
        # What `urlsplit` gives as the user's name is still percent-encoded.
        return f"{self.user}:{quote(self.password, safe='!$*+,;=')}"


def camera_password(camera: CameraId, environment: Mapping[str, str]) -> str:
    """The password that belongs to a camera: from the environment, or a file that it names.

    Args:
        camera: for camera ``gate-2`` the variables are ``OVERT_CAMERA_PASSWORD_GATE_2``, and
            ``OVERT_CAMERA_PASSWORD_GATE_2_FILE`` for the path of a file.
        environment: the process's variables.

    Returns:
        The password; empty if neither variable is set.

    Raises:
        BadVideo: if both are set, or the file cannot be read.
    """
    name = password_variable(camera)
    given, file = environment.get(name), environment.get(f"{name}_FILE")
    if file is None:
        return given or ""
    if given is not None:
        message = f"camera {camera}: {name} and {name}_FILE are both set"
        raise BadVideo(message, advice="Unset one of them.")
    try:
        with Path(file).open(encoding="utf-8") as opened:
            return opened.read(_MAX_FILE_BYTES).rstrip("\r\n")
    except (OSError, ValueError):
        message = f"camera {camera}: the file that {name}_FILE names cannot be read"
    raise BadVideo(message, advice="Name a UTF-8 file that this account may read.")


def password_variable(camera: CameraId) -> str:
    """The environment variable that holds a camera's password."""
    return "OVERT_CAMERA_PASSWORD_" + re.sub(r"[^A-Z0-9]", "_", camera.upper())


def _is_ipv6(host: str) -> bool:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host


def _refuse(reason: str) -> NoReturn:
    message = f"the camera's address {reason}"
    # Where parsing failed, the cause would repeat a part of the address.
    raise BadVideo(message, advice=_FORM) from None

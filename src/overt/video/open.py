"""From what a user types to a source."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from overt.errors import BadVideo
from overt.video.camera_address import CameraAddress, camera_password
from overt.video.device import DeviceSource
from overt.video.recorded import RecordedSource
from overt.video.rtsp import RtspSource

if TYPE_CHECKING:
    from overt.clock import Clock
    from overt.values import CameraId
    from overt.video.rtsp_session import Transport
    from overt.video.source import Source

_DEVICE = "device:"
_ADDRESS = re.compile(r"\s*([a-z][a-z0-9+.\-]*):/", re.IGNORECASE)

_ADVICE = "Name a video file, a device such as /dev/video0, or a camera as rtsp://HOST/PATH."


def is_camera(text: str) -> bool:
    """Whether a user's words name a camera, that is no recording. Opens nothing."""
    if text.startswith(_DEVICE):
        return True
    address = _ADDRESS.match(text)
    if address:
        return address[1].lower() in {"rtsp", "rtsps"}
    return bool(text.strip()) and _is_device(Path(text))


def open_source(
    text: str, camera: CameraId, clock: Clock, *, transport: Transport = "auto", threads: int = 1
) -> Source:
    """Open the recording or camera that a user named.

    Args:
        text: the path of a video file, a camera's device (``/dev/video0`` or
            ``device:/dev/video0``), or a network camera's address (``rtsp://user@host/path``),
            whose password comes from the environment.
        camera: the name that the frames carry.
        clock: stamps the frames.
        transport: how a network camera sends.
        threads: threads that may decode.

    Raises:
        BadVideo: if it cannot be opened. An address is refused without being repeated, since it
            may hold a password.
    """
    if text.startswith(_DEVICE):
        device = text.removeprefix(_DEVICE)
        if not device.startswith("/dev/"):
            message = "device: is followed by a path under /dev"
            raise BadVideo(message, advice="Write device:/dev/video0.")
        return DeviceSource(device, camera, clock, threads=threads)
    address = _ADDRESS.match(text)
    if address:
        scheme = address[1].lower()
        if scheme in {"rtsp", "rtsps"}:
            password = camera_password(camera, os.environ)
            place = CameraAddress.parse(text.strip(), password)
            return RtspSource(place, camera, clock, transport=transport, threads=threads)
        message = f"an address ({scheme}:) is no video source"
        raise BadVideo(message, advice=_ADVICE)
    if not text.strip():
        message = "no video source was named"
        raise BadVideo(message, advice=_ADVICE)
    path = Path(text)
    if _is_device(path):
        return DeviceSource(str(path), camera, clock, threads=threads)
    return RecordedSource(path, camera, clock, threads=threads)


def _is_device(path: Path) -> bool:
    if str(path.absolute()).startswith("/dev/video"):
        return True  # also when it is missing, so that the message speaks of a camera
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except (OSError, ValueError):
        return False

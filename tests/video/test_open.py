"""What a user types becomes a source, or one clear line without a password in it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from overt.clock import RealClock
from overt.errors import BadVideo, CameraLost
from overt.values import CameraId
from overt.video.open import open_source
from overt.video.recorded import RecordedSource

if TYPE_CHECKING:
    from overt.video.source import Source

    from .conftest import VideoMaker


def opened(text: str) -> Source:
    return open_source(text, CameraId("gate"), RealClock(), threads=1)


def test_a_path_is_a_recording(videos: VideoMaker) -> None:
    source = opened(str(videos.write("a.mp4", frames=3)))
    assert isinstance(source, RecordedSource)
    assert source.camera == "gate"
    assert not source.live
    assert len(list(source.frames())) == 3


@pytest.mark.parametrize("text", ["/dev/video98", "device:/dev/video98"])
def test_a_device_is_a_camera(text: str) -> None:
    with pytest.raises(BadVideo, match="/dev/video98: there is no such device"):
        opened(text)


@pytest.mark.parametrize("text", ["/dev/zero", "device:/dev/zero"])
def test_other_devices_are_no_camera(text: str) -> None:
    with pytest.raises(BadVideo, match="/dev/zero: is not a camera"):
        opened(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rtsp://user:hunter2@10.0.0.7/live", "holds a password"),
        ("  RTSPS://user:hunter2@10.0.0.7/live", "holds a password"),
        ("http://user:hunter2@host/a.mp4", r"an address \(http:\) is no video source"),
        ("concat:/etc/hunter2|b", r"an address \(concat:\) is no video source"),
        ("file:///tmp/hunter2.mp4", r"an address \(file:\) is no video source"),
        ("device:rtsp://user:hunter2@host/", "is followed by a path under /dev"),
        ("device:", "is followed by a path under /dev"),
        ("", "no video source was named"),
        ("  ", "no video source was named"),
    ],
)
def test_addresses_are_refused_without_their_password(text: str, reason: str) -> None:
    with pytest.raises(BadVideo, match=reason) as caught:
        opened(text)
    assert "hunter2" not in caught.value.line
    assert "10.0.0.7" not in caught.value.line


def test_a_network_camera_gets_its_password_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OVERT_CAMERA_PASSWORD_GATE", "hunter2")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(CameraLost) as caught:
        opened(f" rtsp://user@127.0.0.1:{port}/live")
    assert caught.value.line.startswith(
        f"gate (rtsp://***@127.0.0.1:{port}/live): refuses the connection."
    )


@pytest.mark.parametrize("text", ["gone.mp4", "-", "-i", "concat:a|b", "http:x", "~/x.mp4"])
def test_anything_else_is_a_plain_path(text: str) -> None:
    with pytest.raises(BadVideo, match="there is no such file"):
        opened(text)

"""A camera's address: what is accepted, and that its password never shows."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.errors import BadVideo
from overt.values import CameraId
from overt.video.camera_address import CameraAddress, camera_password

if TYPE_CHECKING:
    from pathlib import Path

GATE = CameraId("gate-2")
VARIABLE = "OVERT_CAMERA_PASSWORD_GATE_2"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://10.0.0.7/live", "rtsp://10.0.0.7/live"),
        ("rtsp://ann@10.0.0.7:8554/live/1", "rtsp://***@10.0.0.7:8554/live/1"),
        ("RTSPS://ann@Cam.example./", "rtsps://***@cam.example./"),
        ("rtsp://[fe80::1]:554/a", "rtsp://[fe80::1]:554/a"),
        ("rtsp://host", "rtsp://host/"),
        ("rtsp://host/cam?channel=1&password=hunter2", "rtsp://host/cam?***"),
        ("rtsp://host/user=ann_password=hunter2_channel=1", "rtsp://host/***"),
    ],
)
def test_what_is_shown_of_an_address(text: str, shown: str) -> None:
    address = CameraAddress.parse(text, "hunter2")
    assert str(address) == shown
    assert repr(address) == f"<CameraAddress {shown}>"
    assert "hunter2" not in f"{address!s}{address!r}{[address]}"
    assert "ann" not in shown


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12))
def test_ffmpeg_gets_the_password_that_was_meant(password: str) -> None:
    url = CameraAddress.parse("rtsp://a%40b@host:554/x?y=1", password).url_with_password()
    parts = urlsplit(url)
    assert (parts.hostname, parts.port, parts.path, parts.query) == ("host", 554, "/x", "y=1")
    assert parts.username == "a%40b"
    assert unquote(parts.password or "") == password


def test_a_worker_process_may_be_handed_an_address() -> None:
    address = CameraAddress.parse("rtsp://ann@host/x", "hunter2")
    assert pickle.loads(pickle.dumps(address)) == address  # noqa: S301 - our own


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rtsp://ann:hunter2@host/x", "holds a password"),
        ("rtsp://ann:hun/ter2@host/x", "has no readable host and port|holds an @"),
        ("rtsp://ann:1/hunter2@host/x", "holds an @"),
        ("rtsp://ann:1?hunter2@host/x", "holds an @"),
        ("rtsp://ann:1#hunter2@host/x", "holds an @ or #"),
        ("http://hunter2/x", "does not begin with rtsp://"),
        ("rtsp:///hunter2", "names no host"),
        ("rtsp://-hunter2/x", "names no host"),
        ("rtsp://hunter2:0/x", "impossible port"),
        ("rtsp://hunter2:99999/x", "no readable host and port"),
        ("rtsp://[hunter2/x", "no readable host and port"),
        ("rtsp://[fe80::1%25eth0]/hunter2", "names no host"),
        ("rtsp://host/hunter2\r\nX: y", "holds a space or a character"),
        ("rtsp://host/hunter2 x", "holds a space or a character"),
        ("rtsp://hunter2é/x", "holds a space or a character"),
        ("rtsp://host/" + "hunter2" * 200, "too long"),
        (f"rtsp://{'hunter2' * 20}@host/", "more than 127 bytes"),
    ],
)
def test_what_is_refused_and_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(BadVideo, match=reason) as caught:
        CameraAddress.parse(text)
    assert "hunter2" not in caught.value.line
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("password", ["two\nlines", "nul\0", "x" * 130])
def test_passwords_that_cannot_be_sent(password: str) -> None:
    with pytest.raises(BadVideo, match="goes with a") as caught:
        CameraAddress.parse("rtsp://ann@host/", password)
    assert password[:3] not in caught.value.line


def test_the_password_comes_from_a_variable_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2 \n", encoding="utf-8")
    assert camera_password(GATE, {}) == ""
    assert camera_password(GATE, {VARIABLE: "hunter2"}) == "hunter2"
    assert camera_password(GATE, {f"{VARIABLE}_FILE": str(file)}) == "hunter2 "
    assert camera_password(CameraId("other"), {VARIABLE: "hunter2"}) == ""


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({VARIABLE: "hunter2", f"{VARIABLE}_FILE": "/x"}, "are both set"),
        ({f"{VARIABLE}_FILE": "/gone/hunter2"}, "cannot be read"),
        ({f"{VARIABLE}_FILE": "/hunter2\0"}, "cannot be read"),
    ],
)
def test_a_password_that_cannot_be_had(environment: dict[str, str], reason: str) -> None:
    with pytest.raises(BadVideo, match=reason) as caught:
        camera_password(GATE, environment)
    assert VARIABLE in caught.value.line
    assert "hunter2" not in caught.value.line

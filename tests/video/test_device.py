"""The real device source, on FFmpeg's virtual camera: the container has no other."""

from __future__ import annotations

import os
import threading
from itertools import islice, pairwise

import pytest

from overt.clock import ManualClock, RealClock
from overt.errors import BadVideo, CameraLost
from overt.values import CameraId
from overt.video.device import DeviceSource

CAMERA = CameraId("north")


def camera(graph: str, clock: ManualClock | None = None) -> DeviceSource:
    return DeviceSource(graph, CAMERA, clock or RealClock(), format="lavfi")


def test_frames_of_a_camera() -> None:
    source = camera("testsrc2=size=160x120:rate=50,realtime")
    assert source.live
    assert source.frames_expected is None
    before = RealClock().monotonic()
    frames = list(islice(source.frames(), 10))
    after = RealClock().monotonic()
    source.close()
    assert [frame.id.index for frame in frames] == list(range(10))
    for frame in frames:
        assert frame.image.shape == (120, 160, 3)
        assert frame.image.flags.c_contiguous
    assert frames[0].media_s == 0
    assert all(b.media_s - a.media_s == pytest.approx(0.02) for a, b in pairwise(frames))
    stamps = [frame.captured_at for frame in frames]
    assert before <= stamps[0] <= stamps[-1] <= after
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] > 0.1  # they came in the camera's time, not at once


def test_colours_are_rgb() -> None:
    image = next(camera("color=c=0xC83214:size=64x48").frames()).image
    assert abs(image.reshape(-1, 3).mean(axis=0) - (200, 50, 20)).max() < 4


def test_a_camera_that_stops_is_an_error() -> None:
    source = camera("testsrc2=size=160x120:rate=25:duration=0.2")
    delivered = []
    with pytest.raises(CameraLost, match=r"the camera stopped\. It gave 5 frames"):
        delivered.extend(frame.id.index for frame in source.frames())
    assert delivered == [0, 1, 2, 3, 4]


def test_close_ends_the_frames_without_an_error() -> None:
    source = camera("testsrc2=size=160x120:rate=25")
    frames = source.frames()
    next(frames)
    closer = threading.Thread(target=source.close)
    closer.start()
    closer.join(5)
    source.close()
    assert list(frames) == []


def test_frames_are_stamped_on_arrival() -> None:
    clock = ManualClock(seconds=5)
    frames = camera("testsrc2=size=160x120:rate=25", clock).frames()
    assert next(frames).captured_at == 5
    clock.advance(2)
    assert next(frames).captured_at == 7


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/dev/video97", "there is no such device. Is the camera plugged in?"),
        ("/dev/null", "is not a camera"),
        ("/tmp", "is not a camera"),  # noqa: S108
    ],
)
def test_what_is_no_camera(path: str, reason: str) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(BadVideo, match=reason) as caught:
        DeviceSource(path, CAMERA, RealClock())
    assert caught.value.line.startswith(f"{path}: ")
    assert isinstance(caught.value, CameraLost) == (path == "/dev/video97")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_forbidden_camera(tmp_path: object) -> None:
    path = f"{tmp_path}/video0"
    os.close(os.open(path, os.O_CREAT, 0))
    if os.geteuid() == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(BadVideo, match=r"may not be opened\. Add this account to the group"):
            DeviceSource(path, CAMERA, RealClock())
    finally:
        os.seteuid(os.getuid())


def test_a_camera_without_pictures_or_with_too_large_ones() -> None:
    with pytest.raises(BadVideo, match="is not a camera that can be read"):
        camera("sine=frequency=440[out0]")
    with pytest.raises(BadVideo, match="is not a camera that can be read"):
        camera("color=size=9000x16")

"""Capture: real sources read in a thread that always ends."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.clock import RealClock
from overt.errors import BadVideo
from overt.values import CameraId, Frame, FrameId
from overt.video.capture import Capture
from overt.video.device import DeviceSource
from overt.video.recorded import RecordedSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import VideoMaker

CAMERA = CameraId("north")
LIVE = "testsrc2=size=160x120:rate=100,realtime"
ENDLESS = "testsrc2=size=160x120:rate=100"


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    left = [thread.name for thread in threading.enumerate() if "capture" in thread.name]
    assert left == []


def recording(videos: VideoMaker, frames: int = 30) -> RecordedSource:
    return RecordedSource(videos.write("a.mp4", frames=frames), CAMERA, RealClock())


def device(graph: str) -> DeviceSource:
    return DeviceSource(graph, CAMERA, RealClock(), format="lavfi")


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_a_recording_comes_whole_and_in_order(videos: VideoMaker, ahead: int) -> None:
    with Capture(recording(videos), ahead=ahead) as capture:
        frames = list(capture.frames())
    assert [frame.id.index for frame in frames] == list(range(30))
    assert capture.dropped == 0


@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_a_recording_is_decoded_only_a_little_ahead(videos: VideoMaker, ahead: int) -> None:
    source = recording(videos)
    with Capture(source, ahead=ahead) as capture:
        frames = capture.frames()
        for taken in range(1, 6):
            next(frames)
            time.sleep(0.02)
            # What waits in the buffer, and one in the thread's hand.
            assert taken <= source.frames_read <= taken + ahead + 1


@pytest.mark.parametrize("ahead", [0, 1])
def test_the_sources_error_reaches_the_consumer(videos: VideoMaker, ahead: int) -> None:
    path = videos.write("cut.mkv", frames=40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 8 // 10])
    source = RecordedSource(path, CAMERA, RealClock())
    delivered = []
    with (
        Capture(source, ahead=ahead) as capture,
        pytest.raises(BadVideo, match=r"cut\.mkv: breaks off"),
    ):
        delivered.extend(frame.id.index for frame in capture.frames())
    assert delivered == list(range(source.frames_read))
    assert len(delivered) > 10


@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_no_frame_comes_after_close(videos: VideoMaker, ahead: int) -> None:
    capture = Capture(recording(videos), ahead=ahead)
    frames = capture.frames()
    next(frames)
    capture.close()
    capture.close()
    assert list(frames) == []
    assert list(capture.frames()) == []


@pytest.mark.parametrize("graph", [LIVE, ENDLESS])
def test_a_live_source_is_closed_promptly(graph: str) -> None:
    with Capture(device(graph)) as capture:
        frames = capture.frames()
        next(frames)
        before = time.monotonic()
    assert time.monotonic() - before < 1
    assert list(frames) == []


def test_a_source_closed_before_its_first_frame_is_read(videos: VideoMaker) -> None:
    for _ in range(20):
        with Capture(device(ENDLESS)):
            pass
        with Capture(recording(videos, frames=2), ahead=1):
            pass


def test_an_error_of_the_consumer_ends_the_thread(videos: VideoMaker) -> None:
    def analyse() -> None:
        with Capture(recording(videos)) as capture:
            next(capture.frames())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        analyse()


def test_a_slow_analysis_sees_only_new_frames_of_a_live_camera() -> None:
    ages, indices = [], []
    with Capture(device(LIVE)) as capture:
        for frame in capture.frames():
            ages.append(time.monotonic() - frame.captured_at)
            indices.append(frame.id.index)
            time.sleep(0.05)  # five frames of the camera
            if len(ages) == 12:
                break
        dropped = capture.dropped
    assert indices == sorted(set(indices))
    assert 20 < dropped <= indices[-1] + 60
    # Kept in order, the backlog would reach half a second by now.
    assert sorted(ages)[6] < 0.1, ages


def test_another_thread_may_close_while_a_frame_is_waited_for() -> None:
    capture = Capture(_Silent())
    closer = threading.Timer(0.05, capture.close)
    closer.start()
    assert list(capture.frames()) == []
    closer.join(5)


class _Silent:
    """A camera that sends nothing until it is closed."""

    camera = CAMERA
    live = True
    frames_expected: int | None = None

    def __init__(self) -> None:
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        self._closed.wait(10)
        # A frame that was on its way when the camera was closed.
        yield Frame(FrameId(CAMERA, 0), np.zeros((2, 2, 3), np.uint8), 0.0, 0.0)

    def close(self) -> None:
        self._closed.set()

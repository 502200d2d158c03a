"""Recordings that are what they say: every frame, in order, upright, at its time."""

from __future__ import annotations

import gc
import os
import threading
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from overt.clock import ManualClock, RealClock
from overt.values import CameraId
from overt.video.capture import Capture
from overt.video.recorded import RecordedSource

from .conftest import corners, quarters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from overt.values import Frame

    from .conftest import VideoMaker

CAMERA = CameraId("a recording")


def source(path: Path | str, **options: int) -> RecordedSource:
    return RecordedSource(path, CAMERA, RealClock(), **options)


def read(path: Path | str, **options: int) -> list[Frame]:
    return list(source(path, **options).frames())


def times(frames: Sequence[Frame]) -> list[float]:
    return [round(frame.media_s, 3) for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj422p"),
        ("a.mkv", "libx264", "yuv444p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("ten_bit.mkv", "ffv1", "yuv420p10le"),
        ("grey.mkv", "ffv1", "gray"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("b_frames.avi", "libx264", "yuv420p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.mpg", "mpeg2video", "yuv420p"),
        ("a.flv", "libx264", "yuv420p"),
        ("a.h264", "libx264", "yuv420p"),
        ("a.gif", "gif", "rgb8"),
        ("a.mjpeg", "mjpeg", "yuvj420p"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_every_frame_of_every_format_in_order(
    videos: VideoMaker, name: str, codec: str, pix_fmt: str, threads: int
) -> None:
    recording = source(videos.write(name, codec, frames=30, pix_fmt=pix_fmt), threads=threads)
    frames = list(recording.frames())
    assert len(frames) == recording.frames_read == 30
    assert [frame.id.index for frame in frames] == list(range(30))
    assert {frame.id.camera for frame in frames} == {CAMERA}
    assert times(frames) == [round(index / 25, 3) for index in range(30)]
    assert recording.damaged_packets == 0
    assert recording.frames_expected is None or abs(recording.frames_expected - 30) <= 2
    for frame in frames:
        assert frame.image.shape == (64, 96, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous


def test_colours_are_rgb(videos: VideoMaker) -> None:
    path = videos.write("a.mp4", plain=True, pix_fmt="yuv444p", options={"crf": "1"})
    image = read(path)[0].image
    assert np.abs(image.astype(int) - quarters(96, 64)).mean() < 3


def test_odd_sizes_leave_no_padding(videos: VideoMaker) -> None:
    path = videos.write("odd.mkv", "ffv1", size=(97, 65), plain=True, pix_fmt="yuv444p")
    image = read(path)[0].image
    assert image.shape == (65, 97, 3)
    assert image.strides == (97 * 3, 3, 1)
    assert np.abs(image.astype(int) - quarters(97, 65)).mean() < 3


def test_interlaced_video_is_read(videos: VideoMaker) -> None:
    options = {"flags": "+ildct+ilme", "top": "1"}
    assert len(read(videos.write("fields.mpg", "mpeg2video", options=options))) == 30


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [(0, (0, 1, 2, 3)), (90, (1, 3, 0, 2)), (180, (3, 2, 1, 0)), (-90, (2, 0, 3, 1))],
)
def test_rotation_is_undone(videos: VideoMaker, rotation: int, expected: tuple[int, ...]) -> None:
    path = videos.write("phone.mp4", plain=True, pix_fmt="yuv444p", rotation=rotation)
    image = read(path)[0].image
    assert image.shape == ((64, 96, 3) if rotation in {0, 180} else (96, 64, 3))
    assert image.flags.c_contiguous
    assert corners(image) == expected


def test_a_mirrored_recording_is_mirrored_back(videos: VideoMaker) -> None:
    one = 1 << 16
    matrix = [-one, 0, 0, 0, one, 0, 0, 0, 1 << 30]
    path = videos.write("selfie.mp4", plain=True, pix_fmt="yuv444p", matrix=matrix)
    assert corners(read(path)[0].image) == (1, 0, 3, 2)


def test_pixels_that_are_not_square_are_made_square(videos: VideoMaker) -> None:
    wide = videos.write("wide.mkv", "mpeg4", size=(96, 64), aspect=Fraction(4, 3), plain=True)
    tall = videos.write("tall.mkv", "mpeg4", size=(96, 64), aspect=Fraction(1, 2), plain=True)
    image = read(wide)[0].image
    assert image.shape == (64, 128, 3)
    assert corners(image) == (0, 1, 2, 3)
    assert read(tall)[0].image.shape == (128, 96, 3)


def test_gif_delays_are_its_times(videos: VideoMaker) -> None:
    pts = [0, 10, 15, 55, 57]
    path = videos.write("uneven.gif", "gif", frames=5, pts=pts, rate=100, pix_fmt="rgb8")
    assert times(read(path)) == [0.0, 0.1, 0.15, 0.55, 0.57]


def test_a_gap_stays_a_gap(videos: VideoMaker) -> None:
    pts = [0, 1, 2, 500, 501]
    path = videos.write("motion.mkv", frames=5, pts=pts, options={"bf": "0"})
    assert times(read(path)) == [0.0, 0.04, 0.08, 20.0, 20.04]


def test_a_start_below_or_above_nought_is_nought(videos: VideoMaker) -> None:
    for name, first in (("below.mkv", -50), ("above.mkv", 5_000)):
        pts = [first + index for index in range(5)]
        path = videos.write(name, "mpeg4", frames=5, pts=pts)
        assert times(read(path)) == [0.0, 0.04, 0.08, 0.12, 0.16], name


def test_a_clock_set_back_in_the_middle_does_not_turn_time_back(videos: VideoMaker) -> None:
    first = videos.write("1.ts", frames=10).read_bytes()
    joined = videos.folder / "joined.ts"
    joined.write_bytes(first + first)
    frames = read(joined)
    assert len(frames) == 20
    assert times(frames) == [round(index / 25, 3) for index in range(20)]


def test_the_picture_size_may_change(videos: VideoMaker) -> None:
    joined = videos.folder / "joined.h264"
    parts = [
        videos.write(f"{width}.h264", frames=4, size=(width, 64), plain=True) for width in (96, 160)
    ]
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    images = [frame.image for frame in read(joined)]
    assert [image.shape for image in images] == [(64, 96, 3)] * 4 + [(64, 160, 3)] * 4
    assert {corners(image) for image in images} == {(0, 1, 2, 3)}


def test_the_larger_of_two_pictures_is_read(videos: VideoMaker) -> None:
    path = videos.folder / "two.mkv"
    with av.open(str(path), "w") as output:
        streams = [output.add_stream("mpeg4", rate=25) for _ in range(2)]
        for stream, width in zip(streams, (32, 96), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, 64, "yuv420p"
        for stream in streams:
            frame = av.VideoFrame.from_ndarray(quarters(stream.width, 64), "rgb24")
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    assert read(path)[0].image.shape == (64, 96, 3)


def test_sound_beside_the_picture_changes_nothing(videos: VideoMaker) -> None:
    assert len(read(videos.write("talk.mp4", sound=True))) == 30


@pytest.mark.parametrize(
    "name", ["größe 走路.mp4", "-", "concat:a|b.mp4", "http:x.mp4", "%03d.mp4"]
)
def test_any_name_is_only_a_name(
    videos: VideoMaker, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = videos.write("made.mp4", frames=3)
    made.rename(videos.folder / name)
    monkeypatch.chdir(videos.folder)
    assert len(read(name)) == 3


def test_undecodable_bytes_in_a_name(videos: VideoMaker) -> None:
    name = os.fsdecode(b"caf\xe9.mp4")
    videos.write("made.mp4", frames=3).rename(videos.folder / name)
    assert len(read(videos.folder / name)) == 3


def test_frames_are_stamped_as_they_are_handed_out(videos: VideoMaker) -> None:
    clock = ManualClock()
    stamps = []
    for frame in RecordedSource(videos.write("a.mp4", frames=5), CAMERA, clock).frames():
        stamps.append(frame.captured_at)
        clock.advance(1.5)
    assert stamps == [0.0, 1.5, 3.0, 4.5, 6.0]


def test_close_ends_the_frames_without_an_error(videos: VideoMaker) -> None:
    recording = source(videos.write("a.mp4"))
    frames = recording.frames()
    next(frames)
    closer = threading.Thread(target=recording.close)
    closer.start()
    closer.join(5)
    assert not closer.is_alive()
    recording.close()
    assert list(frames) == []
    assert list(recording.frames()) == []


@pytest.mark.parametrize("threads", [1, 2])
def test_no_frame_comes_after_close_wherever_it_falls(videos: VideoMaker, threads: int) -> None:
    path = videos.write("a.mp4", frames=12)
    for last in range(12):
        recording = source(path, threads=threads)
        for frame in recording.frames():
            if frame.id.index == last:
                recording.close()
        assert recording.frames_read == last + 1


def test_an_abandoned_source_lets_go_of_its_file(videos: VideoMaker) -> None:
    path = videos.write("a.mp4")
    before = _open_files(path)
    frames = source(path).frames()
    next(frames)
    assert _open_files(path) == before + 1
    frames.close()  # type: ignore[attr-defined]
    assert _open_files(path) == before


def _open_files(path: Path) -> int:
    found = 0
    for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208
        try:
            found += os.readlink(f"/proc/self/fd/{entry}") == str(path)  # noqa: PTH115
        except OSError:
            continue
    return found


@pytest.mark.shared_data
def test_the_arcade(shared_data: Path) -> None:
    recording = source(shared_data / "video/arcade.mp4", threads=2)
    assert recording.frames_expected == 105
    stamps = []
    for frame in recording.frames():
        assert frame.image.shape == (1080, 1920, 3)
        assert frame.image.flags.c_contiguous
        stamps.append(frame.media_s)
    assert len(stamps) == 105
    assert all(later - earlier == pytest.approx(0.04) for earlier, later in pairwise(stamps))


@pytest.mark.shared_data
@pytest.mark.parametrize("name", ["corridor_two.gif", "corridor_three.gif"])
def test_the_corridor(shared_data: Path, name: str) -> None:
    recording = source(shared_data / "video" / name)
    frames = list(recording.frames())
    assert len(frames) == recording.frames_expected
    assert frames[0].image.shape == (270, 480, 3)
    spacing = [later.media_s - earlier.media_s for earlier, later in pairwise(frames)]
    assert all(0.05 < step < 0.15 for step in spacing)
    assert np.abs(frames[0].image.astype(int) - frames[-1].image).mean() > 2  # somebody walks


@pytest.fixture
def _no_garbage_collector() -> Iterator[None]:
    """A frame is 6 MB and few objects: the collector runs too seldom to be relied on."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _resident_kib() -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


@pytest.mark.shared_data
@pytest.mark.parametrize("ahead", [0, 1])
@pytest.mark.usefixtures("_no_garbage_collector")
def test_memory_is_steady_over_many_readings(shared_data: Path, ahead: int) -> None:
    resident = []
    for _ in range(4):
        with Capture(source(shared_data / "video/arcade.mp4"), ahead=ahead) as capture:
            for frame in capture.frames():
                if frame.id.index == 40:
                    break
            del frame
        resident.append(_resident_kib())
    # Keeping every frame comes to 1.1 GB by the end, one in ten to 110 MB. The allocator itself
    # swings by about 30 MB.
    assert resident[-1] - resident[0] < 60_000, f"resident memory by reading, KiB: {resident}"

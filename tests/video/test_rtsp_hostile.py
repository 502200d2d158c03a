"""Network cameras that lie, stall or talk nonsense: one line each, and no credential in it."""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import pytest

from overt.clock import RealClock
from overt.errors import BadVideo, CameraLost, Misuse
from overt.values import CameraId
from overt.video.camera_address import CameraAddress
from overt.video.capture import Capture
from overt.video.rtsp import RtspSource

from .scripted_rtsp import CLOCK, ScriptedServer, Viewer, h264_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from overt.values import Frame

GATE = CameraId("gate")
SECRET = "hunter2"  # noqa: S105 - made up
PERIOD_S = 0.02
PICTURES = h264_pictures(60)
CLOSED_PORT = 9


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    yield
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        threads = [thread.name for thread in threading.enumerate() if "rtsp" in thread.name]
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        if not threads and files <= before:
            return
        time.sleep(0.05)
    assert threads == []
    assert files <= before


def camera(port: int, **options: object) -> RtspSource:
    address = CameraAddress.parse(f"rtsp://ann@127.0.0.1:{port}/live", SECRET)
    options = {"open_timeout_s": 3.0, "read_timeout_s": 1.0, **options}
    return RtspSource(address, GATE, RealClock(), **options)  # type: ignore[arg-type]


def in_time(viewer: Viewer, stamps: list[int], first: int = 0) -> None:
    """Send a picture for each stamp, in the pace of a camera."""
    for index, ticks in enumerate(stamps, first):
        viewer.send(PICTURES[index % 60], ticks)
        time.sleep(PERIOD_S)


def everything(source: RtspSource) -> tuple[list[Frame], str]:
    """All frames, and what the source ended with."""
    frames: list[Frame] = []
    with pytest.raises(CameraLost) as caught:
        frames.extend(source.frames())
    return frames, caught.value.line


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Something that listens, and does not speak RTSP."""

    def run() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(8)
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert not thread.is_alive()


def flood(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"RTSP" * 10_000)


def wait(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (lambda connection: None, "gives no answer that is RTSP"),
        (wait, "does not answer within 1 s. Is it on, and is the network up?"),
        (flood, "does not answer within 1 s|gives no answer that is RTSP"),
        (
            lambda connection: connection.sendall(os.urandom(99_999)),
            "no answer that|does not answer",
        ),
        (lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n"), "no answer that is"),
        (lambda connection: connection.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n"), "no answer"),
    ],
    ids=["hangs up", "says nothing", "floods", "noise", "http", "half an answer"],
)
def test_what_is_no_camera(talk: Callable[[socket.socket], None], reason: str) -> None:
    before = time.monotonic()
    with raw_server(talk) as port, pytest.raises(CameraLost, match=reason) as caught:
        camera(port, open_timeout_s=1.0)
    assert time.monotonic() - before < 2
    assert caught.value.line.startswith(f"gate (rtsp://***@127.0.0.1:{port}/live): ")


def test_a_camera_that_is_switched_off_or_misnamed() -> None:
    with pytest.raises(CameraLost, match=r"refuses the connection\. Is it an RTSP camera"):
        camera(CLOSED_PORT)
    address = CameraAddress.parse("rtsp://ann@no-such-host.invalid/live", SECRET)
    with pytest.raises(CameraLost, match=r"no host of that name is known\. Check the name"):
        RtspSource(address, GATE, RealClock())


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_timeout_is_a_time(seconds: float) -> None:
    with pytest.raises(Misuse, match="timeouts must be more than nothing"):
        camera(CLOSED_PORT, read_timeout_s=seconds)


@pytest.mark.parametrize(
    ("method", "status", "error", "reason"),
    [
        ("DESCRIBE", "401 Unauthorized", BadVideo, "password. Check .* OVERT_CAMERA_PASSWORD_GATE"),
        ("DESCRIBE", "403 Forbidden", BadVideo, "this user may not watch"),
        ("DESCRIBE", "404 Not Found", BadVideo, "there is no such stream"),
        ("DESCRIBE", "400 Bad Request", BadVideo, "refuses to play this"),
        ("PLAY", "454 Session Not Found", BadVideo, "refuses to play this"),
        ("SETUP", "461 Unsupported Transport", BadVideo, "does not send its video by auto"),
        ("DESCRIBE", "503 Service Unavailable", CameraLost, "has a fault of its own"),
    ],
)
def test_a_camera_that_refuses(
    method: str, status: str, error: type[BadVideo], reason: str
) -> None:
    with (
        ScriptedServer(lambda viewer: None, answer={method: f"RTSP/1.0 {status}"}) as server,
        pytest.raises(BadVideo, match=reason) as caught,
    ):
        camera(server.port)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("media", "reason"),
    [
        ("", "sends no video"),
        ("m=audio 0 RTP/AVP 0\r\na=control:t\r\n", "sends no video"),
        (
            "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:t\r\n",
            "codes its video in a way that Overt does not decode. Set the camera to H.264",
        ),
    ],
    ids=["nothing", "sound", "vp8"],
)
def test_a_camera_without_usable_video(media: str, reason: str) -> None:
    with (
        ScriptedServer(lambda viewer: server.ended.wait(5) and None, media=media) as server,
        pytest.raises(BadVideo, match=reason) as caught,
    ):
        camera(server.port, open_timeout_s=1.0)
    assert not isinstance(caught.value, CameraLost)


def test_a_camera_may_not_send_overt_elsewhere() -> None:
    with ScriptedServer(lambda viewer: None) as elsewhere:
        moved = f"RTSP/1.0 302 Found\r\nLocation: rtsp://127.0.0.1:{elsewhere.port}/live"
        for method in ("OPTIONS", "DESCRIBE", "SETUP", "PLAY"):
            with (
                ScriptedServer(lambda viewer: None, answer={method: moved}) as server,
                pytest.raises(BadVideo),
            ):
                camera(server.port)
        assert elsewhere.requests == []


def test_no_credential_reaches_an_error_or_a_log(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    answer = {"DESCRIBE": "RTSP/1.0 401 Unauthorized"}
    with (
        ScriptedServer(lambda viewer: None, answer=answer) as server,
        pytest.raises(BadVideo) as wrong,
    ):
        camera(server.port)
    with pytest.raises(BadVideo) as refused:
        camera(CLOSED_PORT)
    with ScriptedServer(lambda viewer: in_time(viewer, [0, 1800])) as server:
        source = camera(server.port)
        with pytest.raises(BadVideo) as lost:
            list(source.frames())
        assert f":{SECRET}@" in source._session.address.url_with_password()
        shown = f"{source._session!r}"
    for error in (wrong.value, refused.value, lost.value):
        while error is not None:
            shown += "".join(traceback.format_exception(error)) + repr(vars(error))
            error = error.__context__  # type: ignore[assignment] # noqa: PLW2901
    output = capfd.readouterr()
    shown += output.out + output.err + caplog.text
    assert "127.0.0.1" in shown
    assert SECRET not in shown
    assert "ann@" not in shown
    with open("/proc/self/cmdline", encoding="utf-8") as arguments:  # noqa: PTH123
        assert SECRET not in arguments.read()


def test_frames_come_until_the_camera_hangs_up() -> None:
    before = time.monotonic()
    with ScriptedServer(lambda viewer: in_time(viewer, list(range(0, 54_000, 1800)))) as server:
        frames, line = everything(camera(server.port))
    assert f"lost after {len(frames)} frames: the camera ended the stream" in line
    assert [frame.id.index for frame in frames] == list(range(30))
    assert frames[0].image.shape == (64, 96, 3)
    stamps = [frame.captured_at for frame in frames]
    assert before < stamps[0] <= stamps[-1] < time.monotonic()
    late = [b - a for a, b in pairwise(stamps)]
    assert sorted(late)[len(late) // 2] == pytest.approx(PERIOD_S, abs=0.01)


def test_a_frame_is_stamped_before_it_waits_for_the_next() -> None:
    """FFmpeg hands a picture on when the next one begins: here, 0.4 s later."""
    sent = []

    def slowly(viewer: Viewer) -> None:
        for index in range(5):
            sent.append(time.monotonic())
            viewer.send(PICTURES[index], index * CLOCK * 2 // 5)
            time.sleep(0.4)

    with ScriptedServer(slowly) as server:
        frames, _ = everything(camera(server.port, read_timeout_s=3))
    assert len(frames) == 5
    for frame, at in list(zip(frames, sent, strict=True))[1:]:
        assert frame.captured_at - at == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("half", [0, 3, 20])
def test_a_camera_that_hangs_within_a_packet(half: int) -> None:
    def hang(viewer: Viewer) -> None:
        in_time(viewer, [0, 1800, 3600])
        viewer.connection.sendall(viewer.packet(PICTURES[3][0], 5400, last=True)[:half])
        server.ended.wait(5)

    with ScriptedServer(hang) as server:
        before = time.monotonic()
        frames, line = everything(camera(server.port))
        assert 1 < time.monotonic() - before < 2
    assert line.endswith(f"lost after {len(frames)} frames: nothing whole came for 1 s")
    assert len(frames) == 2


def test_noise_among_the_packets_is_survived() -> None:
    def noisy(viewer: Viewer) -> None:
        in_time(viewer, [0, 1800])
        viewer.connection.sendall(os.urandom(20_000).replace(b"R", b"r"))
        in_time(viewer, list(range(3600, 36_000, 1800)), first=2)

    with ScriptedServer(noisy) as server:
        frames, _ = everything(camera(server.port))
    assert len(frames) >= 1


def test_close_ends_a_read_that_blocks() -> None:
    def stall(viewer: Viewer) -> None:
        in_time(viewer, [0, 1800, 3600])
        server.ended.wait(5)

    with ScriptedServer(stall) as server:
        source = camera(server.port, read_timeout_s=2.0)
        frames = source.frames()
        next(frames)
        next(frames)
        closer = threading.Timer(0.2, source.close)
        closer.start()
        before = time.monotonic()
        assert list(frames) == []
        assert time.monotonic() - before < 0.5
        closer.join(5)
        source.close()


STEADY = list(range(0, 40 * 1800, 1800))


@pytest.mark.parametrize(
    "stamps",
    [
        STEADY,
        [t + 3600 * CLOCK * (t > 20 * 1800) for t in STEADY],
        [t + 9_000_000 * (t < 20 * 1800) for t in STEADY],
        [t - 20 * 1800 + 2**32 for t in STEADY],
        [t // 50 for t in STEADY],
        [t * 40 for t in STEADY],
        [0] * 40,
        [(t * 7_919_993) % 2**32 for t in STEADY],
    ],
    ids=["steady", "forward", "back", "wraps", "too slow", "too fast", "stuck", "nonsense"],
)
def test_media_time_goes_with_this_machines_clock(stamps: list[int]) -> None:
    with ScriptedServer(lambda viewer: in_time(viewer, stamps)) as server:
        frames, _ = everything(camera(server.port))
    # Without timestamps, pictures cannot be told apart: FFmpeg may merge the first two.
    assert len(frames) >= 38
    times = [frame.media_s for frame in frames]
    assert times[0] == 0
    assert all(b > a for a, b in pairwise(times))
    elapsed = [frame.captured_at - frames[0].captured_at for frame in frames]
    assert max(abs(a - b) for a, b in zip(times, elapsed, strict=True)) < 1.1


def test_a_stream_joined_in_the_middle_begins_with_a_key_frame() -> None:
    pictures = h264_pictures(30, group=10)

    def middle(viewer: Viewer) -> None:
        for index in range(4, 30):
            viewer.send(pictures[index], index * 1800)
            time.sleep(PERIOD_S)

    with ScriptedServer(middle) as server:
        source = camera(server.port)
        frames, _ = everything(source)
    assert len(frames) == 20
    assert source.dropped_packets == 6
    assert source.damaged_packets == 0


def test_decoding_that_falls_behind_skips_to_the_newest_pictures() -> None:
    pictures = h264_pictures(150, group=10)

    def play(viewer: Viewer) -> None:
        for index, units in enumerate(pictures):
            viewer.send(units, index * 1800)
            time.sleep(PERIOD_S)

    ages = []
    with ScriptedServer(play) as server:
        source = camera(server.port)
        for frame in islice(source.frames(), 25):
            ages.append(time.monotonic() - frame.captured_at)
            time.sleep(0.1)  # as if a picture took five frames' time to decode
        source.close()
    assert source.dropped_packets > 40
    assert max(ages) < 1.3, ages


def test_pictures_larger_than_any_camera_gives_are_refused() -> None:
    large = h264_pictures(2, (8448, 16))

    def grow(viewer: Viewer) -> None:
        in_time(viewer, STEADY[:5])
        for index, units in enumerate(large, 5):
            viewer.send(units, index * 1800)
        in_time(viewer, STEADY[7:20])

    with (
        ScriptedServer(grow) as server,
        pytest.raises(BadVideo, match=r"pictures of 8448x16 pixels\. Overt takes"),
    ):
        list(camera(server.port).frames())


def test_the_size_may_change() -> None:
    other = h264_pictures(10, (160, 112))

    def change(viewer: Viewer) -> None:
        in_time(viewer, STEADY[:10])
        for index, units in enumerate(other, 10):
            viewer.send(units, index * 1800)
            time.sleep(PERIOD_S)

    with ScriptedServer(change) as server:
        frames, _ = everything(camera(server.port))
    shapes = [frame.image.shape for frame in frames]
    assert shapes == [(64, 96, 3)] * 10 + [(112, 160, 3)] * 10


def test_a_capture_reads_it_and_lets_it_go() -> None:
    with ScriptedServer(lambda viewer: in_time(viewer, STEADY * 3)) as server:
        with Capture(camera(server.port)) as capture:
            frames = list(islice(capture.frames(), 5))
        assert len(frames) == 5

"""Recordings that are broken, hostile or none: one clear line that names the file."""

from __future__ import annotations

import os
import socket
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import av
import pytest

from overt.clock import RealClock
from overt.errors import BadVideo
from overt.values import CameraId
from overt.video.recorded import RecordedSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .conftest import VideoMaker


def source(path: Path | str) -> RecordedSource:
    return RecordedSource(path, CameraId("a recording"), RealClock())


def refusal(path: Path) -> str:
    """The one line that a recording without any frame is refused with."""
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(BadVideo) as caught:
        next(source(path).frames())
    line = caught.value.line
    assert "\n" not in line
    assert path.name in line
    caught.value.__traceback__ = None
    assert len(os.listdir("/proc/self/fd")) == before, "a file was left open"  # noqa: PTH208
    return line


def until_it_breaks(path: Path) -> tuple[int, str]:
    """Frames delivered, and the line raised after them."""
    recording = source(path)
    delivered = []
    with pytest.raises(BadVideo) as caught:
        delivered.extend(frame.id.index for frame in recording.frames())
    count = recording.frames_read
    assert path.name in caught.value.line
    return count, caught.value.line


def test_missing(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "gone.mp4")
    (tmp_path / "file").write_text("x")
    assert "there is no such file" in refusal(tmp_path / "file" / "below.mp4")
    assert "cannot be read" in refusal(tmp_path / ("x" * 300))


def test_a_nul_in_the_name_is_refused_and_never_printed(tmp_path: Path) -> None:
    with pytest.raises(BadVideo, match=r"a\?\?\[31mb\.mp4: cannot be read"):
        source("a\0\x1b[31mb.mp4")


def test_folder(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "not a regular file" in refusal(tmp_path / "pipe.mp4")


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    assert "is empty" in refusal(tmp_path / "empty.mp4")


@contextmanager
def _as_somebody_else() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_unreadable(videos: VideoMaker) -> None:
    path = videos.write("secret.mp4", frames=2)
    path.chmod(0)
    with _as_somebody_else(), pytest.raises(BadVideo, match=r"secret\.mp4: may not be read"):
        source(path)


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, this is no video at all.\n" * 50,
        b"\x1b[2J\x1b[31mansi art\n" * 100,
        b"1\n00:00:01,000 --> 00:00:02,000\nsubtitles\n\n" * 20,
        bytes(range(256)) * 64,
        b"\0" * 100_000,
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\0" * 300,
        b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\0" * 400,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 400,
    ],
    ids=["text", "ansi", "subtitles", "bytes", "noughts", "jpeg", "wav", "png"],
)
def test_wrongly_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "wrong.mp4").write_bytes(content)
    assert "is not a video that Overt can read" in refusal(tmp_path / "wrong.mp4")


def test_sound_only(videos: VideoMaker) -> None:
    for name in ("speech.mp4", "speech.mkv"):
        assert "holds sound but no picture" in refusal(videos.sound_only(name))


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("none.mp4", "libx264"),
        ("none.mkv", "libx264"),
        ("none.avi", "mpeg4"),
        ("none.mov", "mpeg4"),
    ],
)
def test_no_frames(videos: VideoMaker, name: str, codec: str) -> None:
    assert "holds no picture" in refusal(videos.without_frames(name, codec))


def test_a_gif_without_frames(tmp_path: Path) -> None:
    (tmp_path / "none.gif").write_bytes(_gif_header(4, 4) + b";")
    assert "holds no picture" in refusal(tmp_path / "none.gif")


def test_a_listed_format_with_an_unlisted_codec(videos: VideoMaker) -> None:
    path = videos.write("odd.mkv", "snow", options={"strict": "-2"})
    assert "is coded in a way that Overt does not decode" in refusal(path)


# --- bombs: refused before memory is spent ---


def _gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0, 0, 0) + b"\0\0\0\xff\xff\xff"


@contextmanager
def _little_memory() -> Iterator[None]:
    """Fails if the block makes this process map as much as one bomb would."""
    before = _peak_kib()
    yield
    assert _peak_kib() - before < 200_000


def _peak_kib() -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith("VmPeak"))


@pytest.mark.parametrize("size", [(60_000, 60_000), (8_193, 10), (10, 8_193), (8_000, 8_000)])
def test_a_gif_bomb(tmp_path: Path, size: tuple[int, int]) -> None:
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, *size, 0) + b"\x02\x02\x4c\x01\x00;"
    (tmp_path / "bomb.gif").write_bytes(_gif_header(*size) + picture)
    with _little_memory():
        line = refusal(tmp_path / "bomb.gif")
    assert f"claims pictures of {size[0]}x{size[1]} pixels" in line


def test_a_header_bomb(videos: VideoMaker) -> None:
    path = videos.write("bomb.mp4", container={"movflags": "faststart"})
    data = path.read_bytes()
    assert data.count(struct.pack(">HH", 96, 64)) == 1
    path.write_bytes(data.replace(struct.pack(">HH", 96, 64), struct.pack(">HH", 60_000, 60_000)))
    with _little_memory():
        assert "claims pictures of 60000x60000 pixels" in refusal(path)


def test_a_true_picture_that_is_too_large_is_not_even_decoded(tmp_path: Path) -> None:
    path = tmp_path / "poster.mjpeg"  # bare MJPEG: no header tells the size
    with av.open(str(path), "w", format="mjpeg") as output:
        stream = output.add_stream("mjpeg", rate=25)
        stream.width = stream.height = 6_016
        stream.pix_fmt = "yuvj420p"
        for _ in range(10):  # one alone does not look like a video
            picture = av.VideoFrame(6_016, 6_016, "yuvj420p")
            for plane in picture.planes:  # a new frame holds whatever the memory held
                plane.update(bytes(plane.buffer_size))
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
    assert "larger than 36 megapixels" in refusal(path)


@pytest.mark.parametrize("name", ["bomb.mjpeg", "bomb.mov"])
def test_a_bomb_inside_the_stream(videos: VideoMaker, name: str) -> None:
    path = videos.write(name, "mjpeg", frames=3, pix_fmt="yuvj420p")
    start = b"\xff\xc0\x00\x11\x08"
    honest, bomb = (start + struct.pack(">HH", *size) for size in ((64, 96), (60_000, 60_000)))
    data = path.read_bytes()
    assert data.count(honest) == 3
    path.write_bytes(data.replace(honest, bomb))
    with _little_memory():
        assert "larger than 36 megapixels" in refusal(path)


# --- files that lead elsewhere ---


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A web server of sorts: its port, and what was asked of it."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    asked.append(connection.recv(1_000))
                    connection.close()
            except OSError:
                return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "script.ffconcat", "call.sdp", "a.mpd"])
def test_a_file_that_leads_to_an_address_is_refused_unopened(
    tmp_path: Path, listener: tuple[int, list[bytes]], name: str
) -> None:
    port, asked = listener
    address = f"http://127.0.0.1:{port}/a.ts"
    contents = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n",
        "script.ffconcat": f"ffconcat version 1.0\nfile {address}\n",
        "call.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "a.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period>'
        f"<BaseURL>{address}</BaseURL></Period></MPD>",
    }
    (tmp_path / name).write_text(contents[name])
    assert "is not a video that Overt can read" in refusal(tmp_path / name)
    assert asked == []


@pytest.mark.parametrize("name", ["list.m3u8", "script.ffconcat"])
def test_a_file_that_leads_to_another_file_is_refused(videos: VideoMaker, name: str) -> None:
    videos.write("other.ts", frames=5)
    contents = {
        "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.ts\n#EXT-X-ENDLIST\n",
        "script.ffconcat": "ffconcat version 1.0\nfile other.ts\n",
    }
    (videos.folder / name).write_text(contents[name])
    assert "is not a video that Overt can read" in refusal(videos.folder / name)


# --- cut short, or damaged ---


def test_an_mp4_that_lost_its_index(videos: VideoMaker) -> None:
    path = videos.write("cut.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert "cut short" in refusal(path)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("cut.mp4", "libx264", {"movflags": "faststart"}),
        ("fragments.mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
        ("cut.mkv", "libx264", {}),
        ("cut.webm", "libvpx-vp9", {}),
        ("cut.avi", "mpeg4", {}),
        ("cut.mjpeg", "mjpeg", {}),
        ("cut.gif", "gif", {}),
        ("cut.flv", "libx264", {}),
    ],
)
@pytest.mark.parametrize("share", [0.55, 0.8, 0.95])
def test_a_recording_that_breaks_off_gives_what_it_holds_and_says_so(
    videos: VideoMaker, name: str, codec: str, container: dict[str, str], share: float
) -> None:
    pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
    path = videos.write(name, codec, frames=40, pix_fmt=pix_fmt, container=container)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    count, line = until_it_breaks(path)
    assert 10 < count < 40
    assert f"breaks off after {count} frames" in line


def test_closing_early_is_not_breaking_off(videos: VideoMaker) -> None:
    path = videos.write("cut.mkv", frames=40)
    path.write_bytes(path.read_bytes()[:-2_000])
    recording = source(path)
    for frame in recording.frames():
        if frame.id.index == 5:
            recording.close()
    assert recording.frames_read == 6


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.avi", "mpeg4"), ("a.mkv", "libx264")]
)
def test_damage_in_the_middle_is_skipped_and_counted(
    videos: VideoMaker, name: str, codec: str
) -> None:
    path = videos.write(name, codec, frames=40, options={"g": "10"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes((7 * index + 3) % 256 for index in range(400))
    path.write_bytes(data)
    recording = source(path)
    frames = list(recording.frames())
    assert recording.damaged_packets >= 1
    assert 30 <= len(frames) < 40
    assert frames[-1].media_s > 1.4


def test_a_picture_that_the_decoder_patched_up_is_left_out(videos: VideoMaker) -> None:
    path = videos.write("a.avi", "mpeg4", frames=40, size=(320, 240))
    data = bytearray(path.read_bytes())
    middle = data.index(b"00dc", len(data) // 2) + 200  # well inside one packet
    data[middle : middle + 60] = bytes((91 * index + 3) % 256 for index in range(60))
    path.write_bytes(data)
    recording = source(path)
    assert len(list(recording.frames())) == 39
    assert recording.damaged_packets == 1


def test_endless_damage_is_given_up(videos: VideoMaker) -> None:
    path = videos.write(
        "noise.mov",
        "mjpeg",
        frames=400,
        size=(32, 32),
        pix_fmt="yuvj420p",
        container={"movflags": "faststart"},
    )
    marker = b"\xff\xd8\xff"
    head, *pictures = path.read_bytes().split(marker)
    assert len(pictures) == 400
    kept = marker.join([head, *pictures[:20]])
    path.write_bytes(kept + b"".join(bytes(len(marker) + len(part)) for part in pictures[20:]))
    recording = source(path)
    with pytest.raises(BadVideo, match="breaks off after 20 frames"):
        list(recording.frames())
    assert recording.damaged_packets == 250


@pytest.mark.parametrize("tail", [b"", b"\0" * 100, b"appended by some camera" * 9])
@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv"])
def test_junk_behind_a_whole_recording_is_ignored(
    videos: VideoMaker, name: str, tail: bytes
) -> None:
    path = videos.write(name, "mpeg4")
    path.write_bytes(path.read_bytes() + tail)
    assert len(list(source(path).frames())) == 30


def test_nothing_is_printed(videos: VideoMaker, capfd: pytest.CaptureFixture[str]) -> None:
    path = videos.write("cut.mp4", container={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[:-3_000])
    until_it_breaks(path)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")

"""A recording cut anywhere behind its header is known to be cut; a whole one never is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from overt.video.file_end import cut_short

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import VideoMaker

FORMATS = [
    ("a.mp4", "libx264", "yuv420p", {"movflags": "faststart"}),
    ("late_index.mp4", "libx264", "yuv420p", {}),
    ("a.mov", "mjpeg", "yuvj420p", {"movflags": "faststart"}),
    ("a.mkv", "libx264", "yuv420p", {}),
    ("a.webm", "libvpx-vp9", "yuv420p", {}),
    ("a.avi", "mpeg4", "yuv420p", {}),
    ("a.gif", "gif", "rgb8", {}),
    ("a.mjpeg", "mjpeg", "yuvj420p", {}),
]


@pytest.mark.parametrize(("name", "codec", "pix_fmt", "container"), FORMATS)
def test_every_cut_is_seen(
    videos: VideoMaker, name: str, codec: str, pix_fmt: str, container: dict[str, str]
) -> None:
    path = videos.write(name, codec, frames=4, pix_fmt=pix_fmt, container=container)
    whole = path.read_bytes()
    assert not cut_short(path)
    # Up to eight bytes missing from an AVI may be its writer's miscount.
    longest = len(whole) - (9 if name.endswith("avi") else 1)
    seen = {}
    for length in range(len(whole) // 3, longest, max(1, len(whole) // 150)):
        path.write_bytes(whole[:length])
        seen[length] = cut_short(path)
    # Between two parts of a file, or two pictures of a bare MJPEG, a cut leaves no trace.
    assert sum(not cut for cut in seen.values()) <= 1, seen


@pytest.mark.parametrize(("name", "codec", "pix_fmt", "container"), FORMATS)
@pytest.mark.parametrize("junk", [b"\0", b"\0" * 40, b"junk of some camera"])
def test_junk_behind_the_end_is_no_cut(
    videos: VideoMaker,
    name: str,
    codec: str,
    pix_fmt: str,
    container: dict[str, str],
    junk: bytes,
) -> None:
    path = videos.write(name, codec, frames=4, pix_fmt=pix_fmt, container=container)
    path.write_bytes(path.read_bytes() + (b"\0" * len(junk) if "mjpeg" in name else junk))
    assert not cut_short(path)


@pytest.mark.parametrize(
    "content",
    [
        b"G",
        b"GIF89a",
        b"RIFF",
        b"\x1a\x45\xdf\xa3",
        b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7,
        b"\0\0\0\0ftypisom",
        b"\0\0\0\x01mdat\0\0\0\0\0\0\0\0",
        b"RIFF\0\0\0\0AVI ",
        b"RIFF\xff\xff\xff\xffAVI ",
        b"\x1a\x45\xdf\xa3\x00" + b"\0" * 20,
    ],
)
def test_sizes_that_were_never_filled_in_are_no_proof(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stub"
    path.write_bytes(content)
    assert cut_short(path) is (content == b"GIF89a")


def test_a_flash_video_is_cut_unless_its_last_tag_is_whole(videos: VideoMaker) -> None:
    path = videos.write("a.flv", "libx264", frames=4, container={})
    whole = path.read_bytes()
    assert not cut_short(path)
    path.write_bytes(whole + b"junk of some camera")
    assert not cut_short(path)
    for missing in (1, 5, 12):
        path.write_bytes(whole[:-missing])
        assert cut_short(path)

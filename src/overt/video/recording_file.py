"""Opening a recording that may be hostile, before any picture in it is decoded.

Only listed formats and decoders, none of which leads to other files or addresses; no picture
larger than a camera gives. See docs/decisions/0003-recordings-are-hostile.md.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, NoReturn

import av

from overt.errors import BadVideo
from overt.video.picture import MAX_PIXELS, MAX_SIDE_PX, too_large

if TYPE_CHECKING:
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream

FORMATS = (
    "mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "gif",
    "mjpeg", "h264", "hevc", "m4v", "mpegvideo", "ivf", "mxf", "dv", "nut", "yuv4mpegpipe",
)  # fmt: skip
"""FFmpeg demuxers that may read a recording. None of them opens a second file or an address."""
CODECS = frozenset({
    "h264", "hevc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v2",
    "msmpeg4v3", "h263", "flv1", "wmv1", "wmv2", "wmv3", "vc1", "theora", "mjpeg", "gif", "prores",
    "dnxhd", "dvvideo", "ffv1", "huffyuv", "ffvhuff", "utvideo", "rawvideo", "png", "v210",
})  # fmt: skip
"""Decoders that may run on a recording."""
_ATTACHED_PICTURE = 1 << 10


def open_recording(path: Path) -> tuple[InputContainer, VideoStream]:
    """The container and the video stream of a file. The caller closes the container.

    Raises:
        BadVideo: if there is no such file, or no video that Overt decodes in it.
    """
    _check_file(path)
    container = _open(path)
    try:
        return container, _video_stream(path, container)
    except BaseException:
        container.close()
        raise


def refuse(path: Path, message: str, advice: str | None = None) -> NoReturn:
    """Refuse a file in one line that is safe to print, whatever the file is called.

    Raises:
        BadVideo: always.
    """
    line = f"{printable(str(path))}: {message}"
    raise BadVideo(line, advice=advice)


def refuse_size(path: Path, width: int, height: int) -> NoReturn:
    """Refuse a file for the size of its pictures.

    Raises:
        BadVideo: always.
    """
    refuse(
        path,
        f"claims pictures of {width}x{height} pixels",
        f"Overt takes at most {MAX_SIDE_PX} on a side and {MAX_PIXELS // 1_000_000} megapixels.",
    )


def printable(name: str) -> str:
    """A name from outside without control characters or undecodable bytes."""
    return "".join(char if char.isprintable() else "?" for char in name)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            refuse(path, "is a folder, not a video", "Name one video file.")
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe would wait for ever for a writer.
            refuse(path, "is not a regular file", "Name a video file.")
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError):
        refuse(path, "there is no such file", "Check the name.")
    except PermissionError:
        refuse(path, "may not be read", "Change its permissions.")
    except (OSError, ValueError) as error:
        refuse(path, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    if status.st_size == 0:
        refuse(path, "is empty", "Copy the recording again.")


def _open(path: Path) -> InputContainer:
    try:
        return av.open(
            # The prefix keeps names such as `concat:a|b` or `-` plain names.
            f"file:{path.absolute()}",
            container_options={
                "protocol_whitelist": "file",
                "format_whitelist": ",".join(FORMATS),
                # While probing nothing is decoded, so a bomb in the first frame stays shut.
                "codec_whitelist": "none",
            },
            metadata_errors="replace",
        )
    except av.EOFError:
        refuse(path, "holds no picture", "The recording is empty.")
    except (av.FFmpegError, OSError, ValueError):
        refuse(
            path,
            "is not a video that Overt can read",
            "It may be damaged, cut short or wrongly named; MP4, MOV, MKV, WebM, AVI, MPEG-TS,"
            " MJPEG and animated GIF can be read.",
        )


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    videos = [
        stream
        for stream in container.streams.video
        if not int(stream.disposition) & _ATTACHED_PICTURE
    ]
    if not videos and container.streams.audio:
        refuse(path, "holds sound but no picture", "Name a video file.")
    if not videos:
        refuse(path, "holds no picture", "The recording is empty.")
    decodable = [
        stream
        for stream in videos
        if stream.codec_context is not None and stream.codec.canonical_name in CODECS
    ]
    if not decodable:
        refuse(path, "is coded in a way that Overt does not decode", "Convert it to H.264.")
    stream = max(decodable, key=lambda video: video.width * video.height)
    if too_large(stream.width, stream.height):
        refuse_size(path, stream.width, stream.height)
    return stream

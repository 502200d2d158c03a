"""Does a recording reach as far as its own structure says?

A file that was cut short while it was copied mostly still plays, up to the cut. Frame counts and
durations are no proof either way: edit lists, variable rates and sound tracks bend them. The
sizes that a container's outermost parts state are.
"""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_MP4_FIRST = {b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_MP4_JUDGED = {b"ftyp", b"moov", b"mdat", b"moof", b"mfra"}
_EBML = 0x1A45DFA3
_SEGMENT = 0x18538067
_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_GIF_EXTENSION, _GIF_IMAGE = 0x21, 0x2C
_FLV_FIRST = b"FLV\x01"
_FLV_TAG_BYTES, _FLV_BACK_BYTES = 11, 4
"""Of a tag's header, and of the size that is repeated after it."""
_FLV_TAGS = {8, 9, 18}
"""Sound, pictures, script."""
_RIFF_SLACK = 8
"""Some writers count the eight bytes of the header into the size."""
_RIFF_UNKNOWN = 0xFFFFFFF0
_MP4_LONG_SIZE = 1
_MP4_SHORT_HEADER = 8


def cut_short(path: Path) -> bool:
    """Whether the file ends before a part of it that states its own size.

    MP4 and MOV, Matroska and WebM, AVI, FLV, GIF and bare MJPEG can be told; others state no size.

    Returns:
        True if bytes are missing at the end; False if none are, or if it cannot be told.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(_JPEG_START):
            file.seek(max(0, size - 64))
            return not file.read().rstrip(b"\0\r\n").endswith(_JPEG_END)
        return _reach(file, size, start) > size


def _reach(file: BinaryIO, size: int, start: bytes) -> int:
    """Where the file ends by what its parts state; 0 if they state nothing."""
    reach = 0
    if start[4:8] in _MP4_FIRST:
        reach = _mp4_reach(file, size)
    elif start[:4] == b"RIFF":
        reach = _riff_reach(file, size) - _RIFF_SLACK
    elif start[:4] == _FLV_FIRST:
        reach = _flv_reach(file, size)
    elif start[:4] == _EBML.to_bytes(4, "big"):
        reach = _matroska_reach(file)
    elif start.startswith(b"GIF8"):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            reach = _gif_reach(data)
    return reach


def _mp4_reach(file: BinaryIO, size: int) -> int:
    """Where the last box ends (ISO/IEC 14496-12, 4.2), leaving out junk that looks like one."""
    reach = 0
    while reach < size:
        file.seek(reach)
        header = file.read(16)
        if len(header) < _MP4_SHORT_HEADER:
            break
        length = int.from_bytes(header[:4], "big")
        if length == _MP4_LONG_SIZE:
            length = int.from_bytes(header[8:16], "big")
        if length < _MP4_SHORT_HEADER:  # 0: to the end of the file
            break
        if reach + length > size and header[4:8] not in _MP4_JUDGED:
            break
        reach += length
    return reach


def _riff_reach(file: BinaryIO, size: int) -> int:
    """Where the last RIFF chunk ends; long AVI files have several."""
    reach = 0
    while reach < size:
        file.seek(reach)
        header = file.read(8)
        if len(header) < 8 or header[:4] != b"RIFF":  # noqa: PLR2004
            break
        (length,) = struct.unpack("<I", header[4:])
        if length == 0 or length >= _RIFF_UNKNOWN:  # never filled in by its writer
            break
        reach += 8 + length + length % 2
    return reach


def _flv_reach(file: BinaryIO, size: int) -> int:
    """Where the last tag ends (Adobe Flash Video File Format 10.1, E.3)."""
    file.seek(5)
    reach = int.from_bytes(file.read(4), "big") + _FLV_BACK_BYTES
    while reach < size:
        file.seek(reach)
        header = file.read(_FLV_TAG_BYTES)
        if header[0] not in _FLV_TAGS:  # junk after the end
            break
        length = int.from_bytes(header[1:4], "big")
        reach += _FLV_TAG_BYTES + length + _FLV_BACK_BYTES
    return reach


def _matroska_reach(file: BinaryIO) -> int:
    """Where the segment ends (RFC 8794, 5 and 6); 0 if its writer left the size open."""
    reach = 0
    for wanted in (_EBML, _SEGMENT):
        file.seek(reach)
        header = file.read(12)
        if len(header) < 12 or int.from_bytes(header[:4], "big") != wanted:  # noqa: PLR2004
            return 0
        length_bytes = 9 - header[4].bit_length()
        if length_bytes > 8:  # noqa: PLR2004
            return 0
        length = int.from_bytes(header[4 : 4 + length_bytes], "big")
        ones = (1 << 7 * length_bytes) - 1
        length &= ones
        if length == ones:
            return 0
        reach += 4 + length_bytes + length
    return reach


def _gif_reach(data: mmap.mmap) -> int:
    """Where the trailer stands, or the block that comes to nothing (GIF89a, 12 to 27)."""
    size = len(data)
    reach = 13
    if size >= reach:
        reach += _gif_palette(data[10])
    while reach < size and data[reach] in {_GIF_EXTENSION, _GIF_IMAGE}:
        if data[reach] == _GIF_EXTENSION:
            reach += 2
        elif reach + 10 <= size:
            reach += 11 + _gif_palette(data[reach + 9])
        else:
            return size + 1
        while reach < size and data[reach]:
            reach += 1 + data[reach]
        reach += 1
    return reach + 1


def _gif_palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0

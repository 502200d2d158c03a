"""Decode one still picture that came from outside, or say in one line why not.

A decoder is the part of a system that hostile bytes reach first. So the file is opened by
`overt.watchlist.intake`, its kind and its dimensions are checked on the header before a pixel
is decoded, and only five long-established formats are decoded at all.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from overt.errors import BadImage
from overt.watchlist.intake import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_IMAGE_BYTES = 50_000_000
"""A larger file is refused unread."""
MAX_IMAGE_PIXELS = 64_000_000
"""Width times height; a larger picture is refused undecoded. Phones reach about 50 million."""
READING_SIDE_PX = 2048
"""A longer picture is shrunk to this longest side: a face that fills it loses nothing of use."""
MIN_SIDE_PX = 32
"""A shorter side cannot hold a face that passes the gate."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
_ADVICE = "Save it as a JPEG, PNG, WebP, TIFF or BMP."
_NEUTRAL_GREY = (128, 128, 128, 255)

_OTHER_KINDS = (
    (0, b"GIF8", "a GIF, which may be animated"),
    (4, b"ftyp", "a HEIC, AVIF or video file"),
    (0, b"%PDF", "a PDF"),
    (0, b"<svg", "an SVG drawing"),
    (0, b"<?xml", "an XML file or SVG drawing"),
    (0, b"PK\x03\x04", "a ZIP archive or office document"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (0, b"8BPS", "a Photoshop file"),
)
"""Offset, bytes and words: what people hand in by mistake."""

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to the turn that undoes it (EXIF 2.32, tag 274)."""


def read_image(path: Path, *, within: Path) -> NDArray[np.uint8]:
    """One still picture from a file inside the folder `within`.

    Returns:
        (h, w, 3) uint8 RGB, upright, longest side at most `READING_SIDE_PX`.

    Raises:
        BadImage: naming the file and the one reason why it cannot be used.
    """
    try:
        return decode(read_image_file(path, within=within))
    except BadImage as fault:
        msg = f"{path}: {fault.message}"
        raise BadImage(msg, advice=fault.advice) from None


def read_image_file(path: Path, *, within: Path) -> bytes:
    """The bytes of a picture file, not yet known to be a picture.

    Raises:
        BadImage: with the reason alone.
    """
    return read_file(path, within=within, at_most=MAX_IMAGE_BYTES, error=BadImage)


def decode(data: bytes) -> NDArray[np.uint8]:
    """The picture in a file's bytes. Colour profiles are ignored.

    Returns:
        (h, w, 3) uint8 RGB, upright, longest side at most `READING_SIDE_PX`.

    Raises:
        BadImage: with the reason alone.
    """
    with warnings.catch_warnings():
        # Pillow warns of oddities in metadata that we do not use; bounds are checked below.
        warnings.simplefilter("ignore")
        return _decode(data)


def _decode(data: bytes) -> NDArray[np.uint8]:
    for offset, magic, words in _OTHER_KINDS:
        if data.startswith(magic, offset):
            msg = f"it is {words}, not a still picture of a kind accepted here"
            raise BadImage(msg, advice=_ADVICE)
    try:
        picture = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        msg = f"it has more than {MAX_IMAGE_PIXELS / 1e6:g} million pixels"
        raise BadImage(msg, advice="Shrink the picture.") from None
    except Exception:  # noqa: BLE001 - a parser of hostile bytes may raise anything
        msg = "it is not a picture, or its header is damaged"
        raise BadImage(msg, advice=_ADVICE) from None
    with picture:
        side = _check_header(picture)
        try:
            # A JPEG can be decoded at a half, quarter or eighth of its size: less memory, faster.
            picture.draft(None, side)
            picture.load()
            orientation = _orientation(picture)
            small = _rgb(picture, side)
        except BadImage:
            raise
        except Exception:  # noqa: BLE001 - a decoder of hostile bytes may raise anything
            msg = "the picture's data is damaged or cut short"
            raise BadImage(msg, advice="Get a whole copy of the file.") from None
    if orientation in _UPRIGHT:
        small = small.transpose(_UPRIGHT[orientation])
    return np.array(small, dtype=np.uint8, order="C")


def _check_header(picture: Image.Image) -> tuple[int, int]:
    """The size to read at, once the header is found to promise a plain still picture."""
    width, height = picture.size
    if width * height > MAX_IMAGE_PIXELS:
        msg = (
            f"it has {width} x {height} = {width * height / 1e6:.1f} million pixels; "
            f"the limit is {MAX_IMAGE_PIXELS / 1e6:g} million"
        )
        raise BadImage(msg, advice="Shrink the picture.")
    # A phone's JPEG may carry a depth map or a preview behind the picture (MPO): not animation.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        kind = "holds several pages" if picture.format == "TIFF" else "is animated"
        msg = f"it {kind}; one still picture is wanted"
        raise BadImage(msg, advice="Save the one picture that shows the person.")
    shrink = min(1.0, READING_SIDE_PX / max(width, height))
    side = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    if min(side) < MIN_SIDE_PX:
        msg = f"it has only {width} x {height} pixels, too few for a face"
        raise BadImage(msg, advice="Use a larger picture.")
    return side


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation; 1 (upright) where there is none, or none that can be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged metadata must not cost a good picture
        return 1


def _rgb(picture: Image.Image, side: tuple[int, int]) -> Image.Image:
    """The picture as 8-bit RGB of the size given."""
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion clips at 255 in place of scaling.
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    elif picture.mode in {"I", "F", "LAB", "HSV"}:
        msg = f"its pixels are of a kind that is not accepted here (mode {picture.mode})"
        raise BadImage(msg, advice="Save it as a JPEG or an ordinary PNG.")
    if picture.has_transparency_data:
        picture = _resized(picture.convert("RGBA"), side)
        return Image.alpha_composite(Image.new("RGBA", side, _NEUTRAL_GREY), picture).convert("RGB")
    if picture.mode not in {"RGB", "L", "CMYK", "YCbCr"}:
        picture = picture.convert("RGB")
    return _resized(picture, side).convert("RGB")


def _resized(picture: Image.Image, side: tuple[int, int]) -> Image.Image:
    if picture.size == side:
        return picture
    return picture.resize(side, Image.Resampling.LANCZOS, reducing_gap=3.0)

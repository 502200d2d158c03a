"""Pictures in a terminal, two rows of pixels to a line. Nothing of them touches the disk."""

from __future__ import annotations

import io

from PIL import Image
from rich.style import Style
from rich.text import Text


def drawn(jpeg: bytes, *, columns: int, rows: int) -> Text:
    """A picture as large as fits, its sides in proportion.

    Args:
        jpeg: the picture.
        columns: width, characters.
        rows: height, lines.
    """
    with Image.open(io.BytesIO(jpeg)) as opened:
        picture = opened.convert("RGB")
    scale = min(columns / picture.width, 2 * rows / picture.height)
    width = max(2, round(picture.width * scale))
    height = max(2, round(picture.height * scale / 2) * 2)
    small = picture.resize((width, height), Image.Resampling.LANCZOS).tobytes()
    text = Text()
    for row in range(0, height, 2):
        for column in range(width):
            upper = _colour(small, (row * width + column) * 3)
            lower = _colour(small, ((row + 1) * width + column) * 3)
            text.append("▀", Style(color=upper, bgcolor=lower))
        text.append("\n")
    return text


def _colour(pixels: bytes, at: int) -> str:
    return f"rgb({pixels[at]},{pixels[at + 1]},{pixels[at + 2]})"

"""Real videos, made with the encoders that PyAV carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

COLOURS = ((220, 30, 30), (30, 200, 30), (30, 30, 220), (230, 230, 230))
"""Red, green, blue, white: the quarters of each picture, row by row."""


def quarters(width: int, height: int, shade: int = 0) -> NDArray[np.uint8]:
    """A picture whose four quarters have the four colours, so that turning it shows."""
    image = np.zeros((height, width, 3), np.uint8)
    middle_y, middle_x = height // 2, width // 2
    image[:middle_y, :middle_x], image[:middle_y, middle_x:] = COLOURS[0], COLOURS[1]
    image[middle_y:, :middle_x], image[middle_y:, middle_x:] = COLOURS[2], COLOURS[3]
    return np.clip(image.astype(int) - shade, 0, 255).astype(np.uint8)


def corners(image: NDArray[np.uint8]) -> tuple[int, ...]:
    """Which of the four colours is at each corner, row by row."""
    found = []
    for y, x in ((3, 3), (3, -4), (-4, 3), (-4, -4)):
        distances = [np.abs(image[y, x].astype(int) - colour).sum() for colour in COLOURS]
        assert min(distances) < 90, f"no colour of ours at {y, x}: {image[y, x]}"
        found.append(int(np.argmin(distances)))
    return tuple(found)


@dataclass
class VideoMaker:
    """Writes videos of moving noise, or of coloured quarters, into one folder."""

    folder: Path
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    def write(
        self,
        name: str,
        codec: str = "libx264",
        *,
        frames: int = 30,
        size: tuple[int, int] = (96, 64),
        pix_fmt: str = "yuv420p",
        container: dict[str, str] | None = None,
        options: dict[str, str] | None = None,
        pts: Sequence[int | None] | None = None,
        rate: int = 25,
        plain: bool = False,
        rotation: int = 0,
        matrix: Sequence[int] | None = None,
        aspect: Fraction | None = None,
        sound: bool = False,
        format: str | None = None,  # noqa: A002
    ) -> Path:
        """A video; `pts` are in frames."""
        path = self.folder / name
        width, height = size
        with av.open(str(path), "w", format=format, options=container or {}) as output:
            stream = output.add_stream(codec, rate=rate, options=options or {})
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            if aspect is not None:
                stream.sample_aspect_ratio = aspect
            if rotation:
                stream.set_display_rotation(rotation)
            if matrix is not None:
                stream.set_display_matrix(matrix)
            speaker = output.add_stream("aac", rate=16_000) if sound else None
            for index in range(frames):
                frame = av.VideoFrame.from_ndarray(self._image(width, height, plain), "rgb24")
                if pts is not None:
                    frame.pts = pts[index]
                    frame.time_base = Fraction(1, rate)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
            if speaker is not None:
                output.mux(speaker.encode(_silence()))
                output.mux(speaker.encode(None))
        return path

    def sound_only(self, name: str) -> Path:
        path = self.folder / name
        with av.open(str(path), "w") as output:
            speaker = output.add_stream("aac", rate=16_000)
            output.mux(speaker.encode(_silence()))
            output.mux(speaker.encode(None))
        return path

    def without_frames(self, name: str, codec: str) -> Path:
        path = self.folder / name
        with av.open(str(path), "w") as output:
            stream = output.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            output.start_encoding()
        return path

    def _image(self, width: int, height: int, plain: bool) -> NDArray[np.uint8]:  # noqa: FBT001
        if plain:
            return quarters(width, height)
        coarse = self.noise.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
        return np.ascontiguousarray(np.kron(coarse, np.ones((8, 8, 1), np.uint8)))


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
    frame.rate = 16_000
    return frame


@pytest.fixture
def videos(tmp_path: Path) -> VideoMaker:
    return VideoMaker(tmp_path)

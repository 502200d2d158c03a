"""What every source of frames has in common: cameras, recordings, generated streets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.values import CameraId, Frame


class Source(Protocol):
    """Pictures in order of time. Open when constructed; used by one thread; closed once."""

    camera: CameraId
    live: bool
    """True: the present, where only the newest frame matters and stale ones are dropped.
    False: a recording, every frame in strict order (accepted only in a trial, N6)."""
    frames_expected: int | None
    """Frames in a recording, for progress; None if unknown or endless."""

    def frames(self) -> Iterator[Frame]:
        """Each decoded frame, until the recording ends or the source is closed.

        Raises:
            overt.errors.BadVideo: if the source cannot be read, or held no picture.
        """

    def close(self) -> None:
        """Let go of the device or file. Safe to call twice, and from another thread."""


@runtime_checkable
class LosesPictures(Protocol):
    """A source that knows of pictures that never became frames."""

    @property
    def pictures_lost(self) -> int:
        """Pictures since it was opened that came damaged, or could not be decoded in time."""

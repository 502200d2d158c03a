"""A source read in its own thread: newest-only if it is live, in strict order if recorded.

This is the seam for worker processes: whatever reads the source later, the analysis goes on
iterating a `Capture`.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from overt.video.in_order import InOrder
from overt.video.newest import NewestOnly

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from overt.values import Frame
    from overt.video.handover import Handover
    from overt.video.source import Source

_JOIN_S = 5.0


class Capture:
    """Gives the frames of one source to one consumer, and closes the source. Use it in `with`.

    Reading starts at once. It overlaps with the analysis, since decoding holds no Python lock.

    Args:
        source: an open source that nobody else reads.
        ahead: frames of a recording decoded before they are asked for; 0 to decode each one when
            it is asked for. The wait of such a frame counts as part of its capture-to-prompt
            time, as it would before a live camera. A live source ignores this.
    """

    def __init__(self, source: Source, *, ahead: int = 1) -> None:
        self.source = source
        self._buffer: Handover[Frame]
        self._newest: NewestOnly[Frame] | None = None
        self._thread: threading.Thread | None = None
        if source.live:
            self._buffer = self._newest = NewestOnly()
        elif ahead > 0:
            self._buffer = InOrder(ahead)
        else:
            return
        # A device driver may never return from a read; that must not keep the program alive.
        self._thread = threading.Thread(
            target=self._read, name=f"capture {source.camera}", daemon=True
        )
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Frames of a live source that were never analysed, because a newer one came."""
        return 0 if self._newest is None else self._newest.dropped

    def frames(self) -> Iterator[Frame]:
        """Frames until the source ends or this capture is closed.

        Raises:
            BadVideo: what the source ended with, after its last frame.
        """
        if self._thread is None:
            yield from self.source.frames()
            return
        while (frame := self._buffer.take()) is not None:
            yield frame

    def take(self, timeout_s: float) -> Frame | None:
        """The next frame, for a consumer that has other things to do; live sources only.

        Args:
            timeout_s: seconds to wait for it.

        Returns:
            None once the source has ended, or after `close`.

        Raises:
            TimeoutError: if none came in time.
            BadVideo: what the source ended with, after its last frame.
        """
        return self._buffer.take(timeout_s)

    def close(self) -> None:
        """Stop reading and let go of the source. No frame comes after. Safe to call twice."""
        if self._thread is not None:
            self._buffer.close()
        self.source.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> None:
        try:
            for frame in self.source.frames():
                if not self._buffer.put(frame):
                    break
        except BaseException as error:  # noqa: BLE001 - whatever it is, the consumer must hear of it
            self._buffer.end(error)
        else:
            self._buffer.end()

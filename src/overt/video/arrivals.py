"""Packets of a network camera, stamped when they arrive and never left to pile up."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

    from overt.clock import Clock
    from overt.values import CameraId
    from overt.video.decoder import Decoder

MAX_BEHIND_S = 1.0
"""Packets that wait longer to be decoded are dropped, up to the next key frame."""
MAX_WAITING = 250
"""Packets that may wait, whatever their age: a flood must not fill the memory."""
KEY_FRAME_WAIT_S = 20.0
"""How long to wait for a key frame. Streams that refresh line by line never mark one."""


@dataclass(frozen=True)
class Arrival:
    """A packet, and when it came."""

    packet: Packet[VideoStream]
    at: float
    """`Clock.monotonic` when it was here: as it began to arrive, if it is handed on late."""


class Arrivals:
    """Reads a camera in a thread of its own, so that slow decoding never delays the stamps.

    Args:
        decoder: whose `read` is called from the thread; it ends when the decoder is closed.
        camera: names the thread.
        clock: stamps the packets.
        silence_s: seconds after which FFmpeg breaks off a read.
        handed_on_late: whether FFmpeg hands a packet on only when the next one begins, as it does
            with codecs that it parses.
    """

    def __init__(
        self,
        decoder: Decoder,
        camera: CameraId,
        clock: Clock,
        *,
        silence_s: float,
        handed_on_late: bool,
    ) -> None:
        self.dropped = 0
        """Packets dropped: before the first key frame, and since decoding did not keep up."""
        self.fell_silent = False
        """Whether the packets ended since none came in time."""
        self._silence_s = silence_s
        self._handed_on_late = handed_on_late
        self._decoder = decoder
        self._clock = clock
        self._waiting: deque[Arrival] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._error: Exception | None = None
        self._skip_until = clock.monotonic() + KEY_FRAME_WAIT_S
        # A resolver or a TLS library may not come back; that must not keep the program alive.
        self._thread = threading.Thread(target=self._read, name=f"rtsp {camera}", daemon=True)
        self._thread.start()

    def take(self) -> Arrival | None:
        """The oldest packet that waits; None once the camera's packets have ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                return self._waiting.popleft()
        if self._error is not None:
            raise self._error
        return None

    def end(self) -> None:
        """Wake whoever waits in `take`: nothing more comes."""
        with self._changed:
            self._ended = True
            self._waiting.clear()
            self._changed.notify_all()

    def _read(self) -> None:
        try:
            # A packet that is handed on late has been arriving since the last was handed on.
            began = self._clock.monotonic()
            while True:
                asked = time.monotonic()
                packet = self._decoder.read()
                # FFmpeg hands on what it had when it breaks off, and would wait once more.
                self.fell_silent = time.monotonic() - asked >= self._silence_s
                if packet is None or self.fell_silent:
                    break
                now = self._clock.monotonic()
                with self._changed:
                    if packet.size and not self._ended:
                        self._admit(Arrival(packet, began if self._handed_on_late else now))
                    self._changed.notify_all()
                began = now
        except Exception as error:  # noqa: BLE001 - whatever it is, the consumer must hear of it
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _admit(self, new: Arrival) -> None:
        waiting = self._waiting
        if waiting and (new.at - waiting[0].at > MAX_BEHIND_S or len(waiting) >= MAX_WAITING):
            self.dropped += len(waiting)
            waiting.clear()
            self._skip_until = new.at + KEY_FRAME_WAIT_S
        if new.packet.is_keyframe:
            self._skip_until = new.at
        if new.at < self._skip_until:
            self.dropped += 1
        else:
            waiting.append(new)

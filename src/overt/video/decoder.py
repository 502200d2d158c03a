"""One video stream, read and decoded packet by packet; closable from another thread."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import av

from overt.video.picture import MAX_PIXELS

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

MAX_DAMAGED_IN_A_ROW = 250
"""Damaged packets without one good picture between them, after which a stream is given up."""
_CLOSE_WAIT_S = 1.0


class Decoder:
    """Reads packets, decodes them, and counts the damaged ones.

    Args:
        container: an open container, which this object closes.
        stream: the video stream in it.
        threads: threads that may decode, 1 or more.
        delay: whether decoding may lag behind reading by as many frames as there are threads.
            Right for a recording, wrong for a live camera.
    """

    def __init__(
        self, container: InputContainer, stream: VideoStream, *, threads: int, delay: bool
    ) -> None:
        self.stream = stream
        self.damaged_packets = 0
        """Packets that were skipped because they, or the picture in them, were damaged."""
        self.last_packet_damaged = False
        """Whether the newest packet was damaged: at the end, a sign of a stream cut short."""
        self.failure: av.FFmpegError | None = None
        """Why reading stopped, if not at the proper end."""
        context = stream.codec_context
        context.thread_type = "AUTO" if delay else "SLICE"
        context.thread_count = threads
        # The decoder itself then refuses a picture larger than its container admits to.
        context.options = {"max_pixels": str(MAX_PIXELS)}
        self._container = container
        self._packets = container.demux(stream)
        self._damaged_in_a_row = 0
        self._closed = False
        self._reading = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def gave_up(self) -> bool:
        """Whether there was too much damage in a row to go on."""
        return self._damaged_in_a_row >= MAX_DAMAGED_IN_A_ROW

    def read(self) -> Packet[VideoStream] | None:
        """The next packet; None at the end, after a failure, or once closed.

        A damaged or unreadable source ends the packets and leaves its error in `failure`.
        """
        with self._reading:
            if self._closed or self.failure is not None or self.gave_up:
                self._container.close()
                return None
            try:
                return next(self._packets, None)
            except av.FFmpegError as error:
                self.failure = error
                return None

    def decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        """The pictures that a packet completes; none if it is damaged.

        A picture that the decoder patched up is left out: part of it is the decoder's guess.
        """
        try:
            frames = packet.decode()
        except av.FFmpegError:
            frames = []
            damaged = True
        else:
            damaged = packet.is_corrupt or any(frame.is_corrupt for frame in frames)
            frames = [frame for frame in frames if not frame.is_corrupt]
        if packet.size or damaged:  # an empty packet only drains the decoder
            self.last_packet_damaged = damaged
        self.damaged_packets += damaged
        if frames:
            self._damaged_in_a_row = 0
        else:
            self._damaged_in_a_row += damaged
        return frames

    def close(self) -> None:
        """Let go of the file or device.

        While another thread waits in `read` for a device that has gone silent, closing is left
        to that thread: freeing what it reads from would crash the process.
        """
        self._closed = True
        if self._reading.acquire(timeout=_CLOSE_WAIT_S):
            try:
                self._container.close()
            finally:
                self._reading.release()

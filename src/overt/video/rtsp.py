"""Network cameras (RTSP). See docs/cameras.md."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

from av.codec.context import Flags

from overt.errors import Misuse
from overt.values import Frame, FrameId
from overt.video.arrivals import Arrivals
from overt.video.decoder import Decoder
from overt.video.live_timeline import LiveTimeline
from overt.video.picture import Pictures, too_large
from overt.video.rtsp_session import Session, Transport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame

    from overt.clock import Clock
    from overt.values import CameraId
    from overt.video.camera_address import CameraAddress

SMEAR_S = 2.0
"""After damage, pictures are built on a broken one until the next key frame: withheld, at most
this long, since some cameras send a key frame only every 20 s."""


class RtspSource:
    """A network camera, from the first picture to the first outage. It never reconnects.

    Args:
        address: where it is, with the credentials.
        camera: the name that the frames carry.
        clock: stamps each frame as it reaches this machine, before it is decoded.
        transport: how the pictures come.
        open_timeout_s: seconds until the camera must have answered and begun to play. Looking up
            the host's name comes on top, and takes as long as the system's resolver takes.
        read_timeout_s: seconds of silence, or for one packet to come whole, after which the
            camera is lost.
        threads: threads that may decode.

    Raises:
        BadVideo: if the camera does not play. `CameraLost` if trying again may help.
        Misuse: if a timeout is not positive.
    """

    live = True
    frames_expected: int | None = None

    def __init__(
        self,
        address: CameraAddress,
        camera: CameraId,
        clock: Clock,
        *,
        transport: Transport = "auto",
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 5.0,
        threads: int = 1,
    ) -> None:
        if not (0 < open_timeout_s < math.inf and 0 < read_timeout_s < math.inf):
            message = "a camera's timeouts must be more than nothing"
            raise Misuse(message)
        self.camera = camera
        self.frames_read = 0
        """Frames handed out so far."""
        self.pictures_withheld = 0
        """Whole pictures not handed out, since they are built on a damaged one."""
        self._session = Session(camera, address, transport, open_timeout_s, read_timeout_s)
        container, stream = self._session.open()
        self._time_base = float(stream.time_base or 0)
        self._pictures = Pictures(stream.sample_aspect_ratio)
        self._timeline = LiveTimeline()
        self._smeared_until = -math.inf
        self._closed = False
        # No waiting for pictures that might belong before this one: cameras send none.
        stream.codec_context.flags |= Flags.low_delay
        self._decoder = Decoder(container, stream, threads=threads, delay=False)
        self._arrivals = Arrivals(
            self._decoder,
            camera,
            clock,
            silence_s=read_timeout_s,
            handed_on_late=stream.codec.canonical_name != "mjpeg",
        )

    @property
    def damaged_packets(self) -> int:
        """Damaged packets skipped so far."""
        return self._decoder.damaged_packets

    @property
    def dropped_packets(self) -> int:
        """Packets never decoded: before the first key frame, or since decoding fell behind."""
        return self._arrivals.dropped

    @property
    def pictures_lost(self) -> int:
        """Packets and pictures that never became frames, for whichever reason."""
        return self.dropped_packets + self.damaged_packets + self.pictures_withheld

    def frames(self) -> Iterator[Frame]:
        """Frames as they come, until the source is closed.

        Raises:
            CameraLost: if the camera ends, breaks off or falls silent.
            BadVideo: if it sends pictures that are too large.
        """
        decoder = self._decoder
        try:
            while not decoder.gave_up and (arrival := self._arrivals.take()) is not None:
                pictures = decoder.decode(arrival.packet)
                if decoder.last_packet_damaged:
                    self._smeared_until = arrival.at + SMEAR_S
                for decoded in pictures:
                    if self._closed:
                        return
                    if frame := self._frame(decoded, arrival.at):
                        yield frame
            if not self._closed:
                self._lose()
        finally:
            self.close()

    def close(self) -> None:
        """Leave the camera; a running `frames` then ends at once and without an error.

        Takes a second at most. A connection that has fallen silent is let go of by the reading
        thread, after the read timeout at most.
        """
        if not self._closed:
            self._closed = True
            self._arrivals.end()
            self._decoder.close()

    def _frame(self, decoded: VideoFrame, arrived_at: float) -> Frame | None:
        stamp_s = None if decoded.pts is None else decoded.pts * self._time_base
        media_s = self._timeline.place(stamp_s, arrived_at)
        if too_large(decoded.width, decoded.height):
            self._session.refuse_size(decoded.width, decoded.height)
        if decoded.key_frame:
            self._smeared_until = -math.inf
        if arrived_at < self._smeared_until:
            self.pictures_withheld += 1
            return None
        image = self._pictures.picture(decoded)
        frame_id = FrameId(self.camera, self.frames_read)
        self.frames_read += 1
        return Frame(frame_id, image, media_s, arrived_at)

    def _lose(self) -> NoReturn:
        decoder = self._decoder
        if decoder.gave_up:
            reason = "too much of the video came damaged"
        elif self._arrivals.fell_silent:
            reason = f"nothing whole came for {self._session.read_timeout_s:g} s"
        elif decoder.failure is not None:
            reason = "the connection broke"
        else:
            reason = "the camera ended the stream"
        self._session.lose(f"lost after {self.frames_read} frames: {reason}")

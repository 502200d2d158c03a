"""Recordings and animated GIFs: every frame, in strict order. A trial's source only (N6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av

from overt.values import Frame, FrameId
from overt.video.decoder import Decoder
from overt.video.file_end import cut_short
from overt.video.picture import MAX_PIXELS, Pictures, too_large
from overt.video.recording_file import open_recording, refuse, refuse_size
from overt.video.timeline import Timeline, believable_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from overt.clock import Clock
    from overt.values import CameraId


class RecordedSource:
    """A video file. Frames come as fast as they are asked for.

    Args:
        path: the file; always a local path, whatever it looks like.
        camera: the name that the frames carry.
        clock: stamps each frame as it is handed out.
        threads: threads that may decode.

    Raises:
        BadVideo: if there is no video to be had from the file.
    """

    live = False

    def __init__(
        self, path: str | Path, camera: CameraId, clock: Clock, *, threads: int = 1
    ) -> None:
        self.camera = camera
        self.path = Path(path)
        self.frames_read = 0
        """Frames handed out so far."""
        self._clock = clock
        container, stream = open_recording(self.path)
        rate = believable_rate(stream.average_rate, stream.guessed_rate)
        self.frames_expected = _frames_expected(container, stream, float(rate))
        self._timeline = Timeline(float(1 / rate))
        self._time_base = float(stream.time_base or 0)
        self._in_coded_order = container.format.name == "avi"
        self._pictures = Pictures(stream.sample_aspect_ratio)
        self._decoder = Decoder(container, stream, threads=threads, delay=True)

    @property
    def damaged_packets(self) -> int:
        """Damaged packets skipped so far, each about one frame that was not seen."""
        return self._decoder.damaged_packets

    def frames(self) -> Iterator[Frame]:
        """Every undamaged frame in order, once.

        Raises:
            BadVideo: after the last readable frame, if the recording held no picture or breaks
                off before its end: a trial must not pass such a recording off as whole.
        """
        reached_s = 0.0
        try:
            while (packet := self._decoder.read()) is not None:
                for decoded in self._decoder.decode(packet):
                    if too_large(decoded.width, decoded.height):
                        refuse_size(self.path, decoded.width, decoded.height)
                    image = self._pictures.picture(decoded)
                    reached_s = self._timeline.place(self._stamp_s(decoded))
                    frame_id = FrameId(self.camera, self.frames_read)
                    self.frames_read += 1
                    yield Frame(frame_id, image, reached_s, self._clock.monotonic())
                    if self._decoder.closed:
                        return
            if not self._decoder.closed:
                self._check_end(reached_s)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the file; a running `frames` then ends without an error."""
        self._decoder.close()

    def _stamp_s(self, decoded: VideoFrame) -> float | None:
        # AVI numbers its packets in coded order; what FFmpeg makes of that as display time is a
        # guess that jumps back and forth around B-frames.
        ticks = decoded.dts if self._in_coded_order else decoded.pts
        return None if ticks is None else ticks * self._time_base

    def _check_end(self, reached_s: float) -> None:
        if self.frames_read == 0:
            refuse(
                self.path,
                "holds no picture that can be decoded",
                "It is empty, damaged throughout, or its pictures are larger than"
                f" {MAX_PIXELS // 1_000_000} megapixels.",
            )
        decoder = self._decoder
        if (
            decoder.failure is not None
            or decoder.gave_up
            or decoder.last_packet_damaged
            or cut_short(self.path)
        ):
            refuse(
                self.path,
                f"breaks off after {self.frames_read} frames ({reached_s:.1f} s)",
                "Copy the recording again, or cut off its damaged end.",
            )


def _frames_expected(container: InputContainer, stream: VideoStream, rate: float) -> int | None:
    if stream.frames > 0:
        return stream.frames
    if stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        seconds = container.duration / av.time_base
    else:
        return None
    return max(1, round(seconds * rate)) if seconds > 0 else None

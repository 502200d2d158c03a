"""Cameras attached to this machine."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NoReturn

import av

from overt.errors import BadVideo, CameraLost
from overt.values import Frame, FrameId
from overt.video.decoder import Decoder
from overt.video.picture import Pictures, too_large
from overt.video.recording_file import printable
from overt.video.timeline import Timeline, believable_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from overt.clock import Clock
    from overt.values import CameraId

_TROUBLE = {
    errno.ENOENT: ("there is no such device", "Is the camera plugged in?"),
    errno.ENODEV: ("there is no such device", "Is the camera plugged in?"),
    errno.ENXIO: ("there is no such device", "Is the camera plugged in?"),
    errno.EBUSY: ("is in use by another program", "Close that program."),
    errno.EACCES: ("may not be opened", "Add this account to the group that owns the device."),
    errno.EPERM: ("may not be opened", "Add this account to the group that owns the device."),
    errno.ENOTTY: ("is not a camera", "Name a device such as /dev/video0."),
    errno.EISDIR: ("is not a camera", "Name a device such as /dev/video0."),
    errno.EINVAL: (
        "does not offer that picture size or rate",
        "Leave them out, or ask for others.",
    ),
}
_MAY_PASS = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EBUSY}
"""Plugging the camera in, or closing the other program, mends it without a change here."""


class DeviceSource:
    """A local camera. Frames come as the camera makes them.

    Args:
        path: the device, such as ``/dev/video0``.
        camera: the name that the frames carry.
        clock: stamps each frame as it reaches this machine, before it is decoded.
        format: FFmpeg's name for the kind of device.
        size: width and height to ask the camera for, pixels; None for its own choice.
        rate: frames a second to ask for; None for the camera's own choice.
        threads: threads that may decode.

    Raises:
        CameraLost: if the device is missing or busy.
        BadVideo: if it is forbidden or no camera.
    """

    live = True
    frames_expected: int | None = None

    def __init__(
        self,
        path: str,
        camera: CameraId,
        clock: Clock,
        *,
        format: str = "v4l2",  # noqa: A002 - FFmpeg's own word
        size: tuple[int, int] | None = None,
        rate: int | None = None,
        threads: int = 1,
    ) -> None:
        self.camera = camera
        self.path = path
        self.frames_read = 0
        """Frames handed out so far."""
        self._clock = clock
        options = {}
        if size is not None:
            options["video_size"] = f"{size[0]}x{size[1]}"
        if rate is not None:
            options["framerate"] = str(rate)
        try:
            container = av.open(path, format=format, container_options=options)
        except (av.FFmpegError, ValueError) as error:
            self._refuse(error)
        try:
            if not container.streams.video:
                self._refuse(None)
            stream = container.streams.video[0]
            if stream.codec_context is None or too_large(stream.width, stream.height):
                self._refuse(None)
            stated = believable_rate(stream.average_rate, stream.guessed_rate)
            self._time_base = float(stream.time_base or 0)
            self._timeline = Timeline(float(1 / stated))
            self._pictures = Pictures(stream.sample_aspect_ratio)
            self._decoder = Decoder(container, stream, threads=threads, delay=False)
        except BaseException:
            container.close()
            raise

    @property
    def damaged_packets(self) -> int:
        """Damaged packets skipped so far."""
        return self._decoder.damaged_packets

    def frames(self) -> Iterator[Frame]:
        """Frames as they come, until the source is closed.

        Raises:
            CameraLost: if the camera stops.
        """
        decoder = self._decoder
        try:
            while (packet := decoder.read()) is not None:
                captured_at = self._clock.monotonic()
                for decoded in decoder.decode(packet):
                    stamp_s = None if decoded.pts is None else decoded.pts * self._time_base
                    media_s = self._timeline.place(stamp_s)
                    if decoder.closed or too_large(decoded.width, decoded.height):
                        continue
                    image = self._pictures.picture(decoded)
                    frame_id = FrameId(self.camera, self.frames_read)
                    self.frames_read += 1
                    yield Frame(frame_id, image, media_s, captured_at)
            if not decoder.closed:
                message = f"{printable(self.path)}: the camera stopped"
                advice = f"It gave {self.frames_read} frames; check its cable and power."
                raise CameraLost(message, advice=advice) from decoder.failure
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the device; a running `frames` then ends without an error."""
        self._decoder.close()

    def _refuse(self, error: Exception | None) -> NoReturn:
        number = getattr(error, "errno", None)
        reason, advice = _TROUBLE.get(
            number or 0, ("is not a camera that can be read", "Name a device such as /dev/video0.")
        )
        message = f"{printable(self.path)}: {reason}"
        kind = CameraLost if number in _MAY_PASS else BadVideo
        raise kind(message, advice=advice) from error

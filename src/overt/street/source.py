"""The generated street behind the ordinary camera interface, and as an encoded file."""

from __future__ import annotations

import csv
import threading
from fractions import Fraction
from typing import TYPE_CHECKING

from overt.errors import BadVideo, Misuse
from overt.street.cast import check_whole
from overt.street.render import Renderer, passes
from overt.values import Frame, FrameId

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from overt.clock import Clock
    from overt.street.scene import Scene
    from overt.street.truth import Pass, Presence
    from overt.values import CameraId

SPARE_S = 0.02
"""A live frame that is due later than this leaves time to prepare."""
SCENE_MARK = "The generated street of Overt: people who do not exist"
"""Stands as comment in the files that `write_video` writes."""
TRUTH_COLUMNS = ("track_start_s", "track_end_s", "person")


class SceneSource:
    """A camera that looks down the generated street: a `video.source.Source`.

    Args:
        camera: its name.
        scene: what it sees.
        clock: stamps the frames; paces nothing.
        live: True paces the frames in real time and drops none itself, which is for the buffer
            behind it to do; False gives each as soon as it is asked for.

    The truth of the frames given so far stands in `presences`.
    """

    def __init__(self, camera: CameraId, scene: Scene, clock: Clock, *, live: bool) -> None:
        self.camera = camera
        self.live = live
        self.frames_expected: int | None = scene.options.frames
        self.scene = scene
        self.presences: list[tuple[Presence, ...]] = []
        self._clock = clock
        self._closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        """Each frame of the scene, until it ends or the source is closed.

        Raises:
            BadVideo: if the source was closed before.
        """
        if self._closed.is_set():
            msg = f"the generated camera {self.camera} was closed"
            raise BadVideo(msg)
        renderer = Renderer(self.scene)
        rate = self.scene.options.rate
        self.presences.clear()
        start: float | None = None
        for index in range(self.scene.options.frames):
            image, present = renderer.frame(index)
            if start is None:  # the first picture takes longest, and is nobody's lateness
                start = self._clock.monotonic()
            if self.live:
                self._wait(renderer, start + index / rate, index / rate)
            if self._closed.is_set():
                return
            self.presences.append(present)
            yield Frame(FrameId(self.camera, index), image, index / rate, self._clock.monotonic())

    def _wait(self, renderer: Renderer, due: float, media_s: float) -> None:
        """Until a frame is due, painting in the meantime who comes next."""
        while (ahead := due - self._clock.monotonic()) > SPARE_S and renderer.prepare(media_s):
            pass
        if ahead > 0:
            self._closed.wait(ahead)

    def passes(self) -> tuple[Pass, ...]:
        """Who went through the zone of recognition in the frames given so far."""
        return passes(self.scene, self.presences)

    def close(self) -> None:
        """Stop. Safe to call twice, and from another thread."""
        self._closed.set()


def write_video(
    scene: Scene,
    path: Path,
    *,
    quality: int = 23,
    progress: Callable[[int], None] | None = None,
) -> tuple[Pass, ...]:
    """Write a scene as H.264, whole or not at all.

    Args:
        scene: what to write.
        path: `.mp4` or `.mkv`.
        quality: H.264's constant rate factor, 0 (no loss) to 51 (worst).
        progress: told how many frames are written.

    Returns:
        Who went through the zone of recognition.

    Raises:
        Misuse: if the suffix or quality is unknown, or a side is odd.
        BadVideo: if the file cannot be written.
    """
    import av  # noqa: PLC0415 - only those who write files need a codec

    check_whole("quality", quality, 0, 51)
    if path.suffix not in {".mp4", ".mkv"}:
        msg = f"{path} is neither .mp4 nor .mkv"
        raise Misuse(msg)
    options = scene.options
    if options.width % 2 or options.height % 2:
        msg = f"{options.width}x{options.height} cannot be written as H.264"
        raise Misuse(msg, advice="Use even sides")
    renderer = Renderer(scene)
    present: list[tuple[Presence, ...]] = []
    partial = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with av.open(str(partial), "w") as container:
            container.metadata["comment"] = SCENE_MARK
            rate = Fraction(options.rate).limit_denominator(1001)
            stream = container.add_stream("libx264", rate=rate)
            stream.width, stream.height, stream.pix_fmt = options.width, options.height, "yuv420p"
            stream.options = {"crf": str(quality), "preset": "veryfast"}
            for index in range(options.frames):
                image, everyone = renderer.frame(index)
                present.append(everyone)
                picture = av.VideoFrame.from_ndarray(image, format="rgb24")
                for packet in stream.encode(picture):
                    container.mux(packet)
                if progress:
                    progress(index + 1)
            for packet in stream.encode():
                container.mux(packet)
        partial.replace(path)
    except (OSError, av.FFmpegError) as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise BadVideo(msg) from None
    finally:
        partial.unlink(missing_ok=True)
    return passes(scene, present)


def is_written_scene(path: Path) -> bool:
    """Whether a file says of itself that `write_video` wrote it.

    Raises:
        BadVideo: if it cannot be read.
    """
    import av  # noqa: PLC0415 - as above

    form = "mp4" if path.suffix == ".mp4" else "matroska"
    try:
        with av.open(str(path), format=form, metadata_errors="replace") as container:
            return SCENE_MARK in container.metadata.values()
    except (OSError, av.FFmpegError) as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise BadVideo(msg) from None


def write_truth(found: tuple[Pass, ...], path: Path, name: Callable[[int], str]) -> None:
    """Write who passed and when, as `overt trial run --truth` reads it.

    Args:
        found: the passes.
        path: CSV.
        name: a person's number to their name on the list, or "" for who is on none.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(TRUTH_COLUMNS)
        for one in found:
            rows.writerow((f"{one.start_s:.3f}", f"{one.end_s:.3f}", name(one.person)))

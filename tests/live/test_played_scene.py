from __future__ import annotations

import time
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from overt.clock import RealClock
from overt.errors import BadVideo
from overt.live.played_scene import PlayedScene, played_scene
from overt.street.cast import Cast
from overt.street.scene import Scene, SceneOptions
from overt.street.source import is_written_scene, write_video
from overt.values import CameraId

if TYPE_CHECKING:
    from pathlib import Path

CAMERA = CameraId("gate")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scene") / "street.mp4"
    options = SceneOptions(width=320, height=180, rate=10, seconds=1.0)
    write_video(Scene(Cast(1), [1], options), path)
    return path


def test_a_written_scene_is_played_at_its_pace_over_and_over(scene: Path) -> None:
    clock = RealClock()
    at_s = clock.monotonic() + 0.5
    source = played_scene(CAMERA, clock, path=str(scene), rate=10.0, first_at_s=at_s, loops=2)
    given = [(frame, clock.monotonic()) for frame in source.frames()]
    assert source.live
    assert [frame.id.index for frame, _ in given] == list(range(20))
    assert [round(frame.captured_at - at_s, 6) for frame, _ in given] == [
        round(index / 10, 6) for index in range(20)
    ]
    # Stamped when it is due, and never given before.
    assert all(got_s >= frame.captured_at for frame, got_s in given)
    assert given[0][0].image.shape == (180, 320, 3)
    assert np.array_equal(given[3][0].image, given[13][0].image)


def test_closing_ends_the_wait_for_a_frame(scene: Path) -> None:
    source = PlayedScene(scene, CAMERA, RealClock(), rate=0.1)
    frames = source.frames()
    next(frames)
    source.close()
    began = time.monotonic()
    assert next(frames, None) is None
    assert time.monotonic() - began < 5


def test_a_recording_of_anything_else_is_refused(tmp_path: Path, scene: Path) -> None:  # N6
    path = tmp_path / "street.mp4"
    with av.open(str(scene)) as played, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(played.streams.video[0])
        for packet in played.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    assert is_written_scene(scene)
    assert not is_written_scene(path)
    with pytest.raises(BadVideo, match=r"N6: .*street.mp4 is no generated scene"):
        PlayedScene(path, CAMERA, RealClock(), rate=10)
    with pytest.raises(BadVideo, match="cannot be read"):
        PlayedScene(tmp_path / "absent.mp4", CAMERA, RealClock(), rate=10)

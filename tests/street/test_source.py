"""The generated camera behind the ordinary interface, and as a file."""

from __future__ import annotations

import csv
import threading
import time
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from overt.assess.truth import read_truth
from overt.clock import ManualClock, RealClock
from overt.errors import BadVideo, Misuse
from overt.street.cast import Cast
from overt.street.render import Renderer
from overt.street.scene import Scene, SceneOptions
from overt.street.source import SceneSource, write_truth, write_video
from overt.values import CameraId, EntryId

if TYPE_CHECKING:
    from pathlib import Path

    from overt.video.source import Source

CAMERA = CameraId("street")


@pytest.fixture(scope="module")
def scene() -> Scene:
    options = SceneOptions(width=320, height=240, rate=10, seconds=2, bystanders_per_minute=0)
    return Scene(Cast(1), [3], options)


def test_recorded_frames_come_in_order_with_their_times(scene: Scene) -> None:
    source: Source = SceneSource(CAMERA, scene, ManualClock(seconds=50.0), live=False)
    frames = list(source.frames())
    assert source.frames_expected == len(frames) == 20
    assert [f.id.index for f in frames] == list(range(20))
    assert [f.media_s for f in frames] == pytest.approx([i / 10 for i in range(20)])
    assert all(f.captured_at == 50.0 and f.id.camera == CAMERA for f in frames)
    np.testing.assert_array_equal(frames[7].image, Renderer(scene).frame(7)[0])


def test_live_frames_come_in_real_time(scene: Scene) -> None:
    source = SceneSource(CAMERA, scene, RealClock(), live=True)
    start = time.monotonic()
    stamps = [frame.captured_at for frame in source.frames()]
    assert time.monotonic() - start >= 1.85
    assert len(stamps) == 20
    assert all(stamp >= start + i / 10 - 0.02 for i, stamp in enumerate(stamps))


def test_closing_from_another_thread_ends_the_frames(scene: Scene) -> None:
    source = SceneSource(CAMERA, scene, RealClock(), live=True)
    timer = threading.Timer(0.4, source.close)
    timer.start()
    count = sum(1 for _ in source.frames())
    timer.join()
    assert count < 20
    source.close()
    with pytest.raises(BadVideo, match="was closed"):
        next(source.frames())


def test_truth_is_there_for_every_frame_given(scene: Scene) -> None:
    source = SceneSource(CAMERA, scene, ManualClock(), live=False)
    frames = source.frames()
    for expected in range(1, 4):
        next(frames)
        assert len(source.presences) == expected


def test_file_holds_every_frame_and_its_truth_reads_back(tmp_path: Path) -> None:
    options = SceneOptions(
        width=640,
        height=360,
        rate=5,
        seconds=20,
        bystanders_per_minute=0,
        zone_inter_eye_px=12,
    )
    scene = Scene(Cast(1), [3, 9], options)
    written: list[int] = []
    found = write_video(scene, tmp_path / "street.mp4", progress=written.append)
    assert written == list(range(1, 101))
    with av.open(str(tmp_path / "street.mp4")) as container:
        frames = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]
    assert len(frames) == 100
    original = Renderer(scene).frame(50)[0].astype(float)
    assert np.abs(frames[50] - original).mean() < 6
    assert {p.person for p in found} == {3, 9}
    write_truth(found, tmp_path / "truth.csv", lambda k: "anna" if k == 3 else "")
    rows = read_truth(tmp_path / "truth.csv", {EntryId("anna")})
    assert sorted(row.person or "" for row in rows) == ["", "anna"]
    assert [p.name for p in tmp_path.iterdir() if "part" in p.name] == []


@pytest.mark.parametrize("name", ["street.avi", "street"])
def test_unknown_suffix_is_refused(scene: Scene, tmp_path: Path, name: str) -> None:
    with pytest.raises(Misuse, match=r"neither \.mp4 nor \.mkv"):
        write_video(scene, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_odd_sides_and_bad_quality_are_refused(tmp_path: Path) -> None:
    odd = Scene(Cast(0), [], SceneOptions(width=321, height=240, seconds=1))
    with pytest.raises(Misuse, match="Use even sides"):
        write_video(odd, tmp_path / "a.mp4")
    with pytest.raises(Misuse, match="quality = 52"):
        write_video(odd, tmp_path / "a.mp4", quality=52)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there_is_refused(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(BadVideo, match=r"a\.mp4 cannot be written"):
        write_video(scene, tmp_path / "nowhere" / "a.mp4")


def test_interrupted_writing_leaves_no_file(scene: Scene, tmp_path: Path) -> None:
    def interrupt(count: int) -> None:
        if count == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_video(scene, tmp_path / "a.mp4", progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_truth_file_has_the_columns_that_a_trial_reads(tmp_path: Path) -> None:
    write_truth((), tmp_path / "t.csv", str)
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == ["track_start_s", "track_end_s", "person"]

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.faces.best_frames import Effort
from overt.faces.crop import cut_out
from overt.faces.embedder import Embedder
from overt.faces.look import Looked
from overt.faces.packs.manifest import RecogniserSpec
from overt.faces.path import HURRIED_EMBEDDINGS, AlignPoints, FacePath
from overt.faces.stillness import Stillness
from overt.faces.tracker import Tracker
from overt.faces.zone import Zone
from overt.values import Box, CameraId, Face, Frame, FrameId, Landmarks, Point

if TYPE_CHECKING:
    from overt.values import Sighting

CHIP = np.array([(48, 47), (102, 46), (75, 79), (51, 105), (98, 104)], np.float64)
CAMERA = CameraId("camera-1")


def face_at(x: float, y: float, size: float = 1.0, confidence: float = 0.9) -> Face:
    """A face whose chip is `size` times the chip's resolution, its corner at (x, y)."""
    points = CHIP * size + [x, y]
    box = Box(x + 20 * size, y + 15 * size, x + 130 * size, y + 140 * size)
    return Face(box, Landmarks(*(Point(*p) for p in points.tolist())), confidence)


class Script:
    """A detector that finds what the script says, frame after frame."""

    def __init__(self, *frames: list[Face]) -> None:
        self.frames = list(frames)

    def detect(self, image: np.ndarray) -> list[Face]:
        return self.frames.pop(0)


class Averages:
    """A recogniser whose vector tells the chip's mean colour; counts what it was asked."""

    identity, precision, busy_s, calls = "averages", "fp32", 0.0, 0

    def __init__(self) -> None:
        self.chips = 0

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        self.chips += len(batch)
        means = batch.mean(axis=(2, 3))
        return (np.hstack([means, np.full((len(batch), 13), 10.0)]).astype(np.float32),)

    def close(self) -> None: ...


def embedder(network: Averages, *, mirror: bool = False) -> Embedder:
    return Embedder(
        RecogniserSpec.model_validate(
            {
                "chip_px": 150,
                "points": {"default": tuple(map(tuple, CHIP.tolist()))},
                "colour": "rgb",
                "mean": (0.0, 0.0, 0.0),
                "scale": 1.0,
                "mirror": mirror,
                "template_length": 16,
            }
        ),
        network,
    )


def path_over(
    *frames: list[Face], effort: Effort | None = None, refiner: Enlarges | None = None
) -> tuple[FacePath, Averages]:
    network = Averages()
    made = FacePath(
        CAMERA,
        detector=Script(*frames),
        refiner=refiner,
        tracker=Tracker(),
        embedder=embedder(network),
        align_points=AlignPoints(CHIP, 150),
        model="test",
        effort=effort,
    )
    return made, network


TEXTURE = np.random.default_rng(1).integers(60, 200, (400, 900, 3), np.uint8)


def run(path: FacePath, count: int, *, rate: float = 25.0) -> list[Sighting]:
    sightings = []
    for i in range(count):
        frame = Frame(FrameId(CAMERA, i), TEXTURE, i / rate, 100 + i / rate)
        sightings += path.process(frame)
    return sightings + path.finish()


def test_one_walker_is_one_track_with_a_bounded_number_of_embeddings() -> None:
    walk = [[face_at(5 * i, 50)] for i in range(100)]
    path, network = path_over(*walk, effort=Effort(keep=4, most=8))
    sightings = run(path, 100)
    assert path.counts.tracks == path.counts.tracks_ended == 1
    assert path.counts.unassessable == 0
    assert network.chips == path.counts.embedded <= 8
    assert {s.track for s in sightings} == {sightings[0].track}
    assert [s.revision for s in sightings] == list(range(len(sightings)))
    assert sightings[0].frames_used == 3  # the default of `first_after`
    assert np.linalg.norm(sightings[-1].template.vector) == pytest.approx(1, abs=1e-5)


def test_the_first_sighting_comes_soon_and_names_its_newest_frame() -> None:
    path, _ = path_over(*[[face_at(5 * i, 50)] for i in range(50)])
    first = run(path, 50)[0]
    assert first.media_s <= 0.04 + 3 * 0.16
    assert first.captured_at == pytest.approx(100 + first.media_s)
    assert first.first_media_s == pytest.approx(0.04)


def test_someone_who_is_gone_at_once_is_still_searched() -> None:
    path, _ = path_over(*[[face_at(5 * i, 50)] if i < 3 else [] for i in range(60)])
    sightings = run(path, 60)
    assert len(sightings) == 1
    assert sightings[0].frames_used < 3
    assert path.counts.tracks_ended == 1


def test_a_face_too_small_is_counted_and_never_embedded() -> None:
    path, network = path_over(*[[face_at(5 * i, 50, size=0.2)] for i in range(40)])
    assert run(path, 40) == []
    assert network.chips == 0
    assert path.counts.unassessable == path.counts.tracks == 1
    assert path.problems["too few pixels between the eyes"] > 0


def test_the_best_frame_of_somebody_who_comes_closer_is_never_missed() -> None:
    sizes = [0.4 * 1.02**i for i in range(45)]
    path, network = path_over(*[[face_at(5 * i, 50, size)] for i, size in enumerate(sizes)])
    best = max(sighting.best_quality.score for sighting in run(path, 45))
    judge = path_over()[0]._judge
    frame = Frame(FrameId(CAMERA, 0), TEXTURE, 0, 0)
    scores = [judge(frame, face_at(5 * i, 50, size))[1].score for i, size in enumerate(sizes)]
    assert best >= max(scores) / Effort().record_gain
    assert network.chips < 40


class Enlarges:
    """A closer look that finds every face half as large again, and so better."""

    def refine(self, image: np.ndarray, face: Face) -> Face:
        points = np.array(face.landmarks.points)
        points = points.mean(axis=0) + 1.5 * (points - points.mean(axis=0))
        return replace(face, landmarks=Landmarks(*(Point(*p) for p in points.tolist())))


def test_a_frame_is_compared_with_the_best_as_both_were_before_the_closer_look() -> None:
    growing = [[face_at(100, 50, size)] for size in (0.5, 0.5, 0.55)]
    path, network = path_over(*growing, refiner=Enlarges())
    best = run(path, 3)[-1].best_quality
    assert network.chips == 2  # the last frame beats the one just before it, so it is not passed
    assert best.inter_eye_px == pytest.approx(1.5 * 0.55 * 54, abs=0.5)


def test_two_people_side_by_side_are_two_tracks() -> None:
    path, _ = path_over(*[[face_at(5 * i, 20), face_at(5 * i + 300, 40)] for i in range(30)])
    sightings = run(path, 30)
    assert path.counts.tracks == 2
    assert len({s.track for s in sightings}) == 2


def test_a_short_occlusion_does_not_break_a_track_and_a_long_one_does() -> None:
    def walk(gap: int) -> int:
        frames = [[] if 20 <= i < 20 + gap else [face_at(3 * i, 50)] for i in range(100)]
        path, _ = path_over(*frames)
        run(path, 100)
        return path.counts.tracks

    assert walk(gap=10) == 1
    assert walk(gap=45) == 2


def test_tracks_are_forgotten_when_they_end() -> None:
    path, _ = path_over(*[[face_at(5 * i, 50)] if i < 20 else [] for i in range(80)])
    for i in range(80):
        path.process(Frame(FrameId(CAMERA, i), TEXTURE, i / 25, i / 25))
    assert not path._tracks


def test_nothing_at_all_gives_nothing_at_all() -> None:
    path, network = path_over(*[[] for _ in range(5)])
    assert run(path, 5) == []
    assert network.chips == 0


def test_the_mirrored_chip_is_averaged_in() -> None:
    network = Averages()
    chip = np.zeros((150, 150, 3), np.uint8)
    chip[:, :75] = 200
    plain = embedder(Averages()).embed([chip, chip])
    mirrored = embedder(network, mirror=True).embed([chip, chip])
    assert network.chips == 4
    assert plain.shape == mirrored.shape == (2, 16)
    assert mirrored == pytest.approx(plain, abs=1e-6)  # the mean colour has no side


def test_a_crop_shows_one_face_and_blurs_its_neighbours() -> None:
    image = TEXTURE.copy()
    own, other = face_at(100, 50), face_at(215, 60)
    plain = cut_out(image, own)
    blurred = cut_out(image, own, [other])
    assert plain.shape == blurred.shape
    assert max(plain.shape) <= 256
    changed = np.abs(plain.astype(int) - blurred).max(axis=2) > 0
    columns = np.flatnonzero(changed.any(axis=0))
    assert columns.size
    assert columns.min() > plain.shape[1] // 2  # only the neighbour's side
    assert (image == TEXTURE).all()  # the frame itself is left alone


def test_a_box_outside_the_picture_still_gives_a_crop() -> None:
    assert cut_out(TEXTURE, face_at(-400, -400)).size
    assert cut_out(TEXTURE, face_at(5_000, 5_000)).size


class Parts(Script):
    """A scripted detector that is shown a part of the picture, and remembers which."""

    def __init__(self, *frames: list[Face]) -> None:
        super().__init__(*frames)
        self.shown: list[tuple[tuple[int, ...], tuple[int, int]]] = []

    def detect(self, image: np.ndarray, *, part_of: tuple[int, int] | None = None) -> list[Face]:
        assert part_of is not None
        self.shown.append((image.shape[:2], part_of))
        return super().detect(image)


ZONE = Zone(((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)))


def zoned(detector: Parts) -> tuple[FacePath, Averages]:
    network = Averages()
    made = FacePath(
        CAMERA,
        detector=detector,
        tracker=Tracker(),
        embedder=embedder(network),
        align_points=AlignPoints(CHIP, 150),
        model="test",
        zone=ZONE,
    )
    return made, network


def test_a_face_outside_the_zone_is_counted_and_never_tracked_or_embedded() -> None:
    # In the part that is shown, which begins at 405: its middle is at most at 440, the zone at 450.
    detector = Parts(*[[face_at(-75 + i, 50)] for i in range(30)])
    path, network = zoned(detector)
    assert run(path, 30) == []
    assert network.chips == 0
    assert (path.counts.outside_zone, path.counts.faces, path.counts.tracks) == (30, 0, 0)


def test_only_the_zone_and_its_margin_are_looked_at_and_faces_lie_in_the_whole_picture() -> None:
    detector = Parts(*[[face_at(200 + i, 50)] for i in range(30)])
    path, network = zoned(detector)
    sightings = run(path, 30)
    assert set(detector.shown) == {((400, 495), (400, 900))}
    assert network.chips > 0
    box = sightings[-1].crops[0].box
    assert box.left == pytest.approx(405 + 200 + 20, abs=30)  # as `face_at` draws it


def test_a_crop_blurs_whoever_stands_outside_the_zone() -> None:
    inside, outside = face_at(60, 50), face_at(-60, 60)
    alone, _ = zoned(Parts(*[[inside]] * 10))
    beside, _ = zoned(Parts(*[[inside, outside]] * 10))
    one, two = run(alone, 10)[-1].crops[0].image, run(beside, 10)[-1].crops[0].image
    assert one.shape == two.shape
    changed = np.flatnonzero((one != two).any(axis=(0, 2)))
    assert changed.size
    assert changed.max() < one.shape[1] // 2  # only the neighbour's side


def test_in_a_hurry_those_never_searched_come_first_and_few_are_embedded_at_once() -> None:
    row = [face_at(10 + 110 * i, 50 + 120 * (i % 2), size=0.6) for i in range(7)]
    easy, network = path_over(*[row] * 40)
    run(easy, 3)
    assert network.chips >= 2 * 7 - 7  # every face at once
    hurried, network = path_over(*[row] * 40)
    hurried.hurried = True
    spoken = []
    for i in range(40):
        before = network.chips
        frame = Frame(FrameId(CAMERA, i), TEXTURE, i / 8, 100 + i / 8)
        spoken += hurried.process(frame)
        assert network.chips - before <= HURRIED_EMBEDDINGS
    first = [one for one in spoken if one.revision == 0]
    assert len({one.track for one in first}) == len(first) == hurried.counts.tracks == 7
    # In groups of `HURRIED_EMBEDDINGS`, each 3 frames long, from the second frame on.
    groups = -(-7 // HURRIED_EMBEDDINGS)
    assert max(round(one.media_s * 8) for one in first) <= 3 * groups


def test_still_frames_are_passed_over_until_somebody_comes_or_it_has_been_long() -> None:
    network = Averages()
    script = Script(*[[] for _ in range(100)])
    path = FacePath(
        CAMERA,
        detector=script,
        tracker=Tracker(),
        embedder=embedder(network),
        align_points=AlignPoints(CHIP, 150),
        model="test",
        stillness=Stillness(),
    )
    looked_at = []
    for i in range(50):
        image = TEXTURE.copy()
        if i == 20:
            image[100:160, 300:350] = 255  # somebody
        before = path.counts.frames
        path.process(Frame(FrameId(CAMERA, i), image, i / 25, 100 + i / 25))
        if path.counts.frames > before:
            looked_at.append(i)
    assert 20 in looked_at
    assert path.counts.still == 50 - len(looked_at) > 30
    assert max(np.diff(looked_at)) <= 0.4 * 25 + 1


def test_while_anybody_is_tracked_no_frame_is_passed_over() -> None:
    path = FacePath(
        CAMERA,
        detector=Script(*[[face_at(100, 50)]] * 60),
        tracker=Tracker(),
        embedder=embedder(Averages()),
        align_points=AlignPoints(CHIP, 150),
        model="test",
        stillness=Stillness(),
    )
    run(path, 60)  # the picture itself never changes
    assert (path.counts.frames, path.counts.still) == (60, 0)


def test_a_track_that_is_lost_from_sight_ends_in_its_time_before_a_still_scene() -> None:
    seen = [[face_at(100, 50)]] * 20 + [[]] * 100
    path = FacePath(
        CAMERA,
        detector=Script(*seen),
        tracker=Tracker(keep_lost_s=1.0),
        embedder=embedder(Averages()),
        align_points=AlignPoints(CHIP, 150),
        model="test",
        stillness=Stillness(),
    )
    for i in range(20 + 25):  # the face is gone for a second; its track is not
        path.process(Frame(FrameId(CAMERA, i), TEXTURE, i / 25, 100 + i / 25))
    assert (path.counts.frames, path.counts.still) == (45, 0)
    for i in range(45, 60):
        path.process(Frame(FrameId(CAMERA, i), TEXTURE, i / 25, 100 + i / 25))
    assert path.counts.tracks_ended == 1
    assert path.counts.still > 0


def test_a_look_ahead_and_by_another_thread_changes_nothing() -> None:
    walk = [[face_at(5 * i, 50), face_at(5 * i + 300, 40)] for i in range(40)]
    alone, _ = zoned(Parts(*walk))
    ahead, _ = zoned(Parts())
    frames = [Frame(FrameId(CAMERA, i), TEXTURE, i / 25, 100 + i / 25) for i in range(40)]
    finder = Parts(*walk)
    looked: list[Looked] = []
    thread = threading.Thread(target=lambda: looked.extend(ahead.look(f, finder) for f in frames))
    thread.start()
    thread.join()
    assert any(one.outside for one in looked)
    one = [s for f in frames for s in alone.process(f)]
    other = [s for f, found in zip(frames, looked, strict=True) for s in ahead.process(f, found)]
    assert alone.counts == ahead.counts
    assert [(s.track, s.revision, s.media_s) for s in one] == [
        (s.track, s.revision, s.media_s) for s in other
    ]
    assert all(
        (a.template.vector == b.template.vector).all() for a, b in zip(one, other, strict=True)
    )


def test_a_frame_that_was_passed_over_ahead_is_counted_as_still() -> None:
    path, _ = path_over()
    frame = Frame(FrameId(CAMERA, 0), TEXTURE, 0, 0)
    assert path.process(frame, Looked([], [], passed_over=True)) == []
    assert (path.counts.still, path.counts.frames) == (1, 0)

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from overt.config import Config
from overt.faces.refiner import LOOK_PX, Refiner
from overt.live.engine import open_engine
from overt.values import Box, Face, Landmarks, Point

if TYPE_CHECKING:
    from pathlib import Path

FIVE = np.array([(48, 47), (102, 46), (75, 79), (51, 105), (98, 104)], np.float64) / 150


def face_at(x: float, y: float, size: float, moved: float = 0.0) -> Face:
    points = FIVE * size + [x + moved, y]
    return Face(
        Box(x, y, x + size, y + size), Landmarks(*(Point(*p) for p in points.tolist())), 0.9
    )


class Answers:
    """Finds what it is told to find; keeps what it was shown."""

    def __init__(self, *faces: Face) -> None:
        self.faces = list(faces)
        self.shown: list[np.ndarray] = []

    def detect(self, image: np.ndarray) -> list[Face]:
        self.shown.append(image)
        return self.faces


def in_look(face: Face, truth: Face) -> Face:
    """Where `truth` appears in the closer look that is taken at `face`."""
    side = round(max(face.box.width, face.box.height) * 2)
    left = round((face.box.left + face.box.right - side) / 2)
    top = round((face.box.top + face.box.bottom - side) / 2)
    zoom = LOOK_PX / side
    points = [((x - left + 0.5) * zoom - 0.5, (y - top + 0.5) * zoom - 0.5)
              for x, y in truth.landmarks.points]  # fmt: skip
    return Face(Box(0, 0, 1, 1), Landmarks(*(Point(*p) for p in points)), 0.8)


FRAME = np.zeros((1080, 1920, 3), np.uint8)


def test_points_found_in_the_closer_look_come_back_to_their_place_in_the_frame() -> None:
    rough, exact = face_at(500, 300, 60, moved=2), face_at(500, 300, 60)
    finder = Answers(in_look(rough, exact))
    refined = Refiner(finder, 640).refine(FRAME, rough)
    assert finder.shown[0].shape == (LOOK_PX, LOOK_PX, 3)
    assert np.array(refined.landmarks.points) == pytest.approx(np.array(exact.landmarks.points))
    assert refined.box == rough.box


def test_a_face_of_somebody_beside_is_not_taken_for_it() -> None:
    rough = face_at(500, 300, 60)
    neighbour = face_at(535, 300, 60)
    assert Refiner(Answers(in_look(rough, neighbour)), 640).refine(FRAME, rough) is rough
    both = Answers(in_look(rough, neighbour), in_look(rough, face_at(501, 300, 60)))
    assert Refiner(both, 640).refine(FRAME, rough).landmarks.nose.x == pytest.approx(531)


def test_nothing_found_leaves_the_face_as_it_was() -> None:
    rough = face_at(500, 300, 60)
    assert Refiner(Answers(), 640).refine(FRAME, rough) is rough


def test_a_face_that_was_large_in_the_detector_is_not_looked_at_again() -> None:
    finder = Answers()
    Refiner(finder, 640).refine(FRAME, face_at(500, 300, 300))
    Refiner(finder, 1920).refine(FRAME, face_at(500, 300, 100))
    assert finder.shown == []


@pytest.mark.parametrize("corner", [(-40, -40), (1890, 1050), (1890, -30)])
def test_a_face_at_the_edge_is_looked_at_with_black_around(corner: tuple[int, int]) -> None:
    finder = Answers()
    bright = np.full_like(FRAME, 200)
    Refiner(finder, 640).refine(bright, face_at(*corner, 60))
    look = finder.shown[0]
    assert look.min() == 0
    assert look.max() == 200


@pytest.mark.shared_data
def test_real_landmarks_of_small_faces_come_closer_to_those_of_the_full_picture(
    shared_data: Path,
) -> None:
    engine = open_engine(Config())
    with av.open(str(shared_data / "video" / "arcade.mp4")) as clip:
        image = next(clip.decode(video=0)).to_ndarray(format="rgb24")
    exact = [face for face in engine.detector(1920).detect(image) if face.confidence > 0.7]
    refiner = Refiner(engine.detector(LOOK_PX), 640)
    before, after = [], []
    for rough in engine.detector(640).detect(image):
        for true in exact:
            if abs(true.box.left - rough.box.left) + abs(true.box.top - rough.box.top) < 20:
                wanted = np.array(true.landmarks.points)
                size = true.landmarks.inter_eye_px
                refined = refiner.refine(image, rough)
                before.append(np.abs(np.array(rough.landmarks.points) - wanted).mean() / size)
                after.append(np.abs(np.array(refined.landmarks.points) - wanted).mean() / size)
    engine.close()
    assert len(after) >= 4
    assert np.mean(after) < np.mean(before)

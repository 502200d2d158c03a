from __future__ import annotations

from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overt.config import Config
from overt.errors import BadModel, Misuse
from overt.faces.decoders import MAX_CANDIDATES, Detections, decode_centerface, decode_yunet
from overt.faces.detector import Detector, suppress_overlaps
from overt.faces.packs.manifest import DetectorSpec
from overt.live.engine import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from overt.live.engine import Engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_engine(Config())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def arcade_frame(shared_data: Path) -> np.ndarray:
    with av.open(str(shared_data / "video" / "arcade.mp4")) as clip:
        return next(clip.decode(video=0)).to_ndarray(format="rgb24")


class Silent:
    """A network that answers with what it was given to answer; keeps what it was shown."""

    identity, precision, busy_s, calls = "silent", "fp32", 0.0, 0

    def __init__(self, *outputs: np.ndarray) -> None:
        self.outputs = outputs
        self.shown: list[np.ndarray] = []

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        self.shown.append(batch.copy())
        return self.outputs

    def close(self) -> None: ...


def spec(**changes: object) -> DetectorSpec:
    settings = {
        "decoder": "centerface",
        "colour": "rgb",
        "mean": (0.0, 0.0, 0.0),
        "scale": 1.0,
        "multiple_of": 32,
    }
    return DetectorSpec.model_validate(settings | changes)


def centerface_maps(height: int, width: int) -> list[np.ndarray]:
    return [np.zeros((1, n, height // 4, width // 4), np.float32) for n in (1, 2, 2, 10)]


def test_a_planted_centerface_cell_is_decoded_where_it_was_planted() -> None:
    heat, size, offset, marks = centerface_maps(64, 96)
    heat[0, 0, 5, 7] = 0.9
    size[0, :, 5, 7] = np.log([20 / 4, 12 / 4])  # height, width
    offset[0, :, 5, 7] = (0.25, -0.25)
    marks[0, :, 5, 7] = [0.3, 0.2, 0.3, 0.8, 0.5, 0.5, 0.8, 0.25, 0.8, 0.75]  # y, x pairs
    found = decode_centerface([heat, size, offset, marks], (64, 96), 0.5)
    top, left = (5 + 0.25 + 0.5) * 4 - 10, (7 - 0.25 + 0.5) * 4 - 6
    assert found.boxes.tolist() == [pytest.approx([left, top, left + 12, top + 20], abs=1e-4)]
    assert found.points[0, 0].tolist() == pytest.approx([left + 2.4, top + 6], abs=1e-4)
    assert found.confidences.tolist() == pytest.approx([0.9])


def test_a_planted_yunet_cell_is_decoded_where_it_was_planted() -> None:
    outputs = [
        np.zeros((1, (64 // s) * (96 // s), n), np.float32)
        for n in (1, 1, 4, 10)
        for s in (8, 16, 32)
    ]
    cell = 2 * (96 // 16) + 3  # stride 16, row 2, column 3
    outputs[1][0, cell], outputs[4][0, cell] = 0.81, 1.0
    outputs[7][0, cell] = (0.5, 0.25, np.log(2), np.log(3))
    outputs[10][0, cell] = 0.5
    found = decode_yunet(outputs, (64, 96), 0.5)
    x, y = (3 + 0.5) * 16, (2 + 0.25) * 16
    assert found.boxes.tolist() == [pytest.approx([x - 16, y - 24, x + 16, y + 24], abs=1e-3)]
    assert found.points[0, 4].tolist() == pytest.approx([3.5 * 16, 2.5 * 16])
    assert found.confidences.tolist() == pytest.approx([0.9])


def test_outputs_of_another_size_are_refused() -> None:
    with pytest.raises(BadModel, match="heat map"):
        decode_centerface(centerface_maps(64, 64), (64, 96), 0.5)


def test_a_picture_that_fires_everywhere_takes_bounded_work() -> None:
    maps = centerface_maps(640, 640)
    maps[0][:] = np.random.default_rng(0).uniform(0.6, 1, maps[0].shape)
    found = decode_centerface(maps, (640, 640), 0.5)
    assert len(found.confidences) == MAX_CANDIDATES
    assert found.confidences.min() >= np.sort(maps[0].ravel())[-MAX_CANDIDATES]


def test_outputs_that_are_no_numbers_find_nothing() -> None:
    maps = centerface_maps(64, 64)
    maps[0][:] = np.nan
    assert len(decode_centerface(maps, (64, 64), 0.5).confidences) == 0


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 500), (33, 47), (480, 640), (1080, 1920), (2000, 90)]
)
def test_any_size_is_letterboxed_without_enlarging(shape: tuple[int, int]) -> None:
    height, width = shape
    scale = min(1, 320 / max(shape))
    wanted = tuple(-(-max(1, round(side * scale)) // 32) * 32 for side in shape)
    network = Silent(*centerface_maps(*wanted))
    image = np.full((height, width, 3), 50, np.uint8)
    assert Detector(spec(), network, longest_side=320).detect(image) == []
    assert network.shown[0].shape == (1, 3, *wanted)
    assert network.shown[0][0, :, 0, 0].tolist() == [50, 50, 50]


def test_the_input_is_prepared_as_the_manifest_says() -> None:
    network = Silent(*centerface_maps(32, 32))
    detector = Detector(spec(colour="bgr", mean=(1.0, 2.0, 3.0), scale=0.5), network)
    detector.detect(np.full((32, 32, 3), (10, 20, 30), np.uint8))
    assert network.shown[0][0, :, 0, 0].tolist() == [14.5, 9, 3.5]


def test_a_smaller_picture_leaves_nothing_of_the_one_before() -> None:
    network = Silent(*centerface_maps(64, 64))
    detector = Detector(spec(), network)
    detector.detect(np.full((64, 64, 3), 255, np.uint8))
    detector.detect(np.full((40, 50, 3), 9, np.uint8))
    assert network.shown[1][0, :, :40, :50].max() == 9
    assert network.shown[1][0, :, 40:].max() == 0
    assert network.shown[1][0, :, :, 50:].max() == 0


@pytest.mark.parametrize(
    "bad",
    [{"longest_side": 31}, {"longest_side": 9_000}, {"min_confidence": 0.0}, {"max_overlap": 1.0}],
)
def test_arguments_out_of_range_are_misuse(bad: dict[str, float]) -> None:
    with pytest.raises(Misuse, match=next(iter(bad))):
        Detector(spec(), Silent(), **bad)  # type: ignore[arg-type]


@given(st.integers(0, 2**32 - 1), st.integers(0, 25))
def test_suppression_agrees_with_the_plain_definition(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 50, (count, 2))
    boxes = np.hstack([corner, corner + rng.uniform(1, 40, (count, 2))]).astype(np.float32)
    found = Detections(boxes, np.zeros((count, 5, 2), np.float32), rng.random(count, np.float32))
    kept: list[int] = []
    for i in sorted(range(count), key=lambda i: -found.confidences[i]):
        if all(overlap(boxes[i], boxes[j]) < 0.3 for j in kept):
            kept.append(i)
    assert suppress_overlaps(found, 0.3).confidences.tolist() == [
        found.confidences[i] for i in kept
    ]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return float(shared / (sum(areas) - shared))


@pytest.mark.shared_data
def test_faces_of_a_real_street_are_found_at_every_resolution(
    engine: Engine, arcade_frame: np.ndarray
) -> None:
    found = engine.detector(640).detect(arcade_frame)
    assert len(found) >= 5
    for face in found:
        left, right = face.landmarks.left_eye, face.landmarks.right_eye
        assert left.x < right.x
        assert face.box.left < left.x < face.box.right
        assert face.box.top < left.y < face.landmarks.left_mouth.y < face.box.bottom
    half = np.ascontiguousarray(arcade_frame[::2, ::2])
    again = engine.detector(640).detect(half)
    near = [
        min(abs(face.box.left / 2 - other.box.left) for other in again)
        for face in found
        if face.confidence > 0.7
    ]
    assert max(near) < 6


@pytest.mark.shared_data
def test_an_empty_wall_holds_no_face(engine: Engine) -> None:
    assert engine.detector().detect(np.full((480, 640, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("step", [1, 2, 3, 5])
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_a_picture_is_shrunk_as_linear_interpolation_does_it(step: int, colour: str) -> None:
    height, width = 40, 64
    picture = np.random.default_rng(step).integers(0, 256, (height * step, width * step + 8, 3))
    whole = picture.astype(np.uint8)
    part = whole[:, 4:-4]  # a zone's part is not in one piece
    network = Silent(*centerface_maps(64, 64))
    settings = spec(colour=colour, mean=(1.0, 2.0, 3.0), scale=0.5)
    for _ in range(2):
        Detector(settings, network, longest_side=width).detect(part)
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
    wanted = (small[:, :, :: 1 if colour == "rgb" else -1].astype(np.float32) - (1, 2, 3)) / 2
    assert (network.shown[-1][0, :, :height] == wanted.transpose(2, 0, 1)).all()
    assert not network.shown[-1][0, :, height:].any()

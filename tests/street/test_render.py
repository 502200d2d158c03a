"""Frames and their truth: the same every time, true to the pixels, at any size and rate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from overt.config import Config
from overt.live.engine import open_engine
from overt.street.cast import Cast
from overt.street.render import Renderer, passes
from overt.street.scene import Scene, SceneOptions, crowd_of


@pytest.fixture(scope="module")
def cast() -> Cast:
    return Cast(2)


@pytest.fixture(scope="module")
def scene(cast: Cast) -> Scene:
    return Scene(
        cast,
        crowd_of(0, 8),
        SceneOptions(width=640, height=360, seconds=30, rate=5, zone_inter_eye_px=12),
    )


def test_a_frame_is_the_same_whenever_it_is_asked_for(scene: Scene) -> None:
    first, second = Renderer(scene), Renderer(scene)
    second.frame(60)
    for index in (0, 40):
        image, present = first.frame(index)
        again, present_again = second.frame(index)
        np.testing.assert_array_equal(image, again)
        assert present == present_again


def test_noise_changes_from_frame_to_frame_and_can_be_switched_off(cast: Cast) -> None:
    empty = Scene(cast, [], SceneOptions(seconds=2, rate=2, bystanders_per_minute=0))
    a, b = (Renderer(empty).frame(i)[0].astype(float) for i in (0, 1))
    assert 1.5 < (a - b).std() < 5
    still = SceneOptions(seconds=2, rate=2, bystanders_per_minute=0, noise=0)
    quiet = Renderer(Scene(cast, [], still))
    np.testing.assert_array_equal(quiet.frame(0)[0], quiet.frame(1)[0])


@pytest.mark.parametrize(
    ("width", "height", "rate"), [(160, 120, 1), (641, 359, 29.97), (1920, 1080, 60)]
)
def test_any_size_and_rate(cast: Cast, width: int, height: int, rate: float) -> None:
    options = SceneOptions(width=width, height=height, rate=rate, seconds=12)
    renderer = Renderer(Scene(cast, crowd_of(1, 4), options))
    image, present = renderer.frame(options.frames // 2)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert present
    assert options.frames == round(12 * rate)


def test_the_detector_finds_faces_where_the_truth_says(cast: Cast) -> None:
    scene = Scene(cast, crowd_of(4, 10), SceneOptions(seconds=30, rate=2, seed=4))
    renderer = Renderer(scene)
    engine = open_engine(Config())
    detector = engine.detector()
    expected = found = strays = faces = 0
    offsets = []
    for index in range(6, 44, 4):
        image, present = renderer.frame(index)
        detected = detector.detect(image)
        truths = [p for p in present if p.facing]
        faces += len(detected)
        for face in detected:
            middle = np.array(face.landmarks.nose)
            near = [
                p
                for p in truths
                if np.linalg.norm(middle - p.landmarks.nose) < 0.5 * p.inter_eye_px
            ]
            strays += not near and not any(
                p.box.left < middle[0] < p.box.right and p.box.top < middle[1] < p.box.bottom
                for p in present
            )
        for one in truths:
            if one.inter_eye_px < 20 or one.occluded > 0.25 or not one.in_frame:
                continue
            expected += 1
            gaps = [
                np.abs(np.array(f.landmarks.points) - np.array(one.landmarks.points)).max()
                / one.inter_eye_px
                for f in detected
            ]
            if gaps and min(gaps) < 0.35:
                found += 1
                offsets.append(min(gaps))
    engine.close()
    assert expected >= 10
    assert found == expected
    assert np.median(offsets) < 0.2
    assert strays <= 0.02 * faces


def test_those_behind_are_occluded_and_those_in_front_are_not(cast: Cast) -> None:
    scene = Scene(cast, crowd_of(0, 20), SceneOptions(width=320, height=180, seconds=26, rate=2))
    renderer = Renderer(scene)
    shares = []
    for index in range(8, 40, 4):
        _, present = renderer.frame(index)
        distances = [p.distance_m for p in present]
        assert distances == sorted(distances, reverse=True)
        assert all(0 <= p.occluded <= 1 for p in present)
        if present:
            assert present[-1].occluded == 0
        shares += [p.occluded for p in present]
    assert max(shares) > 0.5


def test_passes_follow_from_the_presences(scene: Scene) -> None:
    renderer = Renderer(scene)
    presences = [renderer.frame(i)[1] for i in range(130)]
    found = passes(scene, presences)
    assert sorted(p.person for p in found) == list(range(8))
    for one in found:
        sizes = [
            p.inter_eye_px
            for frame in presences
            for p in frame
            if p.walk == one.walk and p.in_frame
        ]
        assert one.most_inter_eye_px == max(sizes)
        assert 0 <= one.start_s <= one.end_s
        first = presences[round(one.start_s * scene.options.rate)]
        assert next(p for p in first if p.walk == one.walk).inter_eye_px >= 12
        before = presences[round(one.start_s * scene.options.rate) - 1]
        assert all(p.inter_eye_px < 12 for p in before if p.walk == one.walk)


def test_bystanders_are_in_the_truth_but_in_no_pass(cast: Cast) -> None:
    scene = Scene(
        cast, [], SceneOptions(width=320, height=180, seconds=10, rate=1, bystanders_per_minute=30)
    )
    renderer = Renderer(scene)
    presences = [renderer.frame(i)[1] for i in range(10)]
    everyone = list(itertools.chain.from_iterable(presences))
    assert everyone
    assert not any(one.facing for one in everyone)
    assert passes(scene, presences) == ()


def test_darkness_darkens(cast: Cast) -> None:
    day, dusk = (
        Renderer(Scene(cast, [1], SceneOptions(seconds=20, rate=1, brightness=b))).frame(12)[0]
        for b in (1.0, 0.4)
    )
    assert 0.3 < dusk.mean() / day.mean() < 0.5

"""The plan of a street: everyone once, in order, within the scene, and bad requests refused."""

from __future__ import annotations

import itertools

import pytest

from overt.errors import Misuse
from overt.street.cast import Cast
from overt.street.scene import BYSTANDERS_FROM, Scene, SceneOptions, crowd_of
from overt.street.walk import Heading


@pytest.fixture(scope="module")
def cast() -> Cast:
    return Cast(1)


def test_everyone_walks_once_and_reaches_the_camera(cast: Cast) -> None:
    scene = Scene(cast, crowd_of(3, 20), SceneOptions(seconds=40, seed=3))
    towards = [walk for walk in scene.walks if walk.heading is Heading.TOWARDS]
    assert sorted(walk.person for walk in towards) == list(range(20))
    for walk in towards:
        assert walk.start_s >= -7
        assert walk.end_s <= scene.options.seconds + 3
        last = walk.at(walk.end_s - 0.01, 2.1)
        assert last is not None
        assert last.z == pytest.approx(walk.near, abs=0.1)
    assert len({walk.index for walk in scene.walks}) == len(scene.walks)


def test_bystanders_never_come_near(cast: Cast) -> None:
    scene = Scene(cast, [], SceneOptions(seconds=120, bystanders_per_minute=30))
    assert len(scene.walks) > 20
    for walk in scene.walks:
        assert walk.person >= BYSTANDERS_FROM
        assert walk.heading is not Heading.TOWARDS


def test_groups_walk_side_by_side(cast: Cast) -> None:
    scene = Scene(cast, crowd_of(0, 60), SceneOptions(seconds=200))
    by_speed: dict[float, list[float]] = {}
    for walk in scene.walks:
        if walk.heading is Heading.TOWARDS:
            by_speed.setdefault(walk.speed, []).append(walk.lane)
    sizes = [len(lanes) for lanes in by_speed.values()]
    assert {1, 2, 3} == set(sizes)
    for lanes in by_speed.values():
        lanes.sort()
        assert all(b - a == pytest.approx(0.66) for a, b in itertools.pairwise(lanes))


def test_the_same_seed_gives_the_same_plan_and_another_does_not(cast: Cast) -> None:
    plans = [Scene(cast, crowd_of(s, 9), SceneOptions(seed=s)).walks for s in (5, 5, 6)]
    assert plans[0] == plans[1]
    assert plans[0] != plans[2]


def test_nobody_is_anywhere_before_and_after_their_walk(cast: Cast) -> None:
    walk = next(w for w in Scene(cast, [4]).walks if w.person == 4)
    assert walk.at(walk.start_s - 0.01, 2.1) is None
    assert walk.at(walk.end_s + 0.01, 2.1) is None
    first, last = walk.at(walk.start_s, 2.1), walk.at(walk.end_s - 0.01, 2.1)
    assert first is not None
    assert last is not None
    assert first.z > last.z


def test_crowd_holds_the_listed_and_nobody_twice() -> None:
    crowd = crowd_of(1, 30, listed=[2, 7, 500], first=0)
    assert len(crowd) == len(set(crowd)) == 30
    assert {2, 7, 500} <= set(crowd)
    assert crowd != crowd_of(2, 30, listed=[2, 7, 500], first=0)
    assert crowd_of(0, 0) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 159),
        ("width", 3841),
        ("height", 10),
        ("height", 720.0),
        ("rate", 0),
        ("rate", 121),
        ("rate", float("nan")),
        ("seconds", 0),
        ("seconds", 1e9),
        ("seed", -1),
        ("camera_height_m", 0),
        ("field_of_view_deg", 180),
        ("bystanders_per_minute", -1),
        ("noise", 31),
        ("exposure_s", 1),
        ("brightness", 0),
        ("zone_inter_eye_px", 0),
    ],
)
def test_options_out_of_range_are_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(Misuse, match=rf"^{field} = "):
        SceneOptions(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("crowd", [[1, 1], [-1], [BYSTANDERS_FROM], [1.5]])
def test_bad_crowds_are_refused(cast: Cast, crowd: list[int]) -> None:
    with pytest.raises(Misuse):
        Scene(cast, crowd)


def test_too_many_are_refused(cast: Cast) -> None:
    with pytest.raises(Misuse, match="more than 100000"):
        Scene(cast, range(100_001))
    with pytest.raises(Misuse, match="cannot be among"):
        crowd_of(0, 2, listed=[1, 2, 3])

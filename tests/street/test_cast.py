"""People who do not exist: the same for ever, apart from one another, and leadable."""

from __future__ import annotations

import numpy as np
import pytest

from overt.errors import Misuse
from overt.street.cast import Cast, Group, Person
from overt.street.portrait import still


def test_person_is_the_same_whatever_the_order_of_asking() -> None:
    forwards = [Cast(7).person(k).identity for k in range(4)]
    backwards = [Cast(7).person(k).identity for k in reversed(range(4))][::-1]
    for one, other in zip(forwards, backwards, strict=True):
        np.testing.assert_array_equal(one, other)


def test_portrait_is_the_same_pixel_for_pixel_and_another_take_is_not() -> None:
    first, again = (
        still(Cast(3), 5, 0, width=96, height=120),
        still(Cast(3), 5, 0, width=96, height=120),
    )
    np.testing.assert_array_equal(first, again)
    other = still(Cast(3), 5, 1, width=96, height=120)
    assert np.abs(first.astype(int) - other.astype(int)).mean() > 1


def test_people_and_seeds_differ() -> None:
    identities = [Cast(seed).person(k).identity for seed in (0, 1) for k in (0, 1, 2**20)]
    for place, one in enumerate(identities):
        for other in identities[place + 1 :]:
            assert np.linalg.norm(one - other) > 5


def test_takes_share_an_identity_but_not_a_moment() -> None:
    cast = Cast(1)
    one, other = cast.take(4, 0), cast.take(4, 1)
    assert not np.array_equal(one.moment, other.moment)
    person = cast.person(4)
    near = np.linalg.norm(cast.coefficients(person, one) - cast.coefficients(person, other))
    far = np.linalg.norm(cast.coefficients(person, one) - cast.coefficients(cast.person(5), one))
    assert near < far / 2


def test_size_and_kind_of_a_still() -> None:
    image = still(Cast(0), 0, 0, width=131, height=77)
    assert image.shape == (77, 131, 3)
    assert image.dtype == np.uint8
    assert image.std() > 10


def _cheek(image: np.ndarray) -> float:
    height, width = image.shape[:2]
    return float(image[height // 2 : height * 6 // 10, width * 4 // 10 : width * 6 // 10].mean())


def test_skin_tone_leads_from_light_to_dark() -> None:
    cast = Cast(2)
    light = [cast.person(k, skin_tone=0.0) for k in range(6)]
    dark = [cast.person(k, skin_tone=1.0) for k in range(6)]
    take = cast.take(0, 0)
    face = cast.model.face
    for one, other in zip(light, dark, strict=True):
        a = face(cast.coefficients(one, take))[..., 0].mean()
        b = face(cast.coefficients(other, take))[..., 0].mean()
        assert a > b + 40


def test_masculinity_moves_the_face_along_the_model_s_direction_only() -> None:
    cast = Cast(2)
    woman, man = cast.person(9, masculinity=-1.0), cast.person(9, masculinity=1.0)
    gap = man.identity - woman.identity
    along = gap @ cast.model.masculine
    assert along == pytest.approx(1.7 * cast.model.masculine_gap, rel=1e-6)
    np.testing.assert_allclose(gap - along * cast.model.masculine, 0, atol=0.2)


def test_groups_hold_their_shares_and_their_spread() -> None:
    groups = (Group("alike", 0.25, masculinity=-0.8, spread=0.5), Group("others", 0.75))
    cast = Cast(11, groups=groups)
    people = [cast.person(k) for k in range(400)]
    alike = [p for p in people if p.group == "alike"]
    others = [p for p in people if p.group == "others"]
    assert 60 <= len(alike) <= 140
    assert all(p.masculinity == -0.8 for p in alike)
    plane = np.stack([cast.model.masculine, cast.model.tone])

    def deviation(crowd: list[Person]) -> float:
        rows = np.stack([p.identity for p in crowd])
        return float((rows - rows @ plane.T @ plane).std())

    assert deviation(alike) == pytest.approx(0.5 * deviation(others), rel=0.05)


def test_age_of_the_picture_changes_the_face_a_little() -> None:
    cast = Cast(4)
    person, old = cast.person(0), cast.take(0, 0)
    assert old.age_years > 0
    street = cast.take(0, 0, outdoors=True)
    assert street.age_years == 0
    drift = cast.coefficients(person, old) - old.moment @ cast.model.moment
    plain = person.identity @ cast.model.identity
    assert 0 < np.linalg.norm(drift - plain) < 0.2 * np.linalg.norm(plain)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, True, "1"])
def test_seed_out_of_range_is_refused(seed: object) -> None:
    with pytest.raises(Misuse, match=r"^seed = .* is not a whole number from 0"):
        Cast(seed)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, 10**9 + 1, 0.5])
def test_person_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(Misuse, match=r"^person = "):
        Cast(0).person(number)


@pytest.mark.parametrize(("width", "height"), [(63, 100), (100, 63), (2049, 100), (100, 10**6)])
def test_portrait_size_out_of_range_is_refused(width: int, height: int) -> None:
    with pytest.raises(Misuse, match=r"^(width|height) = "):
        still(Cast(0), 0, 0, width=width, height=height)


def test_take_out_of_range_is_refused() -> None:
    with pytest.raises(Misuse, match=r"^take = -1"):
        still(Cast(0), 0, -1)


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ((Group("a", 0.4), Group("b", 0.4)), "add up to 0.8"),
        ((Group("a", 1.0, spread=3.0),), "spread of group a"),
        ((Group("a", 1.0, masculinity=-2.0),), "masculinity of group a"),
        ((Group("a", 1.0, skin_tone=float("nan")),), "skin tone of group a"),
        ((Group("a", -0.5), Group("b", 1.5)), "share of group a"),
    ],
)
def test_bad_groups_are_refused(groups: tuple[Group, ...], fault: str) -> None:
    with pytest.raises(Misuse, match=fault):
        Cast(0, groups=groups)


@pytest.mark.parametrize("value", [1.01, -1.01, float("nan"), float("inf")])
def test_masculinity_out_of_range_is_refused(value: float) -> None:
    with pytest.raises(Misuse, match="masculinity"):
        Cast(0).person(0, masculinity=value)

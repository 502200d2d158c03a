"""R2: where is justified: a closed list of use cases, written grounds, a place with a boundary."""

from __future__ import annotations

import json
from typing import Any

import pytest
from papers import application_of

from overt.authority import limits
from overt.authority.application import canonical, parse_application
from overt.errors import BadApplication
from overt.policy import EU, UK
from overt.vocabulary import UseCase


def changed(**changes: Any) -> str:
    return json.dumps(json.loads(canonical(application_of())) | changes)


def test_the_use_cases_are_a_closed_list() -> None:
    for use_case in UseCase:
        assert parse_application(changed(use_case=use_case)).use_case is use_case
    for other in ("other", "general", "", None, "HOTSPOT", ["hotspot"]):
        with pytest.raises(BadApplication, match="use_case"):
            parse_application(changed(use_case=other))


@pytest.mark.parametrize("grounds", [None, "", "x" * 500, "needed " * 30, "Crime is high here."])
def test_grounds_say_something(grounds: str | None) -> None:
    with pytest.raises(BadApplication, match="grounds"):
        parse_application(changed(grounds=grounds))


def test_a_place_has_a_boundary_of_one_narrow_place() -> None:
    place = json.loads(canonical(application_of()))["place"]
    for boundary in ([], [["0", "0"], ["1", "1"]], [["0", "0"], ["1", "0"], ["0", "0"]]):
        with pytest.raises(BadApplication, match="boundary"):
            parse_application(changed(place=place | {"boundary": boundary}))
    town = [["0", "51"], ["0.03", "51"], ["0.03", "51.03"], ["0", "51.03"]]
    wide = parse_application(changed(place=place | {"boundary": town}))
    assert any(problem.startswith("place.boundary: R2") for problem in limits.problems(wide, UK))
    half = [["0", "51"], ["0.01", "51"], ["0.01", "51.007"], ["0", "51.007"]]
    middling = parse_application(changed(place=place | {"boundary": half}))
    assert not any("R2" in problem for problem in limits.problems(middling, UK))
    assert any("R2" in problem for problem in limits.problems(middling, EU))


def test_every_camera_has_a_zone() -> None:
    with pytest.raises(BadApplication, match=r"cameras\.gate\.zone"):
        parse_application(changed(cameras={"gate": {"source": "/dev/video0"}}))


def test_a_boundary_does_not_cross_itself() -> None:
    place = json.loads(canonical(application_of()))["place"]
    crossed = [["0", "51"], ["0.001", "51.001"], ["0.001", "51"], ["0", "51.001"]]
    with pytest.raises(BadApplication, match=r"boundary.*cross"):
        parse_application(changed(place=place | {"boundary": crossed}))

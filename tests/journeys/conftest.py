"""A police station, its people and their list, for the journeys of a deployment."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from station import Station
from steps import listing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def peopled(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """A home with everybody's accounts in it, to be copied."""
    station = Station(tmp_path_factory.mktemp("s") / "s")
    station.add_everybody()
    return station


@pytest.fixture(scope="session")
def offered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return listing(tmp_path_factory.mktemp("list") / "list")


@pytest.fixture
def station(peopled: Station, tmp_path: Path) -> Iterator[Station]:
    shutil.copytree(peopled.folder, tmp_path / "s")
    with replace(peopled, folder=tmp_path / "s") as station:
        yield station

"""The cast before the built-in recogniser: mates are told apart, effects can be planted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from overt.config import Config
from overt.live.engine import open_engine
from overt.live.reader import StillReader
from overt.policy import PROBE_LIMITS
from overt.street.cast import Cast, Group
from overt.street.portrait import still

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def reader() -> StillReader:
    return StillReader(open_engine(Config()), PROBE_LIMITS)


def _templates(reader: StillReader, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    rows = []
    for picture in pictures:
        readings = reader.read(picture)
        assert len(readings) == 1
        assert readings[0].template is not None, readings[0].quality.problems
        rows.append(readings[0].template.vector)
    return np.stack(rows)


def test_every_mate_scores_over_every_stranger(reader: StillReader) -> None:
    cast = Cast(21)
    stills = [still(cast, k, 0, width=200, height=250) for k in range(12)]
    # Faces 60 pixels wide, in another light, pose and dress.
    passers = [still(cast, k, 1, width=100, height=125, outdoors=True) for k in range(12)]
    scores = _templates(reader, stills) @ _templates(reader, passers).T
    mated = np.diag(scores)
    strangers = scores[~np.eye(12, dtype=bool)]
    assert mated.min() > strangers.max()


def test_a_group_made_alike_scores_alike(reader: StillReader) -> None:
    def median(spread: float) -> float:
        group = Group("all", 1.0, masculinity=0.5, skin_tone=0.3, spread=spread)
        cast = Cast(5, groups=(group,))
        rows = _templates(reader, [still(cast, k, 0, width=160, height=200) for k in range(10)])
        return float(np.median((rows @ rows.T)[np.triu_indices(10, 1)]))

    assert median(0.5) > median(1.0) + 0.02

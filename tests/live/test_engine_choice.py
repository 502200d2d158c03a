"""The fastest way to run a pack is found by trying, within the precisions that are allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from overt.config import Config
from overt.errors import Misuse
from overt.faces.packs.store import open_pack
from overt.faces.runtime import Engine, Precision
from overt.live.engine import open_engine
from overt.live.engine_choice import EngineTiming, fastest, measure_engines

if TYPE_CHECKING:
    from overt.faces.packs.store import Pack

BOTH = (Precision.FP32, Precision.BF16)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return open_pack("builtin")


def test_every_way_that_is_here_is_timed_on_both_networks(pack: Pack) -> None:
    timings = measure_engines(pack, seconds=0)
    ways = [(one.part, one.engine, one.precision) for one in timings]
    assert len(set(ways)) == len(ways)
    assert ("detector", Engine.ONNXRUNTIME, Precision.FP32) in ways
    assert ("recogniser", Engine.ONNXRUNTIME, Precision.FP32) in ways
    for one in timings:
        assert one.ms > 0
        assert one.identity.startswith(one.engine)
        # bf16 is named only where it is computed.
        assert f"/{one.precision}/" in one.identity


def timing(part: str, engine: Engine, precision: Precision, ms: float) -> EngineTiming:
    return EngineTiming(part, engine, precision, "", ms)  # type: ignore[arg-type]


TIMINGS = (
    timing("detector", Engine.ONNXRUNTIME, Precision.FP32, 12),
    timing("detector", Engine.OPENVINO, Precision.FP32, 14),
    timing("detector", Engine.OPENVINO, Precision.BF16, 7),
    timing("recogniser", Engine.ONNXRUNTIME, Precision.FP32, 12),
    timing("recogniser", Engine.OPENVINO, Precision.FP32, 6),
    timing("recogniser", Engine.OPENVINO, Precision.BF16, 3),
)


def test_less_precision_is_never_chosen_unless_it_is_allowed() -> None:
    choice = fastest(TIMINGS)  # R14
    assert (choice.detector.ms, choice.recogniser.ms) == (12, 6)
    choice = fastest(TIMINGS, detector=BOTH)
    assert (choice.detector.ms, choice.recogniser.ms) == (7, 6)
    assert fastest(TIMINGS, detector=BOTH, recogniser=BOTH).recogniser.ms == 3


def test_a_precision_that_nothing_here_has_is_refused() -> None:
    with pytest.raises(Misuse, match="recogniser in bf16"):
        fastest(TIMINGS[:-1], recogniser=(Precision.BF16,))


def test_the_choice_is_what_then_runs_and_the_templates_name_it(pack: Pack) -> None:
    del pack
    config = Config()
    choice = fastest(TIMINGS)
    runtime = choice.applied_to(config.runtime)
    plain = open_engine(config)
    chosen = open_engine(config.model_copy(update={"runtime": runtime}))
    try:
        assert chosen.detector_network.identity.startswith("onnxruntime")
        assert chosen.recogniser_network.identity.startswith("openvino")
        assert chosen.recogniser_network.identity in chosen.model
        assert chosen.model.endswith("+" + chosen.detector_network.identity)
        assert plain.model.endswith(plain.recogniser_network.identity)
        assert "+" not in plain.model
    finally:
        plain.close()
        chosen.close()
    assert replace(choice, detector=TIMINGS[1]).applied_to(runtime).detector_engine == "openvino"

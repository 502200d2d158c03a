from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from overt.cli.bench import show_bench
from overt.faces.runtime import Engine, Precision
from overt.live.bench_result import BenchResult, CamerasFigures, PathFigures
from overt.live.engine_choice import EngineTiming, fastest
from overt.live.health import CameraHealth
from overt.live.messages import WorkerHealth
from overt.values import CameraId

TIMINGS = (
    EngineTiming("detector", Engine.ONNXRUNTIME, Precision.FP32, "onnxruntime-1/fp32/cpu", 40.0),
    EngineTiming("recogniser", Engine.ONNXRUNTIME, Precision.FP32, "onnxruntime-1/fp32/cpu", 12.0),
    EngineTiming("detector", Engine.OPENVINO, Precision.BF16, "openvino-1/bf16/cpu", 20.0),
)
PATH = PathFigures(frames=100, faces=300, wall_s=5.0, model_s=4.0, processor_s=4.0, decode_s=0.4)
HEALTH = CameraHealth(
    CameraId("gate"), "live", WorkerHealth(frames_in=300, analysed=110, still=10, dropped=180),
    frame_age_s=0.1, rate=10.0,
)  # fmt: skip
CAMERAS = CamerasFigures(2, 8, 1, 7, 210.0, 400.0, 12.0, (HEALTH, HEALTH))
RESULT = BenchResult(2.0, "builtin", "builtin-1", TIMINGS, fastest(TIMINGS), PATH, CAMERAS)


def test_cameras_are_estimated_from_what_each_costs() -> None:
    # A second of a camera: 25 frames of 4 ms decoded, and 6 of 40 ms analysed.
    assert RESULT.cameras_carried == int(2.0 / (25 * 0.004 + 6 * 0.04)) == 5
    assert replace(RESULT, processors=0.1).cameras_carried == 0
    assert replace(RESULT, processors=64.0).cameras_carried == 16


def test_counts_of_all_cameras_add_up() -> None:
    assert (CAMERAS.frames_in, CAMERAS.looked_at, CAMERAS.dropped) == (600, 240, 360)
    assert RESULT.as_dict["cameras_carried_estimate"] == 5
    assert (PATH.frames_per_s, PATH.model_share) == (100 / 5.0, 4.0 / 5.0)


def test_the_table_says_what_was_missed_and_only_suggests_fp32() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        show_bench(RESULT, console)
    text = captured.get()
    assert "7 of the 8 that every frame gives" in text
    assert "detector onnxruntime, recogniser onnxruntime" in text
    assert "openvino bf16" in text
    assert "In bf16" not in text  # the recogniser was not timed in it
    assert RESULT.as_dict["fastest_bf16"] is None
    assert "p50 210 ms, p95 400 ms" in text


def test_bf16_is_named_as_what_a_trial_may_run_and_a_deployment_needs_evidence_of() -> None:
    both = EngineTiming("recogniser", Engine.OPENVINO, Precision.BF16, "openvino-1/bf16/cpu", 4.0)
    result = replace(RESULT, engines=(*TIMINGS, both))
    console = Console(width=160)
    with console.capture() as captured:
        show_bench(result, console)
    text = captured.get()
    assert "detector 2.0 times as fast, recogniser 3.0" in text
    assert "a deployment needs evidence of it (R14)" in text
    assert "detector onnxruntime, recogniser onnxruntime" in text  # never chosen by itself
    found = result.as_dict
    assert found["fastest_bf16"] == dict.fromkeys(("detector", "recogniser"), "openvino-1/bf16/cpu")
    assert found["fastest_fp32"] == dict.fromkeys(
        ("detector", "recogniser"), "onnxruntime-1/fp32/cpu"
    )

"""Both engines give the same answers, say what they did, and keep to their share of the machine."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from overt.errors import BadModel, Misuse
from overt.faces import engines
from overt.faces.packs.store import Pack, open_pack
from overt.faces.runtime import (
    Engine,
    Precision,
    RuntimeOptions,
    cpu_budget,
    load_network,
    threads_for,
)

OPENVINO = RuntimeOptions(engine=Engine.OPENVINO)
BF16 = RuntimeOptions(engine=Engine.OPENVINO, precision=Precision.BF16)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OVERT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return open_pack("builtin")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """(1, 3, 96, 160): smooth, so that precision and not noise is compared."""
    y, x = np.mgrid[0:96, 0:160]
    wave = 127 + 100 * np.sin(x / 9) * np.cos(y / 7)
    return np.stack([wave, wave[::-1], wave[:, ::-1]])[None].astype(np.float32)


@pytest.fixture(scope="module")
def chips() -> np.ndarray:
    """(3, 3, 150, 150)."""
    y, x = np.mgrid[0:150, 0:150]
    waves = [np.sin(x / (5 + k)) * np.cos(y / (7 - k)) / 2 for k in range(3)]
    return np.stack([[w, w.T, -w] for w in waves]).astype(np.float32)


def test_the_engines_agree_on_the_detector(pack: Pack, picture: np.ndarray) -> None:
    ort = load_network(pack.detector.graph, RuntimeOptions()).run(picture)
    vino = load_network(pack.detector.graph, OPENVINO).run(picture)
    assert [out.shape for out in ort] == [out.shape for out in vino]
    assert [out.shape[1] for out in ort] == [1, 2, 2, 10]  # in the order of the graph
    for one, other in zip(ort, vino, strict=True):
        assert np.abs(one - other).max() < 1e-3


def test_the_engines_agree_on_the_recogniser(pack: Pack, chips: np.ndarray) -> None:
    (ort,) = load_network(pack.recogniser.graph, RuntimeOptions()).run(chips)
    (vino,) = load_network(pack.recogniser.graph, OPENVINO).run(chips)
    assert ort.shape == vino.shape == (3, 128)
    assert np.abs(ort - vino).max() < 1e-4


def test_bf16_says_so_and_stays_close(pack: Pack, chips: np.ndarray) -> None:
    (exact,) = load_network(pack.recogniser.graph, OPENVINO).run(chips)
    network = load_network(pack.recogniser.graph, BF16)
    if network.precision != "bf16":
        # A CPU without bf16 must not claim it.
        assert "/fp32/" in network.identity
        pytest.skip("this CPU has no bf16")
    (rough,) = network.run(chips)
    version = importlib.metadata.version("openvino")
    assert network.identity == f"openvino-{version}/bf16/cpu"
    cosine = (exact * rough).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(rough, axis=1)
    assert cosine.min() > 0.999
    assert np.abs(exact - rough).max() > 1e-6  # it did compute otherwise


def test_the_identity_names_engine_version_precision_and_device(pack: Pack) -> None:
    network = load_network(pack.detector.graph, RuntimeOptions())
    version = importlib.metadata.version("onnxruntime")
    assert network.identity == f"onnxruntime-{version}/fp32/cpu"
    assert load_network(pack.detector.graph, OPENVINO).precision == "fp32"


@pytest.mark.parametrize("options", [RuntimeOptions(), OPENVINO], ids=["onnxruntime", "openvino"])
def test_calls_and_seconds_are_counted(
    options: RuntimeOptions, pack: Pack, picture: np.ndarray
) -> None:
    network = load_network(pack.detector.graph, options)
    assert (network.calls, network.busy_s) == (0, 0)
    started = time.perf_counter()
    for _ in range(3):
        network.run(picture)
    wall = time.perf_counter() - started
    assert network.calls == 3
    assert 0.5 * wall < network.busy_s <= wall


@pytest.mark.parametrize("options", [RuntimeOptions(), OPENVINO], ids=["onnxruntime", "openvino"])
def test_a_batch_of_the_wrong_shape_is_refused(options: RuntimeOptions, pack: Pack) -> None:
    network = load_network(pack.recogniser.graph, options)
    with pytest.raises(BadModel, match=r"\(1, 3, 149, 150\)") as refusal:
        network.run(np.zeros((1, 3, 149, 150), dtype=np.float32))
    assert "\n" not in refusal.value.line
    network.run(np.zeros((1, 3, 150, 150), dtype=np.float32))  # and is none the worse for it


@pytest.mark.parametrize("options", [RuntimeOptions(), OPENVINO], ids=["onnxruntime", "openvino"])
def test_what_is_no_graph_is_refused(options: RuntimeOptions, tmp_path: Path) -> None:
    path = tmp_path / "graph.onnx"
    path.write_bytes(b"no graph at all")
    with pytest.raises(BadModel, match=r"cannot load .*graph\.onnx"):
        load_network(path, options)
    with pytest.raises(BadModel, match="cannot load"):
        load_network(tmp_path / "none.onnx", options)


@pytest.mark.parametrize("options", [RuntimeOptions(), OPENVINO], ids=["onnxruntime", "openvino"])
def test_a_closed_network_runs_no_more(
    options: RuntimeOptions, pack: Pack, picture: np.ndarray
) -> None:
    network = load_network(pack.detector.graph, options)
    network.run(picture)
    network.close()
    with pytest.raises(BadModel, match="closed"):
        network.run(picture)


def test_openvino_keeps_few_compiled_shapes(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    network = load_network(pack.detector.graph, OPENVINO)
    network.run(np.zeros((3, 3, 32, 32), dtype=np.float32))
    assert len(network._requests) == 1  # the batch is no part of the shape
    monkeypatch.setattr(engines, "MAX_COMPILED_SHAPES", 2)
    for width in (32, 64, 96, 64):
        outputs = network.run(np.zeros((1, 3, 32, width), dtype=np.float32))
        assert outputs[0].shape == (1, 1, 8, width // 4)
    assert [shape[3] for shape in network._requests] == [96, 64]  # the newest used last


def test_outputs_stay_when_the_network_runs_again(pack: Pack, chips: np.ndarray) -> None:
    """OpenVINO reuses its output memory; what was handed out must not change."""
    network = load_network(pack.recogniser.graph, OPENVINO)
    (first,) = network.run(chips[:1])
    kept = first.copy()
    network.run(chips[1:2])
    assert np.array_equal(first, kept)


MISUSES = {
    "no thread": (RuntimeOptions(threads=0), "at least one thread"),
    "bf16 without OpenVINO": (RuntimeOptions(precision=Precision.BF16), "openvino"),
    "OpenVINO on a GPU": (RuntimeOptions(engine=Engine.OPENVINO, device="cuda"), "cuda"),
}


@pytest.mark.parametrize("case", MISUSES)
def test_options_that_do_not_go_together_are_misuse(case: str, pack: Pack) -> None:
    options, reason = MISUSES[case]
    with pytest.raises(Misuse, match=reason):
        load_network(pack.detector.graph, options)


@pytest.mark.skipif(engines.cuda_present(), reason="this ONNX Runtime has CUDA")
def test_a_gpu_that_is_not_there_is_never_replaced_in_silence(pack: Pack) -> None:
    with pytest.raises(Misuse, match=r"overt\[gpu\]"):
        load_network(pack.detector.graph, RuntimeOptions(device="cuda"))
    network = load_network(pack.detector.graph, RuntimeOptions(device="auto"))
    assert network.identity.endswith("/cpu")


def test_without_openvino_the_extra_is_named(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(Misuse, match=r"pip install overt\[openvino\]"):
        load_network(pack.detector.graph, OPENVINO)
    load_network(pack.detector.graph, RuntimeOptions())


def test_openvino_brings_no_telemetry(pack: Pack) -> None:
    """R25: no outbound connection. The package that would make one is not installed."""
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("openvino-telemetry")
    code = (
        "import sys; from pathlib import Path; from overt.faces.runtime import *;"
        "load_network(Path(sys.argv[1]), RuntimeOptions(engine=Engine.OPENVINO));"
        "print(sorted(m for m in sys.modules if 'telemetry' in m and 'openvino_' in m))"
    )
    command = [sys.executable, "-c", code, str(pack.detector.graph)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def threads_of_this_process() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_idle_threads_do_not_spin(pack: Pack) -> None:
    """A waiting worker that spins takes the CPU that decoding and the console need."""
    network = load_network(pack.detector.graph, RuntimeOptions(threads=2))
    options = network._session.get_session_options()
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert options.intra_op_num_threads == 2


def test_one_thread_starts_no_other(pack: Pack, picture: np.ndarray) -> None:
    before = threads_of_this_process()
    load_network(pack.detector.graph, RuntimeOptions()).run(picture)
    assert threads_of_this_process() == before


def cgroup(tmp_path: Path, membership: str, files: dict[str, str]) -> tuple[Path, Path]:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(membership)
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text)
    return proc, groups


QUOTAS = {
    "v2, half a CPU": ("0::/box\n", {"box/cpu.max": "50000 100000\n"}, 0.5),
    "v2, a tighter group above": (
        "0::/a/b\n",
        {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "25000 100000\n"},
        0.25,
    ),
    "v2, inside a container": ("0::/\n", {"cpu.max": "40000 100000\n"}, 0.4),
    "v2, no limit": ("0::/box\n", {"box/cpu.max": "max 100000\n"}, None),
    "v1": (
        "4:cpu,cpuacct:/box\n1:name=systemd:/\n",
        {
            "cpu,cpuacct/box/cpu.cfs_quota_us": "30000\n",
            "cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
        },
        0.3,
    ),
    "v1, no limit": (
        "4:cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
        None,
    ),
    "v1, another controller's group": (
        "4:memory:/box\n",
        {
            "memory/box/cpu.cfs_quota_us": "30000\n",
            "memory/box/cpu.cfs_period_us": "100000\n",
        },
        None,
    ),
    "nothing to be read": ("", {}, None),
    "nonsense": ("x\n0::/box\n", {"box/cpu.max": "many 0\n"}, None),
    "a period of nothing": ("0::/\n", {"cpu.max": "40000 0\n"}, None),
}


@pytest.mark.parametrize("case", QUOTAS)
def test_the_budget_is_what_the_control_group_allows(case: str, tmp_path: Path) -> None:
    membership, files, wanted = QUOTAS[case]
    free = float(len(os.sched_getaffinity(0)))
    assert cpu_budget(*cgroup(tmp_path, membership, files)) == (wanted or free)


def test_the_budget_is_what_affinity_allows() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert cpu_budget() <= 1
        assert threads_for(1) == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_cameras_share_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overt.faces.runtime.cpu_budget", lambda: 8.0)
    assert [threads_for(cameras) for cameras in (1, 2, 3, 8, 16)] == [8, 4, 2, 1, 1]
    with pytest.raises(Misuse):
        threads_for(0)

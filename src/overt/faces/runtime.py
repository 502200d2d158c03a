"""How a graph is run: which engine, in what precision, on how many threads.

Precision changes scores, so it is pinned, reported, and part of a template's identity (R14).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from overt.errors import Misuse
from overt.faces.engines import OnnxRuntimeNetwork, OpenVinoNetwork

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Engine(StrEnum):
    """What runs the graph."""

    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"
    """An extra: about twice as fast on x86 CPUs, more so with bf16."""


class Precision(StrEnum):
    """In what numbers the graph is computed."""

    FP32 = "fp32"
    BF16 = "bf16"
    """OpenVINO only, on CPUs that have it."""


Device = Literal["auto", "cpu", "cuda"]
"""Where the graph is computed; auto is CUDA where ONNX Runtime has it, else the CPU."""


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """How to run a graph."""

    engine: Engine = Engine.ONNXRUNTIME
    precision: Precision = Precision.FP32
    threads: int = 1
    """Threads of one network; see `threads_for`."""
    device: Device = "cpu"


class Network(Protocol):
    """A loaded graph. It serves one thread at a time."""

    @property
    def identity(self) -> str:
        """Engine, version, precision and device as used, such as ``onnxruntime-1.20/fp32/cpu``."""

    @property
    def precision(self) -> str:
        """The precision in use, which may be less than was asked for."""

    @property
    def busy_s(self) -> float:
        """Wall seconds spent in `run` so far."""

    @property
    def calls(self) -> int:
        """How often `run` was called."""

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Outputs, in the order of the graph, for a (n, c, h, w) float32 batch."""

    def close(self) -> None:
        """Let go of the engine's memory."""


def load_network(graph: Path, options: RuntimeOptions) -> Network:
    """Load an ONNX graph.

    Raises:
        BadModel: if the engine cannot load the graph.
        Misuse: if the options do not go together, or name an engine or device that is not here.
    """
    if options.threads < 1:
        msg = f"threads = {options.threads}: a network needs at least one thread"
        raise Misuse(msg)
    if options.engine is Engine.OPENVINO:
        if options.device == "cuda":
            msg = "OpenVINO does not run on cuda"
            raise Misuse(msg, advice="Use the engine onnxruntime, or the device cpu.")
        return OpenVinoNetwork(
            graph, threads=options.threads, bf16=options.precision is Precision.BF16
        )
    if options.precision is not Precision.FP32:
        msg = f"ONNX Runtime computes in fp32; {options.precision} was asked for"
        raise Misuse(msg, advice="Use the engine openvino, or precision fp32.")
    return OnnxRuntimeNetwork(graph, threads=options.threads, device=options.device)


def threads_for(cameras: int) -> int:
    """Threads for each of so many cameras' networks, so that together they fit the CPUs.

    Raises:
        Misuse: if there is no camera.
    """
    if cameras < 1:
        msg = f"cameras = {cameras}: at least one is needed"
        raise Misuse(msg)
    return max(1, int(cpu_budget() / cameras))


def cpu_budget(proc: Path = Path("/proc"), cgroups: Path = Path("/sys/fs/cgroup")) -> float:
    """CPUs that this process may use: by its affinity and by every control group above it.

    Args:
        proc: where the process's own files are; for tests.
        cgroups: where the control groups are mounted; for tests.
    """
    budget = float(len(os.sched_getaffinity(0)))
    for group in _groups(proc, cgroups):
        quota = _quota_v2(group) or _quota_v1(group)
        if quota is not None:
            budget = min(budget, quota)
    return budget


def _groups(proc: Path, cgroups: Path) -> list[Path]:
    """The folders of this process's CPU control groups, from its own up to the root."""
    folders = [cgroups, cgroups / "cpu", cgroups / "cpu,cpuacct"]
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, controllers, own = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        mount = cgroups / controllers
        relative = Path(own.strip("/"))
        if ".." not in relative.parts:
            folders += [mount / level for level in (relative, *relative.parents)]
    return folders


def _quota_v2(group: Path) -> float | None:
    match _text(group / "cpu.max").split():
        case [quota, period] if quota.isdigit() and period.isdigit():
            return _share(int(quota), int(period))
        case _:
            return None


def _quota_v1(group: Path) -> float | None:
    quota = _text(group / "cpu.cfs_quota_us").strip()
    period = _text(group / "cpu.cfs_period_us").strip()
    if not quota.isdigit() or not period.isdigit():  # -1 is no limit
        return None
    return _share(int(quota), int(period))


def _share(quota_us: int, period_us: int) -> float | None:
    return quota_us / period_us if quota_us > 0 and period_us > 0 else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""

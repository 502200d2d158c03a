"""Which engine runs a pack's networks fastest on this machine, found by trying.

Precision changes scores, so it is never chosen for speed alone: the fastest is looked for among
the precisions that the caller's evidence allows (R14).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

import numpy as np

from overt.errors import Misuse
from overt.faces.runtime import Device, Engine, Precision, RuntimeOptions, load_network

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from numpy.typing import NDArray

    from overt.config import RuntimeConfig
    from overt.faces.packs.store import Pack
    from overt.faces.runtime import Network

Part = Literal["detector", "recogniser"]
PICTURE = (384, 640)
"""Height and width of what a detector is timed on: a 16:9 frame at the usual size."""
LEAST_ROUNDS = 3
_WAYS = (
    (Engine.ONNXRUNTIME, Precision.FP32),
    (Engine.OPENVINO, Precision.FP32),
    (Engine.OPENVINO, Precision.BF16),
)


@dataclass(frozen=True, slots=True)
class EngineTiming:
    """What one call of one network takes in one way of running it."""

    part: Part
    engine: Engine
    precision: Precision
    identity: str
    """Engine, version, precision and device as used."""
    ms: float
    """Median wall time of a call: a detector's on one frame, a recogniser's on one face."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The fastest way to run each network of a pack."""

    detector: EngineTiming
    recogniser: EngineTiming

    def applied_to(self, runtime: RuntimeConfig) -> RuntimeConfig:
        """The configuration that runs them so."""
        return runtime.model_copy(
            update={
                "engine": str(self.recogniser.engine),
                "precision": str(self.recogniser.precision),
                "detector_engine": str(self.detector.engine),
                "detector_precision": str(self.detector.precision),
            }
        )


def measure_engines(
    pack: Pack, *, seconds: float = 3.0, threads: int = 1, device: Device = "cpu"
) -> tuple[EngineTiming, ...]:
    """Time every engine and precision that is here on both networks of a pack.

    All are loaded, then called in turn, so that whatever else the machine does slows all alike.

    Args:
        pack: whose networks.
        seconds: for all calls together; each network is called `LEAST_ROUNDS` times at least.
        threads: of each network.
        device: where ONNX Runtime computes; OpenVINO computes on the CPU.

    Returns:
        One timing for each way and part. Ways that are not installed, or that this processor
        does not have, are left out.

    Raises:
        BadModel: if a network cannot be loaded or run.
    """
    chip = (3, pack.recogniser.spec.chip_px, pack.recogniser.spec.chip_px)
    views = 2 if pack.recogniser.spec.mirror else 1
    parts: tuple[tuple[Part, Path, NDArray[np.float32]], ...] = (
        ("detector", pack.detector.graph, _noise((1, 3, *PICTURE))),
        ("recogniser", pack.recogniser.graph, _noise((views, *chip))),
    )
    until = time.monotonic() + seconds
    running: list[tuple[Part, Engine, Precision, Network, NDArray[np.float32]]] = []
    try:
        for part, graph, batch in parts:
            for engine, precision, network in _networks(graph, threads, device):
                running.append((part, engine, precision, network, batch))
                network.run(batch)  # plans its memory, and compiles for this size
        spent: list[list[float]] = [[] for _ in running]
        rounds = 0
        while rounds < LEAST_ROUNDS or time.monotonic() < until:
            for (*_, network, batch), times in zip(running, spent, strict=True):
                before_s = network.busy_s
                network.run(batch)
                times.append(network.busy_s - before_s)
            rounds += 1
        return tuple(
            EngineTiming(part, engine, precision, network.identity, 1000 * median(times))
            for (part, engine, precision, network, _), times in zip(running, spent, strict=True)
        )
    finally:
        for *_, network, _ in running:
            network.close()


def fastest(
    timings: Collection[EngineTiming],
    *,
    detector: Collection[Precision] = (Precision.FP32,),
    recogniser: Collection[Precision] = (Precision.FP32,),
) -> EngineChoice:
    """The fastest way to run each network within the precisions that are allowed for it.

    Raises:
        Misuse: if nothing was timed in them.
    """

    def best(part: Part, allowed: Collection[Precision]) -> EngineTiming:
        able = [one for one in timings if one.part == part and one.precision in allowed]
        if not able:
            names = ", ".join(sorted(allowed))
            msg = f"no engine here runs the {part} in {names}"
            raise Misuse(msg, advice="Allow fp32, or install overt[openvino].")
        return min(able, key=lambda one: one.ms)

    return EngineChoice(best("detector", detector), best("recogniser", recogniser))


def _networks(graph: Path, threads: int, device: Device) -> list[tuple[Engine, Precision, Network]]:
    """A network for each way that is here, told apart by what it does and not what was asked."""
    found: list[tuple[Engine, Precision, Network]] = []
    for engine, precision in _WAYS:
        where: Device = device if engine is Engine.ONNXRUNTIME else "cpu"
        try:
            options = RuntimeOptions(engine, precision, threads, where)
            network = load_network(graph, options)
        except Misuse:
            continue
        if network.precision == precision:
            found.append((engine, precision, network))
        else:
            network.close()
    return found


def _noise(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Pixels: what a network makes of them does not change what it costs."""
    levels = np.random.default_rng(1).integers(0, 256, shape)
    return levels.astype(np.float32)

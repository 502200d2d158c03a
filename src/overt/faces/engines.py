"""The two inference engines behind `overt.faces.runtime.Network`.

Both keep count of the time spent inside them, so that the cost of everything else can be told.
A network serves one thread at a time.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np

from overt.errors import BadModel, Misuse
from overt.faces.silent_runtime import import_onnxruntime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MAX_COMPILED_SHAPES = 8
"""Input shapes that OpenVINO keeps a compiled network for; the one used longest ago goes first."""

ort: Any = import_onnxruntime()  # its type stubs leave out what it exports
_CUDA = "CUDAExecutionProvider"
_CPU = "CPUExecutionProvider"
_ONLY_ERRORS = 3


def cuda_present() -> bool:
    """Whether the installed ONNX Runtime was built for CUDA."""
    return _CUDA in ort.get_available_providers()


class _Timed:
    """Counts calls and the wall time inside them."""

    def __init__(self, graph: Path) -> None:
        self.graph = graph
        self.busy_s = 0.0
        self.calls = 0

    def run(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """Outputs for a (n, c, h, w) float32 batch, in the order of the graph.

        Raises:
            BadModel: if the graph does not take such a batch, or the engine fails.
        """
        batch = np.ascontiguousarray(batch, dtype=np.float32)
        started = time.perf_counter()
        try:
            return self._infer(batch)
        except Exception as fault:  # each engine has error classes of its own, without a base
            msg = (
                f"{self.graph.name} cannot process a batch of shape {batch.shape}: {_brief(fault)}"
            )
            raise BadModel(msg, advice="Check the pack with `overt models check`.") from fault
        finally:
            self.busy_s += time.perf_counter() - started
            self.calls += 1

    def _infer(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        raise NotImplementedError


class OnnxRuntimeNetwork(_Timed):
    """A graph on ONNX Runtime, in 32-bit floating point."""

    precision = "fp32"

    def __init__(self, graph: Path, *, threads: int, device: str) -> None:
        super().__init__(graph)
        self._session: Any = _session(graph, threads, device)
        given = self._session.get_inputs()[0]
        self._input = given.name
        self._one_at_a_time = given.shape[0] == 1
        where = "cuda" if self._session.get_providers()[0] == _CUDA else "cpu"
        self.identity = f"onnxruntime-{ort.__version__}/{self.precision}/{where}"

    def _infer(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        session = self._session
        if session is None:
            msg = "the network is closed"
            raise ValueError(msg)
        if not self._one_at_a_time or len(batch) == 1:
            return tuple(session.run(None, {self._input: batch}))
        each = [session.run(None, {self._input: one[np.newaxis]}) for one in batch]
        return _joined([tuple(answer) for answer in each])

    def close(self) -> None:
        """Let go of the engine's memory."""
        self._session = None


def _session(graph: Path, threads: int, device: str) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    # Plans memory for one shape; ours vary, and each new shape would cost a new plan.
    options.enable_mem_pattern = False
    # Waiting threads must not burn the CPU that decoding and the console need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    if device == "cuda" and not cuda_present():
        msg = "the device cuda was asked for, but ONNX Runtime here has no CUDA"
        raise Misuse(msg, advice="Install overt[gpu] in place of onnxruntime, or use device cpu.")
    providers: list[Any] = [_CPU]
    if device == "cuda" or (device == "auto" and cuda_present()):
        # TF32 rounds to 10 bits unseen; precision is pinned and part of the evidence (R14).
        providers.insert(0, (_CUDA, {"use_tf32": "0"}))
    try:
        session = ort.InferenceSession(str(graph), options, providers=providers)
    except Exception as fault:  # see above
        msg = f"ONNX Runtime cannot load {graph}: {_brief(fault)}"
        raise BadModel(msg, advice="Check the pack with `overt models check`.") from fault
    if device == "cuda" and session.get_providers()[0] != _CUDA:
        msg = "the device cuda was asked for, but ONNX Runtime found no usable GPU"
        raise Misuse(msg, advice="Check the driver and the CUDA libraries, or use device cpu.")
    return session


class OpenVinoNetwork(_Timed):
    """A graph on OpenVINO's CPU plug-in, compiled once for each size of picture."""

    def __init__(self, graph: Path, *, threads: int, bf16: bool) -> None:
        super().__init__(graph)
        try:
            import openvino  # noqa: PLC0415 - an extra, so only when it is asked for
        except ImportError as fault:
            msg = "the engine openvino was asked for, but it is not installed"
            raise Misuse(msg, advice="pip install overt[openvino], or use onnxruntime.") from fault
        ov: Any = openvino
        self._ov = ov
        self._core = ov.Core()
        self._settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            # Cores are shared with other cameras' workers, which would pin to the same ones.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            self._model: Any = self._core.read_model(graph)
            any_shape = self._core.compile_model(self._model, "CPU", self._settings)
        except Exception as fault:  # OpenVINO raises bare RuntimeError
            msg = f"OpenVINO cannot load {graph}: {_brief(fault)}"
            raise BadModel(msg, advice="Check the pack with `overt models check`.") from fault
        # What the plug-in will do, which on a CPU without bf16 is not what was asked.
        used = any_shape.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        self.precision = {"f32": "fp32", "bf16": "bf16"}.get(used, used)
        version = ov.get_version().split("-", maxsplit=1)[0]
        self.identity = f"openvino-{version}/{self.precision}/cpu"
        self._requests: OrderedDict[tuple[int, ...], Any] = OrderedDict()

    def _request(self, shape: tuple[int, ...]) -> Any:
        """An inference request compiled for exactly this shape."""
        if shape in self._requests:
            self._requests.move_to_end(shape)
            return self._requests[shape]
        wanted = self._ov.PartialShape(list(shape))
        if not self._model.input(0).get_partial_shape().compatible(wanted):
            msg = f"it takes {self._model.input(0).get_partial_shape()}"
            raise ValueError(msg)
        model = self._model.clone()
        model.reshape(wanted)
        request = self._core.compile_model(model, "CPU", self._settings).create_infer_request()
        self._requests[shape] = request
        if len(self._requests) > MAX_COMPILED_SHAPES:
            self._requests.popitem(last=False)
        return request

    def _infer(self, batch: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        if self._model is None:
            msg = "the network is closed"
            raise ValueError(msg)
        # One at a time: compiling for each new batch size would stall a camera for a second,
        # and a network left open to any size runs at about half the speed.
        each = [self._infer_one(one[np.newaxis]) for one in batch]
        return each[0] if len(each) == 1 else _joined(each)

    def _infer_one(self, one: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        # The request writes its next results into the same memory, so these are copied out.
        results = self._request(one.shape).infer([one], share_inputs=True, share_outputs=False)
        return tuple(results[i] for i in range(len(results)))

    def close(self) -> None:
        """Let go of the engine's memory."""
        self._requests.clear()
        self._model = None


def _joined(
    each: list[tuple[NDArray[np.float32], ...]],
) -> tuple[NDArray[np.float32], ...]:
    """One batch out of many answers."""
    if not each:
        msg = "the batch is empty"
        raise ValueError(msg)
    return tuple(np.concatenate(output) for output in zip(*each, strict=True))


def _brief(fault: Exception) -> str:
    """The first line of an engine's error, which may run to pages."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return (lines[0] if lines else type(fault).__name__)[:300]

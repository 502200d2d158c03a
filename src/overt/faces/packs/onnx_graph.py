"""Reading and writing ONNX graphs the same way everywhere, so that equal graphs are equal bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import onnx

from overt.errors import BadModel

model_from_bytes: Any = onnx.load_model_from_string
onnx_pb: Any = onnx

IR_VERSION = 8
"""Understood by every ONNX Runtime and OpenVINO that Overt supports."""

Size = int | str
"""A dimension: fixed, or the name of one that is left open."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """What a graph takes and gives."""

    given: tuple[Size, ...]
    """The one input's dimensions: batch, channels, height, width."""
    outputs: tuple[tuple[Size, ...], ...]


def parse_onnx(raw: bytes, origin: str) -> Any:
    """An ONNX model from bytes.

    Raises:
        BadModel: if the bytes are no ONNX, or the weights lie in other files, where no hash of
            ours reaches.
    """
    try:
        model = model_from_bytes(raw)
    except Exception as fault:  # protobuf's own error class moves between its versions
        msg = f"{origin} is no ONNX graph"
        raise BadModel(msg, advice="Check the manifest's source.") from fault
    if not model.graph.node:
        msg = f"{origin} holds an empty graph"
        raise BadModel(msg, advice="Check the manifest's source.")
    external = onnx_pb.TensorProto.EXTERNAL
    if any(tensor.data_location == external for tensor in model.graph.initializer):
        msg = f"{origin} keeps its weights in other files, which the manifest's hash does not cover"
        raise BadModel(msg, advice="Save it as one file.")
    return model


def shapes_of(model: Any, origin: str) -> Shapes:
    """What a graph takes and gives.

    Raises:
        BadModel: unless it takes exactly one batch of pictures with three channels.
    """
    initial = {tensor.name for tensor in model.graph.initializer}
    given = [value for value in model.graph.input if value.name not in initial]
    if len(given) != 1:
        msg = f"{origin} takes {len(given)} inputs, not one"
        raise BadModel(msg)
    shape = _sizes(given[0])
    if len(shape) != 4 or shape[1] not in (3, "?"):  # noqa: PLR2004 - n, channels, h, w
        msg = f"{origin} takes {shape}, not (batch, 3, height, width)"
        raise BadModel(msg)
    return Shapes(shape, tuple(_sizes(value) for value in model.graph.output))


def _sizes(value: Any) -> tuple[Size, ...]:
    sizes = value.type.tensor_type.shape.dim
    return tuple(
        size.dim_value if size.HasField("dim_value") else (size.dim_param or "?") for size in sizes
    )


def name_sizes(value: Any, *sizes: Size) -> None:
    """Give an input or output these dimensions."""
    shape = value.type.tensor_type.shape
    del shape.dim[:]
    for size in sizes:
        if isinstance(size, int):
            shape.dim.add().dim_value = size
        else:
            shape.dim.add().dim_param = size


def graph_bytes(model: Any, origin: str) -> bytes:
    """A checked graph, the same bytes each time.

    Raises:
        BadModel: if the graph breaks ONNX's own rules.
    """
    model.ir_version = max(IR_VERSION, model.ir_version)
    model.producer_name, model.producer_version, model.doc_string = "overt", "", ""
    try:
        onnx_pb.checker.check_model(model)
    except onnx_pb.checker.ValidationError as fault:
        msg = f"{origin} breaks the rules of ONNX: {str(fault).splitlines()[0]}"
        raise BadModel(msg) from fault
    return bytes(model.SerializeToString(deterministic=True))

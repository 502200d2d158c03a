"""Builds dlib's face recogniser as an ONNX graph.

The network is dlib's own (``examples/dnn_face_recognition_ex.cpp``, Boost licence): a stem, 14
residual blocks, a mean over the picture and a projection. Each affine layer is folded into the
convolution before it. A shortcut that halves the picture gives half as many channels, and at odd
sizes one row and column more, than the convolutions beside it; dlib adds the two as if the
smaller were filled up with zeros, and so does this graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from overt.faces.packs.dlib_format import BLOCKS, OUTPUTS, Convolution, read_dlib_resnet
from overt.faces.packs.onnx_graph import IR_VERSION, graph_bytes

SIDE = 150
"""Pixels of the square chip."""
_OPSET = 13
_helper: Any = onnx.helper


def build_dlib_resnet(raw: bytes) -> bytes:
    """The recogniser as ONNX: ``chips`` (n, 3, 150, 150) float32 in, ``template`` (n, 128) out.

    Args:
        raw: the bytes of ``dlib_face_recognition_resnet_model_v1.dat``.

    Raises:
        BadModel: if they are not that file's, naming what and where.
    """
    network = read_dlib_resnet(raw)
    graph = _Graph()
    convolutions = iter(network.convolutions)
    stem = graph.relu(graph.convolve("chips", next(convolutions), "stem", stride=2, padding=0))
    top = graph.add("MaxPool", [stem], kernel_shape=[3, 3], strides=[2, 2])
    side = ((SIDE - 7) // 2 + 1 - 3) // 2 + 1
    channels = len(network.convolutions[0].biases)
    for number, block in enumerate(BLOCKS, start=1):
        name = f"block{number}"
        first, second = next(convolutions), next(convolutions)
        stride, padding = (2, 0) if block.down else (1, 1)
        half = graph.relu(graph.convolve(top, first, f"{name}.first", stride, padding))
        sum_ = graph.convolve(half, second, f"{name}.second", stride=1, padding=1)
        shortcut = top
        if block.down:
            convolved, pooled = (side - 3) // 2 + 1, (side - 2) // 2 + 1
            shortcut = graph.add("AveragePool", [top], kernel_shape=[2, 2], strides=[2, 2])
            sum_ = graph.fill(sum_, f"{name}.rows", below=pooled - convolved)
            shortcut = graph.fill(shortcut, f"{name}.channels", channels=block.filters - channels)
            side = pooled
        top = graph.relu(graph.add("Add", [sum_, shortcut]))
        channels = block.filters
    mean = graph.add("Flatten", [graph.add("GlobalAveragePool", [top])], axis=1)
    graph.constant("projection", network.projection)
    graph.add("MatMul", [mean, "projection"], output="template")
    return graph_bytes(graph.model(), "the rebuilt dlib recogniser")


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, inputs: list[str], output: str = "", **attributes: object) -> str:
        name = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(_helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def relu(self, value: str) -> str:
        return self.add("Relu", [value])

    def convolve(self, value: str, layer: Convolution, name: str, stride: int, padding: int) -> str:
        """One convolution for gamma * (w * x + b) + beta."""
        size = layer.weights.shape[-1]
        gamma = layer.gamma.astype(np.float64)
        weights = (layer.weights * gamma[:, None, None, None]).astype(np.float32)
        biases = (gamma * layer.biases + layer.beta).astype(np.float32)
        inputs = [
            value,
            self.constant(f"{name}.weights", weights),
            self.constant(f"{name}.biases", biases),
        ]
        return self.add(
            "Conv",
            inputs,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[padding] * 4,
        )

    def fill(self, value: str, name: str, below: int = 0, channels: int = 0) -> str:
        """Zeros below and to the right, or in further channels."""
        if not below and not channels:
            return value
        pads = np.array([0, 0, 0, 0, 0, channels, below, below], dtype=np.int64)
        return self.add("Pad", [value, self.constant(name, pads)], mode="constant")

    def model(self) -> Any:
        chips = _helper.make_tensor_value_info("chips", 1, ["n", 3, SIDE, SIDE])
        template = _helper.make_tensor_value_info("template", 1, ["n", OUTPUTS])
        graph = _helper.make_graph(
            self.nodes, "dlib-resnet", [chips], [template], initializer=self.constants
        )
        opset = [_helper.make_opsetid("", _OPSET)]
        return _helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)

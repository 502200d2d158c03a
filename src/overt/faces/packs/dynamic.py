"""Opens what a published graph fixes: the size of a detector's picture, a recogniser's batch."""

from __future__ import annotations

from overt.faces.packs.onnx_graph import graph_bytes, name_sizes, parse_onnx, shapes_of


def open_picture_size(raw: bytes) -> bytes:
    """The same detector for a picture of any height and width."""
    return _open(raw, picture=True)


def open_batch(raw: bytes) -> bytes:
    """The same recogniser for any number of chips."""
    return _open(raw, picture=False)


def _open(raw: bytes, *, picture: bool) -> bytes:
    origin = "the weights"
    model = parse_onnx(raw, origin)
    shapes = shapes_of(model, origin)
    graph = model.graph
    constants = {tensor.name for tensor in graph.initializer}
    given = next(value for value in graph.input if value.name not in constants)
    batch, channels, height, width = shapes.given
    if picture:
        name_sizes(given, batch, channels, "h", "w")
    else:
        name_sizes(given, "n", channels, height, width)
    for value, sizes in zip(graph.output, shapes.outputs, strict=True):
        if picture:
            name_sizes(value, *(f"{value.name}.{axis}" for axis in range(len(sizes))))
        else:
            name_sizes(value, "n", *sizes[1:])
    del graph.value_info[:]
    return graph_bytes(model, origin)

"""Weights → clean graph, kept in the cache so that it is built once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from overt.errors import BadModel
from overt.faces.packs.centerface import clean_centerface
from overt.faces.packs.dlib_resnet import build_dlib_resnet
from overt.faces.packs.dynamic import open_batch, open_picture_size
from overt.faces.packs.folders import cache_dir, sha256_of, written_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from overt.faces.packs.manifest import WeightsSpec

BUILDER_VERSION = 1
"""Raised whenever a builder gives other bytes, so that old graphs are not taken for new ones."""

BUILDERS: dict[str, Callable[[bytes], bytes]] = {
    "dynamic-size": open_picture_size,
    "dynamic-batch": open_batch,
    "centerface-clean": clean_centerface,
    "dlib-resnet": build_dlib_resnet,
}


def graph_of(source: Path, weights: WeightsSpec) -> tuple[Path, str]:
    """The clean graph of verified weights, and its hash.

    A graph from the cache is hashed again each time, and rebuilt if it is not what was written.

    Raises:
        BadModel: if the weights cannot be read or turned into a graph, or the graph cannot
            be written.
    """
    if weights.transform == "none":
        return source, weights.sha256
    name = f"{weights.sha256}-{weights.transform}-v{BUILDER_VERSION}"
    graph = cache_dir() / "graphs" / f"{name}.onnx"
    seal = graph.with_suffix(".sha256")
    kept = _sealed_hash(graph, seal)
    if kept is not None:
        return graph, kept
    built = BUILDERS[weights.transform](_read(source, weights))
    digest = hashlib.sha256(built).hexdigest()
    # Builders give the same bytes each time, so it does not matter which process writes last.
    with written_whole(graph) as file:
        file.write(built)
    with written_whole(seal) as file:
        file.write(f"{digest}\n".encode())
    return graph, digest


def _sealed_hash(graph: Path, seal: Path) -> str | None:
    """The cached graph's hash, or None if it is absent, damaged or unreadable."""
    try:
        wanted = seal.read_text(encoding="ascii").strip()
        found = sha256_of(graph)
    except (OSError, UnicodeDecodeError):
        return None
    return found if found == wanted else None


def _read(source: Path, weights: WeightsSpec) -> bytes:
    """The bytes that are built from, hashed once more: the file may have changed since."""
    try:
        raw = source.read_bytes()
    except OSError as fault:
        msg = f"cannot read {source}: {fault.strerror or fault}"
        raise BadModel(msg) from fault
    if hashlib.sha256(raw).hexdigest() != weights.sha256:
        msg = f"{source} changed while it was being read"
        raise BadModel(msg, advice="Start again.")
    return raw

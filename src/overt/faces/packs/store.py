"""Opens a pack: every file verified, every graph clean."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Generic, TypeVar

from overt.errors import BadModel
from overt.faces.packs.catalogue import find_entry
from overt.faces.packs.manifest import DetectorSpec, RecogniserSpec
from overt.faces.packs.onnx_graph import Shapes, parse_onnx, shapes_of
from overt.faces.packs.transforms import BUILDER_VERSION, graph_of
from overt.faces.packs.weights import find_weights, verify_weights

if TYPE_CHECKING:
    from pathlib import Path

    from overt.faces.packs.catalogue import Entry
    from overt.faces.packs.manifest import Manifest, WeightsSpec

SpecT = TypeVar("SpecT", DetectorSpec, RecogniserSpec)

OUTPUTS = {"centerface": 4, "yunet": 12, "scrfd": 9}
"""How many outputs each decoder reads."""


@dataclass(frozen=True, slots=True)
class Model(Generic[SpecT]):
    """A verified model."""

    spec: SpecT
    """How its input is prepared and its output read."""
    graph: Path
    """The clean ONNX graph."""
    weights_sha256: str
    """Hash of the weights as published."""
    graph_sha256: str
    """Hash of the graph."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A detector and a recogniser that belong together."""

    name: str
    detector: Model[DetectorSpec]
    recogniser: Model[RecogniserSpec]
    identity: str
    """Name and 12 hexadecimal digits over weights, builders and preparation. Templates of
    different identities are not comparable."""


def open_pack(name_or_manifest: str | Path) -> Pack:
    """Open a pack by its name or its manifest's path. Never uses the network.

    Raises:
        BadModel: if there is no such pack, its manifest is not valid, a file is missing or is
            not the one that the manifest names, or a graph cannot be built or written.
    """
    return open_entry(find_entry(name_or_manifest))


def open_entry(entry: Entry) -> Pack:
    """Open a pack whose manifest is known.

    Raises:
        BadModel: see `open_pack`.
    """
    manifest = entry.manifest
    # 1. The files are the ones that the manifest names.
    detector_file = _verified(entry, manifest.detector.weights)
    recogniser_file = _verified(entry, manifest.recogniser.weights)
    # 2. The graphs are clean.
    detector_graph, detector_hash = graph_of(detector_file, manifest.detector.weights)
    recogniser_graph, recogniser_hash = graph_of(recogniser_file, manifest.recogniser.weights)
    # 3. The graphs take and give what the manifest says.
    _check_detector(manifest, _shapes(detector_graph))
    _check_recogniser(manifest, _shapes(recogniser_graph))
    return Pack(
        name=manifest.name,
        detector=Model(
            manifest.detector.spec,
            detector_graph,
            manifest.detector.weights.sha256,
            detector_hash,
        ),
        recogniser=Model(
            manifest.recogniser.spec,
            recogniser_graph,
            manifest.recogniser.weights.sha256,
            recogniser_hash,
        ),
        identity=identity_of(manifest),
    )


def identity_of(manifest: Manifest) -> str:
    """What decides a template, in short; licences, sources and measured curves do not."""
    parts = {
        "builder": BUILDER_VERSION,
        "detector": manifest.detector.spec.model_dump(mode="json"),
        "recogniser": manifest.recogniser.spec.model_dump(
            mode="json", exclude={"false_match", "false_match_source"}
        ),
        "weights": [
            [model.weights.sha256, model.weights.transform]
            for model in (manifest.detector, manifest.recogniser)
        ],
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return f"{manifest.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _verified(entry: Entry, weights: WeightsSpec) -> Path:
    path = find_weights(entry, weights)
    verify_weights(path, weights)
    return path


def _shapes(graph: Path) -> Shapes:
    try:
        raw = graph.read_bytes()
    except OSError as fault:
        msg = f"cannot read {graph}: {fault.strerror or fault}"
        raise BadModel(msg) from fault
    return shapes_of(parse_onnx(raw, str(graph)), str(graph))


def _check_detector(manifest: Manifest, shapes: Shapes) -> None:
    decoder = manifest.detector.spec.decoder
    if len(shapes.outputs) != OUTPUTS[decoder]:
        msg = (
            f"{manifest.name}: the detector gives {len(shapes.outputs)} outputs; "
            f"the decoder {decoder} reads {OUTPUTS[decoder]}"
        )
        raise BadModel(msg, advice="Correct decoder in the manifest.")
    if any(isinstance(size, int) and size > 0 for size in shapes.given[2:]):
        msg = f"{manifest.name}: the detector is fixed to pictures of {shapes.given[2:]}"
        raise BadModel(msg, advice='Set transform = "dynamic-size" in the manifest.')


def _check_recogniser(manifest: Manifest, shapes: Shapes) -> None:
    spec = manifest.recogniser.spec
    for size in shapes.given[2:]:
        if isinstance(size, int) and size != spec.chip_px:
            msg = f"{manifest.name}: the recogniser takes {size} pixels, not {spec.chip_px}"
            raise BadModel(msg, advice="Correct chip_px in the manifest.")
    if len(shapes.outputs) != 1:
        msg = f"{manifest.name}: the recogniser gives {len(shapes.outputs)} outputs, not one"
        raise BadModel(msg)
    lengths = [size for size in shapes.outputs[0][1:] if isinstance(size, int)]
    if len(lengths) == len(shapes.outputs[0]) - 1 and prod(lengths) != spec.template_length:
        msg = f"{manifest.name}: templates have {prod(lengths)} values, not {spec.template_length}"
        raise BadModel(msg, advice="Correct template_length in the manifest.")

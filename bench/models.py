"""The built-in recogniser against the code it replaces: dlib's own.

    python bench/models.py [--chips 20] [--json FILE]

`bench/detector.py` does the same for the detector. One process, one thread for each, in turn,
medians: other work on the machine then weighs on both sides alike. Needs the test data beside
the checkout.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import sys
import time
from importlib.metadata import distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ["OMP_NUM_THREADS"] = "1"  # before any library reads it

import numpy as np
from PIL import Image

from overt.faces.packs.store import Pack, open_pack
from overt.faces.runtime import Engine, Precision, RuntimeOptions, load_network

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
DLIB_FILE = "face_recognition_models/models/dlib_face_recognition_resnet_model_v1.dat"
ENGINES = {
    "onnxruntime fp32": RuntimeOptions(),
    "openvino fp32": RuntimeOptions(engine=Engine.OPENVINO),
    "openvino bf16": RuntimeOptions(engine=Engine.OPENVINO, precision=Precision.BF16),
}


def median_ms(calls: dict[str, Callable[[int], object]], rounds: int) -> dict[str, float]:
    """Each call once a round, in turn, after one unmeasured round; the median of each."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for index in range(-1, rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            call(max(index, 0))
            if index >= 0:
                seconds[name].append(time.perf_counter() - started)
    return {name: round(statistics.median(times) * 1e3, 2) for name, times in seconds.items()}


def recogniser(pack: Pack, count: int) -> dict[str, Any]:
    """dlib-bin and ours, a chip at a time."""
    dlib: Any = importlib.import_module("dlib")  # it has no types
    files = sorted((DATA / "people").glob("*.jpg"))[::50][:count]
    chips = [np.asarray(Image.open(f).convert("RGB"))[50:200, 50:200].copy() for f in files]
    spec = pack.recogniser.spec
    mean = np.array(spec.mean, np.float32)
    blobs = [
        ((chip.astype(np.float32) - mean) * np.float32(spec.scale)).transpose(2, 0, 1)[None].copy()
        for chip in chips
    ]
    theirs = dlib.face_recognition_model_v1(
        str(distribution("face-recognition-models").locate_file(DLIB_FILE))
    )
    networks = {name: load_network(pack.recogniser.graph, o) for name, o in ENGINES.items()}
    calls: dict[str, Callable[[int], object]] = {
        "dlib-bin": lambda i: theirs.compute_face_descriptor(chips[i])
    }
    for name, network in networks.items():
        calls[name] = lambda i, n=network: n.run(blobs[i])  # type: ignore[misc]
    times = median_ms(calls, len(chips))
    reference = np.array([theirs.compute_face_descriptor(chip) for chip in chips])
    differences = {
        name: float(
            max(np.abs(n.run(b)[0] - r).max() for b, r in zip(blobs, reference, strict=True))
        )
        for name, network in networks.items()
        for n in (network,)
    }
    return {
        "chips": len(chips),
        "ms_per_face": times,
        "times_faster_than_dlib": {n: round(times["dlib-bin"] / times[n], 1) for n in networks},
        "largest_difference_from_dlib": differences,
        "precision_used": {name: n.precision for name, n in networks.items()},
    }


def main() -> None:
    """Measure, print, and write the figures if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--chips", type=int, default=20)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not DATA.is_dir():
        sys.exit(f"this bench needs the test data in {DATA}")
    pack = open_pack("builtin")
    figures = {
        "pack": pack.identity,
        "versions": {n: version(n) for n in ("onnxruntime", "openvino", "dlib-bin")},
        "recogniser": recogniser(pack, arguments.chips),
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()

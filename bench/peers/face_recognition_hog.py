"""face_recognition, the best-known one: dlib's HOG detector and recogniser, by its own calls.

Its README shrinks video frames before it looks for faces; here to a width of 640, as for the
others. HOG has no landmarks, so those that its own model finds are given.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from turns import EachFrame, serve

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH = 640


def load() -> EachFrame:
    """From the weights inside face-recognition-models."""
    library: Any = importlib.import_module("face_recognition")

    def analyse(image: NDArray[np.uint8]) -> list[list[float]]:
        scale = WIDTH / image.shape[1]
        small = cv2.resize(image, (WIDTH, round(image.shape[0] * scale)))
        places = library.face_locations(small)
        library.face_encodings(small, places)
        marks = library.face_landmarks(small, places)
        found = []
        for (top, right, bottom, left), parts in zip(places, marks, strict=True):
            middle = {name: np.mean(points, axis=0) for name, points in parts.items()}
            five = (
                middle["left_eye"],
                middle["right_eye"],
                parts["nose_bridge"][-1],
                parts["top_lip"][0],
                parts["bottom_lip"][0],
            )
            box = np.array([left, top, right, bottom], float)
            found.append((np.concatenate([box, np.ravel(five)]) / scale).tolist())
        return found

    names = ("face-recognition", "dlib-bin")
    return EachFrame(analyse, bgr=False, versions={name: version(name) for name in names})


serve(load, bgr=False)

"""Find 468 face landmarks in each photograph with MediaPipe Face Mesh (Apache-2.0).

Step one of two in building the cast model; `build.py` is the second. It runs in an
environment of its own, because nothing else of Overt needs MediaPipe::

    python3 -m venv /tmp/mesh && /tmp/mesh/bin/pip install "mediapipe==0.10.14" "numpy<2"
    /tmp/mesh/bin/python tools/cast_model/landmarks.py ../shared/data/people /tmp/landmarks.npz

The weights come inside the MediaPipe wheel; nothing is fetched at run time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np


def main(folder: Path, target: Path) -> None:
    """Write `names` (n,) and `points` (n, 468, 3) float32, in pixels, z towards the scene."""
    mesh = mp.solutions.face_mesh.FaceMesh(
        static_image_mode=True, max_num_faces=4, min_detection_confidence=0.5
    )
    names: list[str] = []
    points: list[np.ndarray] = []
    paths = sorted(folder.glob("*.jpg"))
    for number, path in enumerate(paths):
        image = cv2.imread(str(path))
        height, width = image.shape[:2]
        found = mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks or []
        scale = np.array([width, height, width], np.float32)
        faces = [
            np.array([[p.x, p.y, p.z] for p in face.landmark], np.float32) * scale for face in found
        ]
        if faces:
            middle = np.array([width / 2, height / 2])
            face = min(faces, key=lambda f: float(np.hypot(*(f[:, :2].mean(0) - middle))))
            names.append(path.name)
            points.append(face[:468])
        if number % 500 == 0:
            print(f"{number} of {len(paths)}, {len(names)} with a face", flush=True)
    np.savez_compressed(target, names=np.array(names), points=np.stack(points))
    print(f"{len(names)} of {len(paths)} photographs have landmarks: {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

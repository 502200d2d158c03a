"""A still picture → its faces with quality and templates: what enrolment reads with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overt.config import Config
from overt.faces.aligner import align
from overt.faces.quality import assess
from overt.live.engine import open_engine
from overt.policy import ENROLMENT_LIMITS
from overt.values import Reading, Template

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from overt.live.engine import Engine
    from overt.policy import QualityLimits

STILL_SIDES = (640, 320, 160)
"""Sizes at which faces are looked for, largest first: a close portrait fills the picture, and
detectors miss faces larger than those they were trained on."""


class StillReader:
    """Reads stills with the networks of an engine.

    Args:
        engine: loaded networks.
        limits: what a face must meet for a template to be made.
    """

    def __init__(self, engine: Engine, limits: QualityLimits = ENROLMENT_LIMITS) -> None:
        self._detectors = [engine.detector(side) for side in STILL_SIDES]
        self._embedder = engine.embedder
        self._align = engine.align_points
        self._limits = limits
        self.model = engine.model

    def read(self, image: NDArray[np.uint8]) -> list[Reading]:
        """Every face of a picture, largest first.

        Args:
            image: (h, w, 3) uint8 RGB.

        Returns:
            Readings; the template is None where a face misses a limit.
        """
        for detector in self._detectors:
            faces = detector.detect(image)
            if faces:
                break
        faces.sort(key=lambda face: -face.landmarks.inter_eye_px)
        size = (image.shape[0], image.shape[1])
        chips = [align(image, f.landmarks, self._align.points, self._align.chip_px) for f in faces]
        qualities = [
            assess(face, chip, size, self._limits) for face, chip in zip(faces, chips, strict=True)
        ]
        usable = [i for i, quality in enumerate(qualities) if quality.assessable]
        vectors = dict(zip(usable, self._embedder.embed([chips[i] for i in usable]), strict=True))
        return [
            Reading(face, quality, Template(vectors[i], self.model) if i in vectors else None)
            for i, (face, quality) in enumerate(zip(faces, qualities, strict=True))
        ]


def open_reader(pack: str = "builtin") -> StillReader:
    """A reader for a pack, with enrolment's limits.

    Raises:
        BadModel: if the pack is missing, altered or cannot be run.
    """
    return StillReader(open_engine(Config(pack=pack)))

"""Exactly what recognises: the settings that an application fixes, and their name (R14, R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from overt.authority.evidence import Combination
from overt.config import Config

if TYPE_CHECKING:
    from overt.authority.application import Application
    from overt.faces.packs.store import Pack


def config_for(application: Application) -> Config:
    """The settings that an application fixes (R15)."""
    recognition = application.recognition
    return Config.model_validate(
        {
            "pack": recognition.pack,
            "runtime": {"engine": recognition.engine, "precision": recognition.precision},
            "detector": {"longest_side": recognition.detector_px},
        }
    )


def combination_of(pack: Pack, config: Config) -> Combination:
    """Exactly what recognises, as evidence and authorities name it."""
    return Combination(
        pack=pack.name,
        identity=pack.identity,
        detector_sha256=pack.detector.weights_sha256,
        recogniser_sha256=pack.recogniser.weights_sha256,
        engine=config.runtime.engine,
        precision=config.runtime.precision,
        normalisation="none",
        detector_px=config.detector.longest_side,
    )

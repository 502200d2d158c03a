"""Strict TOML → `Config`. Unknown keys are errors; limits may only be tightened."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from overt.errors import BadConfig
from overt.policy import MAX_CAMERAS, PROBE_LIMITS, QualityLimits

if TYPE_CHECKING:
    from pathlib import Path

MAX_CONFIG_BYTES = 1_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class RuntimeConfig(_Strict):
    """How the networks are run; part of the evidence."""

    engine: Literal["onnxruntime", "openvino"] = "onnxruntime"
    precision: Literal["fp32", "bf16"] = "fp32"
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    threads: int = Field(default=0, ge=0, le=64)
    """Threads inside one network; 0 shares out the processors this process may use."""
    detector_engine: Literal["onnxruntime", "openvino"] | None = None
    """The detector's, where it is not `engine`."""
    detector_precision: Literal["fp32", "bf16"] | None = None
    """The detector's, where it is not `precision`."""


class DetectorConfig(_Strict):
    """How faces are looked for."""

    longest_side: int = Field(default=640, ge=32, le=8_192)
    """The frame's longer side is scaled down to this, pixels."""
    min_confidence: float = Field(default=0.5, gt=0, lt=1)


class TrackingConfig(_Strict):
    """How faces of one camera are joined over time."""

    keep_lost_s: float = Field(default=1.0, gt=0, le=5)
    """Seconds a face may go undetected before its track ends."""
    keep_frames: int = Field(default=6, ge=1, le=32)
    """Best frames whose mean is the track's template."""


class MatchingConfig(_Strict):
    """What becomes a prompt."""

    cool_down_s: float = Field(default=60, ge=0, le=3_600)
    """Seconds in which one entry raises at most one prompt, over all cameras."""


CameraName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]


class CameraConfig(_Strict):
    """One live camera."""

    source: str = Field(min_length=1)
    """Its address (``rtsp://user@host/path``; the password comes from the environment, see
    docs/cameras.md) or device (``/dev/video0``)."""
    transport: Literal["auto", "tcp", "udp"] = "auto"
    """How a network camera sends."""
    zone: list[list[float]] | None = None
    """Corners of the zone in shares of the picture, ``[[x, y], ...]``; without it, all of it."""

    @field_validator("source")
    @classmethod
    def _no_password(cls, source: str) -> str:
        if re.match(r"\s*[a-z][a-z0-9+.\-]*://[^/@]*:[^/]*@", source, re.IGNORECASE):
            # The message must not repeat it.
            msg = "the camera's address holds a password, which files and lists of processes show"
            raise BadConfig(msg, advice="Write rtsp://USER@HOST/PATH; see docs/cameras.md.")
        return source

    @field_validator("zone")
    @classmethod
    def _pairs(cls, zone: list[list[float]] | None) -> list[list[float]] | None:
        if zone is not None and any(len(corner) != len(("x", "y")) for corner in zone):
            msg = "each corner of a zone is a pair"
            raise BadConfig(msg, rule="R25", advice="Write zone = [[0.1, 0.2], [0.9, 0.2], ...].")
        return zone


class Config(_Strict):
    """Settings of one session."""

    pack: str = "builtin"
    """Model pack, by name or by its manifest's path."""
    runtime: RuntimeConfig = RuntimeConfig()
    detector: DetectorConfig = DetectorConfig()
    tracking: TrackingConfig = TrackingConfig()
    matching: MatchingConfig = MatchingConfig()
    cameras: dict[CameraName, CameraConfig] = Field(default_factory=dict)
    quality: dict[str, float] = Field(default_factory=dict)
    """Limits for faces before a camera that are stricter than `policy.PROBE_LIMITS`."""

    @field_validator("quality")
    @classmethod
    def _tighten_only(cls, changes: dict[str, float]) -> dict[str, float]:
        PROBE_LIMITS.tightened(**changes)
        return changes

    @field_validator("cameras")
    @classmethod
    def _bounded(cls, cameras: dict[str, CameraConfig]) -> dict[str, CameraConfig]:
        if len(cameras) > MAX_CAMERAS:
            msg = f"{len(cameras)} cameras; at most {MAX_CAMERAS} serve one deployment"
            raise BadConfig(msg, rule="R25", advice="Take some out.")
        return cameras

    @property
    def probe_limits(self) -> QualityLimits:
        """What a face before a camera must meet."""
        return PROBE_LIMITS.tightened(**self.quality)

    @property
    def as_dict(self) -> dict[str, object]:
        """Every setting in force, for the record."""
        return {**self.model_dump(mode="json"), "quality": asdict(self.probe_limits)}


def read_config(path: Path) -> Config:
    """Read a configuration file.

    Raises:
        BadConfig: if it cannot be read, is not TOML, has an unknown or wrong key, or loosens
            a limit. The message names the file and the key.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
        if len(text) > MAX_CONFIG_BYTES:
            msg = f"{path}: longer than a configuration can be ({MAX_CONFIG_BYTES:,} bytes)"
            raise BadConfig(msg)
        return parse_config(text.decode("utf-8"), name=str(path))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror})"
        raise BadConfig(msg, advice="Check the path given with --config.") from error
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text"
        raise BadConfig(msg) from error


def parse_config(text: str, *, name: str = "configuration") -> Config:
    """Parse TOML text; see `read_config`."""
    try:
        return Config.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"{name}: not TOML ({error})"
        raise BadConfig(msg) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "(top)"
        msg = f"{name}: {key}: {first['msg']}"
        raise BadConfig(msg, advice="See docs/guide.md for every key.") from error
    except BadConfig as error:
        msg = f"{name}: {error.message}"
        raise BadConfig(msg, rule=error.rule, advice=error.advice) from error

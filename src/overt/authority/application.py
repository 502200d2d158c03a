"""The application: who asks to look for whom, where, when, with what, and why (R2–R4, R20).

Strict TOML or JSON → `Application`. docs/authority.md explains each field. What a field may hold
is here; how the fields limit one another, and what a profile allows, is in `limits`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from overt.authority.forms import (
    Account,
    Form,
    Line,
    Number,
    Sha256,
    Statement,
    Time,
    canonical,
    digest,
    parse,
)
from overt.authority.place import fault_of
from overt.config import CameraConfig, CameraName
from overt.errors import BadConfig
from overt.vocabulary import Category, DocumentKind, Kind, UseCase

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["Application", "canonical", "digest", "parse_application"]

Lax = Field(strict=False)
"""A list for a tuple and a word for an enum's member: TOML and JSON have neither."""
MAX_LIST = 100_000
"""Entries that search was measured with; a longer list is not bespoke (R5)."""


def _boundary(corners: tuple[tuple[Decimal, Decimal], ...]) -> tuple[tuple[Decimal, Decimal], ...]:
    fault = fault_of(corners)
    if fault:
        msg = f"R2: {fault}"
        raise ValueError(msg)
    return corners


Pair = Annotated[tuple[Number, Number], Lax]


class Window(Form):
    """When, and no longer."""

    starts_at: Time
    ends_at: Time


class Place(Form):
    """Where, and no further (R2)."""

    name: Line
    address: Line
    boundary: Annotated[tuple[Pair, ...], Lax, AfterValidator(_boundary)]
    """Corners, [longitude, latitude] in degrees, WGS 84."""


def _source(source: str) -> str:
    try:
        CameraConfig(source=source)
    except BadConfig as fault:
        raise ValueError(fault.line) from None
    return source


class Camera(Form):
    """One camera, named in the authority: no other is opened (R25)."""

    source: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_source)]
    transport: Literal["auto", "tcp", "udp"] = "auto"
    zone: Annotated[tuple[Pair, ...], Field(strict=False, min_length=3, max_length=64)]
    """Corners in shares of the picture. It must be given: who is recognised where is a choice."""

    @property
    def config(self) -> CameraConfig:
        """The same camera as a session opens it."""
        corners = [[float(x), float(y)] for x, y in self.zone]
        return CameraConfig(source=self.source, transport=self.transport, zone=corners)


def _some_category(counts: dict[Category, int]) -> dict[Category, int]:
    if not counts:
        msg = "R3: name at least one category"
        raise ValueError(msg)
    return counts


class Composition(Form):
    """Who may be listed, and how many of them at most (R3, R7)."""

    max_entries: int = Field(ge=1, le=MAX_LIST)
    categories: Annotated[
        dict[Annotated[Category, Lax], Annotated[int, Field(ge=1, le=MAX_LIST)]],
        AfterValidator(_some_category),
    ]
    """The most entries of each category. One that is not named here may not be listed."""
    max_under_18: int = Field(ge=0, le=MAX_LIST)
    max_vulnerable: int = Field(ge=0, le=MAX_LIST)
    vulnerable_justification: Statement | None = None
    """Why under-18s or vulnerable people must be listed, if any may be (R7)."""


class Document(Form):
    """One version of one document that the authority relies on (R20)."""

    title: Line
    version: Annotated[str, Field(min_length=1, max_length=40)]
    sha256: Sha256


class Recognition(Form):
    """Exactly what recognises (R14, R15)."""

    pack: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    identity: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    """The pack's identity as `overt models list` prints it: weights, graphs and preparation."""
    engine: Literal["onnxruntime", "openvino"]
    precision: Literal["fp32", "bf16"]
    normalisation: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = "none"
    """How a similarity is judged against the list's own entries; "none" is the plain cosine."""
    detector_px: int = Field(default=640, ge=32, le=8_192)
    """Longer side of the picture in which faces are looked for."""
    threshold: Annotated[Number, Field(gt=0, lt=1)]
    evidence_sha256: Sha256 | None = None
    """Of the evidence file that this very combination was assessed in."""


class Retention(Form):
    """How long an alert is kept (R11)."""

    alert_hours: int = Field(default=24, ge=1)
    reason: Statement | None = None
    """Needed for longer than the default."""


class Complaints(Form):
    """How somebody who was stopped, or only passed by, can complain (R22)."""

    route: Statement
    contact: Line
    """A postal or electronic address, or a telephone number."""


class NoticePlan(Form):
    """How people are told before they come within sight (R8)."""

    publish_by: Time
    published_at: Annotated[tuple[Line, ...], Field(strict=False, min_length=1, max_length=20)]
    """Where: web pages, papers, notice boards."""
    signs: Annotated[tuple[Line, ...], Field(strict=False, min_length=1, max_length=50)]
    """Where each sign stands."""


Officers = Annotated[tuple[Account, ...], Field(strict=False, min_length=1, max_length=100)]


class Application(Form):
    """Everything that an authoriser must know, and that a session is held to."""

    format: Literal[1]
    title: Line
    organisation: Line
    """The body that answers for it, as signs and leaflets name it."""
    kind: Annotated[Kind, Lax]
    profile: Literal["uk", "eu"]
    use_case: Annotated[UseCase, Lax]
    grounds: Statement
    """Why here and now (R2)."""
    necessity: Statement
    proportionality: Statement
    alternatives: Statement
    """What less intrusive ways were considered, and why they do not do (R4)."""
    window: Window
    place: Place
    expected_footfall: int = Field(ge=1, le=10_000_000)
    """People expected to pass in the window; with FPIR it forecasts false alerts."""
    cameras: Annotated[dict[CameraName, Camera], Field(min_length=1)]
    watchlist: Composition
    documents: dict[Annotated[DocumentKind, Lax], Document] = Field(default_factory=dict)
    recognition: Recognition
    retention: Retention = Retention()
    complaints: Complaints
    notice: NoticePlan
    operators: Officers
    """Who may sit at the desk."""
    engagement_officers: Officers
    """Who may confirm and approach; for each prompt somebody other than its operator (R27)."""


def parse_application(text: str, *, name: str = "application") -> Application:
    """Parse TOML or JSON text. `limits.check` then holds it to its profile.

    Raises:
        BadApplication: naming each field at fault.
    """
    return parse(text, Application, name=name)

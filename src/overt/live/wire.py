"""Messages as bytes, and back: the one door between a worker and its session.

Not pickle: unpickling runs what the sender likes, and the sender handles untrusted video while
the receiver holds the watchlist. A message is a length, a JSON header that is parsed strictly,
and the bare bytes of the arrays whose sizes the header states.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from overt.live.messages import (
    HealthReported,
    SightingMade,
    SourceLost,
    SourceOpened,
    WorkerFaulted,
    WorkerHealth,
    WorkerReady,
)
from overt.values import Box, CameraId, Crop, Problem, Quality, Sighting, Template, TrackId

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from overt.live.messages import Message

MAX_MESSAGE_BYTES = 2_000_000
"""A sighting with three crops of 256 pixels takes 0.6 MB."""
MAX_CROPS = 8
MAX_CROP_PX = 512
MAX_TEMPLATE = 4_096
_LENGTH = struct.Struct("!I")
_UNIT_TOLERANCE = 1e-3

_Count = Annotated[int, Field(ge=0, lt=2**53)]
_Text = Annotated[str, Field(max_length=300)]


class BadMessage(ValueError):
    """A worker sent what is no message: it is faulty, or no longer ours."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Words(_Strict):
    kind: Literal["ready", "opened", "lost", "faulted"]
    text: _Text = ""


class _Health(_Strict):
    kind: Literal["health"]
    frames_in: _Count
    analysed: _Count
    still: _Count
    undelivered: _Count
    dropped: _Count
    detections: _Count
    faces: _Count
    faces_ended: _Count
    detections_in_tracks: _Count
    unassessable: _Count
    outside_zone: _Count
    embedded: _Count
    superseded: _Count
    sightings_lost: _Count
    model_s: Annotated[float, Field(ge=0)]
    inter_eye_px: Annotated[float, Field(ge=0)] | None
    effort: Literal["full", "reduced"]
    problems: dict[Problem, _Count]


class _Quality(_Strict):
    inter_eye_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    sharpness: float
    brightness: float
    contrast: float
    score: float


class _Crop(_Strict):
    height: Annotated[int, Field(ge=1, le=MAX_CROP_PX)]
    width: Annotated[int, Field(ge=1, le=MAX_CROP_PX)]
    box: tuple[float, float, float, float]
    media_s: float
    captured_at: float
    quality: _Quality


class _Sighting(_Strict):
    kind: Literal["sighting"]
    track: _Count
    revision: _Count
    model: _Text
    length: Annotated[int, Field(ge=1, le=MAX_TEMPLATE)]
    crops: Annotated[tuple[_Crop, ...], Field(min_length=1, max_length=MAX_CROPS)]
    first_media_s: float
    media_s: float
    captured_at: float
    frames_used: _Count


_HEADERS: TypeAdapter[_Words | _Health | _Sighting] = TypeAdapter(
    Annotated[_Words | _Health | _Sighting, Field(discriminator="kind")]
)


def encode(message: Message) -> bytes:
    """A message with its length before it."""
    header: BaseModel
    payload: list[bytes] = []
    match message:
        case WorkerReady(model):
            header = _Words(kind="ready", text=model)
        case SourceOpened():
            header = _Words(kind="opened")
        case SourceLost(reason):
            header = _Words(kind="lost", text=reason[:300])
        case WorkerFaulted(reason):
            header = _Words(kind="faulted", text=reason[:300])
        case HealthReported(health):
            fields = {name: getattr(health, name) for name in WorkerHealth.__slots__}
            problems = {Problem(name): count for name, count in health.problems.items()}
            header = _Health(kind="health", **{**fields, "problems": problems})
        case SightingMade(sighting):
            header = _sighting_header(sighting)
            vector = np.ascontiguousarray(sighting.template.vector, "<f4")
            payload = [vector.tobytes(), *(crop.image.tobytes() for crop in sighting.crops)]
    text = header.model_dump_json().encode()
    body = b"".join([_LENGTH.pack(len(text)), text, *payload])
    return _LENGTH.pack(len(body)) + body


def decode(body: bytes, camera: CameraId) -> Message:
    """Read one message.

    Args:
        body: without the length before it.
        camera: whose worker sent it; the sender has no say in that.

    Raises:
        BadMessage: if it is malformed in any way.
    """
    try:
        (length,) = _LENGTH.unpack_from(body)
        header = _HEADERS.validate_json(body[_LENGTH.size : _LENGTH.size + length])
    except (struct.error, ValidationError, ValueError) as error:
        raise BadMessage from error
    payload = memoryview(body)[_LENGTH.size + length :]
    if isinstance(header, _Sighting):
        return SightingMade(_sighting(header, payload, camera))
    if payload:
        raise BadMessage
    if isinstance(header, _Health):
        fields = {name: getattr(header, name) for name in WorkerHealth.__slots__}
        problems = {problem.value: count for problem, count in header.problems.items()}
        return HealthReported(WorkerHealth(**{**fields, "problems": problems}))
    text = "".join(char if char.isprintable() else "?" for char in header.text)
    match header.kind:
        case "ready":
            return WorkerReady(text)
        case "opened":
            return SourceOpened()
        case "lost":
            return SourceLost(text)
        case "faulted":
            return WorkerFaulted(text)


class Unframer:
    """Cuts a stream of bytes into messages, and never holds more than one and a bit."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """Take in bytes as they came."""
        self._held += data

    def next(self) -> bytes | None:
        """The next whole message without its length, or None.

        Raises:
            BadMessage: if it claims to be larger than a message can be.
        """
        if len(self._held) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._held)
        if length > MAX_MESSAGE_BYTES:
            raise BadMessage
        end = _LENGTH.size + length
        if len(self._held) < end:
            return None
        body = bytes(self._held[_LENGTH.size : end])
        del self._held[:end]
        return body


def _sighting_header(sighting: Sighting) -> _Sighting:
    crops = tuple(
        _Crop(
            height=crop.image.shape[0],
            width=crop.image.shape[1],
            box=(crop.box.left, crop.box.top, crop.box.right, crop.box.bottom),
            media_s=crop.media_s,
            captured_at=crop.captured_at,
            quality=_quality_header(crop.quality),
        )
        for crop in sighting.crops
    )
    return _Sighting(
        kind="sighting",
        track=sighting.track,
        revision=sighting.revision,
        model=sighting.template.model,
        length=len(sighting.template.vector),
        crops=crops,
        first_media_s=sighting.first_media_s,
        media_s=sighting.media_s,
        captured_at=sighting.captured_at,
        frames_used=sighting.frames_used,
    )


def _quality_header(quality: Quality) -> _Quality:
    return _Quality(**{name: float(getattr(quality, name)) for name in _Quality.model_fields})


def _sighting(header: _Sighting, payload: memoryview, camera: CameraId) -> Sighting:
    sizes = [header.length * 4, *(crop.height * crop.width * 3 for crop in header.crops)]
    if sum(sizes) != len(payload):
        raise BadMessage
    vector = np.frombuffer(payload[: sizes[0]], "<f4").astype(np.float32)
    if not abs(float(np.linalg.norm(vector)) - 1) <= _UNIT_TOLERANCE:  # also what is no number
        raise BadMessage
    crops, start = [], sizes[0]
    for crop, size in zip(header.crops, sizes[1:], strict=True):
        image: NDArray[np.uint8] = np.frombuffer(payload[start : start + size], np.uint8)
        start += size
        crops.append(
            Crop(
                image=image.reshape(crop.height, crop.width, 3),
                box=Box(*crop.box),
                media_s=crop.media_s,
                captured_at=crop.captured_at,
                quality=Quality(**crop.quality.model_dump()),
            )
        )
    return Sighting(
        camera=camera,
        track=TrackId(header.track),
        revision=header.revision,
        template=Template(vector, header.model),
        crops=tuple(crops),
        first_media_s=header.first_media_s,
        media_s=header.media_s,
        captured_at=header.captured_at,
        frames_used=header.frames_used,
        best_quality=crops[0].quality,
    )

"""Messages as bytes, and back: the one door between a worker and its session.

Not pickle: unpickling runs what the sender likes, and the sender handles untrusted video while
the receiver holds the watchlist. A message is a length, a JSON header that is parsed strictly,
and the bare bytes of the arrays whose sizes the header states.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
ROOM_BYTES = 1 << 18
"""Read from a pipe at once, at most."""
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


def encode(message: Message) -> bytearray:
    """A message with its length before it; the sender overwrites it when it is sent (R9)."""
    header: BaseModel
    arrays: list[NDArray[Any]] = []
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
            arrays = [sighting.template.vector, *(crop.image for crop in sighting.crops)]
    text = header.model_dump_json().encode()
    kinds = ["<f4", *["u1"] * len(arrays)]
    start = 2 * _LENGTH.size + len(text)
    message_bytes = bytearray(
        start + sum(a.size * np.dtype(k).itemsize for a, k in zip(arrays, kinds, strict=False))
    )
    _LENGTH.pack_into(message_bytes, 0, len(message_bytes) - _LENGTH.size)
    _LENGTH.pack_into(message_bytes, _LENGTH.size, len(text))
    message_bytes[2 * _LENGTH.size : start] = text
    for array, kind in zip(arrays, kinds, strict=False):
        # Straight to its place: no copy is made that would be left behind.
        place = np.frombuffer(message_bytes, kind, array.size, start).reshape(array.shape)
        place[...] = array
        start += place.nbytes
    return message_bytes


def decode(body: bytes | bytearray, camera: CameraId) -> Message:
    """Read one message.

    Args:
        body: without the length before it. The pictures of a sighting are views of it, its
            template is a copy, and the template in it is overwritten: `overt.live.forget.forget`
            leaves nothing (R9).
        camera: whose worker sent it; the sender has no say in that.

    Raises:
        BadMessage: if it is malformed in any way.
    """
    try:
        (length,) = _LENGTH.unpack_from(body)
        header = _HEADERS.validate_json(body[_LENGTH.size : _LENGTH.size + length])
    except (struct.error, ValidationError, ValueError) as error:
        raise BadMessage from error
    # What cannot be overwritten in place is copied to where it can be.
    body = body if isinstance(body, bytearray) else bytearray(body)
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
    """Cuts a stream of bytes into messages, and never holds more than one and a bit.

    What was cut out, and what is let go, is overwritten (R9).
    """

    def __init__(self) -> None:
        self._bytes = memoryview(bytearray(ROOM_BYTES))
        self._start = self._end = 0

    def room(self) -> memoryview:
        """Where the stream goes on: to read into, and then to say how much by `took`."""
        held = self._end - self._start
        if len(self._bytes) - self._end < ROOM_BYTES:
            larger = held + ROOM_BYTES > len(self._bytes)
            moved = memoryview(bytearray(2 * len(self._bytes))) if larger else self._bytes
            moved[:held] = self._bytes[self._start : self._end]
            _zero(self._bytes[0 if larger else max(held, self._start) : self._end])
            self._bytes, self._start, self._end = moved, 0, held
        return self._bytes[self._end :]

    def took(self, count: int) -> None:
        """So many bytes were read into `room`."""
        self._end += count

    def feed(self, data: bytes | bytearray) -> None:
        """Take in bytes that came otherwise."""
        for start in range(0, len(data), ROOM_BYTES):
            piece = data[start : start + ROOM_BYTES]
            self.room()[: len(piece)] = piece
            self.took(len(piece))

    def next(self) -> bytearray | None:
        """The next whole message without its length, or None.

        Raises:
            BadMessage: if it claims to be larger than a message can be.
        """
        held = self._bytes[self._start : self._end]
        if len(held) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(held)
        if length > MAX_MESSAGE_BYTES:
            raise BadMessage
        end = _LENGTH.size + length
        if len(held) < end:
            return None
        body = bytearray(held[_LENGTH.size : end])
        _zero(held[:end])
        self._start += end
        if self._start == self._end:
            self._start = self._end = 0
        return body

    def close(self) -> None:
        """Overwrite what never became a message."""
        _zero(self._bytes)
        self._start = self._end = 0


def _zero(place: memoryview) -> None:
    place[:] = bytes(len(place))


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
    sent = np.frombuffer(payload[: sizes[0]], "<f4")
    vector = np.array(sent, np.float32)  # aligned, as a search wants it
    sent[...] = 0
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

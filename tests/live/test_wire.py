from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overt.live.messages import (
    HealthReported,
    SightingMade,
    SourceLost,
    SourceOpened,
    WorkerFaulted,
    WorkerHealth,
    WorkerReady,
)
from overt.live.wire import MAX_MESSAGE_BYTES, BadMessage, Unframer, decode, encode
from overt.values import Box, CameraId, Crop, Quality, Sighting, Template, TrackId

if TYPE_CHECKING:
    from collections.abc import Callable

    from overt.live.messages import Message

CAMERA = CameraId("north")
QUALITY = Quality(60.5, 1, 2, 3, 0.2, 120, 40, 0.9)


def sighting(track: int = 7, revision: int = 2, crops: int = 2) -> Sighting:
    rng = np.random.default_rng(track)
    vector = rng.standard_normal(128).astype(np.float32)
    return Sighting(
        camera=CAMERA,
        track=TrackId(track),
        revision=revision,
        template=Template(vector / np.linalg.norm(vector), "pack/engine"),
        crops=tuple(
            Crop(
                rng.integers(0, 256, (20 + i, 30, 3), np.uint8),
                Box(1, 2, 3.5, 4),
                5.0,
                105.0,
                QUALITY,
            )
            for i in range(crops)
        ),
        first_media_s=4.0,
        media_s=5.0,
        captured_at=105.0,
        frames_used=3,
        best_quality=QUALITY,
    )


def body(message: Message) -> bytes:
    unframer = Unframer()
    unframer.feed(encode(message))
    whole = unframer.next()
    assert whole is not None
    assert unframer.next() is None
    return whole


@pytest.mark.parametrize(
    "message",
    [
        WorkerReady("builtin/onnxruntime"),
        SourceOpened(),
        SourceLost("no route"),
        WorkerFaulted("no model"),
        HealthReported(WorkerHealth(frames_in=5, model_s=1.5, inter_eye_px=None)),
        HealthReported(
            WorkerHealth(inter_eye_px=38.25, effort="reduced", problems={"too dark": 9})
        ),
    ],
)
def test_words_arrive_as_they_were_said(message: Message) -> None:
    assert decode(body(message), CAMERA) == message


def test_a_sighting_arrives_whole() -> None:
    sent = sighting()
    got = decode(body(SightingMade(sent)), CAMERA)
    assert isinstance(got, SightingMade)
    one = got.sighting
    assert np.array_equal(one.template.vector, sent.template.vector)
    assert [c.image.tolist() for c in one.crops] == [c.image.tolist() for c in sent.crops]
    assert [(c.box, c.media_s, c.captured_at, c.quality) for c in one.crops] == [
        (c.box, c.media_s, c.captured_at, c.quality) for c in sent.crops
    ]
    for name in ("camera", "track", "revision", "first_media_s", "media_s", "captured_at",
                 "frames_used", "best_quality"):  # fmt: skip
        assert getattr(one, name) == getattr(sent, name)


def test_the_camera_is_whose_pipe_it_is_and_not_what_the_sender_says() -> None:
    got = decode(body(SightingMade(sighting())), CameraId("south"))
    assert isinstance(got, SightingMade)
    assert got.sighting.camera == "south"


def test_messages_are_cut_out_of_any_stream_of_pieces() -> None:
    stream = encode(SourceOpened()) + encode(SightingMade(sighting())) + encode(SourceLost("x"))
    unframer, found = Unframer(), []
    for start in range(0, len(stream), 7):
        unframer.feed(stream[start : start + 7])
        while (whole := unframer.next()) is not None:
            found.append(decode(whole, CAMERA))
    assert [type(one) for one in found] == [SourceOpened, SightingMade, SourceLost]


def test_a_claim_to_be_too_large_is_refused_before_it_is_held() -> None:
    unframer = Unframer()
    unframer.feed(struct.pack("!I", MAX_MESSAGE_BYTES + 1))
    with pytest.raises(BadMessage):
        unframer.next()


def changed(change: Callable[[dict], None], payload: bytes | None = None) -> bytes:
    whole = body(SightingMade(sighting()))
    (length,) = struct.unpack_from("!I", whole)
    header = json.loads(whole[4 : 4 + length])
    change(header)
    text = json.dumps(header).encode()
    rest = whole[4 + length :] if payload is None else payload
    return struct.pack("!I", len(text)) + text + rest


def put(**fields: object) -> Callable[[dict], None]:
    return lambda header: header.update(fields)


def test_an_unchanged_header_is_read() -> None:
    assert isinstance(decode(changed(put()), CAMERA), SightingMade)


@pytest.mark.parametrize(
    "bad",
    {
        "nothing": b"",
        "no header": b"\0\0\0\0",
        "not json": b"\0\0\0\2{]",
        "a header beyond the end": struct.pack("!I", 10**6) + b"{}",
        "unknown word": changed(put(kind="run")),
        "unknown field": changed(put(extra=1)),
        "missing field": changed(lambda header: header.pop("model")),
        "track as text": changed(put(track="7")),
        "negative track": changed(put(track=-1)),
        "no time": changed(put(captured_at=float("nan"))),
        "endless time": changed(put(media_s=float("inf"))),
        "no crop": changed(put(crops=[])),
        "crops that are not there": changed(lambda h: h["crops"].append(h["crops"][0])),
        "a huge crop": changed(lambda header: header["crops"][0].update(height=10**9)),
        "a crop without height": changed(lambda header: header["crops"][0].update(height=0)),
        "quality that is no number": changed(
            lambda header: header["crops"][0]["quality"].update(score=float("nan"))
        ),
        "too short": changed(put(), payload=b"\0" * 10),
        "too long": changed(put(), payload=b"\0" * 100_000),
        "longer template": changed(put(length=129)),
        "words with a payload": body(SourceOpened()) + b"x",
        "long words": changed(lambda h: (h.clear(), h.update(kind="lost", text="x" * 301)), b""),
    }.items(),
    ids=lambda bad: bad[0],
)  # fmt: skip
def test_what_is_malformed_is_refused(bad: tuple[str, bytes]) -> None:
    with pytest.raises(BadMessage):
        decode(bad[1], CAMERA)


@pytest.mark.parametrize("value", [0.0, float("nan"), float("inf"), 5.0])
def test_a_vector_that_is_not_of_unit_length_is_refused(value: float) -> None:
    whole = bytearray(body(SightingMade(sighting())))
    (length,) = struct.unpack_from("!I", whole)
    whole[4 + length : 4 + length + 512] = np.full(128, value, "<f4").tobytes()
    with pytest.raises(BadMessage):
        decode(bytes(whole), CAMERA)


def test_words_cannot_write_to_a_terminal_what_they_like() -> None:
    got = decode(body(SourceLost("gone\x1b[2J\nroot#")), CAMERA)
    assert got == SourceLost("gone?[2J?root#")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_read_or_refused(data: bytes) -> None:
    try:
        decode(data, CAMERA)
    except BadMessage:
        return

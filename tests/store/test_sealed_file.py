"""The format of sealed files: whatever is done to one, it is refused or gives what was written."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from overt.errors import BadVault, Misuse
from overt.store.sealed_file import (
    END_BYTES,
    HEAD_BYTES,
    MAX_RECORD_BYTES,
    SealedReader,
    SealedWriter,
)
from overt.values import RecordPlace

KEY = b"k" * 32
RECORDS = st.lists(st.binary(max_size=40), max_size=8)


def sealed(
    records: list[bytes], *, key: bytes = KEY, compartment: str = "D-1/list", name: str = "faces"
) -> bytes:
    stream = io.BytesIO()
    writer = SealedWriter(stream, key, compartment, name)
    for record in records:
        writer.append(record)
    writer.finish()
    return stream.getvalue()


def opened(
    content: bytes, *, key: bytes = KEY, compartment: str = "D-1/list", name: str = "faces"
) -> list[bytes]:
    return list(SealedReader(io.BytesIO(content), key, compartment, name))


def frames(content: bytes) -> list[bytes]:
    """The records of a file as they lie there, with their lengths."""
    found, offset = [], HEAD_BYTES
    while offset < len(content) - END_BYTES:
        after = offset + 4 + struct.unpack_from(">I", content, offset)[0] + 16
        found.append(content[offset:after])
        offset = after
    return found


@given(records=RECORDS)
def test_what_is_written_is_read(records: list[bytes]) -> None:
    content = sealed(records)
    assert opened(content) == records
    assert all(record not in content[HEAD_BYTES:] for record in records if len(record) > 6)


@given(records=RECORDS, data=st.data())
def test_each_record_is_read_alone_from_its_place_and_from_no_other(
    records: list[bytes], data: st.DataObject
) -> None:
    stream = io.BytesIO()
    writer = SealedWriter(stream, KEY, "D-1/list", "faces")
    places = [writer.append(record) for record in records]
    writer.finish()
    reader = SealedReader(stream, KEY, "D-1/list", "faces")
    assert [reader.record(place) for place in reversed(places)] == records[::-1]
    other = RecordPlace(
        data.draw(st.integers(-1, 10)), data.draw(st.integers(-1, len(stream.getvalue()) + 1))
    )
    assume(other not in places)
    with pytest.raises(BadVault):
        reader.record(other)


@given(records=RECORDS, data=st.data())
def test_any_flipped_bit_is_refused(records: list[bytes], data: st.DataObject) -> None:
    content = bytearray(sealed(records))
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadVault):
        opened(bytes(content))


def test_each_byte_and_each_length_of_a_file_is_refused_when_altered() -> None:
    content = sealed([b"one", b"", b"three"])
    for place in range(len(content)):
        altered = content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]
        with pytest.raises(BadVault):
            opened(altered)
        with pytest.raises(BadVault):
            opened(content[:place])


@given(records=RECORDS, data=st.data())
def test_a_cut_or_longer_file_is_refused_before_the_first_record(
    records: list[bytes], data: st.DataObject
) -> None:
    content = sealed(records)
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    longer = content + data.draw(st.binary(min_size=1, max_size=80))
    holed = content[: (a := data.draw(st.integers(0, len(content) - 1)))] + content[a + 1 :]
    for bad in (cut, longer, holed):
        with pytest.raises(BadVault):
            SealedReader(io.BytesIO(bad), KEY, "D-1/list", "faces")


@given(records=st.lists(st.binary(max_size=20), min_size=2, max_size=6), data=st.data())
def test_records_in_another_order_twice_or_left_out_are_refused(
    records: list[bytes], data: st.DataObject
) -> None:
    content = sealed(records)
    lying = frames(content)
    other = data.draw(st.lists(st.sampled_from(lying), max_size=8))
    assume(other != lying)
    spliced = content[:HEAD_BYTES] + b"".join(other) + content[-END_BYTES:]
    with pytest.raises(BadVault):
        opened(spliced)


@given(records=RECORDS, others=RECORDS, data=st.data())
def test_parts_of_two_files_are_refused(
    records: list[bytes], others: list[bytes], data: st.DataObject
) -> None:
    one, two = sealed(records), sealed(others)
    a = data.draw(st.integers(1, len(one) - 1))
    b = data.draw(st.integers(1, len(two) - 1))
    assume(a > 12)  # Up to there all files are alike.
    for spliced in (one[:a] + two[b:], one[:a] + two[a:]):
        assume(spliced not in {one, two})
        with pytest.raises(BadVault):
            opened(spliced)


@given(content=st.binary(max_size=200))
def test_noise_is_refused(content: bytes) -> None:
    for noise in (content, sealed([])[:HEAD_BYTES] + content):
        with pytest.raises(BadVault):
            opened(noise)


def test_a_file_opens_nowhere_but_in_its_place_and_with_its_key() -> None:
    content = sealed([b"one", b"two"])
    with pytest.raises(BadVault):
        opened(content, compartment="D-2/list")
    with pytest.raises(BadVault):
        opened(content, name="names")
    with pytest.raises(BadVault):
        opened(content, key=b"o" * 32)
    with pytest.raises(BadVault):
        opened(sealed([b"x"], compartment="D-1/li", name="stfaces"))
    with pytest.raises(BadVault, match="no sealed file, or of another version"):
        opened(content.replace(b"SEALED\x01", b"SEALED\x02"))


def test_two_files_of_the_same_records_are_not_alike() -> None:
    one, two = sealed([b"same"] * 3), sealed([b"same"] * 3)
    assert not set(frames(one)) & set(frames(two))
    assert len(set(frames(one))) == 3


def test_a_length_that_promises_too_much_is_refused_and_never_allocated() -> None:
    content = bytearray(sealed([b"one"]))
    content[HEAD_BYTES : HEAD_BYTES + 4] = struct.pack(">I", 0xFFFF_FFFF)

    class Counting(io.BytesIO):
        most = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.most = max(self.most, size or 0)
            return super().read(size)

    stream = Counting(bytes(content))
    with pytest.raises(BadVault):
        list(SealedReader(stream, KEY, "D-1/list", "faces"))
    assert stream.most < 100


def test_a_record_has_a_greatest_length() -> None:
    stream = io.BytesIO()
    writer = SealedWriter(stream, KEY, "D-1/list", "faces")
    with pytest.raises(Misuse, match="has 16777217 bytes; 16777216 are most"):
        writer.append(bytes(MAX_RECORD_BYTES + 1))
    writer.append(bytes(MAX_RECORD_BYTES))
    writer.finish()
    assert [len(record) for record in opened(stream.getvalue())] == [MAX_RECORD_BYTES]


def test_nothing_follows_the_end() -> None:
    writer = SealedWriter(io.BytesIO(), KEY, "D-1/list", "faces")
    writer.finish()
    with pytest.raises(Misuse):
        writer.append(b"late")

"""Reads dlib's serialised face recogniser, checking each field against the one known network.

The format, from dlib's public sources (dlib/serialize.h, dlib/float_details.h, dlib/dnn/core.h
and dlib/dnn/layers.h): an integer is a control byte, whose low nibble counts the little-endian
bytes that follow and whose high bit is the sign; a float is two integers, mantissa and binary
exponent; a flag is the character 0 or 1; a tensor is a version, four sizes and raw little-endian
float32. A network first nests its layers' versions from the output inwards, and then gives the
layers' details from the input outwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from overt.errors import BadModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ADVICE = "Reinstall the package face-recognition-models."
_TENSOR = 2
_ALIAS = 1
_LAYER = 2
_LAYER_ON_INPUT = 3
_TAG = 1
_LONGEST_INTEGER = 8
_LONGEST_NAME = 64
_LARGEST_EXPONENT = 200


@dataclass(frozen=True, slots=True)
class Block:
    """A residual block: two 3x3 convolutions beside a shortcut."""

    filters: int
    down: bool
    """Whether it halves the picture; its shortcut is then a 2x2 mean."""


STEM_FILTERS = 32
STEM_SIZE = 7
BLOCKS = tuple(
    Block(filters, down)
    for filters, down in (
        *[(32, False)] * 3,
        *[(64, True), (64, False), (64, False), (64, False)],
        *[(128, True), (128, False), (128, False)],
        *[(256, True), (256, False), (256, False)],
        (256, True),
    )
)
"""From the input on: 14 blocks, so 29 convolutions with the stem."""
OUTPUTS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A convolution with the affine layer after it."""

    weights: NDArray[np.float32]
    """(filters, channels, size, size)."""
    biases: NDArray[np.float32]
    """(filters,)."""
    gamma: NDArray[np.float32]
    """(filters,): the affine layer's factor."""
    beta: NDArray[np.float32]
    """(filters,): the affine layer's shift."""


@dataclass(frozen=True, slots=True, eq=False)
class DlibResNet:
    """The weights of dlib's face recogniser."""

    convolutions: tuple[Convolution, ...]
    """29, from the input on."""
    projection: NDArray[np.float32]
    """(256, 128): the last layer, without bias."""


class _Reader:
    """Steps through the bytes; every refusal says where, in which layer, and what was found."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.layer = "the header"

    def refuse(self, what: str, at: int | None = None) -> NoReturn:
        place = self.at if at is None else at
        msg = f"the dlib weights are malformed at byte {place}, in {self.layer}: {what}"
        raise BadModel(msg, advice=_ADVICE)

    def take(self, count: int, what: str) -> bytes:
        if self.at + count > len(self.raw):
            found = f"{what} needs {count} bytes, but the file ends after {len(self.raw)}"
            self.refuse(found)
        part = self.raw[self.at : self.at + count]
        self.at += count
        return part

    def integer(self, what: str) -> int:
        start = self.at
        control = self.take(1, what)[0]
        count = control & 0x0F
        if control & 0x70 or not 1 <= count <= _LONGEST_INTEGER:
            found = f"{what} starts with the byte 0x{control:02x}, which starts no integer"
            self.refuse(found, start)
        value = int.from_bytes(self.take(count, what), "little")
        return -value if control & 0x80 else value

    def expect(self, what: str, *wanted: int) -> None:
        for value in wanted:
            start = self.at
            found = self.integer(what)
            if found != value:
                self.refuse(f"{what} is {found}, not {value}", start)

    def name(self, wanted: str) -> None:
        start = self.at
        length = self.integer("the length of a name")
        if not 0 <= length <= _LONGEST_NAME:
            self.refuse(f"a name of {length} bytes where {wanted!r} should be", start)
        found = self.take(length, "a name")
        if found != wanted.encode():
            shown = found.decode("ascii", "backslashreplace")
            self.refuse(f"the name is {shown!r}, not {wanted!r}", start)

    def flags(self) -> None:
        """Set up, gradient stale, and whether a layer above works in place: either will do."""
        start = self.at
        found = self.take(3, "the state flags")
        if found not in (b"110", b"111"):
            self.refuse(f"the state flags are {found!r}, not b'110' or b'111'", start)

    def real(self, what: str) -> float:
        mantissa, exponent = self.integer(what), self.integer(what)
        if abs(exponent) > _LARGEST_EXPONENT:
            self.refuse(f"{what} has the exponent {exponent}")
        return math.ldexp(mantissa, exponent)

    def expect_real(self, what: str, *wanted: float) -> None:
        for value in wanted:
            start = self.at
            found = self.real(what)
            if not math.isclose(found, value, rel_tol=1e-5):
                self.refuse(f"{what} is {found:g}, not {value:g}", start)

    def tensor(self, what: str, *shape: int) -> NDArray[np.float32]:
        self.expect(f"the version of {what}", _TENSOR)
        self.expect(f"a size of {what}", *shape)
        start = self.at
        raw = self.take(4 * math.prod(shape), what)
        values = np.frombuffer(raw, dtype="<f4").astype(np.float32)
        if not np.isfinite(values).all():
            self.refuse(f"{what} holds values that are no finite numbers", start)
        return values

    def alias(self, what: str, *shape: int) -> None:
        self.expect(f"the version of {what}", _ALIAS)
        self.expect(f"a size of {what}", *shape)


def read_dlib_resnet(raw: bytes) -> DlibResNet:
    """The weights in the bytes of ``dlib_face_recognition_resnet_model_v1.dat``.

    Raises:
        BadModel: if anything differs from that network, naming the byte, the layer and what
            was found.
    """
    reader = _Reader(raw)
    # 1. The loss layer, then every layer's version, from the output inwards.
    reader.expect("the version of the loss layer", 1)
    reader.name("loss_metric_2")
    reader.expect_real("a margin of the loss layer", 0.04, 0.6)
    reader.expect("a layer's version", *_nested_versions())
    # 2. The input layer: the mean colour, and the side of its pictures.
    reader.layer = "the input layer"
    reader.name("input_rgb_image_sized")
    reader.expect_real("a mean of the input", 122.782, 117.001, 104.298)
    reader.expect("a side of the input", 150, 150)
    # 3. The stem.
    convolutions = [_convolution(reader, "the stem", 3, STEM_FILTERS, size=STEM_SIZE, stride=2)]
    _plain(reader, "relu_")
    _pool(reader, "max_pool_2", size=3, stride=2)
    # 4. The residual blocks.
    channels = STEM_FILTERS
    for number, block in enumerate(BLOCKS, start=1):
        where = f"block {number} of {len(BLOCKS)}"
        stride = 2 if block.down else 1
        convolutions.append(
            _convolution(
                reader, f"{where}, first half", channels, block.filters, size=3, stride=stride
            )
        )
        _plain(reader, "relu_")
        channels = block.filters
        convolutions.append(
            _convolution(reader, f"{where}, second half", channels, channels, size=3, stride=1)
        )
        if block.down:
            _pool(reader, "avg_pool_2", size=2, stride=2)
        _plain(reader, "add_prev_")
        _plain(reader, "relu_")
    # 5. The mean over the picture, and the projection to a template.
    reader.layer = "the last pooling"
    _pool(reader, "avg_pool_2", size=0, stride=1)
    projection = _projection(reader, channels)
    # 6. Nothing else.
    if reader.at != len(raw):
        reader.layer = "the end"
        reader.refuse(f"{len(raw) - reader.at} bytes too many")
    return DlibResNet(tuple(convolutions), projection)


def _nested_versions() -> list[int]:
    versions = [_LAYER, _LAYER]  # the projection and the last pooling
    for block in reversed(BLOCKS):
        shortcut = [_LAYER, _TAG, _TAG] if block.down else []  # pooling, skip, tag
        versions += [_LAYER, _LAYER, *shortcut, *[_LAYER] * 5, _TAG]
    return [*versions, *[_LAYER] * 3, _LAYER_ON_INPUT]


def _convolution(
    reader: _Reader, where: str, channels: int, filters: int, *, size: int, stride: int
) -> Convolution:
    reader.layer = f"the convolution of {where}"
    padding = 0 if stride > 1 else size // 2
    count = filters * channels * size * size
    reader.name("con_4")
    values = reader.tensor("the weights", count + filters, 1, 1, 1)
    reader.expect("the number of filters", filters)
    reader.expect("the size of a filter", size, size)
    reader.expect("the stride", stride, stride)
    reader.expect("the padding", padding, padding)
    reader.alias("the filters", filters, channels, size, size)
    reader.alias("the biases", 1, filters, 1, 1)
    _multipliers(reader)
    _state(reader, on_input=channels == 3)  # noqa: PLR2004 - red, green, blue
    reader.layer = f"the affine layer of {where}"
    reader.name("affine_")
    affine = reader.tensor("the weights", 2 * filters, 1, 1, 1)
    reader.alias("the factors", 1, filters, 1, 1)
    reader.alias("the shifts", 1, filters, 1, 1)
    reader.expect("the mode", 0)
    _state(reader)
    return Convolution(
        weights=values[:count].reshape(filters, channels, size, size),
        biases=values[count:],
        gamma=affine[:filters],
        beta=affine[filters:],
    )


def _multipliers(reader: _Reader) -> None:
    """Learning rates: of no use here, but they must be there."""
    for _ in range(4):
        reader.real("a learning rate")


def _projection(reader: _Reader, inputs: int) -> NDArray[np.float32]:
    reader.layer = "the projection"
    reader.name("fc_2")
    reader.expect("the number of outputs", OUTPUTS)
    reader.expect("the number of inputs", inputs)
    values = reader.tensor("the weights", inputs, OUTPUTS, 1, 1)
    reader.alias("the weights' shape", inputs, OUTPUTS, 1, 1)
    reader.alias("the biases", 0, 0, 0, 0)
    reader.expect("the bias mode", 1)
    _multipliers(reader)
    _state(reader)
    return values.reshape(inputs, OUTPUTS)


def _plain(reader: _Reader, name: str) -> None:
    reader.name(name)
    _state(reader)


def _pool(reader: _Reader, name: str, size: int, stride: int) -> None:
    reader.name(name)
    reader.expect("the size of the pool", size, size)
    reader.expect("the stride of the pool", stride, stride)
    reader.expect("the padding of the pool", 0, 0)
    _state(reader)


def _state(reader: _Reader, *, on_input: bool = False) -> None:
    """What training left in a layer: flags, and gradients that are empty in a finished file."""
    reader.flags()
    for _ in range(3):
        reader.tensor("a gradient", 0, 0, 0, 0)
    if on_input:
        reader.expect("the expansion factor", 1)

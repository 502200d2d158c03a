from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from overt.errors import BadImage
from overt.watchlist import image as image_module
from overt.watchlist.image import READING_SIDE_PX, decode, read_image

if TYPE_CHECKING:
    from collections.abc import Callable

W, H = 60, 40
RAMP = np.linspace(0, 255, W).astype(np.uint8)


def picture() -> Image.Image:
    """Dark to light from left to right in red, top half green, bottom half blue."""
    rgb = np.zeros((H, W, 3), np.uint8)
    rgb[..., 0] = RAMP
    rgb[: H // 2, :, 1] = 200
    rgb[H // 2 :, :, 2] = 100
    return Image.fromarray(rgb)


def saved(img: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    img.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def animation(kind: str) -> bytes:
    other = picture().transpose(Image.Transpose.ROTATE_180)
    return saved(picture(), kind, save_all=True, append_images=[other])


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95, "subsampling": 0}, 8),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 8),
    ],
)
def test_every_accepted_format_gives_the_picture(
    kind: str, options: dict[str, object], tolerance: int
) -> None:
    got = decode(saved(picture(), kind, **options))
    assert got.dtype == np.uint8
    assert got.flags.c_contiguous
    assert got.shape == (H, W, 3)
    assert np.abs(got.astype(int) - np.asarray(picture()).astype(int)).max() <= tolerance


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_undone(kind: str, orientation: int) -> None:
    stored = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: lambda a: np.transpose(a, (1, 0, 2)),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.transpose(np.rot90(a, 2), (1, 0, 2)),
        8: lambda a: np.rot90(a, -1),
    }[orientation](np.asarray(picture()))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, object] = {"JPEG": {"quality": 95, "subsampling": 0}}.get(kind, {})
    if kind == "WEBP":
        options = {"lossless": True}
    got = decode(saved(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options))
    assert got.shape == (H, W, 3)
    assert np.abs(got.astype(int) - np.asarray(picture()).astype(int)).max() <= 8


def test_sixteen_bit_grey_is_scaled_not_clipped() -> None:
    grey = np.repeat(np.linspace(0, 65535, W).astype(np.uint16)[None], H, 0)
    for kind in ("PNG", "TIFF"):
        got = decode(saved(Image.fromarray(grey), kind))
        assert np.abs(got[0, :, 0].astype(int) - (grey[0] // 257).astype(int)).max() <= 1
        assert (got[..., 0] == got[..., 2]).all()


def test_sixteen_bit_rgb_is_scaled_not_clipped() -> None:
    cv2 = pytest.importorskip("cv2")
    deep = np.asarray(picture()).astype(np.uint16) * 257
    for suffix in (".png", ".tiff"):
        _, data = cv2.imencode(suffix, np.ascontiguousarray(deep[..., ::-1]))
        got = decode(bytes(data))
        assert np.abs(got.astype(int) - np.asarray(picture()).astype(int)).max() <= 1


def test_grey_palette_and_bilevel_become_rgb() -> None:
    grey = picture().convert("L")
    assert (decode(saved(grey, "PNG")) == np.asarray(grey)[..., None]).all()
    palette = picture().quantize(16)
    assert (decode(saved(palette, "PNG")) == np.asarray(palette.convert("RGB"))).all()
    bilevel = picture().convert("1")
    assert set(np.unique(decode(saved(bilevel, "PNG")))) == {0, 255}


def test_cmyk_becomes_rgb() -> None:
    for kind in ("TIFF", "JPEG"):
        got = decode(saved(picture().convert("CMYK"), kind)).astype(int)
        # Light where it was light, and red grows to the right as before.
        assert np.abs(got - np.asarray(picture()).astype(int)).mean() < 12


def test_what_is_transparent_becomes_neutral_grey() -> None:
    clear = picture().convert("RGBA")
    clear.putalpha(Image.fromarray(np.repeat((RAMP > 127).astype(np.uint8)[None] * 255, H, 0)))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        got = decode(saved(clear, kind, **options))
        assert (got[:, : W // 2 - 1] == 128).all()
        assert (got[:, W // 2 + 1 :] == np.asarray(picture())[:, W // 2 + 1 :]).all()
    palette = picture().quantize(16)
    half_clear = decode(saved(palette, "PNG", transparency=int(np.asarray(palette)[0, 0])))
    assert (half_clear[0, 0] == 128).all()


def test_a_large_picture_is_shrunk_in_proportion() -> None:
    # 24 million pixels, as a camera makes them.
    large = picture().resize((6000, 4000), Image.Resampling.NEAREST)
    for kind in ("JPEG", "PNG"):
        got = decode(saved(large, kind))
        assert got.shape == (1365, READING_SIDE_PX, 3)
        assert np.abs(got[100, :, 1].astype(int) - 200).max() <= 12


def test_a_phones_picture_with_a_second_one_behind_it_is_a_still() -> None:
    with_preview = saved(picture(), "MPO", save_all=True, append_images=[picture()])
    assert Image.open(io.BytesIO(with_preview)).n_frames == 2
    assert decode(with_preview).shape == (H, W, 3)


def test_a_damaged_profile_or_exif_costs_nothing() -> None:
    data = saved(picture(), "JPEG", icc_profile=b"nonsense", exif=b"Exif\x00\x00nonsense")
    assert decode(data).shape == (H, W, 3)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (lambda: png_header(60_000, 60_000), "million pixels"),
    "a bomb under Pillow's own limit": (lambda: png_header(9_000, 9_000), "81.0 million pixels"),
    "animated GIF": (lambda: animation("GIF"), "GIF"),
    "animated PNG": (lambda: animation("PNG"), "is animated"),
    "animated WebP": (lambda: animation("WEBP"), "is animated"),
    "TIFF of two pages": (lambda: animation("TIFF"), "several pages"),
    "truncated JPEG": (lambda: saved(picture(), "JPEG")[:-200], "cut short"),
    "truncated PNG": (lambda: saved(picture(), "PNG")[:-60], "cut short"),
    "truncated TIFF": (lambda: saved(picture(), "TIFF")[:2000], "damaged"),
    "truncated WebP": (lambda: saved(picture(), "WEBP", lossless=True)[:-40], "damaged"),
    "truncated BMP": (lambda: saved(picture(), "BMP")[:-100], "cut short"),
    "a header alone": (lambda: saved(picture(), "JPEG")[:12], "not a picture"),
    "text": (lambda: b"this is no picture\n" * 50, "not a picture"),
    "zeros": (lambda: bytes(5000), "not a picture"),
    "PDF": (lambda: b"%PDF-1.7\n" + bytes(500), "a PDF"),
    "SVG": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG"),
    "HEIC": (lambda: b"\x00\x00\x00\x18ftypheic" + bytes(100), "HEIC"),
    "AVIF by Pillow": (lambda: b"\x00\x00\x00\x20ftypavif" + bytes(100), "AVIF"),
    "an icon": (lambda: saved(picture(), "ICO"), "not a picture"),
    "floating point": (lambda: saved(picture().convert("F"), "TIFF"), "mode F"),
    "32 bits": (lambda: saved(picture().convert("I"), "TIFF"), "mode I"),
    "too small": (lambda: saved(picture().resize((20, 20)), "PNG"), "only 20 x 20 pixels"),
    "a thread": (lambda: saved(picture().resize((9000, 40)), "PNG"), "only 9000 x 40 pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_one_reason(name: str) -> None:
    make, words = REFUSED[name]
    with pytest.raises(BadImage, match=words) as caught:
        decode(make())
    assert "\n" not in caught.value.line


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        pytest.fail("the bomb was decoded")

    monkeypatch.setattr(image_module, "_rgb", decoded)
    monkeypatch.setattr(Image.Image, "load", decoded)
    with pytest.raises(BadImage, match="million pixels"):
        decode(png_header(9_000, 9_000))


def test_cutting_or_corrupting_a_file_anywhere_never_escapes_as_another_error() -> None:
    random = np.random.default_rng(7)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP"):
        whole = saved(picture(), kind)
        for _ in range(60):
            data = bytearray(whole[: random.integers(1, len(whole) + 1)])
            for _ in range(random.integers(0, 4)):
                data[random.integers(len(data))] = random.integers(256)
            try:
                assert decode(bytes(data)).shape[2] == 3
            except BadImage as fault:
                assert fault.line  # noqa: PT017 - either outcome is right, a third is not


class TestFiles:
    def put(self, folder: Path, name: str = "a.png") -> Path:
        path = folder / name
        path.write_bytes(saved(picture(), "PNG"))
        return path

    def refuse(self, path: Path, words: str, within: Path | None = None) -> None:
        with pytest.raises(BadImage, match=words) as caught:
            read_image(path, within=within or path.parent)
        assert str(path) in caught.value.line
        assert "\n" not in caught.value.line

    def test_a_file_and_a_link_inside_the_folder_are_read(self, tmp_path: Path) -> None:
        path = self.put(tmp_path)
        (tmp_path / "link.png").symlink_to(path)
        assert (
            read_image(tmp_path / "link.png", within=tmp_path) == read_image(path, within=tmp_path)
        ).all()

    def test_a_link_out_of_the_folder(self, tmp_path: Path) -> None:
        outside = self.put(tmp_path)
        inside = tmp_path / "list"
        inside.mkdir()
        (inside / "b.png").symlink_to(outside)
        self.refuse(inside / "b.png", "outside the folder")
        (tmp_path / "list-2").mkdir()  # a name that starts alike is another folder
        other = self.put(tmp_path / "list-2")
        self.refuse(inside / ".." / "list-2" / other.name, "outside the folder", within=inside)

    def test_a_broken_link_and_a_loop(self, tmp_path: Path) -> None:
        (tmp_path / "x.png").symlink_to(tmp_path / "gone.png")
        self.refuse(tmp_path / "x.png", "no such file")
        (tmp_path / "y.png").symlink_to(tmp_path / "y.png")
        self.refuse(tmp_path / "y.png", "cannot be read")

    def test_missing_empty_and_folder(self, tmp_path: Path) -> None:
        self.refuse(tmp_path / "none.png", "no such file")
        (tmp_path / "empty.png").touch()
        self.refuse(tmp_path / "empty.png", "is empty")
        (tmp_path / "folder.png").mkdir()
        self.refuse(tmp_path / "folder.png", "is a folder")

    @pytest.mark.timeout(10)
    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        self.refuse(tmp_path / "pipe.png", "is a pipe")

    @pytest.mark.timeout(10)
    def test_a_device_does_not_run_for_ever(self, tmp_path: Path) -> None:
        (tmp_path / "zero.png").symlink_to("/dev/zero")
        self.refuse(tmp_path / "zero.png", "outside the folder")
        self.refuse(Path("/dev/zero"), "is a device")

    def test_too_large(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(image_module, "MAX_IMAGE_BYTES", 100)
        self.refuse(self.put(tmp_path), "larger than")

    def test_no_permission(self, tmp_path: Path) -> None:
        path = self.put(tmp_path)
        path.chmod(0)
        # The administrator may read anything, so act as nobody for a moment.
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            self.refuse(path, "may not be read")
        finally:
            if root:
                os.seteuid(0)

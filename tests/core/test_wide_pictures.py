"""A picture of 16 bits is the picture of 8 bits with finer shades: whatever tag, profile or key goes with it."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.pictures import colour_of, file_of, grey_png, grey_tiff, solid
from zoo.core.colour_numbers import ColourNumbers, icc_profile
from zoo.core.images import decode_image
from zoo.core.srgb import to_srgb_rgb

PROFILE = icc_profile(ColourNumbers(gamma=1 / 1.4), "L")  # of grey
assert PROFILE

values_8 = st.lists(st.integers(0, 255), min_size=6, max_size=6).map(lambda row: np.array(row, np.uint8).reshape(2, 3))


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(decode_image(data), int)


def widened(values: np.ndarray) -> np.ndarray:
    return values.astype(np.uint16) * 257


@settings(deadline=None)
@given(values_8, st.booleans(), st.sampled_from("<>"), st.booleans())
def test_a_tiff_of_16_bits_is_that_of_8(values: np.ndarray, white_is_zero: bool, order: str, profiled: bool) -> None:
    profile = PROFILE if profiled else b""
    narrow = pixels(grey_tiff(values, white_is_zero, order, profile))
    wide = pixels(grey_tiff(widened(values), white_is_zero, order, profile))
    assert np.abs(narrow - wide).max() <= profiled  # lcms computes 8 bits with less precision


@settings(deadline=None)
@given(values_8, st.booleans(), st.booleans(), st.integers(0, 5), st.sampled_from([0.0, 1.0, 0.55]))
def test_a_png_of_16_bits_is_that_of_8(
    values: np.ndarray, profiled: bool, transparent: bool, index: int, gamma: float
) -> None:
    key = int(values.flat[index])
    common = [b"iCCP" + b"grey\0\0" + zlib.compress(PROFILE)] if profiled else []
    common += [b"gAMA" + struct.pack(">I", round(gamma * 100_000))] if gamma else []
    narrow, wide = (
        [*common, b"tRNS" + struct.pack(">H", key * scale)] if transparent else common for scale in (1, 257)
    )
    difference = pixels(grey_png(values, *narrow)) - pixels(grey_png(widened(values), *wide))
    assert np.abs(difference).max() <= (profiled or gamma > 0)
    if transparent:
        assert (pixels(grey_png(widened(values), *wide)).reshape(-1, 3)[index] == 255).all()


def test_a_key_of_16_bits_is_one_shade_alone() -> None:
    """Its upper bits are those of neighbours that are opaque."""
    row = np.array([[0x1234, 0x1235, 0x1200]], np.uint16)
    assert pixels(grey_png(row, b"tRNS" + struct.pack(">H", 0x1234)))[0, :, 0].tolist() == [255, 18, 18]


def test_twelve_bits_reach_white() -> None:
    packed = bytes([0xFF, 0xF0, 0x00, 0x80, 0x00, 0x00])  # 4095, 0, 2048, 0
    file = bytearray(grey_tiff(np.zeros((1, 6), np.uint8), False))
    file[8:14] = packed
    for tag, value in ((256, 4), (258, 12)):
        start = file.index(struct.pack("<HH", tag, 4 if tag == 256 else 3))
        file[start + 8 : start + 12] = struct.pack("<I", value)
    assert pixels(bytes(file))[0, :, 0].tolist() == [255, 0, 128, 0]
    start = file.index(struct.pack("<HH", 262, 3))
    file[start + 8 : start + 12] = struct.pack("<I", 0)
    assert pixels(bytes(file))[0, :, 0].tolist() == [0, 255, 127, 255]


@pytest.mark.parametrize("mode", ["LA", "L"])
def test_grey_with_transparency_keeps_its_profile(mode: str) -> None:
    opaque = solid("L", 90)
    expected = colour_of(file_of(opaque, "PNG", icc_profile=PROFILE))
    assert expected != (90, 90, 90)
    if mode == "LA":
        data = file_of(solid("LA", (90, 255)), "PNG", icc_profile=PROFILE)
    else:
        data = file_of(opaque, "PNG", icc_profile=PROFILE, transparency=91)
    assert colour_of(data) == expected


@settings(deadline=None)
@given(st.sampled_from(["L", "LA", "RGB", "RGBA", "I;16", "CMYK", "1"]), st.integers(1, 8), st.booleans())
def test_a_second_conversion_changes_nothing(mode: str, orientation: int, profiled: bool) -> None:
    image = Image.new(mode, (3, 2), 1 if mode in ("1", "L", "I;16") else tuple([77] * len(mode)))
    image.putpixel((0, 0), 0 if mode in ("1", "L", "I;16") else tuple([200] * len(mode)))
    block = Image.Exif()
    block[0x0112] = orientation
    image.info |= {"exif": block.tobytes()} | ({"icc_profile": PROFILE} if profiled else {})
    once = to_srgb_rgb(image)
    assert once.size == ((2, 3) if orientation > 4 else (3, 2))
    assert np.array_equal(np.asarray(once), np.asarray(to_srgb_rgb(once)))
    assert once.info == {}

"""Colour that a file describes by numbers comes out as sRGB: nclx in AVIF and HEIC, cICP, gAMA and cHRM in PNG."""

import struct

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.core.pictures import (
    GREEN,
    HEIC,
    RED,
    WHITE,
    close_to,
    colour_of,
    file_of,
    grey_png,
    patched,
    solid,
    swapped_profile,
    with_chunk,
)
from zoo.core.colour_numbers import PRIMARIES
from zoo.core.images import decode_image
from zoo.core.srgb import notes_of

P3_RED, BT2020_RED = (234, 51, 35), (207, 74, 34)  # sRGB's red in these primaries with sRGB's curve
D65_PRIMARIES = [number for number in PRIMARIES if PRIMARIES[number][:2] == (0.3127, 0.3290)]

# What a pixel of a file with H.273's primaries and transfer function is in sRGB.
COLOURS = {
    "Display P3": (12, 13, P3_RED, RED),
    "BT.2020": (9, 13, BT2020_RED, RED),
    "linear": (1, 8, (55, 55, 55), (128, 128, 128)),
    "gamma 2.2": (1, 4, (128, 128, 128), (129, 129, 129)),
    "BT.709": (1, 1, (128, 128, 128), (140, 140, 140)),
    "DCI P3, whose white is white": (11, 17, (255, 255, 255), WHITE),
    "PQ of 203 cd/m2": (9, 16, (148, 148, 148), WHITE),
    "HLG at 75 %": (9, 18, (191, 191, 191), WHITE),
    "unspecified": (2, 2, (9, 99, 200), (9, 99, 200)),
    "reserved": (200, 77, (9, 99, 200), (9, 99, 200)),
}


def avif(image: Image.Image, primaries: int, transfer: int) -> bytes:
    data = file_of(image, "AVIF", quality=100, subsampling="4:4:4")
    return patched(data, data.index(b"colrnclx") + 8, struct.pack(">HH", primaries, transfer))


@pytest.mark.parametrize("name", COLOURS)
def test_numbers_in_avif(name: str) -> None:
    primaries, transfer, stored, expected = COLOURS[name]
    assert colour_of(avif(solid("RGB", stored, (16, 16)), primaries, transfer)) == close_to(expected, 5)


@pytest.mark.parametrize("name", COLOURS)
def test_numbers_in_png(name: str) -> None:
    primaries, transfer, stored, expected = COLOURS[name]
    data = with_chunk(file_of(solid("RGB", stored), "PNG"), b"cICP", bytes([primaries, transfer, 0, 1]))
    assert colour_of(data) == close_to(expected, 2)
    assert [("high dynamic range" in note) for note in notes_of(decode_image(data))] == [True] * (transfer in (16, 18))


def test_numbers_in_heic() -> None:
    """Its half that is red in sRGB's primaries is out of gamut in those of BT.2020."""
    data = patched(HEIC, HEIC.index(b"colrnclx") + 8, struct.pack(">HH", 9, 13))
    assert decode_image(data).getpixel((2, 4)) == close_to((255, 0, 0), 6)
    assert decode_image(data).getpixel((13, 4)) == close_to((0, 22, 211), 12)


def test_numbers_of_another_item_do_not_count() -> None:
    """A gain map's colours stand in the same list of properties."""
    plain = file_of(solid("RGB", P3_RED, (16, 16)), "AVIF", quality=100, subsampling="4:4:4")
    box = plain[plain.index(b"colrnclx") - 4 :][:19]
    another = patched(box, 12, struct.pack(">HH", 9, 16))
    at = plain.index(b"ipma") - 4
    data = bytearray(plain[:at] + another + plain[at:])
    for name in (b"meta", b"iprp", b"ipco"):
        start = data.index(name) - 4
        size = int.from_bytes(data[start : start + 4])
        data[start : start + 4] = struct.pack(">I", size + len(another))
    location = data.index(b"iloc")
    offset = plain.index(b"mdat") + 4
    at = data.index(struct.pack(">I", offset), location)
    data[at : at + 4] = struct.pack(">I", offset + len(another))
    assert colour_of(bytes(data)) == close_to(P3_RED, 5)


def png_with(stored: tuple[int, int, int], gamma: float, *chromaticities: float) -> bytes:
    data = file_of(solid("RGB", stored), "PNG")
    if chromaticities:
        data = with_chunk(data, b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in chromaticities)))
    return with_chunk(data, b"gAMA", struct.pack(">I", round(gamma * 100_000))) if gamma else data


def test_gamma_and_chromaticities_in_png() -> None:
    assert colour_of(png_with((55, 55, 55), 1.0)) == close_to((128, 128, 128), 2)
    assert colour_of(png_with(P3_RED, 0.45455, *PRIMARIES[12])) == close_to(RED, 2)
    assert colour_of(png_with(P3_RED, 0, *PRIMARIES[12])) == close_to(RED, 2)
    assert colour_of(png_with((9, 99, 200), 0.45455, *PRIMARIES[1])) == (9, 99, 200)
    assert colour_of(png_with((9, 99, 200), 0.45455)) == (9, 99, 200)


def test_the_first_of_cicp_profile_srgb_and_gamma_counts() -> None:
    linear = png_with((55, 55, 55), 1.0)
    assert colour_of(with_chunk(linear, b"sRGB", b"\0")) == (55, 55, 55)
    profiled = file_of(solid("RGB", RED), "PNG", icc_profile=swapped_profile())
    assert colour_of(with_chunk(profiled, b"gAMA", struct.pack(">I", 100_000))) == close_to(GREEN, 2)
    assert colour_of(with_chunk(profiled, b"cICP", bytes([1, 13, 0, 1]))) == RED


def test_narrow_range_in_png() -> None:
    limits = np.array([[16, 126, 235, 0]], np.uint8)
    narrow = np.asarray(decode_image(grey_png(limits, b"cICP" + bytes([1, 13, 0, 0]))), int)[0, :, 0]
    assert np.abs(narrow - [0, 128, 255, 0]).max() <= 1
    wide = np.asarray(decode_image(grey_png(limits.astype(np.uint16) * 256, b"cICP" + bytes([1, 13, 0, 0]))), int)
    assert np.abs(wide[0, :, 0] - [0, 128, 255, 0]).max() <= 1


NONSENSE = {
    "no size": [b"cICP"],
    "no exponent": [b"gAMA" + bytes(4)],
    "a vast exponent": [b"gAMA" + b"\xff" * 4],
    "no white": [b"cHRM" + bytes(32)],
    "one colour": [b"cHRM" + struct.pack(">8I", *[33_000] * 8)],
    "beyond all colours": [b"cHRM" + b"\xff" * 32],
}


@pytest.mark.parametrize("name", NONSENSE)
def test_impossible_numbers_are_ignored(name: str) -> None:
    data = file_of(solid("RGB", (9, 99, 200)), "PNG")
    for chunk in NONSENSE[name]:
        data = with_chunk(data, chunk[:4], chunk[4:])
    assert colour_of(data) == (9, 99, 200)


@settings(deadline=None)
@given(st.sampled_from(D65_PRIMARIES), st.tuples(*[st.integers(0, 255)] * 3))
def test_primaries_of_one_white_are_a_matrix(primaries: int, stored: tuple[int, int, int]) -> None:
    """Computed here without adaptation to another white and without a profile."""
    light = np.array([(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in np.array(stored) / 255])
    light = np.linalg.solve(to_xyz(PRIMARIES[1]), to_xyz(PRIMARIES[primaries]) @ light)
    assume(light.min() > -0.001 and light.max() < 1.001)  # within the gamut of sRGB
    light = light.clip(0, 1)
    expected = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) * 255
    data = with_chunk(file_of(solid("RGB", stored), "PNG"), b"cICP", bytes([primaries, 13, 0, 1]))
    assert np.abs(np.array(colour_of(data)) - expected).max() <= 3


def to_xyz(chromaticities: tuple[float, ...]) -> np.ndarray:
    white, red, green, blue = (np.array([x, y, 1 - x - y]) / y for x, y in np.reshape(chromaticities, (4, 2)))
    columns = np.stack([red, green, blue], 1)
    return columns * np.linalg.solve(columns, white)
